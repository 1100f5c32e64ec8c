/** Who wrote something, in words for the command line; the window has its own way with the same words. */

interface Writer {
  readonly id: string;
  /** Of the device; empty while its record is not known here. */
  readonly name: string;
  readonly person: string | null;
}

/** "Anna Berg on Front desk laptop"; the device alone where it says nobody; the id of one that is not known. */
export function whoWrote({ id, name, person }: Writer): string {
  if (name === '') return id;
  return person === null ? name : `${person} on ${name}`;
}
