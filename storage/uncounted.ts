/**
 * Counts anew how many keys, conflicts and hints there are, where the row of counters is lost, or may
 * be an older one because a part of a table was taken out. Until a family is counted its number is not
 * known, which is another thing than none: who decides by it looks at the rows.
 *
 *     rows   h h h h h │ h h h   c c c   i i i i i
 *            counted   │ not yet: a change of one of these will be counted with it
 *
 * A slice at a time, between two groups of commits: each begins where the last one ended, and a
 * change counts by itself only where its row was counted already. So the sum is right at the end,
 * whatever is written meanwhile, and no commit waits for more than a slice. Hints come first, for they decide.
 */
import type { MemberId } from '../p2p/types.ts';
import type { CountersDraft } from './counters.ts';
import type { Database } from './database.ts';
import { familyRange, hintsRange, justAfter, targetOf } from './keyspace.ts';
import { decodeSummary, hintBytes, hintObject } from './records.ts';

const FAMILIES = ['h', 'c', 'i'] as const;

/** Rows of a slice, some ms. */
export const SLICE_ROWS = 1_024;
const CHUNK_ROWS = 256;

/** Counted are rows of earlier families, and those of this one below `from`. */
export interface Uncounted {
  readonly family: number;
  readonly from: Buffer;
}

export const ALL_UNCOUNTED: Uncounted = { family: 0, from: familyRange(FAMILIES[0]).gte };

/** Does a change of this row change the counters? @param uncounted `undefined`: all is counted. */
export function isCounted(uncounted: Uncounted | undefined, key: Buffer): boolean {
  if (uncounted === undefined) return true;
  const family = FAMILIES.findIndex((letter) => letter.charCodeAt(0) === key[0]);
  return family < uncounted.family || (family === uncounted.family && key.compare(uncounted.from) < 0);
}

/** Is it known which hints there are? */
export function knowsHints(uncounted: Uncounted | undefined): boolean {
  return uncounted === undefined || uncounted.family > 0;
}

/** Adds the next rows, up to `SLICE_ROWS`, to the counters. @returns Where to go on; `undefined` at the end. */
export async function countSlice(database: Database, uncounted: Uncounted, counters: CountersDraft): Promise<Uncounted | undefined> {
  let left = SLICE_ROWS;
  for (const [family, letter] of FAMILIES.entries()) {
    if (family < uncounted.family) continue;
    const { gte, lt } = familyRange(letter);
    let from = family === uncounted.family ? uncounted.from : gte;
    await database.walk({ gte: from, lt }, CHUNK_ROWS, (key, payload) => {
      countRow(database, counters, { key, payload });
      from = justAfter(key);
      left -= 1;
      return left > 0;
    });
    if (left <= 0) return { family, from };
  }
  return undefined;
}

/** A damaged row, without a payload, counts as what it was, as it does for whoever writes it anew. */
function countRow(database: Database, counters: CountersDraft, { key, payload }: { readonly key: Buffer; readonly payload: Buffer | undefined }): void {
  switch (key[0]) {
    case 0x68:
      return counters.addHint(targetOf(key), 1, payload === undefined ? hintBytes(database.sizeOf(key) ?? 0) : hintObject(payload).length);
    case 0x63:
      return counters.add(0, 1);
    default:
      return counters.add(Number(payload === undefined || decodeSummary(payload).live > 0), 0);
  }
}

/** Members for whom there is a hint. Cost: one seek a member. */
export async function findHintTargets(database: Database): Promise<readonly MemberId[]> {
  const targets: MemberId[] = [];
  let range = familyRange('h');
  for (;;) {
    const key = await database.nextKey(range);
    if (key === undefined) return targets;
    const target = targetOf(key);
    targets.push(target);
    range = { gte: hintsRange(target).lt, lt: range.lt };
  }
}
