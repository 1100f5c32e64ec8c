/** The history of one key: what is there now, what was there before, and bringing that back. */
import type { Api, ApiEvent, BucketInfo, HistoryResult, KeyName, Params, ReadResult, Sibling, WriteResult } from '../../main/api/contract.ts';
import { compare } from '../history/compare.ts';
import { restore, takeBack, type RestoreApi } from '../history/restoring.ts';
import { isChange, messageOf } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { newest } from './sibling.ts';
import { visible } from '../names/visible.ts';

export interface HistoryPorts {
  readonly api: RestoreApi & Pick<Api, 'history' | 'getBucket'>;
  /** The key as well as it can be read now. */
  readonly read: (name: KeyName) => Promise<ReadResult>;
  /** Writes with a quorum, or here alone where there is none. */
  readonly put: (params: Params<'put'>) => Promise<WriteResult>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  readonly onReconnect: (handler: () => void) => () => void;
  /** Something was written: by a restore, or by taking one back. */
  readonly onWritten: () => void;
  readonly announce: (kind: 'success' | 'error', words: string, undo?: () => void) => void;
}

interface Loaded {
  readonly history: HistoryResult;
  readonly current: ReadResult;
  /** What the bucket keeps; `null` when that is not known. */
  readonly kept: BucketInfo | null;
}

export class KeyHistory {
  readonly name: KeyName;
  readonly #ports: HistoryPorts;
  readonly #closers: readonly (() => void)[];
  /** `null` before the first answer. */
  loaded = $state.raw<Loaded | null>(null);
  loading = $state(true);
  /** Why the last answer did not come; what was known stays. */
  error = $state<string | null>(null);
  restoring = $state(false);
  #chosen = $state<string | null>(null);

  readonly versions: readonly Sibling[] = $derived(this.loaded?.history.versions ?? []);
  /** The version to compare with; of several, the newest by its writer's clock. */
  readonly current = $derived.by(() => {
    const siblings = this.loaded?.current.siblings ?? [];
    return newest(siblings.filter(({ deleted }) => !deleted)) ?? newest(siblings);
  });
  readonly currentCount = $derived(this.loaded?.current.siblings.length ?? 0);
  readonly isDeleted = $derived(this.current?.deleted === true);
  readonly index = $derived(Math.max(0, this.versions.findIndex(({ dot }) => dot === this.#chosen)));
  readonly chosen = $derived(this.versions[this.index] ?? null);
  readonly comparison = $derived(this.chosen === null ? null : compare(this.chosen, this.current));
  readonly canRestore = $derived(
    this.chosen !== null && !this.chosen.deleted && !this.restoring && (this.comparison?.difference.kind !== 'same' || this.comparison.type !== null || this.currentCount > 1 || this.isDeleted),
  );

  readonly refresh = oneAtATime(async () => {
    this.loading = true;
    const { api, read } = this.#ports;
    try {
      const [history, current, kept] = await Promise.all([
        api.history(this.name),
        read(this.name),
        api.getBucket({ bucket: this.name.bucket }).catch(() => null),
      ]);
      this.loaded = { history, current, kept };
      this.error = null;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.loading = false;
    }
  });

  constructor(ports: HistoryPorts, name: KeyName) {
    this.#ports = ports;
    this.name = name;
    this.#closers = [
      ports.onEvent((event) => {
        if (!isChange(event)) return;
        if (event.bucket === name.bucket && event.key === name.key) void this.refresh();
      }),
      ports.onReconnect(() => void this.refresh()),
    ];
    void this.refresh();
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  choose(index: number): void {
    const bounded = Math.max(0, Math.min(index, this.versions.length - 1));
    this.#chosen = this.versions[bounded]?.dot ?? null;
  }

  /** Writes the chosen version with the context of what is shown as current. @returns whether it was written. */
  async restore(): Promise<boolean> {
    const { chosen, loaded } = this;
    if (chosen === null || loaded === null || !this.canRestore) return false;
    const { announce, onWritten, put } = this.#ports;
    const { key } = this.name;
    this.restoring = true;
    try {
      const { result, undo } = await restore(put, this.name, chosen, loaded.current);
      announce('success', result.siblings > 1 ? `Restored ${visible(key)} beside a newer version: both are kept to be merged` : `Restored ${visible(key)}`, () => {
        takeBack(this.#ports.api, undo).then(onWritten, (error: unknown) => announce('error', `Could not take it back: ${messageOf(error)}`));
      });
      onWritten();
      return true;
    } catch (error) {
      announce('error', `Not restored: ${messageOf(error)}`);
      return false;
    } finally {
      this.restoring = false;
    }
  }
}
