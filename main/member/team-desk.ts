/** Making, joining, holding and leaving the one team of this device: the `Backend` of the API. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, toIso, toRemovedBy, whoIn } from '../api/answers.ts';
import type { MemberId, Team } from '../../p2p/index.ts';
import { ApiError, noTeam } from '../api/api-error.ts';
import type { Backend } from '../api/backend.ts';
import type { AccessInfo, InviteFacts, KeyChoice, LeaveResult, MembershipInfo, NewInvite, TeamInfo } from '../api/contract.ts';
import { memberWords } from '../api/member-words.ts';
import { whoWrote } from '../api/who-wrote.ts';
import { ActivityLog } from './activity.ts';
import { fileMode, httpTokenFile } from './data-dir.ts';
import type { Charter, Engine, Identity, Log, Parts, Profile } from './engine.ts';
import type { InviteRecord } from './invites.ts';
import { type Keychain, protectionOf } from './key-asking.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { KEY_FILE, mustBeFormer } from './new-identity.ts';
import type { StartOptions } from './options.ts';
import type { NameChange, OwnNames } from './own-names.ts';
import type { Seat } from './seat.ts';
import { startSession, type TeamSession } from './team-session.ts';

export interface DeskInit {
  readonly parts: Parts;
  readonly options: StartOptions;
  readonly seat: Seat;
  readonly names: OwnNames;
  /** Where this device stands, as its record says it. */
  readonly place: Pick<Profile, 'machine' | 'zone' | 'weight'>;
  /** `undefined` where nobody can ask one. */
  readonly keychain: Keychain | undefined;
  readonly version: string;
  readonly log: Log;
}

export interface TeamDesk extends Backend {
  /** HTTP is served at this address from now on. */
  servesAt(http: string): void;
  stop(): Promise<void>;
}

const JOIN_TIMEOUT_MS = 20_000;
/** A leaver goes when its peers have closed the door, which shows that they have heard. */
const FAREWELL_MS = 5_000;
const FAREWELL_POLL_MS = 100;

/** Goes on in the team that the seat knows, if any. */
export async function openTeamDesk(init: DeskInit): Promise<TeamDesk> {
  const desk = new Desk(init);
  await desk.resume();
  return desk;
}

class Desk implements TeamDesk {
  readonly metrics: Metrics;
  readonly activity = new ActivityLog(Date.now);
  readonly #init: DeskInit;
  readonly #handlers = new Set<() => void>();
  #session: TeamSession | undefined;
  /** One change of team at a time. */
  #isEntering = false;
  /** While the team is closed down after leaving. */
  #leaving: Promise<string> | undefined;
  /** Settles with the path of the old store once this device has left. */
  #left = Promise.withResolvers<string>();
  /** The last change of the names. */
  #renaming: Promise<unknown> = Promise.resolve();
  /** While an old store makes room. */
  #renewing: Promise<void> | undefined;
  #status: string | undefined;
  #isStopped = false;
  #http: string | undefined;

  constructor(init: DeskInit) {
    this.#init = init;
    this.metrics = createMetrics({ counts: () => this.counts(), engine: () => this.engine() });
  }

  get memberId(): string {
    return this.#init.seat.identity.signer.member;
  }

  get name(): string {
    return this.#init.names.now.name;
  }

  get person(): string | null {
    return this.#init.names.now.person ?? null;
  }

  get version(): string {
    return this.#init.version;
  }

  get dataDir(): string {
    return this.#init.options.dataDir;
  }

  servesAt(http: string): void {
    this.#http = http;
  }

  access(): AccessInfo {
    const keyFile = join(this.dataDir, KEY_FILE);
    const { protectedBy } = this.#init.seat.key;
    return {
      http: this.#http === undefined ? null : { address: this.#http, tokenFile: httpTokenFile(this.dataDir) },
      key: { file: keyFile, mode: fileMode(keyFile), isProtected: protectedBy !== null, protectedBy },
    };
  }

  async protectKey(choice: KeyChoice): Promise<AccessInfo> {
    await this.#init.seat.key.protect(await protectionOf(choice, this.#init.keychain));
    return this.access();
  }

  async resume(): Promise<void> {
    const { charter } = this.#init.seat;
    if (charter !== undefined) await this.#start(charter);
  }

  listen(): readonly string[] {
    return this.#session?.addresses() ?? [];
  }

  team(): TeamInfo | undefined {
    return this.#session && infoOf(this.#session.charter);
  }

  founder(): MemberId | undefined {
    return this.#session?.charter.team.founder;
  }

  engine(): Engine | undefined {
    return this.#session?.engine;
  }

  membership(): MembershipInfo | undefined {
    return this.#session && standingOf(this.#session.engine);
  }

  counts(): ReturnType<Backend['counts']> {
    return this.#init.seat.store.counts();
  }

  warnings(): readonly string[] {
    const { seat } = this.#init;
    const standing = this.membership();
    return standing?.status === 'removed' ? [removedText(standing), ...seat.warnings] : seat.warnings;
  }

  network(): ReturnType<Backend['network']> {
    return this.#session?.network() ?? null;
  }

  keptAddresses(): readonly string[] {
    return this.#session?.keptAddresses() ?? [];
  }

  async dial(address: string): ReturnType<Backend['dial']> {
    if (this.#session === undefined) throw noTeam();
    return this.#session.dial(address);
  }

  async forgetAddress(address: string): Promise<void> {
    if (this.#session === undefined) throw noTeam();
    await this.#session.forgetAddress(address);
  }

  /** One change after the other: each begins with the names that the one before left. */
  rename(change: NameChange): Promise<void> {
    const done = this.#renaming.then(() => this.#rename(change));
    this.#renaming = done.catch(() => undefined);
    return done;
  }

  createTeam({ person, ...choices }: Parameters<Backend['createTeam']>[0]): Promise<TeamInfo> {
    const { parts } = this.#init;
    return this.#enter(person, (identity) => {
      mustBeFormer(this.#former, undefined);
      return parts.foundTeam({ identity, ...choices });
    });
  }

  join({ invite, person }: Parameters<Backend['join']>[0]): Promise<TeamInfo> {
    return this.#enter(person, (identity) => {
      // Before the invite is used up. One that cannot be read is refused later.
      const reading = this.#init.parts.readInvite(invite);
      mustBeFormer(this.#former, reading.ok ? reading.teamId : this.#former?.id);
      return askInviter(this.#init, identity, invite);
    });
  }

  async invites(): Promise<readonly InviteRecord[]> {
    if (this.#session === undefined) throw noTeam();
    return this.#session.invites.list();
  }

  async withdrawInvite(inviteId: string): Promise<void> {
    if (this.#session === undefined) throw noTeam();
    await this.#session.invites.withdraw(inviteId);
  }

  readInvite(invite: string): InviteFacts {
    const reading = this.#init.parts.readInvite(invite);
    if (!reading.ok) throw new ApiError('INVITE_INVALID', reading.message);
    const { teamId, teamName, inviter, expiresAt } = reading;
    return { teamId, teamName, inviter, words: memberWords(inviter), expiresAt: toIso(expiresAt) };
  }

  async invite({ expiresInMs }: { readonly expiresInMs: number }): Promise<NewInvite> {
    const standing = this.membership();
    if (this.#session === undefined) throw noTeam();
    if (standing?.status === 'removed') throw new ApiError('NO_TEAM', removedText(standing));
    return this.#session.invite(expiresInMs);
  }

  async leave({ force, timeoutMs }: { readonly force: boolean; readonly timeoutMs: number }): Promise<LeaveResult> {
    const engine = this.#session?.engine;
    if (engine === undefined) throw noTeam();
    const standing = this.membership();
    if (standing?.status === 'removed') throw new ApiError('NO_TEAM', removedText(standing));
    const gone = this.#left.promise;
    gone.catch(() => undefined);
    expect(await engine.execute({ kind: 'leave', force }), 'departing');
    const setAside = await Promise.race([gone, delay(timeoutMs, undefined, { ref: false })]);
    if (setAside !== undefined) return { status: 'left', setAside, waitingFor: [] };
    return { status: 'leaving', setAside: null, waitingFor: engine.leaveWaitsFor() };
  }

  onTeam(handler: () => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#leaving?.catch(() => undefined);
    await this.#renewing;
    await this.#session?.stop();
  }

  async #rename(change: NameChange): Promise<void> {
    const { names } = this.#init;
    const engine = this.engine();
    if (engine !== undefined) expect(await engine.execute({ kind: 'rename', ...names.with(change) }), 'renamed');
    try {
      await names.keep(change);
    } catch (error) {
      this.#init.log('warn', 'The names could not be kept.', { err: error });
      throw new ApiError('STORE_READ_ONLY', 'The name counts now, but the disk did not keep it for the next start.');
    }
  }

  /** @param person Who enters, if it is said; what a refusal leaves is as it was. */
  async #enter(person: string | null | undefined, makeCharter: (identity: Identity) => Promise<Charter> | Charter): Promise<TeamInfo> {
    const { parts, seat } = this.#init;
    const wasRemoved = this.membership()?.status === 'removed';
    const isIn = this.#session !== undefined && !wasRemoved;
    if (isIn || this.#isEntering || this.#leaving !== undefined) throw new ApiError('ALREADY_IN_TEAM', 'This device is in a team already.');
    this.#isEntering = true;
    try {
      const identity = wasRemoved ? await parts.newIdentity() : seat.identity;
      const charter = await makeCharter(identity);
      // Before anything is kept: with a charter that cannot be read the device would not start again.
      if (parts.readCharter(charter.bytes, identity) === undefined) throw new Error('the charter does not let this device in');
      // Not before the others have said yes: until then nothing is lost by a refusal.
      if (wasRemoved) await this.#becomeAnother(identity);
      await seat.take(charter);
      // The team is entered already: a disk that does not keep the name is no reason to turn back.
      if (person !== undefined) await this.rename({ person }).catch((error: unknown) => this.#init.log('warn', 'The person was not kept.', { err: error }));
      const info = await this.#start(charter);
      this.#tell();
      return info;
    } finally {
      this.#isEntering = false;
    }
  }

  /** A removed member's store is set aside when it comes back, and its records with it. */
  get #former(): Team | undefined {
    return this.#session === undefined ? this.#init.seat.former : undefined;
  }

  async #becomeAnother(identity: Identity): Promise<void> {
    const former = this.#session;
    this.#session = undefined;
    await former?.stop();
    await this.#init.seat.becomeAnother(identity);
  }

  async #start(charter: Charter): Promise<TeamInfo> {
    const { seat, names, place, ...rest } = this.#init;
    this.activity.reset();
    const session = await startSession({
      ...rest, charter, profile: { ...place, ...names.now }, store: seat.store, identity: seat.identity,
      remember: (records) => seat.remember(records),
      setAside: () => setImmediate(() => this.#beginAnew()),
      trace: (event) => {
        this.metrics.observeTrace(event);
        this.activity.trace(event);
        rest.log('debug', event.kind, { trace: event });
      },
    });
    this.#session = session;
    this.#status = session.engine.standing().status;
    this.activity.begin(session.engine.members().map(({ record }) => record));
    session.engine.onNotice((notice) => {
      this.activity.notice(notice);
      if (notice.kind === 'members') this.#look();
    });
    if (this.#status === 'left') this.#closeDown(session);
    return infoOf(charter);
  }

  /** With an empty store, as the same member: what it held may have been deleted and forgotten. */
  #beginAnew(): void {
    const session = this.#session;
    if (session === undefined || this.#isStopped || this.#leaving !== undefined) return;
    const { seat, log } = this.#init;
    this.#session = undefined;
    this.#renewing = session
      .stop()
      .then(() => seat.beginAnew())
      .then(() => this.resume())
      .catch((error: unknown) => log('error', 'The old store could not be set aside.', { err: error }))
      .finally(() => this.#tell());
  }

  /** What follows from what this device now is to its team. */
  #look(): void {
    const session = this.#session;
    const status = session?.engine.standing().status;
    if (session === undefined || status === this.#status) return;
    this.#status = status;
    if (status === 'removed') this.#tell();
    if (status === 'left') this.#closeDown(session);
  }

  #closeDown(session: TeamSession): void {
    if (this.#leaving !== undefined || this.#isStopped) return;
    const { resolve, reject } = this.#left;
    this.#left = Promise.withResolvers<string>();
    this.#leaving = this.#vacate(session).finally(() => {
      this.#leaving = undefined;
      this.#tell();
    });
    this.#leaving.then(resolve, (error: unknown) => {
      this.#init.log('error', 'The team could not be closed down.', { err: error });
      reject(error);
    });
  }

  async #vacate(session: TeamSession): Promise<string> {
    const { seat, log } = this.#init;
    let waitedMs = 0;
    do {
      await delay(FAREWELL_POLL_MS);
      waitedMs += FAREWELL_POLL_MS;
    } while (waitedMs < FAREWELL_MS && session.engine.standing().connected > 0);
    await session.stop();
    this.#session = undefined;
    this.#status = undefined;
    const setAside = await seat.vacate();
    log('info', 'This device has left its team.', { team: session.charter.team.name, setAside });
    return setAside;
  }

  #tell(): void {
    for (const handler of this.#handlers) handler();
  }
}

/** @throws ApiError `INVITE_INVALID`, `INVITE_REFUSED`, `INVITER_UNREACHABLE`. */
async function askInviter({ parts, log }: DeskInit, identity: Identity, invite: string): Promise<Charter> {
  const joined = await parts.joinTeam({ identity, invite, request: new Uint8Array(), timeoutMs: JOIN_TIMEOUT_MS, log });
  if (!joined.ok) throw new ApiError(joined.code, joined.message);
  try {
    return parts.acceptAdmission(invite, joined.answer, identity);
  } catch (error) {
    log('warn', 'The answer of the inviter is not sound.', { err: error });
    throw new ApiError('INVITE_REFUSED', 'The answer of the inviter is not sound.');
  }
}

function standingOf(engine: Engine): MembershipInfo {
  const { status, removal } = engine.standing();
  if (removal === undefined) return { status, removed: null };
  return { status, removed: toRemovedBy(removal, whoIn(engine)) };
}

function removedText({ removed }: MembershipInfo): string {
  const by = removed === null ? 'the device that let it in had been removed before' : `removed from the team by ${whoWrote({ id: removed.by, name: removed.byName, person: removed.byPerson })}`;
  return `This device is no longer in the team: ${by}. It keeps what it has, to be read and exported; join again with a new invite.`;
}

function infoOf({ team }: Charter): TeamInfo {
  return { teamId: team.id, name: team.name, partitions: team.partitions };
}
