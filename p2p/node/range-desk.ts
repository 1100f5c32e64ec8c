/**
 * Answers for the keys kept here when somebody asks the whole team: a page of rows in order, whether
 * there are more, and, where the asker may see it differently, which partitions the answer is good
 * for. Who owes a partition, or does not own it by its own view, does not answer for it.
 */
import type { Scope } from '../antientropy/scope.ts';
import { classOf, copiesOf } from '../antientropy/scope.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import { compareText } from '../bytes/text-order.ts';
import type { ConflictsQuery, IndexEntry } from '../ports.ts';
import type { BucketName, MemberId, PartitionId } from '../types.ts';
import { PAGE_MAX } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';
import type { Answer } from './peer-work.ts';

export interface Row {
  readonly bucket: BucketName;
  readonly entry: IndexEntry;
}

/** A bit for each partition, for the buckets of `n` copies (0 = all). */
export type AnswersFor = readonly { readonly n: number; readonly partitions: Uint8Array }[];

export interface RangePage {
  readonly rows: readonly Row[];
  /** There are rows after the last one. */
  readonly isMore: boolean;
  /** Absent: for all that is the member's by the asker's view. */
  readonly answersFor: AnswersFor | undefined;
}

export type RangeQuestion =
  | { readonly kind: 'list'; readonly bucket: BucketName; readonly prefix: string; readonly after: string | undefined; readonly limit: number }
  | ({ readonly kind: 'conflicts' } & ConflictsQuery);

export interface RangeDeskEvents {
  readonly owes: (scope: Scope, partition: PartitionId) => boolean;
  readonly isSettled: () => boolean;
  /** The peer sees another team than we do. */
  readonly otherView: (peer: MemberId) => void;
}

/** An answer ends after about so many bytes; the asker asks on. */
const ANSWER_BYTES = 256 * 1024;
/** Of a row besides its texts, about. */
const ROW_BYTES = 100;

export class RangeDesk {
  readonly #core: Core;
  readonly #on: RangeDeskEvents;

  constructor(core: Core, on: RangeDeskEvents) {
    this.#core = core;
    this.#on = on;
  }

  answer(from: MemberId, message: MessageOf<'list' | 'conflicts'>, answer: Answer): void {
    const { id, view } = message;
    if (!bytesEqual(view, this.#core.view())) this.#on.otherView(from);
    this.page(message, view, ({ rows, isMore, answersFor }) => {
      const rest = { id, isMore, answersFor };
      if (message.kind === 'conflicts') answer({ kind: 'conflicts-reply', entries: rows, ...rest });
      else answer({ kind: 'list-reply', entries: rows.map(({ entry }) => entry), ...rest });
    });
  }

  /** @param view The asker's. A disk that fails answers for nothing. */
  page(question: RangeQuestion, view: Uint8Array, done: (page: RangePage) => void): void {
    const limit = question.limit + 1;
    const query = question.kind === 'list' ? { ...question, limit, conflictsOnly: false } : { ...question, limit };
    this.#core.query(query, (answer) => {
      const isRead = answer?.kind === 'list' || answer?.kind === 'conflicts';
      if (!isRead) return done({ rows: [], isMore: false, answersFor: [] });
      const read = answer.kind === 'list' ? answer.entries.map((entry) => ({ bucket: question.bucket ?? '', entry })) : answer.entries;
      const rows = fitting(read.slice(0, question.limit));
      done({ rows, isMore: read.length > rows.length, answersFor: this.#answersFor(question.bucket, view) });
    });
  }

  /** A page of names. Nobody is told of buckets that could not be read. */
  buckets({ id, after }: MessageOf<'buckets'>, answer: Answer): void {
    this.#core.query({ kind: 'buckets' }, (found) => {
      if (found?.kind !== 'buckets') return answer();
      const rest = found.buckets.filter((bucket) => after === undefined || compareText(bucket, after) > 0).sort(compareText);
      answer({ kind: 'buckets-reply', id, buckets: rest.slice(0, PAGE_MAX), isMore: rest.length > PAGE_MAX });
    });
  }

  #answersFor(bucket: BucketName | undefined, view: Uint8Array): AnswersFor | undefined {
    if (this.#core.out !== undefined || (this.#on.isSettled() && bytesEqual(view, this.#core.view()))) return undefined;
    const scopes = bucket === undefined ? this.#core.classes() : [{ n: classOf(this.#core.buckets.settings(bucket).n), bucket }];
    return scopes.map((scope) => ({ n: scope.n, partitions: this.#bitsOf(scope) }));
  }

  #bitsOf(scope: Scope): Uint8Array {
    const { partitions } = this.#core.team;
    const bits = new Uint8Array(Math.ceil(partitions / 8));
    for (let partition = 0; partition < partitions; partition += 1) {
      const isGood = this.#core.isOwner(this.#core.self, partition, copiesOf(scope)) && !this.#on.owes(scope, partition);
      if (isGood) bits[partition >> 3] = (bits[partition >> 3] ?? 0) | (1 << (partition & 7));
    }
    return bits;
  }
}

export function hasBit(bits: Uint8Array, partition: PartitionId): boolean {
  return (((bits[partition >> 3] ?? 0) >> (partition & 7)) & 1) === 1;
}

/** At least one row, so that whoever asks on gets on. */
function fitting(rows: readonly Row[]): readonly Row[] {
  let bytes = 0;
  const end = rows.findIndex(({ bucket, entry }, index) => {
    bytes += ROW_BYTES + bucket.length + entry.key.length + entry.contentType.length;
    return index > 0 && bytes > ANSWER_BYTES;
  });
  return end < 0 ? rows : rows.slice(0, end);
}
