/**
 * Background repair with one peer (Dynamo, 2007, section 4.7): compare roots of the partitions that
 * concern both, then leaves of those that differ, then clock hashes of the keys under differing
 * leaves; only keys that differ travel.
 *
 *     we ── roots ──► peer     we ◄── which differ ── peer
 *     we ── leaves ─► peer     we ◄── keys and hashes under differing leaves ── peer
 *     for each key that differs: read theirs, merge here, send back the merged
 *
 * A partition that we keep but do not own is only handed over, never filled.
 */
import { toHex } from '../bytes/bytes.ts';
import { differingLeaves, EMPTY_ROOT, rootOf } from '../antientropy/merkle.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { KeyRef, MemberId, PartitionId } from '../types.ts';
import { KEYS_IN_REPLY } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core, ReplyMessage, RequestBody } from './core.ts';
import type { Replica } from './replica.ts';

/** Keys repaired at once: bounds what repair takes from people's requests. */
const KEYS_AT_ONCE = 16;
const REPLY_WITHIN_MS = 10_000;

export interface ExchangeResult {
  readonly partitions: number;
  readonly differing: number;
  readonly repaired: number;
}

interface KeyDifference {
  readonly ref: KeyRef;
  readonly theirs: Uint8Array | undefined;
}

const NOTHING: ExchangeResult = { partitions: 0, differing: 0, repaired: 0 };

export class Exchange {
  lastRoundMs: number | undefined;
  differing = 0;
  repaired = 0;
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #roots = new Map<PartitionId, Uint8Array>();
  /** Counts calls of `changed`. */
  #changes = 0;
  readonly #active = new Set<MemberId>();
  /** Peers with whom the last exchange found nothing to do. */
  readonly #inStep = new Set<MemberId>();

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  start(): void {
    this.#core.after(this.#core.config.exchangeIntervalMs, () => {
      const peers = this.#core.alivePeers();
      const peer = peers[this.#core.random.uint32() % Math.max(1, peers.length)];
      if (peer !== undefined) this.round(peer, () => undefined);
      this.start();
    });
  }

  changed(partition: PartitionId): void {
    this.#changes += 1;
    this.#roots.delete(partition);
  }

  /** The last exchange with this peer found both the same. */
  isInStep(peer: MemberId): boolean {
    return this.#inStep.has(peer);
  }

  round(peer: MemberId, done: (result: ExchangeResult) => void): void {
    if (this.#active.has(peer)) {
      done(NOTHING);
      return;
    }
    this.#active.add(peer);
    const finish = (result: ExchangeResult, isComplete: boolean): void => {
      this.#active.delete(peer);
      this.lastRoundMs = this.#core.now.wallMs;
      this.differing += result.differing;
      this.repaired += result.repaired;
      if (isComplete && result.differing === 0) this.#inStep.add(peer);
      else this.#inStep.delete(peer);
      this.#core.emit({ kind: 'trace', event: { kind: 'exchange', peer, ...result } });
      done(result);
    };
    this.#rootsFor(peer, (roots) => {
      this.#ask(peer, { kind: 'tree-roots', roots }, (reply) => {
        if (reply?.kind !== 'tree-roots-reply') finish(NOTHING, false);
        else this.#partitions(peer, reply.differing, { ...NOTHING, partitions: roots.length }, finish);
      });
    });
  }

  /** Answers step 1. A partition that is not ours to have is never said to differ. */
  answerRoots(from: MemberId, message: MessageOf<'tree-roots'>): void {
    const relevant = message.roots.filter(({ partition }) => partition < this.#core.team.partitions && this.#core.isOwner(this.#core.self, partition));
    this.#loadRoots(relevant.map(({ partition }) => partition), (roots) => {
      const differing = relevant
        .filter(({ partition, root }) => !bytesEqual(root, roots.get(partition) ?? EMPTY_ROOT))
        .map(({ partition }) => partition);
      this.#core.send(from, 'bulk', { kind: 'tree-roots-reply', id: message.id, differing });
    });
  }

  /** Answers step 2. */
  answerLeaves(from: MemberId, message: MessageOf<'tree-leaves'>): void {
    this.#differingEntries(message.partition, message.leaves, (differing, entries) => {
      this.#core.send(from, 'bulk', {
        kind: 'tree-leaves-reply',
        id: message.id,
        differing,
        entries: entries.slice(0, KEYS_IN_REPLY).map(({ ref, hash }) => ({ bucket: ref.bucket, key: ref.key, hash })),
      });
    });
  }

  /** What concerns both: partitions that the peer owns, of which we are owner or keep something. */
  #rootsFor(peer: MemberId, done: (roots: readonly { readonly partition: PartitionId; readonly root: Uint8Array }[]) => void): void {
    const partitions: PartitionId[] = [];
    for (let partition = 0; partition < this.#core.team.partitions; partition += 1) {
      if (this.#core.isOwner(peer, partition)) partitions.push(partition);
    }
    this.#loadRoots(partitions, (known) => {
      const roots = partitions.map((partition) => ({ partition, root: known.get(partition) ?? EMPTY_ROOT }));
      done(roots.filter(({ partition, root }) => this.#isMine(partition) || !bytesEqual(root, EMPTY_ROOT)));
    });
  }

  #loadRoots(partitions: readonly PartitionId[], done: (roots: ReadonlyMap<PartitionId, Uint8Array>) => void): void {
    const roots = new Map<PartitionId, Uint8Array>();
    const missing: PartitionId[] = [];
    for (const partition of partitions) {
      const known = this.#roots.get(partition);
      if (known === undefined) missing.push(partition);
      else roots.set(partition, known);
    }
    let left = missing.length;
    if (left === 0) done(roots);
    for (const partition of missing) {
      const changes = this.#changes;
      this.#core.query({ kind: 'leaves', partition }, (answer) => {
        if (answer?.kind === 'leaves') {
          const root = rootOf(answer.leaves);
          roots.set(partition, root);
          // What was read before a change must not outlive it.
          if (changes === this.#changes) this.#roots.set(partition, root);
        }
        left -= 1;
        if (left === 0) done(roots);
      });
    }
  }

  #partitions(
    peer: MemberId,
    waiting: readonly PartitionId[],
    result: ExchangeResult,
    finish: (result: ExchangeResult, isComplete: boolean) => void,
  ): void {
    const [partition, ...rest] = waiting;
    if (partition === undefined || partition >= this.#core.team.partitions) {
      finish(result, partition === undefined);
      return;
    }
    this.#core.query({ kind: 'leaves', partition }, (answer) => {
      const leaves = answer?.kind === 'leaves' ? answer.leaves : undefined;
      if (leaves === undefined) {
        finish(result, false);
        return;
      }
      this.#ask(peer, { kind: 'tree-leaves', partition, leaves }, (reply) => {
        if (reply?.kind !== 'tree-leaves-reply') {
          finish(result, false);
          return;
        }
        this.#compare(peer, partition, reply, (differing, repaired) => {
          const sum = { ...result, differing: result.differing + differing, repaired: result.repaired + repaired };
          this.#partitions(peer, rest, sum, finish);
        });
      });
    });
  }

  #compare(peer: MemberId, partition: PartitionId, reply: MessageOf<'tree-leaves-reply'>, done: (differing: number, repaired: number) => void): void {
    this.#entriesUnder(partition, reply.differing, (ours) => {
      const hashes = new Map(ours.map(({ ref, hash }) => [ref.id, toHex(hash)]));
      const theirs = new Set<string>();
      const differing: KeyDifference[] = [];
      for (const { bucket, key, hash } of reply.entries) {
        const ref = this.#core.keyRef(bucket, key);
        theirs.add(ref.id);
        if (hashes.get(ref.id) !== toHex(hash)) differing.push({ ref, theirs: hash });
      }
      for (const { ref } of ours) if (!theirs.has(ref.id)) differing.push({ ref, theirs: undefined });
      const wanted = this.#isMine(partition) ? differing : differing.filter(({ ref }) => hashes.has(ref.id));
      this.#repairAll(peer, wanted, 0, (repaired) => done(wanted.length, repaired));
    });
  }

  #repairAll(peer: MemberId, differing: readonly KeyDifference[], repaired: number, done: (repaired: number) => void): void {
    const now = differing.slice(0, KEYS_AT_ONCE);
    let left = now.length;
    let mended = repaired;
    if (left === 0) done(repaired);
    for (const difference of now) {
      this.#repairKey(peer, difference, (isMended) => {
        mended += Number(isMended);
        left -= 1;
        if (left === 0) this.#repairAll(peer, differing.slice(KEYS_AT_ONCE), mended, done);
      });
    }
  }

  #repairKey(peer: MemberId, { ref, theirs }: KeyDifference, done: (isMended: boolean) => void): void {
    if (theirs === undefined) {
      this.#core.read(ref, (bytes) => {
        if (bytes === undefined) done(false);
        else this.#push(peer, ref, bytes, done);
      });
      return;
    }
    this.#ask(peer, { kind: 'read', bucket: ref.bucket, key: ref.key, digest: false }, (reply) => {
      if (reply?.kind !== 'read-reply' || reply.object === undefined) {
        done(false);
        return;
      }
      const incoming = reply.object;
      this.#replica.merge(ref, incoming, undefined, (result, changed) => {
        if (!result.ok || bytesEqual(changed.bytes, incoming)) done(result.ok);
        else this.#push(peer, ref, changed.bytes, done);
      });
    });
  }

  #push(peer: MemberId, ref: KeyRef, object: Uint8Array, done: (isMended: boolean) => void): void {
    const message = { kind: 'replicate', bucket: ref.bucket, key: ref.key, object, standsFor: undefined } as const;
    this.#ask(peer, message, (reply) => done(reply?.kind === 'replicate-reply' && reply.durable));
  }

  #differingEntries(
    partition: PartitionId,
    theirLeaves: Uint8Array,
    done: (differing: readonly number[], entries: readonly { readonly ref: KeyRef; readonly hash: Uint8Array }[]) => void,
  ): void {
    this.#core.query({ kind: 'leaves', partition }, (answer) => {
      const differing = answer?.kind === 'leaves' ? differingLeaves(answer.leaves, theirLeaves) : [];
      this.#entriesUnder(partition, differing, (entries) => done(differing, entries));
    });
  }

  #entriesUnder(
    partition: PartitionId,
    leaves: readonly number[],
    done: (entries: readonly { readonly ref: KeyRef; readonly hash: Uint8Array }[]) => void,
  ): void {
    const entries: { readonly ref: KeyRef; readonly hash: Uint8Array }[] = [];
    let left = leaves.length;
    if (left === 0) done(entries);
    for (const leaf of leaves) {
      this.#core.query({ kind: 'leaf-entries', partition, leaf }, (answer) => {
        if (answer?.kind === 'leaf-entries') entries.push(...answer.entries);
        left -= 1;
        if (left === 0) done(entries);
      });
    }
  }

  #isMine(partition: PartitionId): boolean {
    return this.#core.isOwner(this.#core.self, partition);
  }

  /** A request on the bulk lane with a timer of its own. */
  #ask(peer: MemberId, message: RequestBody, done: (reply: ReplyMessage | undefined) => void): void {
    const timer = this.#core.after(REPLY_WITHIN_MS, () => {
      this.#core.forget(id);
      done(undefined);
    });
    const id = this.#core.request(peer, 'bulk', message, (reply) => {
      this.#core.timers.cancel(timer);
      done(reply);
    });
  }
}
