/**
 * Brings two members whose roots differ to the same facts (Demers et al., "Epidemic Algorithms for
 * Replicated Database Maintenance", 1987, section 1.3, push-pull), in bytes that follow the
 * difference and not the size of the team:
 *
 *     A ── ranges: 256 hashes ────────────────────────────────────► B   (left out in a small team)
 *     A ◄── briefs: name and hash of each fact in ranges that differ ── B
 *     A ── delta: facts that B lacks; wanted: those that A lacks ──► B
 *     A ◄── delta: what A wanted ──────────────────────────────────── B
 *
 * Each message is bounded; a difference that is larger takes further rounds, each after one that
 * brought something.
 */
import { bytesEqual } from '../bytes/bytes.ts';
import { decodeBucketRecord } from '../membership/bucket-registry.ts';
import type { BucketRecord } from '../membership/bucket-registry.ts';
import type { Fact, FactName } from '../membership/fact-tree.ts';
import { encodeFact, FACT_RANGES, factHash } from '../membership/fact-tree.ts';
import { decodeRecord } from '../membership/member-record.ts';
import type { MemberId, MemberRecord } from '../types.ts';
import { BRIEFS_MAX, RECORDS_IN_DELTA } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';
import { decodeEach } from './decode-each.ts';

/** So few facts are compared one by one at once. */
const SMALL_TEAM_FACTS = 32;
const DELTA_BYTES_MAX = 256 * 1024;

export interface FactSink {
  readonly records: (records: readonly MemberRecord[]) => void;
  readonly bucket: (record: BucketRecord) => void;
}

export class FactExchange {
  readonly #core: Core;
  readonly #sink: FactSink;

  constructor(core: Core, sink: FactSink) {
    this.#core = core;
    this.#sink = sink;
  }

  /** The peer's root is another than ours. */
  begin(peer: MemberId): void {
    const { facts } = this.#core;
    if (facts.size <= SMALL_TEAM_FACTS) this.#sendBriefs(peer, [], facts.all());
    else this.#core.send(peer, 'quorum', { kind: 'gossip-ranges', ranges: facts.ranges() });
  }

  ranges(from: MemberId, message: MessageOf<'gossip-ranges'>): void {
    const differing = new Set(this.#core.facts.differing(message.ranges));
    if (differing.size === 0) return;
    const byRange = new Map<number, Fact[]>([...differing].map((range) => [range, []]));
    for (const fact of this.#core.facts.all(differing)) byRange.get(fact.range)?.push(fact);
    const [ranges, briefs]: [number[], Fact[]] = [[], []];
    // From anywhere: what does not fit is then not the same each time.
    const start = this.#core.random.uint32() % FACT_RANGES;
    for (let step = 0; step < FACT_RANGES; step += 1) {
      const range = (start + step) % FACT_RANGES;
      const facts = byRange.get(range);
      if (facts === undefined || briefs.length + facts.length > BRIEFS_MAX) continue;
      ranges.push(range);
      briefs.push(...facts);
    }
    if (ranges.length > 0) this.#sendBriefs(from, ranges, briefs);
  }

  briefs(from: MemberId, message: MessageOf<'gossip-briefs'>): void {
    const theirs = new Map(message.facts.map(({ name, hash }) => [name, hash]));
    const ours = this.#core.facts.all(message.ranges.length === 0 ? undefined : new Set(message.ranges));
    const differs = (fact: Fact): boolean => {
      const hash = theirs.get(fact.name);
      return hash === undefined || !bytesEqual(hash, factHash(fact));
    };
    const lacking = ours.filter(differs);
    const known = new Map(ours.map((fact) => [fact.name, fact]));
    const wanted = message.facts.map(({ name }) => name).filter((name) => differsFrom(known.get(name), theirs.get(name)));
    if (lacking.length + wanted.length > 0) this.#sendDelta(from, lacking, wanted);
  }

  delta(from: MemberId, message: MessageOf<'gossip-delta'>): void {
    const { facts } = this.#core;
    const before = facts.root();
    this.#sink.records(decodeEach(this.#core, from, message.records, (bytes) => decodeRecord(bytes.slice())));
    for (const record of decodeEach(this.#core, from, message.buckets, decodeBucketRecord)) this.#sink.bucket(record);
    const wanted = message.wanted.flatMap((name) => facts.get(name) ?? []);
    if (wanted.length > 0) this.#sendDelta(from, wanted, []);
    const isProgress = !bytesEqual(before, facts.root());
    if (isProgress && !bytesEqual(message.root, facts.root())) this.begin(from);
  }

  #sendBriefs(to: MemberId, ranges: readonly number[], facts: readonly Fact[]): void {
    const briefs = facts.map((fact) => ({ name: fact.name, hash: factHash(fact) }));
    this.#core.send(to, 'quorum', { kind: 'gossip-briefs', ranges, facts: briefs });
  }

  #sendDelta(to: MemberId, facts: readonly Fact[], wanted: readonly FactName[]): void {
    const [records, buckets]: [Uint8Array[], Uint8Array[]] = [[], []];
    let left = DELTA_BYTES_MAX;
    for (const fact of facts.slice(0, RECORDS_IN_DELTA)) {
      const bytes = encodeFact(fact);
      left -= bytes.length;
      if (left < 0) break;
      if (fact.kind === 'member') records.push(bytes);
      else buckets.push(bytes);
    }
    const root = this.#core.facts.root();
    this.#core.send(to, 'quorum', { kind: 'gossip-delta', root, records, buckets, wanted: wanted.slice(0, RECORDS_IN_DELTA) });
  }
}

function differsFrom(known: Fact | undefined, hash: Uint8Array | undefined): boolean {
  return known === undefined || hash === undefined || !bytesEqual(hash, factHash(known));
}
