/**
 * Drops earlier versions that have grown too old, of keys that nobody writes any more: a page of
 * names at a time, then a rest. Keys that are written drop theirs in the same batch.
 */
import { LANDMARKS_MAX } from '../causality/retention.ts';
import type { HistoryRow } from '../ports.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';

/** Names looked at in one step: rows of a few hundred bytes, no values. */
const PAGE = 64;
const DAY_MS = 24 * 3_600_000;

export class HistorySweep {
  readonly #core: Core;
  readonly #replica: Replica;

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  start(): void {
    this.#later(this.#core.config.historySweepRestMs, undefined);
  }

  #later(delayMs: number, afterId: string | undefined): void {
    this.#core.after(delayMs, () => this.#page(afterId));
  }

  #page(afterId: string | undefined): void {
    this.#core.query({ kind: 'histories', afterId, limit: PAGE }, (answer) => {
      if (answer?.kind !== 'histories') {
        this.#later(this.#core.config.historySweepIntervalMs, afterId);
        return;
      }
      const { rows } = answer;
      for (const row of rows) if (this.#isDue(row)) this.#drop(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) this.#later(this.#core.config.historySweepRestMs, undefined);
      else this.#later(this.#core.config.historySweepIntervalMs, `${last.bucket}\0${last.key}`);
    });
  }

  #isDue({ bucket, versions, oldestKeptAt }: HistoryRow): boolean {
    const { historyVersions, historyDays } = this.#core.buckets.settings(bucket);
    const landmarks = historyVersions === 0 ? 0 : LANDMARKS_MAX;
    return versions > historyVersions + landmarks || oldestKeptAt < this.#core.now.wallMs - historyDays * DAY_MS;
  }

  /** Under the key's lock: what its siblings are decides whether a base has to stay. */
  #drop({ bucket, key }: HistoryRow): void {
    this.#replica.mutate({
      ref: this.#core.keyRef(bucket, key),
      onDamage: 'fail',
      change: (object) => ({ object, also: 'history', hintTargets: [] }),
      done: () => undefined,
    });
  }
}
