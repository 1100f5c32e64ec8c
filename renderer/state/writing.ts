/**
 * Writes that never strand a person: with a quorum if there is one, else on this device alone with
 * hints for the others (`w=any`), which the screen then says plainly.
 */
import type { KeyName, Params, WriteResult } from '../../main/api/contract.ts';
import { isCode, type Client } from './client.ts';

export async function putOrHere(client: Client, params: Params<'put'>, selfId: string): Promise<WriteResult> {
  try {
    return await client.put(params);
  } catch (error) {
    if (!isCode(error, 'QUORUM_UNREACHABLE')) throw error;
  }
  const context = (await ownPartialWrite(client, params, selfId)) ?? params.context;
  return client.put({ ...params, ...(context === undefined ? {} : { context }), w: 'any' });
}

export async function deleteOrHere(client: Client, params: Params<'delete'>): Promise<WriteResult> {
  try {
    return await client.delete(params);
  } catch (error) {
    if (!isCode(error, 'QUORUM_UNREACHABLE')) throw error;
  }
  return client.delete({ ...params, w: 'any' });
}

/**
 * A put without its quorum may have reached some disks all the same. When that write is all there
 * is, the second attempt replaces it, so that a person does not conflict with themselves.
 */
async function ownPartialWrite(client: Client, put: Params<'put'>, selfId: string): Promise<string | undefined> {
  const name: KeyName = { bucket: put.bucket, key: put.key };
  const read = await client.get({ ...name, r: 'one' }).catch(() => null);
  const [only, ...others] = read?.siblings ?? [];
  const own = only?.writtenBy === selfId && only.value === put.value && others.length === 0;
  return own ? read?.context : undefined;
}
