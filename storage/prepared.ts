/**
 * The part of a commit that needs no knowledge of the database: keys and sealed values. It is made
 * when the commit arrives, while the group before it is being synced.
 */
import type { Mutation } from '../p2p/ports.ts';
import type { KeyRef, PartitionId } from '../p2p/types.ts';
import { type Operation, deleteOperation, putOperation } from './database.ts';
import type { Commit } from './group-commit.ts';
import { conflictKey, deletionKey, hintKey, indexKey, metaKey, objectKey } from './keyspace.ts';
import { encodeNotedAt, encodeSummary, hintPrefix, objectPrefix } from './records.ts';
import { LEAF_BYTES } from './merkle-leaves.ts';

type Of<Kind extends Mutation['kind']> = Extract<Mutation, { readonly kind: Kind }>;

/** One mutation with its operations. `row` is always written; the rest is decided while forming. */
export type PreparedMutation =
  | {
      readonly kind: 'object';
      readonly from: Of<'object'>;
      readonly object: Operation;
      readonly row: Operation;
      readonly conflict: Operation;
    }
  | { readonly kind: 'drop'; readonly from: Of<'drop'>; readonly object: Operation; readonly row: Operation; readonly conflict: Operation; readonly note: Operation }
  | { readonly kind: 'recount'; readonly partition: PartitionId; readonly leaf: number; readonly replaced?: KeyRef }
  | { readonly kind: 'hint'; readonly from: Of<'hint'>; readonly row: Operation }
  | { readonly kind: 'hint-done'; readonly from: Of<'hint-done'>; readonly row: Operation }
  /** What it writes depends on what is kept already. */
  | { readonly kind: 'history'; readonly from: Of<'history'> }
  | { readonly kind: 'system'; readonly row: Operation }
  | { readonly kind: 'load'; readonly partition: PartitionId }
  /** A slice of a count that is under way: `uncounted.ts`. */
  | { readonly kind: 'count' };

export interface PreparedCommit extends Commit {
  readonly mutations: readonly PreparedMutation[];
}

export function prepare(batch: readonly Mutation[]): PreparedCommit {
  let bytes = 0;
  const mutations = batch.map((mutation) => {
    const prepared = prepareOne(mutation);
    bytes += preparedBytes(prepared);
    return prepared;
  });
  return { mutations, bytes };
}

function prepareOne(mutation: Mutation): PreparedMutation {
  switch (mutation.kind) {
    case 'object':
      return prepareObject(mutation);
    case 'drop':
      return prepareDrop(mutation);
    case 'recount':
      return mutation;
    case 'hint': {
      const key = hintKey(mutation.target, mutation.ref.id);
      return { kind: 'hint', from: mutation, row: putOperation(key, hintPrefix(mutation.ref), mutation.object) };
    }
    case 'hint-done':
      return { kind: 'hint-done', from: mutation, row: deleteOperation(hintKey(mutation.target, mutation.ref.id)) };
    case 'history':
      return { kind: 'history', from: mutation };
    case 'deletion': {
      const key = deletionKey(mutation.ref.id);
      const { notedAt } = mutation;
      return { kind: 'system', row: notedAt === undefined ? deleteOperation(key) : putOperation(key, encodeNotedAt(notedAt)) };
    }
    case 'meta': {
      const key = metaKey(mutation.name);
      const { bytes } = mutation;
      return { kind: 'system', row: bytes === undefined ? deleteOperation(key) : putOperation(key, bytes) };
    }
  }
}

function prepareObject(from: Of<'object'>): PreparedMutation {
  const { ref, object, summary, leafDelta } = from;
  mustBeLeafDelta(leafDelta);
  const encoded = encodeSummary(summary);
  const conflict = conflictKey(ref.id);
  return {
    kind: 'object',
    from,
    object: putOperation(objectKey(ref), objectPrefix(summary.hash), object),
    row: putOperation(indexKey(ref.id), encoded),
    conflict: summary.siblings > 1 ? putOperation(conflict, encoded) : deleteOperation(conflict),
  };
}

function prepareDrop(from: Of<'drop'>): PreparedMutation {
  const { ref } = from;
  mustBeLeafDelta(from.leafDelta);
  return {
    kind: 'drop',
    from,
    object: deleteOperation(objectKey(ref)),
    row: deleteOperation(indexKey(ref.id)),
    conflict: deleteOperation(conflictKey(ref.id)),
    note: deleteOperation(deletionKey(ref.id)),
  };
}

function mustBeLeafDelta(delta: Uint8Array): void {
  if (delta.length !== LEAF_BYTES) throw new RangeError(`a leaf delta of ${delta.length} bytes`);
}

/** Never 0 for what is written. */
function preparedBytes(prepared: PreparedMutation): number {
  switch (prepared.kind) {
    case 'object':
      return operationBytes(prepared.object) + operationBytes(prepared.row);
    case 'history':
      return prepared.from.added.reduce((sum, { sibling }) => sum + sibling.length, prepared.from.ref.id.length);
    case 'drop':
      return operationBytes(prepared.row);
    // A leaf that is made anew is written, however little the batch says of it.
    case 'recount':
      return LEAF_BYTES;
    case 'load':
    case 'count':
      return 0;
    default:
      return operationBytes(prepared.row);
  }
}

function operationBytes({ key, value }: Operation): number {
  return key.length + (value?.length ?? 0);
}
