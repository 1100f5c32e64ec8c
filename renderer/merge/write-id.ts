/** Names one write for all of its attempts. */

const BYTES = 12;

/** 24 hex digits, random. */
export function newWriteId(): string {
  return [...crypto.getRandomValues(new Uint8Array(BYTES))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
