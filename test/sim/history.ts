/**
 * The omniscient record: every write that was attempted, what its client had seen, and where it
 * became durable. What was seen is followed from what clients were shown, not from contexts, so it
 * does not rest on the code under test.
 */
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import { dotName } from '../../p2p/causality/dot.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { demand } from './violation.ts';

export interface WriteRecord {
  readonly id: string;
  readonly keyId: string;
  readonly isDelete: boolean;
  /** Ids of all writes that its client had seen, and all that those had seen. */
  readonly seen: ReadonlySet<string>;
  readonly dots: Set<string>;
  isAcknowledged: boolean;
  /** It became durable somewhere. */
  isEffective: boolean;
  attempts: number;
}

export class History {
  readonly writes = new Map<string, WriteRecord>();
  /** Ids of keys that were written. */
  readonly keys = new Map<string, KeyRef>();
  readonly #writeOfDot = new Map<string, string>();
  #next = 0;

  begin(ref: KeyRef, isDelete: boolean, seen: ReadonlySet<string>): WriteRecord {
    this.#next += 1;
    const write: WriteRecord = {
      id: `w${this.#next}`, keyId: ref.id, isDelete, seen, dots: new Set(), isAcknowledged: false, isEffective: false, attempts: 0,
    };
    this.writes.set(write.id, write);
    this.keys.set(ref.id, ref);
    return write;
  }

  /** A disk has made an object durable. */
  durable(ref: KeyRef, bytes: Uint8Array): void {
    for (const { dot, writeId, value } of decodeObject(bytes).siblings) {
      const write = this.writes.get(writeId);
      demand(write !== undefined, 'phantom', () => `a disk holds a write that nobody made: ${writeId}`);
      demand(write.keyId === ref.id, 'phantom', () => `${writeId} is under another key`);
      const text = value === undefined ? undefined : new TextDecoder().decode(value);
      demand(text === (write.isDelete ? undefined : write.id), 'phantom', () => `${writeId} has the value ${text}`);
      const name = `${ref.id} ${dotName(dot)}`;
      const known = this.#writeOfDot.get(name) ?? writeId;
      demand(known === writeId, 'dots', () => `${dotName(dot)} names both ${known} and ${writeId}`);
      this.#writeOfDot.set(name, writeId);
      write.dots.add(dotName(dot));
      write.isEffective = true;
    }
  }

  writeOf(ref: KeyRef, dot: string): string {
    const write = this.#writeOfDot.get(`${ref.id} ${dot}`);
    demand(write !== undefined, 'phantom', () => `a read showed ${dot} of ${ref.key}, which no disk ever held`);
    return write;
  }

  /** The writes and all that they had seen. */
  closure(ids: Iterable<string>): Set<string> {
    const seen = new Set<string>();
    for (const id of ids) {
      seen.add(id);
      for (const other of this.writes.get(id)?.seen ?? []) seen.add(other);
    }
    return seen;
  }

  /** The siblings that the key has to show in the end, and those that it may. */
  expected(ref: KeyRef): { readonly must: ReadonlySet<string>; readonly may: ReadonlySet<string> } {
    const effective = [...this.writes.values()].filter((write) => write.keyId === ref.id && write.isEffective);
    const replaced = new Set(effective.flatMap(({ seen }) => [...seen]));
    const must = new Set(effective.filter(({ id }) => !replaced.has(id)).map(({ id }) => id));
    /** A write made twice (a retry that met another coordinator) may have been seen only once. */
    const twice = effective.filter(({ dots, attempts }) => dots.size > 1 || attempts > 1).map(({ id }) => id);
    return { must, may: new Set([...must, ...twice]) };
  }
}
