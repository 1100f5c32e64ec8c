/** I5: reported copies are true: durable on that many distinct machines, at the moment of the answer. */
import type { CausalContext } from '../../../p2p/causality/causal-context.ts';
import { covers, union } from '../../../p2p/causality/causal-context.ts';
import { readToken } from '../../../p2p/causality/context-token.ts';
import type { Notice, WriteOutcome } from '../../../p2p/node/commands.ts';
import type { KeyRef, WriteQuorumSpec } from '../../../p2p/types.ts';
import type { History, WriteRecord } from '../history.ts';
import { cloneOf } from '../network.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';

/** What was asked for, and whether the ring was moving then: roles are those of the ring that a write begins with. */
export interface Asked {
  readonly w: WriteQuorumSpec | undefined;
  readonly wasMoving: boolean;
}

export function checkCopies(sim: Simulator, history: History, write: WriteRecord, { w, wasMoving }: Asked, outcome: WriteOutcome): void {
  const { copies, acks, needed } = outcome;
  const machines = new Set(copies.map(({ member }) => sim.machines.get(member)));
  demand(machines.size === acks, 'I5', () => `${write.id} says ${acks} copies, on ${machines.size} machines`);
  demand(new Set(copies.map(({ member }) => member)).size === copies.length, 'I5', () => `${write.id} names a copy twice`);
  const wanted = wantedCopies(sim, history, write.ref, w);
  demand(wanted.has(needed), 'I5', () => `${write.id} needed ${[...wanted].join(' or ')} and the answer says ${needed}`);
  demand(acks >= needed, 'I5', () => `${write.id} was acknowledged with ${acks} of ${needed}`);
  if (!wasMoving) checkRoles(sim, history, write.ref, outcome);
  for (const { member } of copies) {
    demand(hasHeld(history, write, member), 'I5', () => `${member} does not have ${write.id} on disk`);
  }
}

/** What it says is looked at, not who sealed it. */
const NO_SEAL = (): Uint8Array => new Uint8Array();

/** A later word on copies: each of them has to know all that the write's context names. */
export function checkNotice(history: History, ref: KeyRef, notice: Extract<Notice, { readonly kind: 'copies' }>): void {
  const reading = readToken(ref, notice.context, NO_SEAL);
  demand(reading.kind === 'context', 'I5', () => `the context of a notice is ${reading.kind}`);
  for (const { member } of notice.copies) {
    const { upper } = seenBy(history, member, ref);
    for (const [actor, counter] of reading.context.upper) {
      demand((upper.get(actor) ?? 0) >= counter, 'I5', () => `${member} is said to have ${actor}:${counter} of ${ref.key}, and has not`);
    }
  }
}

/** On its disk now, or replaced there; or once, before the disk was lost. */
function hasHeld(history: History, { ref, dots }: WriteRecord, member: string): boolean {
  const seen = seenBy(history, member, ref);
  return [...dots.values()].some(({ dot }) => covers(seen, dot));
}

/** By the member, or by a copy of it that runs beside it. */
function seenBy(history: History, member: string, ref: KeyRef): CausalContext {
  return union(history.seenBy(member, ref), history.seenBy(cloneOf(member), ref));
}

/** While the ring stays as it is, a copy's role is its place on the list. */
function checkRoles(sim: Simulator, history: History, ref: KeyRef, { copies }: WriteOutcome): void {
  const known = history.settings.get(ref.bucket) ?? [];
  const core = sim.running()[0]?.node?.core;
  if (core === undefined || known.length !== 1 || isRingMoving(sim)) return;
  const { primaries } = core.placement.preferenceList(ref.partition, known[0]?.n ?? 3);
  for (const { member, role } of copies) {
    demand((role === 'primary') === primaries.includes(member), 'I5', () => `${member} is said to be a ${role} of ${ref.key}`);
  }
}

/** All that the number may be: more than one only while the ring or the settings change. */
function wantedCopies(sim: Simulator, history: History, { bucket }: KeyRef, w: WriteQuorumSpec | undefined): ReadonlySet<number> {
  const machines = new Set([...sim.members.keys()].map((name) => sim.machines.get(name))).size;
  const wanted = new Set<number>();
  for (const settings of history.settings.get(bucket) ?? []) {
    const most = settings.n === 'all' ? machines : Math.min(settings.n, machines);
    for (let copies = isRingMoving(sim) ? 1 : most; copies <= most; copies += 1) wanted.add(sizeOf(w ?? settings.w, copies));
  }
  return wanted;
}

export function isRingMoving(sim: Simulator): boolean {
  const running = sim.running();
  return sim.members.size > sim.options.members || running.some(({ isAfresh, node }) => isAfresh || node?.core.roster.all().some(({ status }) => status !== 'up'));
}

function sizeOf(w: WriteQuorumSpec, copies: number): number {
  if (w === 'any' || w === 'one') return 1;
  if (w === 'quorum') return Math.floor(copies / 2) + 1;
  return w === 'all' ? copies : Math.min(w, copies);
}
