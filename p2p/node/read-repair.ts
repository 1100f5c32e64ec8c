/**
 * Read repair (Dynamo, 2007, section 5): primaries that answered a read with less than others get
 * the whole. Who has no room for it at the moment is asked again, as `ask.ts` does, for some
 * seconds; so that many reads of what an overloaded replica lacks do not pile up, a few wait at
 * once, one a member and key. What is beyond is offered by the next read, or found by an exchange.
 */
import type { KeyRef, MemberId } from '../types.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';

/** Each holds an object in memory until it is answered. */
const REPAIRS_AT_ONCE = 32;

/** What the members behind are to have, as it was read. */
export interface Repaired {
  readonly ref: KeyRef;
  readonly bytes: Uint8Array;
  readonly horizon: number;
}

export class ReadRepair {
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #underWay = new Set<string>();

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  give(behind: readonly MemberId[], repaired: Repaired): void {
    const { ref, bytes, horizon } = repaired;
    this.#core.emit({ kind: 'trace', event: { kind: 'read-repair', key: ref.key, members: behind } });
    for (const member of behind) {
      if (member === this.#core.self) this.#replica.merge(ref, bytes, { horizon }, () => undefined);
      else this.#send(member, repaired);
    }
  }

  #send(member: MemberId, { ref: { id, bucket, key }, bytes, horizon }: Repaired): void {
    const name = `${member} ${id}`;
    if (this.#underWay.has(name) || this.#underWay.size >= REPAIRS_AT_ONCE) return;
    this.#underWay.add(name);
    ask(this.#core, member, { kind: 'replicate', bucket, key, object: bytes, standsFor: undefined, asPrimary: false, horizon }, () => {
      this.#underWay.delete(name);
    });
  }
}
