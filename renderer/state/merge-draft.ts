/** Where the draft of one merge is kept: one entry of the window's storage for each key. */
import type { KeyName } from '../../main/api/contract.ts';
import { readDraft, writeDraft, type Draft } from '../merge/draft.ts';
import type { MergeModel } from '../merge/merge-model.ts';
import type { Resolution } from '../merge/resolution.ts';

export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class MergeDraft {
  readonly #storage: DraftStorage;
  readonly #name: string;

  /** `team`: drafts of two teams stay apart. */
  constructor(storage: DraftStorage, team: string, { bucket, key }: KeyName) {
    this.#storage = storage;
    this.#name = `ringleaf.merge:${JSON.stringify([team, bucket, key])}`;
  }

  read(): Draft | undefined {
    const stored = this.#storage.getItem(this.#name);
    return stored === null ? undefined : readDraft(stored);
  }

  /** @throws when the storage is full. */
  keep(context: string, model: MergeModel, resolution: Resolution): void {
    if (Object.keys(resolution.choices).length === 0) this.drop();
    else this.#storage.setItem(this.#name, writeDraft(context, model, resolution));
  }

  drop(): void {
    this.#storage.removeItem(this.#name);
  }
}
