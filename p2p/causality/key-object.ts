/**
 * The object of a key: its causal context and its siblings, each with its own dot. A dotted version
 * set as in Riak's `dvvset.erl`, with explicit dots as in an observed-remove set.
 *
 *     merge keeps a sibling that both have, or that the other's context does not cover
 *
 *       A: context {x:2}  siblings x2          B: context {x:1, y:1}  siblings x1, y1
 *       x2: B has not seen it  → kept          x1: A has seen it and dropped it → dropped
 *       y1: A has not seen it  → kept          A ⊔ B: context {x:2, y:1}, siblings x2, y1
 *
 * Invariants: the context covers every sibling's dot; siblings are in the order of their dots, each
 * once; a dot names one write for ever, so equal clocks mean equal objects. A deletion is a
 * sibling without a value. `merge` is commutative, associative and idempotent.
 *
 * A last-writer-wins bucket stores and merges the same way, so its setting may change to and fro while
 * members are away: no merge drops what no write has replaced. The setting decides two things. A
 * write replaces all that its coordinator holds (`writeLatest`), and a reading shows the
 * latest of the siblings that are there (`latestOnly`).
 */
import type { Dot, MemberId } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { covers, difference, EMPTY_CONTEXT, only, union, unionOf, upTo, withWrite } from './causal-context.ts';
import { compareDots, sameDot } from './dot.ts';
import { type ReplacedWrite, replacedBy } from './replaced-writes.ts';
import { isLater } from './stamp.ts';

export interface StoredSibling {
  readonly dot: Dot;
  /** `undefined` = a deletion. */
  readonly value: Uint8Array | undefined;
  readonly contentType: string;
  readonly writtenBy: MemberId;
  /** Wall ms of the coordinator, once a write: for display. */
  readonly writtenAt: number;
  /** The same for every retry of one write, so that a retry is recognised. Empty = not known. */
  readonly writeId: string;
  /** What its writer had seen: how a common ancestor of siblings is found. */
  readonly seen: CausalContext;
  /** Its place among concurrent writes, should its bucket show the latest only: `stamp.ts`. Writes of before have none. */
  readonly stamp?: number;
  /** What it replaced, so that a late retry is recognised: `replaced-writes.ts`. At least one. */
  readonly replaced?: readonly ReplacedWrite[];
}

export interface KeyObject {
  readonly context: CausalContext;
  readonly siblings: readonly StoredSibling[];
}

export const EMPTY_OBJECT: KeyObject = { context: EMPTY_CONTEXT, siblings: [] };

/**
 * Shows something where either one did. That each has seen and dropped what the other one kept no writes can bring about;
 * development versions of before left it behind where a bucket changed its resolution while a member was away.
 */
export function merge(a: KeyObject, b: KeyObject): KeyObject {
  const siblings = [
    ...a.siblings.filter((sibling) => holds(b, sibling.dot) || !covers(b.context, sibling.dot)),
    ...b.siblings.filter((sibling) => !holds(a, sibling.dot) && !covers(a.context, sibling.dot)),
  ];
  const context = union(a.context, b.context);
  if (siblings.length > 0) return { context, siblings: inOrder(siblings) };
  return { context, siblings: lastOf([...a.siblings, ...b.siblings]) };
}

/** A sibling as its coordinator describes it: what it replaces is found out. */
export type NewSibling = Omit<StoredSibling, 'seen' | 'replaced'>;

export interface WriteOptions {
  /**
   * What the sibling says of its origin, when that is less than what it replaces: a sibling of a
   * backup replaces what the whole backup had seen.
   */
  readonly writerSaw?: CausalContext;
  /** Of what `seen` covers, as the writer's token told: more than is known here. */
  readonly told?: readonly ReplacedWrite[];
}

export interface Written {
  readonly object: KeyObject;
  /** What the answer covers: what the writer handed in, and the new write. */
  readonly context: CausalContext;
  readonly replaced: readonly StoredSibling[];
}

/**
 * A write as its coordinator makes it: replaces exactly what `seen` covers, adds one sibling.
 */
export function write(
  object: KeyObject,
  seen: CausalContext,
  sibling: NewSibling,
  { writerSaw = seen, told }: WriteOptions = {},
): Written {
  const replaced = object.siblings.filter(({ dot }) => covers(seen, dot));
  const unseen = object.siblings.filter(({ dot }) => !covers(seen, dot));
  const remembered = replacedBy(replaced, told);
  const added: StoredSibling = { ...sibling, seen: writerSaw, ...(remembered && { replaced: remembered }) };
  const written = {
    context: withWrite(union(object.context, seen), sibling.dot),
    siblings: inOrder([...unseen, added]),
  };
  return { object: written, context: answerTo(written, seen, sibling.dot), replaced };
}

/**
 * What the answer to a write covers: what its writer handed in, and the write. Of the earlier writes of its
 * actor, which would be a list of holes, also those that are replaced whatever becomes of the siblings
 * that the writer has not seen: the disk that alone has such a sibling may be lost, and with the answer
 * in hand its writer would then replace what only that sibling had.
 */
export function answerTo({ context, siblings }: KeyObject, seen: CausalContext, dot: Dot): CausalContext {
  const unseen = siblings.filter((sibling) => !sameDot(sibling.dot, dot) && !covers(seen, sibling.dot));
  const theirs = unionOf(unseen.flatMap((sibling) => [upTo(sibling.seen, dot), only(sibling.dot)]));
  const known = difference(upTo(context, dot), theirs);
  return union(seen, covers(known, dot) ? known : union(known, only(dot)));
}

/**
 * A write of a last-writer-wins bucket: replaces all that its coordinator holds and that is earlier. One
 * of now has a stamp above all of that; an old one, out of a backup, leaves what is later beside it.
 */
export function writeLatest(object: KeyObject, seen: CausalContext, sibling: NewSibling, options: WriteOptions = {}): Written {
  const later = object.siblings.filter((other) => isLater(other, sibling)).map(({ dot }) => only(dot));
  const known = union(object.context, seen);
  const written = write(object, later.length === 0 ? known : difference(known, unionOf(later)), sibling, { writerSaw: seen, ...options });
  return { ...written, context: answerTo(written.object, seen, sibling.dot) };
}

/** Siblings of `before` that `after` no longer has. */
export function superseded(before: KeyObject, after: KeyObject): readonly StoredSibling[] {
  return before.siblings.filter(({ dot }) => !holds(after, dot));
}

/** What a last-writer-wins bucket shows: the latest by (stamp, dot) of the writes that are there, the same at every replica. */
export function latestOnly(object: KeyObject): KeyObject {
  return object.siblings.length < 2 ? object : { context: object.context, siblings: lastOf(object.siblings) };
}

export function liveSiblings(object: KeyObject): readonly StoredSibling[] {
  return object.siblings.filter(({ value }) => value !== undefined);
}

export function holds(object: KeyObject, dot: Dot): boolean {
  return object.siblings.some((sibling) => sameDot(sibling.dot, dot));
}

function lastOf([first, ...others]: readonly StoredSibling[]): readonly StoredSibling[] {
  return first === undefined ? [] : [others.reduce((latest, next) => (isLater(next, latest) ? next : latest), first)];
}

function inOrder(siblings: StoredSibling[]): readonly StoredSibling[] {
  return siblings.length < 2 ? siblings : siblings.sort((a, b) => compareDots(a.dot, b.dot));
}
