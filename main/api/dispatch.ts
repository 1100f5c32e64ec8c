/**
 * The one place where the contract meets the core: every call of the window, the browser, HTTP and
 * the CLI is validated here, turned into a core command, and its outcome into the contract's words.
 */
import type { Command, Outcome } from '../../p2p/index.ts';
import type { Engine } from '../member/engine.ts';
import {
  expect,
  toApiEvent,
  toConflictPage,
  toHistoryResult,
  toInviteInfo,
  toKeyPage,
  toMemberInfo,
  toReadResult,
  toWriteResult,
  whoIn,
  type Viewer,
  type WhoIs,
} from './answers.ts';
import { ApiError, errorBody, noTeam } from './api-error.ts';
import type { Backend } from './backend.ts';
import type { ApiEvent, BucketInfo, CallName, MembershipInfo, Result, RingInfo } from './contract.ts';
import { memberReport } from '../doctor/gather.ts';
import { answerWords } from '../doctor/words.ts';
import { checkParams, KEYS_LIMIT_DEFAULT, KEYS_LIMIT_MAX, PARAMS, type Checked } from './params.ts';
import { statusFrom } from './status.ts';
import { transferCalls, type TransferCalls } from './transfer-calls.ts';
import { decodeValue } from './values.ts';

export interface Dispatch {
  /** @throws ApiError for every expected failure. */
  call<C extends CallName>(name: C, params: unknown): Promise<Result<C>>;
  /** The core itself, for exports and imports, which are streams and no calls. @throws ApiError `NO_TEAM`. */
  engine(): Engine;
  /** Everything that watchers are told; returns how to stop listening. */
  onEvent(handler: (event: ApiEvent) => void): () => void;
  /** What this device is to its team; `undefined` without one. */
  membership(): MembershipInfo | undefined;
}

type Handlers = { readonly [C in CallName]: (params: Checked<C>) => Result<C> | Promise<Result<C>> };

const PARTITIONS_DEFAULT = 1024;
const INVITE_EXPIRES_S_DEFAULT = 24 * 3_600;
const LEAVE_WAITS_MS = 20_000;

export function createDispatch(backend: Backend): Dispatch {
  const handlers: Handlers = { ...teamCalls(backend), ...dataCalls(backend), ...transferCalls(() => engineOf(backend)) };
  return {
    async call<C extends CallName>(name: C, params: unknown): Promise<Result<C>> {
      const startMs = performance.now();
      let code = 'OK';
      try {
        if (name === 'delete') requireContext(params);
        const handler: Handlers[C] = handlers[name];
        return await handler(checkParams(PARAMS[name], params));
      } catch (error) {
        ({ code } = errorBody(error));
        throw error;
      } finally {
        backend.metrics.observeCall(name, code, (performance.now() - startMs) / 1_000);
      }
    },
    engine: () => engineOf(backend),
    onEvent: (handler) => subscribe(backend, handler),
    membership: () => backend.membership(),
  };
}

function teamCalls(backend: Backend): Pick<Handlers, 'status' | 'protectKey' | 'rename' | 'createTeam' | 'invite' | 'invites' | 'withdrawInvite' | 'readInvite' | 'join' | 'leave' | 'removeMember' | 'members' | 'ring' | 'activity' | 'doctor' | 'dial' | 'forgetAddress'> {
  const whoIs = whoInTeam(backend);
  const viewer = (): Viewer => ({ self: backend.memberId, founder: backend.founder(), whoIs });
  const listInvites = async (): Promise<Result<'invites'>> => (await backend.invites()).map((one) => toInviteInfo(one, whoIs));
  return {
    status: () => statusFrom(backend),
    protectKey: (choice) => backend.protectKey(choice),
    createTeam: ({ partitions = PARTITIONS_DEFAULT, ...choices }) => backend.createTeam({ partitions, ...choices }),
    invite: ({ expiresInS = INVITE_EXPIRES_S_DEFAULT, role = 'member' }) => backend.invite({ expiresInMs: expiresInS * 1_000, role }),
    invites: () => listInvites(),
    async withdrawInvite({ inviteId }) {
      await backend.withdrawInvite(inviteId);
      return listInvites();
    },
    readInvite: ({ invite }) => backend.readInvite(invite),
    join: (params) => backend.join(params),
    async rename(change) {
      await backend.rename(change);
      return { name: backend.name, person: backend.person };
    },
    leave: ({ force = false, timeoutMs = LEAVE_WAITS_MS }) => backend.leave({ force, timeoutMs }),
    async removeMember({ member }) {
      const engine = engineOf(backend);
      expect(await engine.execute({ kind: 'remove-member', member }), 'removed');
      const removed = engine.members().find(({ record }) => record.member === member);
      if (removed === undefined) throw new ApiError('NOT_FOUND', 'No member of the team has this id.');
      return toMemberInfo(removed, viewer());
    },
    members: () => engineOf(backend).members().map((snapshot) => toMemberInfo(snapshot, viewer())),
    ring(): RingInfo {
      const { partitions, tokensPerMember, version, owners } = engineOf(backend).ring();
      return { partitions, tokensPerMember, version, owners };
    },
    activity({ after = 0, limit = KEYS_LIMIT_MAX }) {
      engineOf(backend);
      return backend.activity.page({ after, limit });
    },
    doctor: () => memberReport(backend),
    async dial({ address }) {
      const dialled = await backend.dial(address);
      const memberName = dialled.member === null ? null : whoIs(dialled.member).name || null;
      return { address, ...dialled, memberName, words: answerWords(dialled.outcome) };
    },
    async forgetAddress({ address }) {
      await backend.forgetAddress(address);
      return { keptAddresses: backend.keptAddresses() };
    },
  };
}

function dataCalls(backend: Backend): Omit<Handlers, keyof ReturnType<typeof teamCalls> | keyof TransferCalls> {
  const execute = <K extends Outcome['kind']>(command: Command, kind: K): Promise<Extract<Outcome, { kind: K }>> =>
    engineOf(backend).execute(command).then((outcome) => expect(outcome, kind));
  const whoIs = whoInTeam(backend);

  return {
    async buckets() {
      const { buckets, partial } = await execute({ kind: 'buckets' }, 'buckets');
      return { buckets, ...(partial.length > 0 && { partial }) };
    },
    getBucket: ({ bucket }) => bucketInfo(bucket, engineOf(backend)),
    async setBucket({ bucket, ...settings }) {
      const set = await execute({ kind: 'set-bucket', bucket, settings }, 'settings');
      return { bucket, ...set.settings };
    },
    async keys({ bucket, prefix = '', limit = KEYS_LIMIT_DEFAULT, deleted: withDeleted = false, ...page }) {
      return toKeyPage(await execute({ kind: 'list', bucket, prefix, limit, withDeleted, ...page }, 'listed'));
    },
    async conflicts({ limit = KEYS_LIMIT_MAX, ...page }) {
      return toConflictPage(await execute({ kind: 'conflicts', limit, ...page }, 'conflicts'));
    },
    async get(params) {
      return toReadResult(await execute({ kind: 'get', ...params }, 'read'), whoIs);
    },
    async put({ value, encoding, ...params }) {
      const bytes = decodeValue(value, encoding);
      return toWriteResult(await execute({ kind: 'put', ...params, value: bytes }, 'written'));
    },
    async delete(params) {
      return toWriteResult(await execute({ kind: 'put', ...params, value: undefined, contentType: '' }, 'written'));
    },
    async repair(params) {
      const { partitions, exchanged, differing, repaired } = await execute({ kind: 'repair', ...params }, 'repaired');
      return { partitions, exchanged, differing, repaired };
    },
    async history(params) {
      return toHistoryResult(await execute({ kind: 'history', ...params }, 'history'), whoIs);
    },
    async sayMerging(params) {
      const { by } = await execute({ kind: 'say-merging', ...params }, 'merging');
      return { bucket: params.bucket, key: params.key, by };
    },
    merging: () => engineOf(backend).merging(),
    async placement(params) {
      const { partition, position, primaries, fallbacks, holders, dots, silent } = await execute({ kind: 'placement', ...params }, 'placed');
      return { partition, position, primaries, fallbacks, holders, dots, silent };
    },
  };
}

/** Of the team that this device is in by then. */
function whoInTeam(backend: Backend): WhoIs {
  return (member) => whoIn(backend.engine())(member);
}

/** @throws ApiError `NO_TEAM`. */
function engineOf(backend: Backend): Engine {
  const engine = backend.engine();
  if (engine === undefined) throw noTeam();
  return engine;
}

function bucketInfo(bucket: string, engine: Engine): BucketInfo {
  return { bucket, ...engine.bucketSettings(bucket) };
}

function requireContext(params: unknown): void {
  const given = typeof params === 'object' && params !== null && 'context' in params && params.context !== undefined;
  if (!given) throw new ApiError('CONTEXT_REQUIRED', 'A delete needs the context of a read: it deletes exactly what was seen.');
}

/** The core's notices, from the moment that there is a core. */
function subscribe(backend: Backend, handler: (event: ApiEvent) => void): () => void {
  const listen = (): (() => void) | undefined => backend.engine()?.onNotice((notice) => handler(toApiEvent(notice)));
  let stopNotices = listen();
  const stopActivity = backend.activity.onNews(() => handler({ type: 'activity' }));
  const stopTeam = backend.onTeam(() => {
    // Another team, another core.
    stopNotices?.();
    stopNotices = listen();
    handler({ type: 'team' });
  });
  return () => {
    stopTeam();
    stopActivity();
    stopNotices?.();
  };
}

