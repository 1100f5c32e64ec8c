/**
 * What a disk has of rows after they were written over or deleted: older tables hold it. Where the
 * block with the newest state is lost, one of these is what is read.
 */
import type { StoredHint } from '../../p2p/ports.ts';
import type { StoredObject } from './disk-image.ts';

/** `undefined`: the key was not there. */
export type EarlierState = StoredObject | undefined;

/** Of a key. */
const STATES_MAX = 8;

export class EarlierStates {
  readonly #states = new Map<string, EarlierState[]>();
  readonly #hints = new Map<string, Map<string, StoredHint>>();

  keep(keyId: string, state: EarlierState): void {
    const states = this.#states.get(keyId) ?? [];
    this.#states.set(keyId, [...states, state].slice(-STATES_MAX));
  }

  keepHint(hint: StoredHint): void {
    const ofKey = this.#hints.get(hint.ref.id) ?? new Map<string, StoredHint>();
    this.#hints.set(hint.ref.id, ofKey.set(hint.target, hint));
  }

  /** Oldest first. */
  of(keyId: string): readonly EarlierState[] {
    return this.#states.get(keyId) ?? [];
  }

  hintsOf(keyId: string): readonly StoredHint[] {
    return [...(this.#hints.get(keyId)?.values() ?? [])];
  }

  keyIds(): readonly string[] {
    return [...new Set([...this.#states.keys(), ...this.#hints.keys()])];
  }

  /** A compaction of everything. */
  purge(): void {
    this.#states.clear();
    this.#hints.clear();
  }
}
