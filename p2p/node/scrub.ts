/**
 * Looks at every record again and again, a page at a time, because nobody may read a damaged one
 * for years (Cassandra's scrub, ZFS's): by then the other copies may be damaged too.
 *
 *     page ── damaged records ──────────────► the mender: fetched from their other owners
 *          ── good ones without index row ──► their rows are written anew
 *          ── leaves that count otherwise ──► counted anew; an exchange then sees what is lacking
 *
 * Where it is and when it was through outlive a restart, so a laptop that is switched on for an hour
 * a day gets through as well. While people's requests come in, it goes at a quarter of its pace.
 */
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { LeafPlace, Mutation, ScanPage } from '../ports.ts';
import type { KeyRef } from '../types.ts';
import type { Core } from './core.ts';
import type { Mender } from './mender.ts';
import type { Replica } from './replica.ts';
import type { Trees } from './trees.ts';

/** Records looked at in one step. */
const PAGE = 64;
/** Of the pace, while requests come in. */
const MAKES_WAY = 4;
/** Pages between two notes of the place: what a restart looks at again at most. */
const NOTED_EVERY = 60;
export const SCRUB_ROW = 'self/scrub';

export interface ScrubParts {
  readonly replica: Replica;
  readonly mender: Mender;
  readonly trees: Trees;
}

export class Scrub {
  /** Wall ms at which all records had been looked at last; `undefined` = not yet. */
  finishedMs: number | undefined;
  /** Looked at since the start of this member. */
  records = 0;
  readonly #core: Core;
  readonly #parts: ScrubParts;
  #place: LeafPlace | undefined;
  #pages = 0;
  #foreground = 0;
  #timer: ReturnType<Core['after']> | undefined;
  /** A page is awaited. */
  #isLooking = false;
  /** Rows were lost since it was asked for. */
  #isOutdated = false;

  constructor(core: Core, parts: ScrubParts) {
    this.#core = core;
    this.#parts = parts;
  }

  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const row = remembered.find(({ name }) => name === SCRUB_ROW);
    if (row !== undefined) this.#recall(row.bytes);
    if (this.#core.identity.hasLost ?? false) {
      this.beginAnew();
      return;
    }
    const { scrubIntervalMs, scrubRestMs } = this.#core.config;
    const rested = this.#core.now.wallMs - (this.finishedMs ?? -Infinity);
    const isDue = this.#place !== undefined || rested < 0 || rested >= scrubRestMs;
    this.#later(isDue ? scrubIntervalMs : scrubRestMs - rested);
  }

  /** Rows were lost: one pass finds which. Noted, because this run may not live to see its end. */
  beginAnew(): void {
    [this.#place, this.finishedMs] = [undefined, undefined];
    this.#note();
    if (this.#isLooking) this.#isOutdated = true;
    else this.#later(this.#core.config.scrubIntervalMs);
  }

  #later(delayMs: number): void {
    if (this.#timer !== undefined) this.#core.timers.cancel(this.#timer);
    this.#timer = this.#core.after(delayMs, () => this.#turn());
  }

  #turn(): void {
    const { foreground, config } = this.#core;
    const isBusy = foreground !== this.#foreground;
    this.#foreground = foreground;
    if (isBusy) this.#timer = this.#core.after((MAKES_WAY - 1) * config.scrubIntervalMs, () => this.#page());
    else this.#page();
  }

  #page(): void {
    const { scrubIntervalMs, scrubRestMs } = this.#core.config;
    this.#isLooking = true;
    this.#core.query({ kind: 'scan', from: this.#place, recordsMax: PAGE }, (answer) => {
      const isOutdated = this.#isOutdated;
      [this.#isLooking, this.#isOutdated] = [false, false];
      if (answer?.kind !== 'scan') {
        this.#later(scrubIntervalMs);
        return;
      }
      this.records += answer.records;
      this.#pages += 1;
      this.#mend(answer);
      if (isOutdated) {
        this.#later(scrubIntervalMs);
        return;
      }
      this.#place = answer.next;
      if (answer.next === undefined) {
        this.finishedMs = this.#core.now.wallMs;
        this.#core.emit({ kind: 'trace', event: { kind: 'scrubbed', records: this.records } });
      }
      if (answer.next === undefined || this.#pages % NOTED_EVERY === 0) this.#note();
      this.#later(answer.next === undefined ? scrubRestMs : scrubIntervalMs);
    });
  }

  #mend({ damaged, unlisted, miscounted }: ScanPage): void {
    for (const ref of damaged) if (this.#isWhole(ref)) this.#parts.mender.found(ref);
    for (const ref of unlisted) if (this.#isWhole(ref)) this.#list(ref);
    if (miscounted.length === 0) return;
    const batch = miscounted.map(({ partition, leaf }): Mutation => ({ kind: 'recount', partition, leaf }));
    this.#core.commit(batch, () => {
      for (const { partition } of miscounted) this.#parts.trees.changed(partition);
    });
  }

  #list(ref: KeyRef): void {
    this.#parts.replica.mutate({
      ref,
      onDamage: 'fail',
      change: (object) => ({ object, also: 'rows', hintTargets: [] }),
      done: () => undefined,
    });
  }

  /** A name that is damaged itself names no key, or another one. */
  #isWhole({ bucket, key, partition, leaf }: KeyRef): boolean {
    const ref = this.#core.keyRef(bucket, key);
    return ref.partition === partition && ref.leaf === leaf;
  }

  /** @see NOTED_EVERY */
  #note(): void {
    const { partition = 0, leaf = 0 } = this.#place ?? {};
    const bytes = new ByteWriter().u8(this.#place === undefined ? 0 : 1).varint(partition).varint(leaf).f64(this.finishedMs ?? -1).finish();
    this.#core.commit([{ kind: 'meta', name: SCRUB_ROW, bytes }], () => undefined);
  }

  #recall(bytes: Uint8Array): void {
    try {
      const reader = new ByteReader(bytes);
      const [isUnderWay, partition, leaf, finishedMs] = [reader.flag(), reader.varint(), reader.varint(), reader.f64()];
      reader.end();
      this.#place = isUnderWay ? { partition, leaf } : undefined;
      this.finishedMs = finishedMs < 0 ? undefined : finishedMs;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }
}
