/** Reads that answer as well as they can: without a quorum, with what one device has. */
import type { KeyName, ReadResult } from '../../main/api/contract.ts';
import { isCode, type Client } from './client.ts';

export const NOTHING_READ: ReadResult = { context: '', siblings: [], replies: [], needed: 0, acks: 0 };

export async function readKey(client: Client, name: KeyName, r?: 'one'): Promise<ReadResult> {
  try {
    return await client.get(r === undefined ? { ...name } : { ...name, r });
  } catch (error) {
    if (isCode(error, 'NOT_FOUND')) return NOTHING_READ;
    if (r === undefined && isCode(error, 'QUORUM_UNREACHABLE')) return readKey(client, name, 'one');
    throw error;
  }
}
