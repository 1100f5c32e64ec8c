/** A member in its team: the core on the real ports, and the network under it. */
import { addressesToTell, StoreReadOnlyError } from '../../p2p/index.ts';
import type { MemberRecord, Store, TraceEvent } from '../../p2p/index.ts';
import { toIso } from '../api/answers.ts';
import { ApiError, noTeam } from '../api/api-error.ts';
import type { Backend } from '../api/backend.ts';
import type { NewInvite } from '../api/contract.ts';
import type { DialOutcome, NetworkFacts } from '../doctor/facts.ts';
import type { Charter, Engine, Identity, Log, Membership, Parts, Profile, RunningHost } from './engine.ts';
import { Invites } from './invites.ts';
import { KeptAddresses } from './kept-addresses.ts';
import type { StartOptions } from './options.ts';

export interface TeamSession {
  readonly charter: Charter;
  readonly engine: Engine;
  addresses(): readonly string[];
  readonly invites: Pick<Invites, 'list' | 'withdraw'>;
  invite(expiresInMs: number): Promise<NewInvite>;
  /** `null` for who was removed. */
  network(): NetworkFacts | null;
  keptAddresses(): readonly string[];
  dial: Backend['dial'];
  forgetAddress: Backend['forgetAddress'];
  stop(): Promise<void>;
}

export interface SessionInit {
  readonly parts: Parts;
  readonly charter: Charter;
  readonly identity: Identity;
  readonly profile: Profile;
  readonly version: string;
  readonly store: Store;
  readonly options: StartOptions;
  readonly log: Log;
  readonly trace: (event: TraceEvent) => void;
  /** The store is older than what the team has forgotten: it has to make room for an empty one. */
  readonly setAside: () => void;
  /** Records of the team changed: kept outside the store. */
  readonly remember: (records: readonly MemberRecord[]) => Promise<void>;
}

/** Addresses in an invite: more make the text long, not better. */
const INVITE_ADDRESSES_MAX = 8;
/** How often this machine's own addresses are looked at. A laptop that changes its network is found again after this. */
const ADDRESS_POLL_MS = 3_000;
const REMEMBER_MS = 2_000;
/** Addresses that people try at once. */
const DIALS_MAX = 4;

/** @throws when an address cannot be listened on. */
export async function startSession(init: SessionInit): Promise<TeamSession> {
  const { parts, charter, identity, store } = init;
  const invites = new Invites(store, Date.now);
  const kept = await KeptAddresses.open(store);
  const membership = await parts.openMembership({
    charter, identity, store,
    profile: init.profile,
    version: init.version,
    trace: init.trace,
    setAside: init.setAside,
  });
  const { engine } = membership;
  // Whoever was removed has nobody to talk to.
  let host = engine.standing().status === 'removed' ? undefined : await joinNetwork(init, membership, { invites, kept });
  const stopNetwork = async (): Promise<void> => {
    const running = host;
    host = undefined;
    await running?.stop();
  };
  const leaveNetworkIfRemoved = (): void => {
    if (host === undefined || engine.standing().status !== 'removed') return;
    init.log('warn', 'This device was removed from its team.', { by: engine.standing().removal?.by });
    stopNetwork().catch((error: unknown) => init.log('error', 'The network did not stop.', { err: error }));
  };
  const closers = [
    watchAddresses(() => host?.addresses() ?? [], (addresses) => membership.moved(addresses)),
    keepRecords(init, membership),
    engine.onNotice(() => leaveNetworkIfRemoved()),
  ];
  leaveNetworkIfRemoved();

  return {
    charter,
    engine,
    invites,
    addresses: () => host?.addresses() ?? [],
    async invite(expiresInMs) {
      const issued = await invites.issue(expiresInMs);
      const addresses = addressesToTell(host?.addresses() ?? []).slice(0, INVITE_ADDRESSES_MAX);
      const { team } = charter;
      const invite = parts.encodeInvite({ ...issued, teamId: team.id, teamName: team.name, inviter: identity.signer.member, addresses });
      return { invite, inviteId: issued.inviteId, expiresAt: toIso(issued.expiresAt) };
    },
    network: () => host?.seen() ?? null,
    keptAddresses: () => kept.all,
    ...dialling(init, kept, () => host),
    async stop() {
      for (const close of closers) close();
      await engine.stop();
      await stopNetwork();
      if (engine.standing().status !== 'left') await init.remember(membership.records());
    },
  };
}

async function joinNetwork({ parts, identity, charter, options, store, log }: SessionInit, membership: Membership, { invites, kept }: { readonly invites: Invites; readonly kept: KeptAddresses }): Promise<RunningHost> {
  const host = await parts.startHost({
    identity, log,
    team: charter.team,
    listen: options.listen,
    peers: [...new Set([...options.peers, ...kept.all])],
    mdns: options.mdns,
    dht: options.dht,
    gate: membership.gate,
    bootNonce: store.identity.bootNonce,
    join: {
      async redeem(inviteId, provesSecret, joiner, request) {
        // The other copy of this folder holds the same invites: each is for one device.
        if (membership.engine.condition().quarantine !== undefined) return { ok: false, reason: 'quarantined' };
        const asks = membership.mayAdmit(joiner);
        if (asks === 'never' || !(await invites.redeem(inviteId, provesSecret, joiner, asks === 'again'))) return { ok: false, reason: 'refused' };
        log('info', 'A device was let in by an invite.', { joiner });
        return { ok: true, answer: membership.admit(joiner, request) };
      },
    },
  });
  membership.attach(host.transport, host.addresses());
  return host;
}

/** What can never lead to a member is not tried again. */
const HOPELESS: readonly DialOutcome[] = ['turned-away', 'other-peer', 'not-ringleaf', 'self', 'no-address'];

/** Addresses that a person gives while the member runs. */
function dialling({ log, options }: SessionInit, kept: KeptAddresses, running: () => RunningHost | undefined): Pick<TeamSession, 'dial' | 'forgetAddress'> {
  let underWay = 0;
  const drop = (address: string): void => {
    if (!options.peers.includes(address)) running()?.forget(address);
  };
  return {
    async dial(address) {
      const host = running();
      if (host === undefined) throw noTeam();
      if (underWay >= DIALS_MAX) throw new ApiError('OVERLOADED', 'Other addresses are being tried; try this one in a moment.');
      underWay += 1;
      try {
        const { outcome, member = null } = await host.reach(address);
        const isHopeless = HOPELESS.includes(outcome);
        if (isHopeless) drop(address);
        const isKept = await keepOrForget(kept, address, !isHopeless, drop).catch((error: unknown) => {
          log('warn', 'An address could not be kept.', { err: error });
          return false;
        });
        return { outcome, member, kept: isKept };
      } finally {
        underWay -= 1;
      }
    },
    async forgetAddress(address) {
      running()?.forget(address);
      await kept.forget(address).catch((error: unknown) => {
        if (error instanceof StoreReadOnlyError) throw new ApiError('STORE_READ_ONLY', 'The disk refuses: at the next start the address is dialled again.');
        throw error;
      });
    },
  };
}

async function keepOrForget(kept: KeptAddresses, address: string, isWanted: boolean, drop: (address: string) => void): Promise<boolean> {
  if (!isWanted) {
    await kept.forget(address);
    return false;
  }
  const oldest = await kept.keep(address);
  if (oldest !== undefined) drop(oldest);
  return true;
}

/** A machine that has lost its network is still best looked for where it was. */
function watchAddresses(addresses: () => readonly string[], moved: (addresses: readonly string[]) => void): () => void {
  const isLocalTeam = addresses().every(isLoopback);
  const timer = setInterval(() => {
    const now = addresses();
    if (now.length > 0 && (isLocalTeam || !now.every(isLoopback))) moved(now);
  }, ADDRESS_POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function isLoopback(address: string): boolean {
  return address.startsWith('/ip4/127.') || address.startsWith('/ip6/::1/');
}

/** A while after a change, and nothing when nothing changed. */
function keepRecords({ remember, log }: SessionInit, { engine, records }: Membership): () => void {
  let kept = '';
  let timer: NodeJS.Timeout | undefined;
  const keep = (): void => {
    timer = undefined;
    const now = records().map(({ member, incarnation, status }) => `${member} ${incarnation} ${status}`).join();
    if (now === kept || engine.standing().status === 'left') return;
    kept = now;
    remember(records()).catch((error: unknown) => log('warn', 'The charter file could not be written.', { err: error }));
  };
  const schedule = (): void => void (timer ??= setTimeout(keep, REMEMBER_MS).unref());
  schedule();
  const stopNotices = engine.onNotice(({ kind }) => kind === 'members' && schedule());
  return () => {
    clearTimeout(timer);
    stopNotices();
  };
}
