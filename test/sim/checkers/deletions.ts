/**
 * I3: nothing deleted comes back. On each disk by itself, at every commit: what an object had seen
 * and no longer held, it never holds again. And in the end: nothing is shown that a deletion had
 * seen, reaped or not.
 */
import { covers } from '../../../p2p/causality/causal-context.ts';
import { dotName } from '../../../p2p/causality/dot.ts';
import type { KeyObject } from '../../../p2p/causality/key-object.ts';
import { holds } from '../../../p2p/causality/key-object.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import type { History } from '../history.ts';
import { isRepeated, nameOf } from '../history.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';

export class Deletions {
  readonly #history: History;
  /** What each disk holds of each key, by process. */
  readonly #before = new Map<string, Map<string, KeyObject>>();

  constructor(history: History) {
    this.#history = history;
  }

  durable(process: string, ref: KeyRef, object: KeyObject): void {
    this.#checkForgotten(process, ref, object);
    const disk = this.#before.get(process) ?? new Map<string, KeyObject>();
    const before = disk.get(ref.id);
    this.#before.set(process, disk.set(ref.id, object));
    if (before === undefined) return;
    for (const { dot, writeId } of object.siblings) {
      const isBack = covers(before.context, dot) && !holds(before, dot);
      demand(!isBack, 'I3', () => `${writeId} (${dotName(dot)}) of ${ref.key} is back on the disk of ${process}`);
    }
  }

  /** A deletion that was reaped is remembered by nobody: here only. */
  #checkForgotten(process: string, ref: KeyRef, { siblings }: KeyObject): void {
    for (const { dot, value, writeId } of siblings) {
      const write = this.#history.writes.get(nameOf(writeId));
      const isBack = value !== undefined && this.#history.isReplacedByReaped(ref, dot) && (write === undefined || !isRepeated(write));
      demand(!isBack, 'I3', () => `${writeId} (${dotName(dot)}) of ${ref.key} is back on the disk of ${process}, and its deletion was reaped`);
    }
  }

  /** The disk lost a record, or all. */
  lost(process: string, keyId: string | undefined): void {
    if (keyId === undefined) this.#before.delete(process);
    else this.#before.get(process)?.delete(keyId);
  }
}

export function checkDeletions(history: History, shown: Shown): void {
  for (const ref of history.keys.values()) {
    const deletions = history.effective(ref).filter(({ value }) => value === undefined);
    for (const write of shown.get(ref.id) ?? []) {
      const deletion = deletions.find(({ seen }) => seen.has(write.id));
      demand(deletion === undefined || isRepeated(write), 'I3', () => `${write.id} of ${ref.key} is back, though ${deletion?.id} deleted it`);
    }
  }
}
