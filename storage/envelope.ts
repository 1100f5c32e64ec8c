/**
 * The checksum around every value in the database: [crc32:4][payload].
 *
 * LevelDB as classic-level opens it does not verify its own checksums on reads, and a flipped byte
 * in a table comes back as a wrong value with no error. The checksum covers the database key too,
 * so a value that ended up under another key, or a key that was damaged, fails as well.
 */
import { crc32 } from 'node:zlib';

export const CRC_BYTES = 4;

export function seal(key: Buffer, ...parts: readonly Uint8Array[]): Buffer {
  let length = CRC_BYTES;
  for (const part of parts) length += part.length;
  const sealed = Buffer.allocUnsafe(length);
  let offset = CRC_BYTES;
  for (const part of parts) {
    sealed.set(part, offset);
    offset += part.length;
  }
  sealed.writeUInt32BE(crc32(sealed.subarray(CRC_BYTES), crc32(key)), 0);
  return sealed;
}

/** The payload (a view), or `undefined` when the checksum does not hold. */
export function unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < CRC_BYTES) return undefined;
  const payload = sealed.subarray(CRC_BYTES);
  return crc32(payload, crc32(key)) === sealed.readUInt32BE(0) ? payload : undefined;
}
