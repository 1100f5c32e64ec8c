/**
 * Writes that never strand a person: with a quorum if there is one, else on this device alone with
 * hints for the others (`w=any`), which the screen then says plainly. Both attempts are one write:
 * they carry one write id, so a first attempt that reached somebody all the same makes no conflict.
 */
import type { Params, WriteResult } from '../../main/api/contract.ts';
import { newWriteId } from '../merge/write-id.ts';
import { isCode, type Client } from './client.ts';

/** Give the write id of an attempt that failed to go on with it. */
export async function putOrHere(client: Client, params: Params<'put'>): Promise<WriteResult> {
  const put = { writeId: newWriteId(), ...params };
  try {
    return await client.put(put);
  } catch (error) {
    if (!isCode(error, 'QUORUM_UNREACHABLE')) throw error;
  }
  return client.put({ ...put, w: 'any' });
}

export async function deleteOrHere(client: Client, params: Params<'delete'>): Promise<WriteResult> {
  const deletion = { writeId: newWriteId(), ...params };
  try {
    return await client.delete(deletion);
  } catch (error) {
    if (!isCode(error, 'QUORUM_UNREACHABLE')) throw error;
  }
  return client.delete({ ...deletion, w: 'any' });
}
