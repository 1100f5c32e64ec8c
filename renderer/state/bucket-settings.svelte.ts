/** The settings of the bucket that is shown: as the team has them, and as somebody is changing them. */
import type { Api } from '../../main/api/contract.ts';
import { problemsOf, type BucketSettings } from './bucket-words.ts';
import { messageOf } from './client.ts';

export interface SettingsPorts {
  readonly api: Pick<Api, 'getBucket' | 'setBucket'>;
  readonly onSaved: (bucket: string) => void;
}

const FIELDS = ['n', 'r', 'w', 'sloppy', 'resolution', 'historyVersions', 'historyDays'] as const satisfies readonly (keyof BucketSettings)[];

export class BucketSettingsForm {
  readonly #ports: SettingsPorts;
  /** What was changed and not saved, by bucket: looking at another bucket loses nothing. */
  readonly #drafts = new Map<string, Partial<BucketSettings>>();
  bucket = $state<string | null>(null);
  /** As the team has them; `null` until they are known. */
  known = $state.raw<BucketSettings | null>(null);
  draft = $state.raw<BucketSettings | null>(null);
  saving = $state(false);
  /** Why the last call failed, or `null`. */
  error = $state<string | null>(null);

  readonly changes = $derived(changesOf(this.known, this.draft));
  readonly isChanged = $derived(Object.keys(this.changes).length > 0);
  readonly problems = $derived(this.draft === null ? {} : problemsOf(this.draft));
  readonly canSave = $derived(this.isChanged && !this.saving && Object.keys(this.problems).length === 0);

  constructor(ports: SettingsPorts) {
    this.#ports = ports;
  }

  async show(bucket: string): Promise<void> {
    if (bucket === this.bucket && this.known !== null) return;
    this.#keepDraft();
    this.bucket = bucket;
    this.known = null;
    this.draft = null;
    await this.refresh();
  }

  /** Asks again; what somebody is changing stays changed. */
  async refresh(): Promise<void> {
    const { bucket } = this;
    if (bucket === null || this.saving) return;
    this.error = null;
    try {
      const known = settingsOf(await this.#ports.api.getBucket({ bucket }));
      if (bucket !== this.bucket) return;
      const changed = this.draft === null ? this.#drafts.get(bucket) : this.changes;
      this.known = known;
      this.draft = { ...known, ...changed };
    } catch (error) {
      if (bucket === this.bucket) this.error = messageOf(error);
    }
  }

  change(change: Partial<BucketSettings>): void {
    if (this.draft !== null) this.draft = { ...this.draft, ...change };
  }

  discard(): void {
    this.draft = this.known;
    this.error = null;
    if (this.bucket !== null) this.#drafts.delete(this.bucket);
  }

  /** Sends only what was changed: what somebody else changed meanwhile stays. */
  async save(): Promise<void> {
    const { bucket, changes } = this;
    if (bucket === null || !this.canSave) return;
    this.saving = true;
    this.error = null;
    try {
      const saved = settingsOf(await this.#ports.api.setBucket({ bucket, ...changes }));
      this.#drafts.delete(bucket);
      this.#ports.onSaved(bucket);
      if (bucket !== this.bucket) return;
      this.known = saved;
      this.draft = saved;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.saving = false;
    }
  }

  #keepDraft(): void {
    const { bucket, draft, changes } = this;
    if (bucket === null || draft === null) return;
    if (this.isChanged) this.#drafts.set(bucket, changes);
    else this.#drafts.delete(bucket);
  }
}

function settingsOf({ n, r, w, sloppy, resolution, historyVersions, historyDays }: BucketSettings): BucketSettings {
  return { n, r, w, sloppy, resolution, historyVersions, historyDays };
}

function changesOf(known: BucketSettings | null, draft: BucketSettings | null): Partial<BucketSettings> {
  if (known === null || draft === null) return {};
  return Object.fromEntries(FIELDS.filter((field) => draft[field] !== known[field]).map((field) => [field, draft[field]]));
}
