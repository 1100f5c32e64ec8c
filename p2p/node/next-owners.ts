/**
 * A write and those who keep its key once the ring has changed. A quorum of those who keep it now may
 * be one of none who will: before it is told of, enough of the next have it as well.
 *
 *     sent ──on its disk──────────────────────────────────────────► counts
 *      └──silent until the write is hedged──► probed, behind the write on the same lane
 *                  ├──answers: the write is with it──► a hint here ──► counts, if the write is strict
 *                  └──does not──► doubted ─────────────────────────► not waited for
 *
 * What counts is that no quorum of the next owners misses the write. Who has it and has not kept it
 * yet answers no read of its key before it has, while the ring changes (`Replica.afterWrites`). The
 * hint is for the case that it forgets: it crashes, or its disk refuses.
 */
import { quorumSize } from '../quorum/quorum-size.ts';
import { Tally } from '../quorum/tally.ts';
import type { Target } from '../quorum/targets.ts';
import type { KeyRef, MemberId } from '../types.ts';
import type { Core } from './core.ts';
import type { Put } from './put.ts';
import type { PutRequest } from './put-request.ts';
import { isStrict } from './put-request.ts';
import type { Replica } from './replica.ts';

export class NextOwners {
  readonly #core: Core;
  readonly #replica: Replica;

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  /** `undefined` where nobody else is among them. @param primaries Who keeps the key now. */
  tally({ ref, w }: PutRequest, primaries: readonly MemberId[]): Tally | undefined {
    const next = this.#of(ref);
    if (next === primaries || next.every((member) => primaries.includes(member))) return undefined;
    const targets = next.map((member): Target => ({ member, role: 'primary', standsFor: undefined }));
    return new Tally(targets, quorumSize(w, next.length), (member) => this.#core.machineOf(member));
  }

  /** Those who are about to keep the key, or have come to since this began, get the write too: no copies yet, but none is missed. */
  send(put: Put, heard: () => void): void {
    const { ref } = put.request;
    const object = put.changed?.bytes;
    for (const member of this.#of(ref)) {
      if (object === undefined || member === this.#core.self || put.primaries.includes(member)) continue;
      put.pending.add(member);
      if (this.#core.liveness(member) === 'down') continue;
      const message = { kind: 'replicate', bucket: ref.bucket, key: ref.key, object, standsFor: undefined, asPrimary: true, horizon: put.horizon } as const;
      const id = this.#core.request(member, 'quorum', message, (reply) => {
        const isDurable = reply?.kind === 'replicate-reply' && reply.durable;
        if (isDurable) put.pending.delete(member);
        if (isDurable && !reply.isOther) put.next?.answer(member);
        else put.next?.fail(member);
        heard();
      });
      put.requestIds.push(id);
    }
    // Who was to keep the key when this began, and is not any more, is not asked.
    for (const { member } of put.next?.outstanding() ?? []) {
      if (member !== this.#core.self && !put.primaries.includes(member) && !put.pending.has(member)) put.next?.fail(member);
    }
  }

  /** Who of them is away or in doubt is not waited for, and gets a hint. */
  awaits({ next, request, isHedged }: Put): boolean {
    if (next === undefined || next.verdict() === 'met' || (isHedged && !isStrict(request))) return false;
    return next.outstanding().some(({ member }) => this.#core.liveness(member) === 'alive');
  }

  hedge(put: Put, heard: () => void): void {
    for (const { member } of put.next?.outstanding() ?? []) {
      if (!put.tally.has(member)) this.#core.prober.probe(member);
      if (put.pending.has(member) && isStrict(put.request)) this.#askWhetherItCame(put, member, heard);
    }
  }

  /** A lane keeps its order, and a probe costs no disk. */
  #askWhetherItCame(put: Put, member: MemberId, heard: () => void): void {
    const id = this.#core.request(member, 'quorum', { kind: 'probe' }, (reply) => {
      // A hint follows from what is on this disk.
      if (reply === undefined || put.isSettled || !put.tally.hasAnswered(this.#core.self)) return;
      this.#keepHint(put, member, () => {
        put.next?.answer(member);
        heard();
      });
    });
    put.requestIds.push(id);
  }

  #keepHint(put: Put, member: MemberId, done: () => void): void {
    const object = put.changed?.bytes;
    if (object === undefined) return;
    this.#replica.readdress(put.request.ref, object, { horizon: put.horizon, targets: [member] }, ({ ok }) => {
      if (!ok) return;
      put.hinted.add(member);
      done();
    });
  }

  #of(ref: KeyRef): readonly MemberId[] {
    const { n } = this.#core.buckets.settings(ref.bucket);
    return this.#core.pendingPlacement.preferenceList(ref.partition, n).primaries;
  }
}
