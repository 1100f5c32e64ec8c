/** I5: reported copies are true: durable on that many distinct machines, at the moment of the answer. */
import { covers } from '../../../p2p/causality/causal-context.ts';
import { readToken } from '../../../p2p/causality/context-token.ts';
import { decodeObject } from '../../../p2p/causality/object-codec.ts';
import type { Notice, WriteOutcome } from '../../../p2p/node/commands.ts';
import type { KeyRef, WriteQuorumSpec } from '../../../p2p/types.ts';
import type { History, WriteRecord } from '../history.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';

export function checkCopies(sim: Simulator, history: History, write: WriteRecord, w: WriteQuorumSpec | undefined, outcome: WriteOutcome): void {
  const { copies, acks, needed } = outcome;
  const machines = new Set(copies.map(({ member }) => sim.machines.get(member)));
  demand(machines.size === acks, 'I5', () => `${write.id} says ${acks} copies, on ${machines.size} machines`);
  demand(new Set(copies.map(({ member }) => member)).size === copies.length, 'I5', () => `${write.id} names a copy twice`);
  const wanted = wantedCopies(sim, history, write.ref, w);
  demand(wanted.has(needed), 'I5', () => `${write.id} needed ${[...wanted].join(' or ')} and the answer says ${needed}`);
  demand(acks >= needed, 'I5', () => `${write.id} was acknowledged with ${acks} of ${needed}`);
  checkRoles(sim, history, write.ref, outcome);
  for (const { member } of copies) {
    demand(hasHeld(sim, history, write, member), 'I5', () => `${member} does not have ${write.id} on disk`);
  }
}

/** A later word on copies: each of them has to know all that the write's context names. */
export function checkNotice(sim: Simulator, history: History, ref: KeyRef, notice: Extract<Notice, { readonly kind: 'copies' }>): void {
  const reading = readToken(ref, notice.context);
  demand(reading.kind === 'context', 'I5', () => `the context of a notice is ${reading.kind}`);
  for (const { member } of notice.copies) {
    if (history.bereft.has(member)) continue;
    const bytes = sim.members.get(member)?.disk.objects.get(ref.id)?.bytes;
    const upper = bytes === undefined ? undefined : decodeObject(bytes).context.upper;
    for (const [actor, counter] of reading.context.upper) {
      const had = history.effective(ref).some(({ dots, heldBy }) => dots.has(`${actor}:${counter}`) && heldBy.has(member));
      demand((upper?.get(actor) ?? 0) >= counter || had, 'I5', () => `${member} is said to have ${actor}:${counter} of ${ref.key}, and has not`);
    }
  }
}

/** On its disk now; or once, before the disk was lost. */
function hasHeld(sim: Simulator, history: History, write: WriteRecord, member: string): boolean {
  if (write.heldBy.has(member) || write.heldBy.has(`${member}'`)) return true;
  const bytes = sim.members.get(member)?.disk.objects.get(write.ref.id)?.bytes;
  if (bytes === undefined) return false;
  // A bucket that keeps the latest only may have dropped the write at once, for a later one.
  if (history.resolution(write.ref.bucket) !== 'siblings') return true;
  const { context } = decodeObject(bytes);
  return [...write.dots.values()].some(({ dot }) => covers(context, dot));
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

function isRingMoving(sim: Simulator): boolean {
  return sim.members.size > sim.options.members || sim.running().some(({ node }) => node?.core.roster.all().some(({ status }) => status !== 'up'));
}

function sizeOf(w: WriteQuorumSpec, copies: number): number {
  if (w === 'any' || w === 'one') return 1;
  if (w === 'quorum') return Math.floor(copies / 2) + 1;
  return w === 'all' ? copies : Math.min(w, copies);
}
