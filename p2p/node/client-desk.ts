/**
 * Takes the requests of clients, here and forwarded, checks them against the team's settings and
 * hands each to its coordinator.
 */
import type { BucketRecord } from '../membership/bucket-registry.ts';
import { isSettings } from '../membership/bucket-registry.ts';
import { isPossible, quorumSize } from '../quorum/quorum-size.ts';
import type { MemberId, WriteQuorumSpec } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import type { BackupDesk } from './backup-desk.ts';
import { contextOf, isRefused } from './client-context.ts';
import type { Command, MemberRefusal, Outcome, Refusal, WriteOutcome } from './commands.ts';
import type { Core } from './core.ts';
import { GOING, outOfTeam } from './departures.ts';
import type { Coverage } from './coverage.ts';
import type { DotMint } from './dot-mint.ts';
import type { Token } from './events.ts';
import type { Exchange } from './exchange.ts';
import type { GetCoordinator } from './get-coordinator.ts';
import type { HistoryDesk } from './history-desk.ts';
import type { MemberDesk } from './member-desk.ts';
import type { MergingNow } from './merging-now.ts';
import { quarantineOf } from './life-words.ts';
import type { Answer } from './peer-work.ts';
import type { PutCoordinator } from './put-coordinator.ts';
import type { PutRequest } from './put-request.ts';
import { isStrict } from './put-request.ts';
import type { ReplicaDesk } from './replica-desk.ts';
import { PlacementLookup } from './placement-lookup.ts';
import { presentReading } from './present-reading.ts';
import { newWriteId, replyOf, routePut } from './put-forward.ts';
import { repairNow } from './repair-now.ts';
import type { Load } from './rooms.ts';
import { Room } from './rooms.ts';
import { toHex } from '../bytes/bytes.ts';

export interface Desks {
  readonly gets: GetCoordinator;
  readonly puts: PutCoordinator;
  readonly replicas: ReplicaDesk;
  readonly coverage: Coverage;
  readonly backups: BackupDesk;
  readonly histories: HistoryDesk;
  readonly members: MemberDesk;
  readonly exchange: Exchange;
  readonly mint: DotMint;
  readonly merging: MergingNow;
}

/** What a member does not do that is muted: `core.ts`. */
const WRITES: ReadonlySet<Command['kind']> = new Set(['put', 'import', 'import-bucket', 'set-bucket']);

type CommandOf<K extends Command['kind']> = Extract<Command, { readonly kind: K }>;

/** What whoever is out of the team is refused. */
const NEEDS_TEAM: ReadonlySet<Command['kind']> = new Set(['put', 'set-bucket', 'import', 'import-bucket', 'repair']);

export class ClientDesk {
  readonly #core: Core;
  readonly #desks: Desks;
  readonly #load: Load = { requests: 0, bytes: 0 };

  constructor(core: Core, desks: Desks) {
    this.#core = core;
    this.#desks = desks;
  }

  /** Requests that were not answered yet, or of which this disk has something to do still. */
  get underWay(): number {
    return this.#load.requests;
  }

  execute(token: Token, command: Command): void {
    const refusal = this.#refusal(command);
    if (refusal !== undefined) {
      this.#core.reply(token, refusal);
      return;
    }
    this.#core.servePeople();
    const room = new Room(weightOf(command), [this.#load]);
    const respond = (outcome: Outcome): void => {
      room.release();
      this.#core.reply(token, outcome);
    };
    this.#core.rooms.within(room, () => this.#serve(command, respond));
  }

  #serve(command: Command, respond: (outcome: Outcome) => void): void {
    switch (command.kind) {
      case 'get':
        return this.#get(command, respond);
      case 'put':
        return this.#put(command, respond);
      case 'list':
        return this.#list(command, respond);
      case 'conflicts':
        return this.#desks.coverage.conflicts({ bucket: command.bucket, after: command.after, limit: command.limit }, respond);
      case 'buckets':
        return this.#desks.coverage.buckets(respond);
      case 'export':
        return this.#desks.backups.exportKey(command, respond);
      case 'import':
        return this.#desks.backups.importKey(command, respond);
      case 'import-bucket':
        return this.#desks.backups.importBucket(command, respond);
      case 'history':
        return this.#desks.histories.history(command, respond);
      case 'placement':
        return this.#placement(command, respond);
      case 'set-bucket':
        return this.#setBucket(command, respond);
      case 'say-merging':
        return respond({ kind: 'merging', by: this.#desks.merging.say(this.#core.keyRef(command.bucket, command.key), command.isOn) });
      case 'repair':
        return repairNow(this.#core, this.#desks.exchange, command.bucket, respond);
      case 'leave':
        return respond(this.#desks.members.departures.leave(command.force));
      case 'remove-member':
        return this.#desks.members.departures.remove(command.member, respond);
      case 'rename':
        return respond(this.#desks.members.rename(command));
    }
  }

  /** Before it costs anything. */
  #refusal(command: Command): Refusal | MemberRefusal | undefined {
    const { kind } = command;
    const { config, isMute, out } = this.#core;
    const { requests, bytes } = this.#load;
    const hasBytes = requests === 0 || bytes + weightOf(command) <= config.requestsBytesMax;
    if (requests >= config.requestsMax || !hasBytes) return { kind: 'overloaded', message: 'too many requests are under way; try again' };
    if (isMute && WRITES.has(kind)) return { kind: 'quarantined', message: quarantineOf(this.#core) };
    if (!NEEDS_TEAM.has(kind)) return undefined;
    if (out !== undefined) return outOfTeam(out);
    return this.#desks.members.departures.isClosed ? GOING : undefined;
  }

  /** A member that is no replica of the key asks us to coordinate. */
  forwarded(from: MemberId, message: MessageOf<'forward-put'>, answer: Answer): void {
    const respond = (outcome: WriteOutcome | Refusal): void => {
      answer(replyOf(message.id, outcome));
    };
    const ref = this.#core.keyRef(message.bucket, message.key);
    const reader = { core: this.#core, mint: this.#desks.mint };
    const seen = contextOf(reader, ref, message.context);
    const writerSaw = contextOf(reader, ref, message.imported?.seen);
    if (isRefused(seen) || isRefused(writerSaw)) {
      respond(isRefused(seen) ? seen : (writerSaw as Refusal));
      return;
    }
    const imported = message.imported && { ...message.imported, seen: writerSaw.seen };
    const { value, contentType, sloppy, timeoutMs, writeId, writtenBy } = message;
    const w = parseQuorum(message.w);
    const { primaries } = this.#core.placement.preferenceList(ref.partition, this.#core.buckets.settings(ref.bucket).n);
    if (isStrict({ sloppy, w }) && !primaries.includes(this.#core.self)) {
      this.#desks.replicas.refuse(from, ref);
      respond({ kind: 'unreachable', needed: quorumSize(w, primaries.length), acks: 0, durable: 0 });
      return;
    }
    this.#desks.puts.coordinate({
      ref, ...seen, value: value?.slice(), contentType, w, sloppy, timeoutMs, writeId, writtenBy, imported, isLocal: false, respond,
    });
  }

  #list({ bucket, prefix, after, limit, withDeleted = false }: CommandOf<'list'>, respond: (outcome: Outcome) => void): void {
    this.#desks.coverage.list({ bucket, prefix, after, limit, withDeleted }, respond);
  }

  #get(command: CommandOf<'get'>, respond: (outcome: Outcome) => void): void {
    const settings = this.#core.buckets.settings(command.bucket);
    const r = command.r ?? settings.r;
    if (!isPossible(r, settings.n)) {
      respond(badQuorum('r', r, settings.n));
      return;
    }
    const ref = this.#core.keyRef(command.bucket, command.key);
    const timeoutMs = command.timeoutMs ?? this.#core.config.requestTimeoutMs;
    const deadlineMs = this.#core.now.nowMs + timeoutMs;
    this.#desks.gets.coordinate({
      ref,
      r,
      sloppy: command.sloppy ?? settings.sloppy,
      timeoutMs,
      respond: (reading) => {
        if (reading.kind !== 'reading') respond(reading);
        else this.#desks.histories.base(ref, reading, deadlineMs, (base) => respond(presentReading(this.#core, ref, reading, base)));
      },
    });
  }

  #put(command: CommandOf<'put'>, respond: (outcome: Outcome) => void): void {
    const settings = this.#core.buckets.settings(command.bucket);
    const w = command.w ?? settings.w;
    const ref = this.#core.keyRef(command.bucket, command.key);
    const seen = contextOf({ core: this.#core, mint: this.#desks.mint }, ref, command.context);
    const refusal = !isPossible(w, settings.n)
      ? badQuorum('w', w, settings.n)
      : (command.value?.length ?? 0) > this.#core.config.valueBytesMax
        ? ({ kind: 'too-large', message: `a value may hold ${this.#core.config.valueBytesMax} bytes` } as const)
        : isRefused(seen)
          ? seen
          : undefined;
    if (refusal !== undefined || isRefused(seen)) {
      if (refusal !== undefined) respond(refusal);
      return;
    }
    const request: PutRequest = {
      ref,
      ...seen,
      value: command.value,
      contentType: command.contentType,
      w,
      sloppy: command.sloppy ?? settings.sloppy,
      timeoutMs: command.timeoutMs ?? this.#core.config.requestTimeoutMs,
      writeId: command.writeId ?? newWriteId(this.#core),
      writtenBy: this.#core.self,
      imported: undefined,
      isLocal: true,
      respond,
    };
    routePut(this.#core, this.#desks.puts, command.context, request);
  }

  #setBucket({ bucket, settings: change }: CommandOf<'set-bucket'>, respond: (outcome: Outcome) => void): void {
    const { buckets, self } = this.#core;
    let refusal = badRequest('the team keeps no more settings of buckets');
    const propose = (): BucketRecord | undefined => {
      const settings = { ...buckets.settings(bucket), ...change };
      const { n, r, w, historyVersions, historyDays } = settings;
      if (isSettings(settings) && isPossible(r, n) && isPossible(w, n)) return buckets.next(bucket, change, self);
      refusal = badRequest(`n=${n}, r=${r}, w=${w}, historyVersions=${historyVersions}, historyDays=${historyDays} do not go together`);
      return undefined;
    };
    this.#desks.members.changeBucket(bucket, propose, (kept = refusal) => {
      respond('kind' in kept ? kept : { kind: 'settings', settings: kept.settings });
    });
  }

  #placement(command: CommandOf<'placement'>, respond: (outcome: Outcome) => void): void {
    const ref = this.#core.keyRef(command.bucket, command.key);
    const list = this.#core.placement.preferenceList(ref.partition, this.#core.buckets.settings(command.bucket).n);
    new PlacementLookup(this.#core, this.#desks.replicas, ref, (found) => {
      respond({ kind: 'placed', partition: ref.partition, position: toHex(ref.position), ...list, ...found });
    }).start();
  }
}

/** Memory that its values take, bytes. */
function weightOf(command: Command): number {
  if (command.kind === 'put') return command.value?.length ?? 0;
  return command.kind === 'import' ? command.siblings.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) : 0;
}

export function parseQuorum(text: string): WriteQuorumSpec {
  if (text === 'any' || text === 'one' || text === 'all') return text;
  const count = Number(text);
  return Number.isInteger(count) && count >= 1 ? count : 'quorum';
}

function badQuorum(name: 'r' | 'w', value: unknown, n: number | 'all'): Refusal {
  return badRequest(`${name}=${String(value)} can never be met: the bucket keeps ${n} copies`);
}

function badRequest(message: string): Refusal {
  return { kind: 'bad-request', code: 'BAD_REQUEST', message };
}
