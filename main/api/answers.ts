/** The core's outcomes in the contract's words, and its refusals as `ApiError`s. */
import type {
  ConflictsOutcome,
  HistoryOutcome,
  IndexEntry,
  ListOutcome,
  MemberId,
  Notice,
  Outcome,
  ReadOutcome,
  ReadSibling,
  Refusal,
  Removal,
  WriteOutcome,
} from '../../p2p/index.ts';
import type { Engine, MemberSnapshot } from '../member/engine.ts';
import type { InviteRecord } from '../member/invites.ts';
import { ApiError } from './api-error.ts';
import { toCursor } from './cursor.ts';
import type {
  ApiEvent,
  ConflictPage,
  HistoryResult,
  InviteInfo,
  KeyPage,
  KeyRow,
  MemberInfo,
  ReadResult,
  RemovedBy,
  Sibling,
  WriteResult,
} from './contract.ts';
import { memberWords } from './member-words.ts';
import { encodeValue } from './values.ts';

/** What a member says that it is called, and who works at it; nothing of one that is not known here. */
export interface Who {
  readonly name: string;
  readonly person: string | null;
}

export type WhoIs = (member: MemberId) => Who;

export function whoIn(engine: Pick<Engine, 'nameOf' | 'personOf'> | undefined): WhoIs {
  return (member) => ({ name: engine?.nameOf(member) ?? '', person: engine?.personOf(member) ?? null });
}

/** The outcome of `kind`; a refusal is thrown as the `ApiError` that it is. */
export function expect<K extends Outcome['kind']>(outcome: Outcome, kind: K): Extract<Outcome, { readonly kind: K }> {
  if (isKind(outcome, kind)) return outcome;
  if (outcome.kind === 'no-team') throw new ApiError('NO_TEAM', outcome.message);
  if (outcome.kind === 'not-found') throw new ApiError('NOT_FOUND', outcome.message);
  throw isRefusal(outcome) ? refusalError(outcome) : new Error(`asked for ${kind}, the core answered ${outcome.kind}`);
}

function isKind<K extends Outcome['kind']>(outcome: Outcome, kind: K): outcome is Extract<Outcome, { readonly kind: K }> {
  return outcome.kind === kind;
}

function isRefusal(outcome: Outcome): outcome is Refusal {
  return ['bad-request', 'too-large', 'overloaded', 'read-only', 'quarantined', 'unreachable'].includes(outcome.kind);
}

function refusalError(refusal: Refusal): ApiError {
  switch (refusal.kind) {
    case 'bad-request':
      return new ApiError(refusal.code, refusal.message);
    case 'too-large':
      return new ApiError('VALUE_TOO_LARGE', refusal.message);
    case 'overloaded':
      return new ApiError('OVERLOADED', refusal.message);
    case 'read-only':
      return new ApiError('STORE_READ_ONLY', refusal.message);
    case 'quarantined':
      return new ApiError('QUARANTINED', refusal.message);
    case 'unreachable':
      return unreachable(refusal);
  }
}

function unreachable({ needed, acks, durable }: Extract<Refusal, { kind: 'unreachable' }>): ApiError {
  const survives = durable > 0 ? `; ${durable} on disk, so it may survive` : '';
  const message = `${needed} answers were needed, ${acks} came${survives}.`;
  return new ApiError('QUORUM_UNREACHABLE', message, { needed, acks, durable });
}

export function toReadResult(outcome: ReadOutcome, whoIs: WhoIs): ReadResult {
  const { context, siblings, base, replies, needed, acks } = outcome;
  return {
    context,
    siblings: siblings.map((sibling) => toSibling(sibling, whoIs)),
    ...(base === undefined ? {} : { base: toSibling(base, whoIs) }),
    replies: replies.map(({ member, role }) => ({ member, role })),
    needed,
    acks,
  };
}

export function toHistoryResult(outcome: HistoryOutcome, whoIs: WhoIs): HistoryResult {
  const { context, versions, replies, silent, isWhole } = outcome;
  return {
    context,
    versions: versions.map((version) => toSibling(version, whoIs)),
    replies: replies.map(({ member, role }) => ({ member, role })),
    ...(silent.length === 0 && isWhole ? {} : { partial: { silent, cut: !isWhole } }),
  };
}

function toSibling(sibling: ReadSibling, whoIs: WhoIs): Sibling {
  const { value, contentType, dot, writtenBy, writtenAt } = sibling;
  const { name, person } = whoIs(writtenBy);
  return {
    ...(value === undefined ? { value: null, encoding: 'utf8' as const } : encodeValue(value)),
    contentType,
    deleted: value === undefined,
    dot,
    writtenBy,
    writtenByName: name,
    writtenByPerson: person,
    writtenAt: toIso(writtenAt),
  };
}

export function toWriteResult(outcome: WriteOutcome): WriteResult {
  const { context, acks, needed, copies, siblings, hereOnly } = outcome;
  return { context, acks, needed, copies, siblings, hereOnly };
}

export function toKeyPage({ entries, next, partial }: ListOutcome): KeyPage {
  return {
    keys: entries.map(toKeyRow),
    ...(next === undefined ? {} : { next }),
    ...(partial.length === 0 ? {} : { partial }),
  };
}

export function toConflictPage({ entries, next, partial }: ConflictsOutcome): ConflictPage {
  return {
    conflicts: entries.map(({ bucket, entry }) => ({ bucket, ...toKeyRow(entry) })),
    ...(next === undefined ? {} : { next: toCursor(next) }),
    ...(partial.length === 0 ? {} : { partial }),
  };
}

function toKeyRow({ key, live, siblings, contentType, size, writtenBy, writtenAt }: IndexEntry): KeyRow {
  return { key, siblings, contentType, size, writtenBy, writtenAt: toIso(writtenAt), ...(live === 0 && { deleted: true }) };
}

/** Who looks at the members, at which team. */
export interface Viewer {
  readonly self: MemberId;
  readonly founder: MemberId | undefined;
  readonly whoIs: WhoIs;
}

export function toMemberInfo(snapshot: MemberSnapshot, { self, founder, whoIs }: Viewer): MemberInfo {
  const { record, liveness, heartbeat, lastHeardMs, hintsFor, partitionsOwned, address, roundTripMs, clockOffsetMs, release } = snapshot;
  return {
    memberId: record.member,
    name: record.name,
    person: record.person ?? null,
    words: memberWords(record.member),
    role: record.member === founder ? 'founder' : 'member',
    machine: record.machine,
    zone: record.zone ?? null,
    weight: record.weight,
    status: record.status,
    removed: record.removal === undefined ? null : toRemovedBy(record.removal, whoIs),
    liveness,
    heartbeat,
    lastHeardMs: lastHeardMs ?? null,
    incarnation: record.incarnation,
    partitionsOwned,
    hintsFor,
    address: address ?? null,
    roundTripMs: roundTripMs === undefined ? null : Math.round(roundTripMs * 10) / 10,
    clockOffsetMs: clockOffsetMs ?? null,
    release: release ?? null,
    self: record.member === self,
  };
}

export function toInviteInfo({ inviteId, madeAt, expiresAt, usedBy, usedAt }: InviteRecord, whoIs: WhoIs): InviteInfo {
  const isoOrNull = (wallMs: number | null): string | null => (wallMs === null ? null : toIso(wallMs));
  return {
    inviteId,
    madeAt: isoOrNull(madeAt),
    expiresAt: toIso(expiresAt),
    used: usedBy === null ? null : { ...toBy(usedBy, whoIs), at: isoOrNull(usedAt) },
  };
}

export function toRemovedBy({ by, at }: Removal, whoIs: WhoIs): RemovedBy {
  return { ...toBy(by, whoIs), at: toIso(at) };
}

function toBy(by: MemberId, whoIs: WhoIs): { readonly by: string; readonly byName: string; readonly byPerson: string | null } {
  const { name, person } = whoIs(by);
  return { by, byName: name, byPerson: person };
}

export function toApiEvent(notice: Notice): ApiEvent {
  switch (notice.kind) {
    case 'members':
      return { type: 'members' };
    case 'merging': {
      const { bucket, key, by } = notice;
      return { type: 'merging', bucket, key, by };
    }
    case 'copies': {
      const { bucket, key, context, copies, needed } = notice;
      return { type: 'copies', bucket, key, context, copies, needed };
    }
    case 'put':
    case 'delete':
    case 'conflict':
    case 'resolved': {
      const { bucket, key, context } = notice;
      return { type: notice.kind, bucket, key, context: context() };
    }
  }
}

/** ISO 8601. A peer's clock can say anything: what no date can hold is shown as the epoch. */
export function toIso(wallMs: number): string {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
