/**
 * The part of a commit that needs no knowledge of the database: keys and sealed values. It is made
 * when the commit arrives, while the group before it is being synced.
 */
import type { Mutation } from '../p2p/ports.ts';
import type { PartitionId } from '../p2p/types.ts';
import { type Operation, deleteOperation, putOperation } from './database.ts';
import type { Commit } from './group-commit.ts';
import { conflictKey, hintKey, indexKey, metaKey, objectKey, versionKey } from './keyspace.ts';
import { encodeSummary, hintPrefix, objectPrefix } from './records.ts';
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
  | { readonly kind: 'drop'; readonly from: Of<'drop'>; readonly object: Operation; readonly row: Operation; readonly conflict: Operation }
  | { readonly kind: 'recount'; readonly partition: PartitionId; readonly leaf: number }
  | { readonly kind: 'hint'; readonly from: Of<'hint'>; readonly row: Operation }
  | { readonly kind: 'hint-done'; readonly from: Of<'hint-done'>; readonly row: Operation }
  | { readonly kind: 'version'; readonly from: Of<'version'>; readonly row: Operation }
  | { readonly kind: 'system'; readonly row: Operation }
  | { readonly kind: 'load'; readonly partition: PartitionId };

export interface PreparedCommit extends Commit {
  readonly mutations: readonly PreparedMutation[];
}

export function prepare(batch: readonly Mutation[]): PreparedCommit {
  let bytes = 0;
  const mutations = batch.map((mutation) => {
    const prepared = prepareOne(mutation);
    if ('row' in prepared) bytes += operationBytes(prepared.row);
    // A leaf that is made anew is written, however little the batch says of it.
    if (prepared.kind === 'recount') bytes += LEAF_BYTES;
    if (prepared.kind === 'object') bytes += operationBytes(prepared.object);
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
    case 'version': {
      const key = versionKey(mutation.ref.id, mutation.writtenAt, mutation.dot);
      return { kind: 'version', from: mutation, row: putOperation(key, mutation.sibling) };
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
  };
}

function mustBeLeafDelta(delta: Uint8Array): void {
  if (delta.length !== LEAF_BYTES) throw new RangeError(`a leaf delta of ${delta.length} bytes`);
}

function operationBytes({ key, value }: Operation): number {
  return key.length + (value?.length ?? 0);
}
