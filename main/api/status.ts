/** What this member says of itself, with or without a team. */
import { DEFAULT_CONFIG, DEFAULT_SETTINGS, totalHintBytes } from '../../p2p/index.ts';
import type { StoreCounts } from '../../p2p/index.ts';
import type { Engine } from '../member/engine.ts';
import { toIso } from './answers.ts';
import type { Backend } from './backend.ts';
import { closingOf } from './closing.ts';
import type { Closing, Status } from './contract.ts';
import type { ScrubInfo } from './scrub-info.ts';

const MEBIBYTE = 1024 * 1024;

export function statusFrom(backend: Backend): Status {
  const engine = backend.engine();
  const counts = backend.counts();
  const overview = engine?.overview() ?? { partitionsOwned: 0, alive: 0, members: 0 };
  const repair = engine?.antiEntropy();
  const hintRoom = hintRoomFrom(counts, engine);
  const condition = engine?.condition() ?? { quarantine: undefined, warnings: [] };
  return {
    memberId: backend.memberId,
    name: backend.name,
    person: backend.person,
    version: backend.version,
    dataDir: backend.dataDir,
    listen: backend.listen(),
    access: backend.access(),
    team: backend.team() ?? null,
    membership: backend.membership() ?? null,
    counts: {
      keys: counts.keys,
      partitions: overview.partitionsOwned,
      siblings: counts.conflicts,
      members: overview.members,
      alive: overview.alive,
    },
    hints: Object.fromEntries(counts.hints),
    hintBytes: Object.fromEntries(counts.hintBytes),
    hintRoom,
    antiEntropy: {
      lastRound: repair?.lastRoundMs === undefined ? null : toIso(repair.lastRoundMs),
      differing: repair?.differing ?? 0,
      repaired: repair?.repaired ?? 0,
    },
    transfers: engine?.transfers() ?? { owed: 0, keysMoved: 0, underWay: [] },
    reaping: engine?.reaping() ?? { waiting: 0, reaped: 0, blockedBy: [] },
    disk: { readOnly: counts.readOnly ?? null, corruptRecords: counts.corrupt, scrub: scrubFrom(engine) },
    quorum: { n: DEFAULT_SETTINGS.n, r: DEFAULT_SETTINGS.r, w: DEFAULT_SETTINGS.w },
    quarantine: condition.quarantine ?? null,
    closing: closingFrom(backend),
    warnings: [...backend.warnings(), ...condition.warnings, ...roomWarning(hintRoom)],
  };
}

export function hintRoomFrom(counts: Pick<StoreCounts, 'hintBytes'>, engine: Pick<Engine, 'hintRoom'> | undefined): Status['hintRoom'] {
  return { bytes: totalHintBytes(counts), ...(engine?.hintRoom() ?? { bytesMax: DEFAULT_CONFIG.hintBytesMax, refused: 0, isFull: false }) };
}

export function roomWarning({ bytes, isFull }: Status['hintRoom']): readonly string[] {
  if (!isFull) return [];
  return [
    `This device keeps ${Math.ceil(bytes / MEBIBYTE)} MiB for devices that are away, as much as it may, and takes no more of others' changes for them. ` +
      'What is written here is kept all the same. It has room again once one of them is back, or was removed from the team.',
  ];
}

export function scrubFrom(engine: Pick<Engine, 'scrub'> | undefined): ScrubInfo {
  const { lastMs, looked = 0, found = 0, mended = 0, refused = 0 } = engine?.scrub() ?? {};
  return { last: lastMs === undefined ? null : toIso(lastMs), records: looked, damaged: found, mended, refused };
}

function closingFrom(backend: Backend): Closing {
  const engine = backend.engine();
  const counts = backend.counts();
  return closingOf({
    readOnly: counts.readOnly ?? null,
    members: engine?.overview().members ?? 0,
    hints: [...counts.hints].map(([member, count]) => ({ name: engine?.nameOf(member) || 'a device', count })),
    writes: engine?.writes() ?? { underWay: 0, unconfirmed: 0, hereOnly: 0, isWhole: true, inherited: 0 },
  });
}
