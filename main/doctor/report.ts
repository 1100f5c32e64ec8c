/** What the network doctor answers: what is wrong, how that is seen, and what to do about it. */
import type { DialOutcome, DoctorFacts, FolderFacts } from './facts.ts';

export type Severity = 'ok' | 'note' | 'warning' | 'problem';

/** Where it fails, from the device outwards. */
export type Layer = 'process' | 'folder' | 'disk' | 'team' | 'network' | 'vpn' | 'mdns' | 'firewall' | 'address' | 'admission' | 'clock' | 'sync' | 'release';

export interface Finding {
  /** Stable: for programs. */
  readonly id: string;
  readonly severity: Severity;
  readonly layer: Layer;
  readonly title: string;
  /** How it is seen, a sentence each. */
  readonly seen: readonly string[];
  /** What to do, a step each. */
  readonly todo: readonly string[];
}

export interface DoctorReport {
  /** ISO 8601. */
  readonly at: string;
  /** The gravest of the findings. */
  readonly verdict: Severity;
  readonly summary: string;
  /** Gravest first. */
  readonly findings: readonly Finding[];
  /** What they follow from: of the running member, or of the folder where none answers. */
  readonly facts: DoctorFacts | FolderFacts;
}

/** What an address that a person gave came to. */
export interface DialResult {
  /** As it is dialled. */
  readonly address: string;
  readonly outcome: DialOutcome;
  /** Who answered, where that is known. */
  readonly member: string | null;
  readonly memberName: string | null;
  /** A sentence for people. */
  readonly words: string;
  /** It is dialled from now on, also after a start. */
  readonly kept: boolean;
}

/** That nothing is wrong goes before what is only worth a note. */
const GRAVITY: readonly Severity[] = ['problem', 'warning', 'ok', 'note'];

export function byGravity(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity));
}

/** Nothing that somebody has to act on. */
export function isFine(severity: Severity): boolean {
  return severity === 'ok' || severity === 'note';
}

/** @param findings Sorted, never none. */
export function reportOf(findings: readonly Finding[], facts: DoctorReport['facts'], at: string): DoctorReport {
  const [gravest] = findings;
  const verdict = gravest?.severity ?? 'ok';
  const more = findings.filter(({ severity }) => severity === verdict).length - 1;
  const summary = `${gravest?.title ?? ''}${isFine(verdict) || more === 0 ? '' : `, and ${more} more`}`;
  return { at, verdict, summary, findings, facts };
}
