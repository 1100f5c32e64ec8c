/** Small keys and mutations for the tests of stores. */
import type { KeySummary, Mutation } from '../../p2p/ports.ts';
import type { Retention } from '../../p2p/causality/retention.ts';
import type { KeyRef } from '../../p2p/types.ts';

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function keyRef(
  bucket: string,
  key: string,
  { partition = 1, leaf = 2, first = 0 } = {},
): KeyRef {
  const position = new Uint8Array(16);
  position[0] = first;
  return { bucket, key, position, partition, leaf, id: `${bucket}\0${key}` };
}

export function objectMutation(
  ref: KeyRef,
  value: string | Uint8Array,
  summary: Partial<KeySummary> = {},
  { leafDelta = new Uint8Array(8), keysDelta = 1, conflictsDelta = 0 } = {},
): Mutation {
  const object = typeof value === 'string' ? bytesOf(value) : value;
  const full = {
    live: 1,
    siblings: 1,
    contentType: 'text/plain',
    size: object.length,
    writtenBy: 'peer',
    writtenAt: 1_700_000_000_000,
    hash: new Uint8Array(8).fill(9),
    ...summary,
  };
  return { kind: 'object', ref, object, summary: full, leafDelta, keysDelta, conflictsDelta };
}

export const hint = (target: string, ref: KeyRef, object: string): Mutation => ({
  kind: 'hint',
  target,
  ref,
  object: bytesOf(object),
});

interface VersionOptions extends Partial<Retention> {
  readonly keptAt?: number;
  readonly sibling?: Uint8Array | undefined;
}

/** The counter-th version of its key, replaced at `keptAt`. */
export const version = (
  ref: KeyRef,
  counter: number,
  { keptAt = counter, sibling = bytesOf(`version ${counter}`), ...retention }: VersionOptions = {},
): Mutation => ({
  kind: 'history',
  ref,
  added: [{ dot: { actor: 'AAAAAAAAAAA', counter }, sibling }],
  keptAt,
  retention: { versions: 10, keptSince: 0, siblings: [], ...retention },
});
