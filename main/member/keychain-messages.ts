/** Between the member and the desktop shell, which alone can ask the keychain: a question each, and its answer. */
import { KEYCHAIN_SEALED_BYTES_MAX } from '../../p2p/bounds.ts';

export interface KeychainAsk {
  readonly type: 'keychain';
  /** Named by the answer. */
  readonly id: number;
  readonly verb: 'seal' | 'open';
  /** A secret to seal, or what was sealed. */
  readonly bytes: Uint8Array;
}

export type KeychainAnswer = { readonly type: 'keychain'; readonly id: number } & (
  | { readonly bytes: Uint8Array }
  /** Why not, for people. */
  | { readonly refusal: string }
);

/** Why what was sealed does not open, whoever finds out. */
export const KEYCHAIN_FORGOT = 'It opens another key than this one: it was reset, or this data folder comes from another account or computer.';

const REFUSAL_CHARS_MAX = 500;

/** `null`: it is none. Both sides are our own code, yet what they say crosses a process border. */
export function keychainAskOf(raw: unknown): KeychainAsk | null {
  const fields = fieldsOf(raw);
  if (fields === null) return null;
  const { id, verb, bytes } = fields;
  if ((verb !== 'seal' && verb !== 'open') || bytes === null) return null;
  return { type: 'keychain', id, verb, bytes };
}

/** `null`: it is none. */
export function keychainAnswerOf(raw: unknown): KeychainAnswer | null {
  const fields = fieldsOf(raw);
  if (fields === null) return null;
  const { id, refusal, bytes } = fields;
  if (typeof refusal === 'string') return { type: 'keychain', id, refusal: refusal.slice(0, REFUSAL_CHARS_MAX) };
  return bytes === null ? null : { type: 'keychain', id, bytes };
}

interface Fields {
  readonly id: number;
  readonly verb: unknown;
  readonly refusal: unknown;
  readonly bytes: Uint8Array | null;
}

function fieldsOf(raw: unknown): Fields | null {
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || raw.type !== 'keychain') return null;
  if (!('id' in raw) || !Number.isSafeInteger(raw.id)) return null;
  const bytes = 'bytes' in raw && raw.bytes instanceof Uint8Array ? raw.bytes : null;
  const isWithin = bytes !== null && bytes.byteLength > 0 && bytes.byteLength <= KEYCHAIN_SEALED_BYTES_MAX;
  return {
    id: Number(raw.id),
    verb: 'verb' in raw ? raw.verb : undefined,
    refusal: 'refusal' in raw ? raw.refusal : undefined,
    bytes: isWithin ? bytes : null,
  };
}
