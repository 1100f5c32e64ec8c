/** What one member gives to a coverage query: pages of its rows, in order, as far as it was asked. */
import { compareText } from '../bytes/text-order.ts';
import type { MemberId, PartitionId } from '../types.ts';
import type { RowName } from './commands.ts';
import type { AnswersFor, RangePage, Row } from './range-desk.ts';
import { hasBit } from './range-desk.ts';

export class RangeStream {
  readonly member: MemberId;
  /** Waited for, heard as far as it was asked, or given up. */
  state: 'asking' | 'heard' | 'failed' = 'asking';
  /** It takes long: others are asked in its place, but it may still answer. */
  isLate = false;
  /** It was asked though it may not be there. */
  readonly isDoubted: boolean;
  /** It may have rows after `end`. */
  isOpen = true;
  /** All its rows up to here have come, or are settled; absent = from the beginning. */
  end: RowName | undefined;
  /** Those that are not settled yet. */
  rows: readonly Row[] = [];
  #answersFor: AnswersFor | undefined;

  constructor(member: MemberId, from: RowName | undefined, isDoubted: boolean) {
    this.member = member;
    this.end = from;
    this.isDoubted = isDoubted;
  }

  /** Counts for the partitions that it answers for. */
  get isCounted(): boolean {
    return this.state !== 'failed' && !this.isLate;
  }

  get isRestricted(): boolean {
    return this.#answersFor !== undefined;
  }

  /** False for a page that is none: not in order, or the end of nothing. It is given up then. */
  take({ rows, isMore, answersFor }: RangePage): boolean {
    let last = this.end;
    for (const row of rows) {
      const name = nameOf(row);
      if (last !== undefined && compareNames(name, last) <= 0) return this.#fail();
      last = name;
    }
    if (isMore && rows.length === 0) return this.#fail();
    this.rows = [...this.rows, ...rows];
    this.end = last;
    this.isOpen = isMore;
    this.#answersFor = answersFor;
    this.state = 'heard';
    this.isLate = false;
    return true;
  }

  answers(n: number, partition: PartitionId): boolean {
    if (this.#answersFor === undefined) return true;
    const bits = this.#answersFor.find((one) => one.n === n)?.partitions;
    return bits !== undefined && hasBit(bits, partition);
  }

  /** Rows up to here are settled: who took so long that its own end is before that is asked on from there. */
  dropThrough(name: RowName): void {
    if (this.state === 'heard' && this.end !== undefined && compareNames(this.end, name) < 0) this.end = name;
    const first = this.rows.findIndex((row) => compareNames(nameOf(row), name) > 0);
    this.rows = first < 0 ? [] : this.rows.slice(first);
  }

  #fail(): false {
    this.state = 'failed';
    return false;
  }
}

export function nameOf({ bucket, entry }: Row): RowName {
  return { bucket, key: entry.key };
}

export function compareNames(a: RowName, b: RowName): number {
  return compareText(a.bucket, b.bucket) || compareText(a.key, b.key);
}
