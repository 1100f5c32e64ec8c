/**
 * Order of concurrent writes, where a last-writer-wins bucket shows one of them: hybrid logical time (Kulkarni et al., "Logical
 * Physical Clocks", 2014, section 3) in one integer, wall ms in the high part and a count in the
 * low one, which carries over where more happens in a millisecond than it can count.
 *
 *     stamp = max(wall ms · 256, latest stamp that was seen + 1)
 *
 * A stamp is above all that its writer had seen, whatever the clocks say; ties of concurrent
 * writes fall to the dot. It orders and is never shown: `writtenAt` stays what the clock said. Writes
 * of every bucket get one, as any bucket may come to show the latest only.
 */
import { compareDots } from './dot.ts';
import type { StoredSibling } from './key-object.ts';

export const STAMPS_A_MS = 256;
/** Wall time beyond the year 3000 is no time; below it a stamp and all that follow fit in 2^53. */
const WALL_MS_MAX = 32_503_680_000_000;

/** No wall clock gives a later one. */
const WALL_STAMP_MAX = WALL_MS_MAX * STAMPS_A_MS;

/**
 * The latest stamp that a client hands in: made up, it is still far below what the writes over it go
 * up to, one at a time. So nobody makes a write that later ones cannot win over.
 */
export const STAMP_TOLD_MAX = WALL_STAMP_MAX + 2 ** 47;
/** The latest that is stored or taken from a peer. */
export const STAMP_MAX = STAMP_TOLD_MAX + 2 ** 47;

/**
 * The stamp of a write that comes out of a file, which may say what it likes. Beyond what a client may
 * hand in it tells only that the write is later than what is held, and gets the next stamp above that.
 * @param held The latest that is held of the key, 0 for none.
 */
export function stampOfImport(told: number, held: number): number {
  return Math.min(told, Math.max(STAMP_TOLD_MAX, held + 1), STAMP_MAX);
}

export function stampOfWall(wallMs: number): number {
  return Math.floor(Math.min(WALL_MS_MAX, Math.max(0, wallMs)) * STAMPS_A_MS);
}

/** What was written into a bucket of siblings by a development version of before has none of its own. */
export function stampOf({ stamp, writtenAt }: Pick<StoredSibling, 'stamp' | 'writtenAt'>): number {
  return stamp ?? stampOfWall(writtenAt);
}

/** 0 for none. */
export function latestStamp(siblings: readonly StoredSibling[]): number {
  return siblings.reduce((latest, sibling) => Math.max(latest, stampOf(sibling)), 0);
}

type Stamped = Pick<StoredSibling, 'stamp' | 'writtenAt' | 'dot'>;

/** Total over distinct writes, and the same at every replica. */
export function isLater(a: Stamped, b: Stamped): boolean {
  const [stampA, stampB] = [stampOf(a), stampOf(b)];
  return stampA === stampB ? compareDots(a.dot, b.dot) > 0 : stampA > stampB;
}
