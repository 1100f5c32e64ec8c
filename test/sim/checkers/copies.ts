/** I5: reported copies are true: durable on that many distinct machines, at the moment of the answer. */
import { covers } from '../../../p2p/causality/causal-context.ts';
import { readToken } from '../../../p2p/causality/context-token.ts';
import { decodeObject } from '../../../p2p/causality/object-codec.ts';
import type { Notice, WriteOutcome } from '../../../p2p/node/commands.ts';
import type { Copy, KeyRef, WriteQuorumSpec } from '../../../p2p/types.ts';
import type { WriteRecord } from '../history.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';

export function checkCopies(sim: Simulator, ref: KeyRef, write: WriteRecord, w: WriteQuorumSpec, outcome: WriteOutcome): void {
  const { copies, acks, needed } = outcome;
  const machines = new Set(copies.map(({ member }) => sim.machines.get(member)));
  demand(machines.size === acks, 'I5', () => `${write.id} says ${acks} copies, on ${machines.size} machines`);
  const wanted = wantedCopies(sim, ref, w);
  demand(needed === wanted, 'I5', () => `${write.id} needed ${wanted} and the answer says ${needed}`);
  demand(acks >= needed, 'I5', () => `${write.id} was acknowledged with ${acks} of ${needed}`);
  for (const copy of copies) {
    demand(holdsWrite(sim, ref, write, copy), 'I5', () => `${copy.member} does not have ${write.id} on disk`);
  }
}

/** A later word on copies: each of them has to know all that the write's context names. */
export function checkNotice(sim: Simulator, notice: Extract<Notice, { readonly kind: 'copies' }>, ref: KeyRef): void {
  const reading = readToken(ref, notice.context);
  demand(reading.kind === 'context', 'I5', () => `the context of a notice is ${reading.kind}`);
  for (const { member } of notice.copies) {
    const bytes = sim.member(member).disk.objects.get(ref.id)?.bytes;
    const upper = bytes === undefined ? undefined : decodeObject(bytes).context.upper;
    for (const [actor, counter] of reading.context.upper) {
      demand((upper?.get(actor) ?? 0) >= counter, 'I5', () => `${member} is said to have ${actor}:${counter} of ${ref.key}, and has not`);
    }
  }
}

function holdsWrite(sim: Simulator, ref: KeyRef, write: WriteRecord, copy: Copy): boolean {
  const bytes = sim.member(copy.member).disk.objects.get(ref.id)?.bytes;
  if (bytes === undefined) return false;
  const { siblings, context } = decodeObject(bytes);
  if (siblings.some(({ writeId }) => writeId === write.id)) return true;
  // A bucket that keeps the latest only may have dropped the write at once, for a later one.
  const settings = sim.options.buckets.find(({ name }) => name === ref.bucket)?.settings;
  if (settings?.resolution === 'lww') return true;
  return [...write.dots].some((name) => {
    const at = name.lastIndexOf(':');
    return covers(context, { actor: name.slice(0, at), counter: Number(name.slice(at + 1)) });
  });
}

function wantedCopies(sim: Simulator, ref: KeyRef, w: WriteQuorumSpec): number {
  const n = sim.options.buckets.find(({ name }) => name === ref.bucket)?.settings.n ?? 3;
  const machines = new Set(sim.machines.values()).size;
  const copies = n === 'all' ? machines : Math.min(n, machines);
  if (w === 'any' || w === 'one') return 1;
  if (w === 'quorum') return Math.floor(copies / 2) + 1;
  return w === 'all' ? copies : Math.min(w, copies);
}
