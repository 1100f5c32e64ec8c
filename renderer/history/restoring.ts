/**
 * Bringing an earlier version back, and taking that back. A restore is a write like any other: it
 * replaces exactly what was shown as current, so what others write meanwhile stays beside it.
 */
import type { Api, KeyName, ReadResult, Sibling, WriteResult } from '../../main/api/contract.ts';
import { isUndone, undoOf, undoStep, type Undo } from '../merge/saving.ts';

export type RestoreApi = Pick<Api, 'get' | 'put' | 'delete'>;
type Put = (params: Parameters<Api['put']>[0]) => Promise<WriteResult>;

export interface Restored {
  readonly result: WriteResult;
  /** What has to be written to have what was there before. */
  readonly undo: Undo;
}

/**
 * @param current What was shown as current; its context is handed back.
 * @param put How to write: with a quorum, or here alone where there is none.
 */
export async function restore(put: Put, name: KeyName, version: Sibling, current: ReadResult): Promise<Restored> {
  const { value, encoding, contentType } = version;
  const context = current.context === '' ? {} : { context: current.context };
  const result = await put({ ...name, value: value ?? '', encoding, contentType, ...context });
  return { result, undo: undoOfRestore(name, current, result) };
}

export async function takeBack(api: RestoreApi, undo: Undo): Promise<void> {
  let left = undo;
  while (!isUndone(left)) left = await undoStep(api, left);
}

/** One value, or one deletion, is written again as it was; a conflict is laid out as it was. */
function undoOfRestore(name: KeyName, current: ReadResult, { context, hereOnly }: WriteResult): Undo {
  const { siblings } = current;
  if (siblings.length > 1) return undoOf(name, current, { context, hereOnly, others: 0, newKeys: [] });
  return siblings.length === 0 ? { name, context, ground: 'deletion', pending: [], made: [] } : { name, context, pending: siblings, made: [] };
}
