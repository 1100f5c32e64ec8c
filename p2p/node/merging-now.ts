/**
 * Who merges which key at this moment, so that two people do not do the same work without knowing.
 *
 * A courtesy and nothing more: it is told to the members that are here, once and best effort, is
 * never stored, and no write looks at it. A window says it again for as long as it merges; what
 * was not said for `MERGING_FORGET_MS` is over, so nobody is believed to merge for ever.
 *
 * Invariant: at most `MERGING_PER_MEMBER_MAX` keys of each member that is in the team.
 */
import type { BucketName, KeyRef, MemberId } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';

/** How often a window says that it still merges. */
export const MERGING_SAY_MS = 10_000;
/** Two tellings may get lost. */
export const MERGING_FORGET_MS = 35_000;
export const MERGING_PER_MEMBER_MAX = 16;

export interface MergingKey {
  readonly bucket: BucketName;
  readonly key: string;
  /** Members besides this one, in the order in which they began. */
  readonly by: readonly MemberId[];
}

interface Merger {
  readonly bucket: BucketName;
  readonly key: string;
  readonly member: MemberId;
  saidMs: number;
}

export class MergingNow {
  readonly #core: Core;
  readonly #mergers = new Map<string, Merger>();
  #isTimed = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A person here begins, goes on, or is done. @returns who else merges this key. */
  say({ bucket, key }: KeyRef, isOn: boolean): readonly MemberId[] {
    for (const member of this.#core.alivePeers()) this.#core.send(member, 'quorum', { kind: 'merging', bucket, key, isOn });
    return this.by(bucket, key);
  }

  heard(from: MemberId, { bucket, key, isOn }: MessageOf<'merging'>): void {
    const id = idOf(bucket, key, from);
    const known = this.#mergers.get(id);
    if (!isOn) {
      if (this.#mergers.delete(id)) this.#tell(bucket, key);
      return;
    }
    if (known !== undefined) {
      known.saidMs = this.#core.now.nowMs;
      return;
    }
    if (this.#keysOf(from) >= MERGING_PER_MEMBER_MAX) return;
    this.#mergers.set(id, { bucket, key, member: from, saidMs: this.#core.now.nowMs });
    this.#tell(bucket, key);
    this.#lookLater();
  }

  by(bucket: BucketName, key: string): readonly MemberId[] {
    return this.#present().filter((merger) => merger.bucket === bucket && merger.key === key).map(({ member }) => member);
  }

  snapshot(): readonly MergingKey[] {
    const keys = new Map<string, { readonly bucket: BucketName; readonly key: string; readonly by: MemberId[] }>();
    for (const { bucket, key, member } of this.#present()) {
      const id = `${bucket}\0${key}`;
      const known = keys.get(id);
      if (known === undefined) keys.set(id, { bucket, key, by: [member] });
      else known.by.push(member);
    }
    return [...keys.values()];
  }

  #present(): readonly Merger[] {
    return [...this.#mergers.values()].filter((merger) => this.#isOn(merger));
  }

  #isOn({ member, saidMs }: Merger): boolean {
    return this.#core.now.nowMs - saidMs < MERGING_FORGET_MS && this.#core.isPeer(member) && this.#core.liveness(member) !== 'down';
  }

  #keysOf(member: MemberId): number {
    let count = 0;
    for (const merger of this.#mergers.values()) if (merger.member === member) count += 1;
    return count;
  }

  /** One timer for all, and only while somebody merges. */
  #lookLater(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#core.after(MERGING_SAY_MS, () => {
      this.#isTimed = false;
      this.#forgetSilent();
      if (this.#mergers.size > 0) this.#lookLater();
    });
  }

  #forgetSilent(): void {
    for (const [id, merger] of this.#mergers) {
      if (this.#isOn(merger)) continue;
      this.#mergers.delete(id);
      this.#tell(merger.bucket, merger.key);
    }
  }

  #tell(bucket: BucketName, key: string): void {
    this.#core.notify(() => ({ kind: 'merging', bucket, key, by: this.by(bucket, key) }));
  }
}

function idOf(bucket: BucketName, key: string, member: MemberId): string {
  return `${bucket}\0${key}\0${member}`;
}
