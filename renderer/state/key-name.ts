/** Names as the contract bounds them, in bytes of UTF-8. */

const BYTES_MAX = { bucket: 128, key: 1024 } as const;

/** What is wrong with a name, in words, or `null`. */
export function nameFault(kind: 'bucket' | 'key', name: string): string | null {
  if (name.trim() === '') return `Give the ${kind} a name.`;
  if (name !== name.trim()) return 'It begins or ends with a space.';
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > BYTES_MAX[kind]) return `That is ${bytes} bytes; at most ${BYTES_MAX[kind]} fit.`;
  return null;
}
