/** What the doctor and the members' vitals are called for people. Pure. */
import type { Layer, MemberInfo, Severity } from '../../main/api/contract.ts';
import { spanWords } from '../components/time.ts';

/** As the doctor takes a clock for wrong. */
const CLOCK_OFF_MS = 60_000;
const CLOCK_SAME_MS = 1_000;

const LAYERS: Readonly<Record<Layer, string>> = {
  process: 'Ringleaf',
  folder: 'Data folder',
  disk: 'Disk',
  team: 'Team',
  network: 'Network',
  vpn: 'VPN',
  mdns: 'Discovery (mDNS)',
  firewall: 'Firewall or Wi-Fi isolation',
  address: 'Address',
  admission: 'Admission',
  clock: 'Clock',
  sync: 'Sync',
  release: 'Version',
};

export function layerWords(layer: Layer): string {
  return LAYERS[layer];
}

export const SEVERITY_WORDS: Readonly<Record<Severity, string>> = { ok: 'Well', note: 'Note', warning: 'Look at this', problem: 'Problem' };

/** "0.4 ms", "12 ms", "1.3 s". */
export function roundTripWords(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function clockWords(offsetMs: number | null): string {
  if (offsetMs === null) return '–';
  const off = Math.abs(offsetMs);
  return off < CLOCK_SAME_MS ? 'agrees' : `${spanWords(off)} ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

/** In whole words, where the clock is so far off that it misleads; `null` where it is not. */
export function clockWarning({ name, clockOffsetMs }: Pick<MemberInfo, 'name' | 'clockOffsetMs'>): string | null {
  if (clockOffsetMs === null || Math.abs(clockOffsetMs) <= CLOCK_OFF_MS) return null;
  return `The clock of ${name} is ${clockWords(clockOffsetMs)}${clockOffsetMs > 0 ? ' of' : ''} this one: times of its changes are shown wrong.`;
}
