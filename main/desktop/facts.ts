/** What the shell takes from the member's answers. They cross a process border: shapes are checked. */
import * as v from 'valibot';
import type { Waiting } from './quit-plan.ts';
import type { DesktopFacts, MemberPhase } from './tray-model.ts';

const count = v.pipe(v.number(), v.minValue(0));
const statusSchema = v.object({
  memberId: v.string(),
  team: v.nullable(v.object({ name: v.string() })),
  membership: v.nullish(v.object({ status: v.string() })),
  counts: v.object({ members: count, alive: count }),
  hints: v.record(v.string(), count),
  disk: v.object({ readOnly: v.nullable(v.string()) }),
  closing: v.object({ verdict: v.string(), isSafe: v.boolean(), words: v.string(), detail: v.string(), underWay: count }),
});

export type StatusSeen = v.InferOutput<typeof statusSchema>;

/** `null` when it is not what a member of this version answers. */
export function statusSeen(answer: unknown): StatusSeen | null {
  const parsed = v.safeParse(statusSchema, answer);
  return parsed.success ? parsed.output : null;
}

export interface SeenNow {
  readonly phase: MemberPhase;
  readonly status: StatusSeen | null;
  readonly conflicts: number;
  readonly safeModeReason: string | null;
}

export function factsOf({ phase, status, conflicts, safeModeReason }: SeenNow): DesktopFacts {
  return {
    phase,
    team: status?.team?.name ?? null,
    conflicts,
    members: status?.counts.members ?? 0,
    alive: status?.counts.alive ?? 0,
    waiting: hintsOf(status),
    problem: problemOf(status, safeModeReason),
  };
}

function problemOf(status: StatusSeen | null, safeModeReason: string | null): string | null {
  if (safeModeReason !== null) return 'Ringleaf cannot start on this device';
  if (status?.membership?.status === 'removed') return 'This device was removed from its team';
  if (status !== null && status.disk.readOnly !== null) return 'This device takes no writes now';
  return null;
}

const memberSchema = v.object({ memberId: v.string(), liveness: v.string(), self: v.boolean() });

/** @param members The answer of `members`. */
export function waitingOf(status: StatusSeen, members: unknown): Waiting {
  const known = v.safeParse(v.array(memberSchema), members);
  const targets = new Set(Object.entries(status.hints).filter(([, hints]) => hints > 0).map(([target]) => target));
  const reachable = known.success && known.output.some(({ memberId, liveness }) => liveness === 'alive' && targets.has(memberId));
  const { verdict, isSafe, words, detail, underWay } = status.closing;
  return { underWay, isSafe, isReadOnly: verdict === 'read-only', hints: hintsOf(status), reachable, words, detail };
}

function hintsOf(status: StatusSeen | null): number {
  return Object.values(status?.hints ?? {}).reduce((sum, hints) => sum + hints, 0);
}

const readSchema = v.object({ siblings: v.array(v.object({ writtenBy: v.string(), writtenAt: v.string() })) });

export function siblingsSeen(answer: unknown): readonly { writtenBy: string; writtenAtMs: number }[] {
  const parsed = v.safeParse(readSchema, answer);
  return parsed.success ? parsed.output.siblings.map(({ writtenBy, writtenAt }) => ({ writtenBy, writtenAtMs: Date.parse(writtenAt) })) : [];
}

/** How many keys the inbox lists. */
export function conflictsSeen(answer: unknown): number | null {
  const parsed = v.safeParse(v.object({ conflicts: v.array(v.unknown()) }), answer);
  return parsed.success ? parsed.output.conflicts.length : null;
}
