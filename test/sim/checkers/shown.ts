/** What every key shows in the end: its id, and the writes that are its siblings. */
import type { WriteRecord } from '../history.ts';

export type Shown = ReadonlyMap<string, readonly WriteRecord[]>;

export function showsWrite(shown: Shown, { id, ref }: WriteRecord): boolean {
  return shown.get(ref.id)?.some((write) => write.id === id) === true;
}
