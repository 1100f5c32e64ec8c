/**
 * What each side of a lane says once it is known to be of the team: which version it speaks, which
 * run of the process this is, and what the Gate shows. Hostile until it is admitted.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { HELLO_MAX_BYTES } from './limits.ts';

export const HELLO_VERSION = 1;
/**
 * No hello but the reason why there is none, told to members only. `credentials` hold the signed
 * records that prove the removal; without them: another run of this very member is about.
 */
export const REFUSAL_VERSION = 0;
const TEXT_MAX_BYTES = 128;

export interface Hello {
  readonly version: number;
  readonly bootNonce: string;
  readonly credentials: Uint8Array;
}

/** @throws RangeError when the parts are larger than a hello may be. */
export function encodeHello(hello: Hello): Uint8Array {
  const writer = new ByteWriter().u8(hello.version).text(hello.bootNonce);
  const bytes = writer.bytes(hello.credentials).finish();
  if (bytes.byteLength <= HELLO_MAX_BYTES) return bytes;
  throw new RangeError(`A hello of ${bytes.byteLength} bytes is over ${HELLO_MAX_BYTES}.`);
}

/** Undefined for anything that is no hello; never throws. */
export function decodeHello(bytes: Uint8Array): Hello | undefined {
  try {
    const reader = new ByteReader(bytes);
    const version = reader.u8();
    const bootNonce = reader.text(TEXT_MAX_BYTES);
    const credentials = reader.bytes(HELLO_MAX_BYTES).slice();
    reader.end();
    return { version, bootNonce, credentials };
  } catch {
    return undefined;
  }
}
