/** Pure: whose fault a refusal is. The member begins its words with the parameter that it refuses: "person: …". */

/** What is wrong with `field`, as a sentence; `null` where the refusal is of something else, or there is none. */
export function errorOfField(error: string | null, field: string): string | null {
  const start = `${field}: `;
  if (error?.startsWith(start) !== true) return null;
  const words = error.slice(start.length);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
