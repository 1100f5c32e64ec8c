/**
 * This member's place in the team: its own record, what it believes of the others, the ring that
 * follows from both, and who seems alive.
 *
 *     joining ──everything that it is to keep is here──► up
 *     leaving ──everything that it keeps is elsewhere──► left     see departures.ts
 */
import { INCARNATION_MAX, MEMBER_NAME_BYTES_MAX, RENAMINGS_A_LIFE } from '../bounds.ts';
import type { BucketRecord } from '../membership/bucket-registry.ts';
import { decodeBucketRecord, encodeBucketRecord } from '../membership/bucket-registry.ts';
import { signRecord } from '../membership/admission.ts';
import { addressesToTell } from '../membership/listen-addresses.ts';
import { decodeRecord, encodeRecord } from '../membership/member-record.ts';
import { isPersonName } from '../membership/person-name.ts';
import { chooseSeed } from '../ring/seed-choice.ts';
import type { Admission, BucketName, Liveness, MachineId, MemberId, MemberRecord, MemberStatus, OwnStatus, Removal } from '../types.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { Outcome, Refusal } from './commands.ts';
import type { CommitResult, Core } from './core.ts';
import { decodeEach } from './decode-each.ts';
import { Departures } from './departures.ts';
import type { Fact } from './durable-facts.ts';
import { DurableFacts } from './durable-facts.ts';
import { RingChanges } from './ring-changes.ts';
import type { PeerVitals } from './vitals.ts';

/** What this member says of itself. */
export interface OwnProfile {
  readonly name: string;
  /** Who works at it, absent = it does not say. */
  readonly person?: string | undefined;
  readonly machine: MachineId;
  readonly zone: string | undefined;
  readonly weight: number;
  readonly admission: Admission;
  /** The founder is up at once; everybody else first fetches what it is to keep. */
  readonly firstStatus: OwnStatus;
  /** Records learnt at joining, for the first start. */
  readonly introduced: readonly MemberRecord[];
}

export interface MemberSnapshot extends PeerVitals {
  readonly record: MemberRecord;
  readonly liveness: Liveness;
  readonly heartbeat: number;
  /** Ms since it was last heard, `undefined` = never, or this member. */
  readonly lastHeardMs: number | undefined;
  readonly partitionsOwned: number;
  readonly address: string | undefined;
}

/** What a member is called. */
export type Naming = Pick<OwnProfile, 'name' | 'person'>;

/** What this member is to its team. */
export interface Standing {
  readonly status: MemberStatus;
  /** Who took it out; `undefined` also when its inviter was out before it let this member in. */
  readonly removal: Removal | undefined;
  /** Members that are connected now. */
  readonly connected: number;
}

/** Names of the meta rows that a node keeps. */
export const MEMBER_ROW = 'member/';
export const BUCKET_ROW = 'bucket/';

export class MemberDesk {
  readonly departures: Departures;
  readonly #facts: DurableFacts;
  readonly #ring: RingChanges;
  readonly #core: Core;
  #profile: OwnProfile;
  readonly #lost: () => void;
  #renamings = 0;
  readonly #addresses = new Map<MemberId, string>();
  #listen: readonly string[] = [];
  /** What this device says of itself, whatever older records of it come back. */
  #status: OwnStatus;

  /** @param lost Called when the store turns out not to have what it had. */
  constructor(core: Core, profile: OwnProfile, lost: () => void) {
    this.#core = core;
    this.#lost = lost;
    this.#profile = profile;
    this.#status = profile.firstStatus;
    this.#facts = new DurableFacts(core);
    this.#ring = new RingChanges(core);
    this.departures = new Departures(core, {
      status: () => this.#status,
      declare: (status) => this.#declare(status),
      declareLeft: (done) => this.#declareLeft(done),
      changed: (news) => this.#changed(news),
      change: (make, done) => this.#facts.change(make, done),
      rowOf: (record) => ({ row: `${MEMBER_ROW}${record.member}`, bytes: encodeRecord(record) }),
    });
  }

  /** @param remembered Meta rows of an earlier run, checked like a stranger's. */
  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const { self } = this.#core;
    const rows = (kind: string): readonly Uint8Array[] => remembered.filter(({ name }) => name.startsWith(kind)).map(({ bytes }) => bytes);
    const records = decodeEach(this.#core, self, rows(MEMBER_ROW), decodeRecord);
    for (const record of decodeEach(this.#core, self, rows(BUCKET_ROW), decodeBucketRecord)) this.#core.buckets.merge(record);
    // What others remember of this device says nothing of what is on its disk now.
    const own = records.find(({ member }) => member === self);
    this.#status = own?.said ?? this.#profile.firstStatus;
    this.#listen = addressesToTell(own?.addresses ?? []);
    this.#core.roster.offer(records);
    this.#changed(this.#core.roster.offer(this.#profile.introduced));
    for (const member of this.#core.peers()) this.#core.detector.heardOf(member, this.#core.now.nowMs);
    if (this.#core.out === undefined) this.#declare(this.#status);
  }

  /** Merges records that somebody sent; unauthentic ones are dropped. */
  offer(records: readonly MemberRecord[]): void {
    const news = this.#core.roster.offer(records);
    const own = news.find(({ member }) => member === this.#core.self);
    if (news.length > 0) this.#changed(news);
    if (own !== undefined && this.#core.out === undefined) this.#contradict(own);
  }

  /**
   * Others know more of this device than its store does: the store was lost, or put back from an
   * older copy. It says what it is, and fetches everything before it answers for it.
   */
  #contradict({ incarnation }: MemberRecord): void {
    this.#core.life.recordSeen(incarnation);
    this.#declare(this.#status);
    this.#lost();
  }

  offerBucket(record: BucketRecord): void {
    if (this.#core.buckets.merge(record)) this.#keepBucket(record);
  }

  /** @param propose Settings over those that are known. @param done Is given those that are kept, or why none are. */
  changeBucket(bucket: BucketName, propose: () => BucketRecord | undefined, done: (kept: BucketRecord | Refusal | undefined) => void): void {
    const { buckets } = this.#core;
    let kept: BucketRecord | undefined;
    const make = (): Fact | undefined => {
      const [known, record] = [buckets.get(bucket), propose()];
      return record && {
        row: `${BUCKET_ROW}${bucket}`,
        bytes: encodeBucketRecord(record),
        isCurrent: () => buckets.get(bucket) === known,
        tell: () => {
          kept = buckets.merge(record) ? record : undefined;
        },
      };
    };
    this.#facts.change(make, (refusal) => done(refusal ?? kept));
  }

  #keepBucket(record: BucketRecord): void {
    this.#keep(`${BUCKET_ROW}${record.bucket}`, encodeBucketRecord(record));
  }

  /** Peers reach us elsewhere now. */
  moved(listened: readonly string[]): void {
    const own = this.#core.roster.get(this.#core.self);
    const addresses = addressesToTell(listened);
    if (own === undefined || this.#core.out !== undefined || own.addresses.join(' ') === addresses.join(' ')) return;
    this.#listen = addresses;
    this.#declare(this.#status);
  }

  /** Says what it is called now; what it says already is not said again. */
  rename({ name, person }: Naming): Outcome {
    if (!isFit(name, person)) return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'no name of a device or of a person' };
    if (name === this.#profile.name && person === this.#profile.person) return { kind: 'renamed' };
    if (this.#renamings >= RENAMINGS_A_LIFE) return { kind: 'overloaded', message: 'the name was changed too often since the start; start this member again first' };
    this.#renamings += 1;
    this.#profile = { ...this.#profile, name, person };
    if (this.#core.out === undefined) this.#declare(this.#status);
    return { kind: 'renamed' };
  }

  address(member: MemberId, address: string): void {
    this.#addresses.set(member, address);
  }

  /** Joining ends once this member has fetched everything that it is to keep. */
  complete(): void {
    if (this.#status === 'joining' && this.#core.out === undefined) this.#declare('up');
  }

  get status(): MemberStatus {
    return this.#core.out ?? this.#status;
  }

  standing(): Standing {
    const connected = this.#core.roster.all().filter(({ member }) => this.#core.detector.isConnected(member)).length;
    return { status: this.status, removal: this.#core.roster.get(this.#core.self)?.removal, connected };
  }

  snapshot(): readonly MemberSnapshot[] {
    const owned = this.#owned();
    return this.#core.roster.all().map((record) => {
      const isSelf = record.member === this.#core.self;
      const heardMs = isSelf ? undefined : this.#core.detector.lastHeardMs(record.member);
      return {
        record,
        liveness: this.#core.liveness(record.member),
        heartbeat: this.#core.heartbeats.of(record.member),
        lastHeardMs: heardMs === undefined ? undefined : Math.max(0, this.#core.now.nowMs - heardMs),
        partitionsOwned: owned.get(record.member) ?? 0,
        ...this.#core.vitals.of(record.member),
        address: isSelf ? this.#listen[0] : (this.#addresses.get(record.member) ?? record.addresses[0]),
      };
    });
  }

  #owned(): ReadonlyMap<MemberId, number> {
    const owned = new Map<MemberId, number>();
    for (let partition = 0; partition < this.#core.team.partitions; partition += 1) {
      for (const member of this.#core.placement.preferenceList(partition, 3).primaries) {
        owned.set(member, (owned.get(member) ?? 0) + 1);
      }
    }
    return owned;
  }

  /** Signs a newer record of this member: nobody else can. */
  #declare(status: OwnStatus): void {
    this.#status = status;
    const record = this.#sign(status);
    this.#core.roster.offer([record]);
    this.#changed([record]);
  }

  /** Nobody hears of it before it is durable. What it said of itself meanwhile is later, and then it is said anew. */
  #declareLeft(done: (isDurable: boolean) => void): void {
    const record = this.#sign('left');
    this.#commit(record, ({ ok }) => {
      const known = this.#core.roster.get(this.#core.self);
      if (!ok || this.#core.out !== undefined) {
        done(false);
      } else if (known !== undefined && known.incarnation >= record.incarnation) {
        this.#declareLeft(done);
      } else {
        this.#status = 'left';
        this.#core.roster.offer([record]);
        this.#changed([record]);
        done(true);
      }
    });
  }

  #sign(status: OwnStatus): MemberRecord {
    const { name, person, machine, zone, weight, admission } = this.#profile;
    const known = this.#core.roster.get(this.#core.self);
    const incarnation = Math.min(INCARNATION_MAX, Math.max((known?.incarnation ?? 0) + 1, this.#core.life.firstIncarnation));
    // Chosen once: another one would move all that this member keeps.
    const seed = known === undefined ? this.#chooseSeed() : (known.seed ?? 0);
    const given = { ...(person !== undefined && { person }), ...(seed > 0 && { seed }) };
    return signRecord(
      { member: this.#core.self, incarnation, status, name, machine, zone, weight, ...given, addresses: this.#listen, admission },
      this.#core.signer,
    );
  }

  #chooseSeed(): number {
    const { machine, zone, weight } = this.#profile;
    const others = this.#core.roster.all().filter(({ status }) => status === 'up' || status === 'joining');
    return chooseSeed(others, { member: this.#core.self, machine, zone, weight }, this.#core.team.partitions);
  }

  #changed(news: readonly MemberRecord[]): void {
    for (const record of news) {
      const { member, status, incarnation } = record;
      this.#commit(record);
      this.#core.emit({ kind: 'trace', event: { kind: 'member', member, status, incarnation } });
      if (status === 'removed' && this.#core.detector.isConnected(member)) this.departures.tell(member);
      if (member !== this.#core.self && this.#core.detector.lastHeardMs(member) === undefined) {
        this.#core.detector.heardOf(member, this.#core.now.nowMs);
      }
    }
    this.#core.out = this.#standingOut();
    this.#ring.update(news.some(({ member }) => member === this.#core.self));
    const peers = this.#core.peers().map((member) => ({ member, addresses: this.#core.roster.get(member)?.addresses ?? [] }));
    this.#core.emit({ kind: 'introduce', peers });
    this.#core.notify(() => ({ kind: 'members' }));
  }

  /** To leave is this device's own to say, as its disk has it; others may hold an older word of it. */
  #standingOut(): 'left' | 'removed' | undefined {
    if (this.#core.roster.get(this.#core.self)?.status === 'removed') return 'removed';
    return this.#status === 'left' ? 'left' : undefined;
  }

  #commit(record: MemberRecord, done?: (result: CommitResult) => void): void {
    this.#keep(`${MEMBER_ROW}${record.member}`, encodeRecord(record), done);
  }

  #keep(name: string, bytes: Uint8Array, done: (result: CommitResult) => void = () => undefined): void {
    this.#core.commit([{ kind: 'meta', name, bytes }], done);
  }
}

function isFit(name: string, person: string | undefined): boolean {
  return utf8Encode(name).length <= MEMBER_NAME_BYTES_MAX && (person === undefined || isPersonName(person));
}
