/**
 * The real parts of a member, bound to what the composition root asks for: storage, libp2p and the
 * engine meet here and nowhere else.
 */
import { DEFAULT_CONFIG, Driver, foundTeam, isActive, isSignedIn, TEAM_NONCE_BYTES, TOKENS_PER_WEIGHT, admitMember } from '../../p2p/index.ts';
import type { MemberId, NodeConfig, Signer } from '../../p2p/index.ts';
import { DeviceKey } from '../../p2p/libp2p/device-key.ts';
import { startHost } from '../../p2p/libp2p/host.ts';
import type { Identity as NetIdentity } from '../../p2p/libp2p/identity.ts';
import { newIdentity } from '../../p2p/libp2p/identity.ts';
import { decodeInvite, encodeInvite, InviteInvalidError } from '../../p2p/libp2p/invite.ts';
import { JoinError, joinTeam } from '../../p2p/libp2p/join.ts';
import type { NetLog } from '../../p2p/libp2p/log.ts';
import { randomBytes } from 'node:crypto';
import { openStore } from '../../storage/index.ts';
import { admitJoiner, asReturning, decodeCharter, encodeCharter } from './charter.ts';
import type { CharterFacts } from './charter.ts';
import type { Charter, Engine, Identity, Log, Membership, MembershipInit, Parts } from './engine.ts';
import { inheritedHints, withInherited } from './inherited-hints.ts';
import { systemClock, systemRandom } from './system-ports.ts';

/** Key pairs of the identities given out, which only the network needs. */
const netIdentities = new WeakMap<Signer, NetIdentity>();

const fixedParts: Omit<Parts, 'openMembership'> = {
  openStore: (dir) => openStore({ dir }),

  openKey: async (dataDir, openers) => {
    const key = await DeviceKey.open(dataDir, openers);
    return {
      get identity() {
        return known(key.identity);
      },
      get protectedBy() {
        return key.protectedBy;
      },
      protect: (protection) => key.protect(protection),
      replace: (identity, why) => key.replace(netIdentityOf(identity), why),
    };
  },

  newIdentity: async () => known(await newIdentity()),

  foundTeam: ({ identity, name, partitions }) => {
    const { signer } = identity;
    const nonce = new Uint8Array(randomBytes(TEAM_NONCE_BYTES));
    const team = foundTeam({ name, partitions, founder: signer.member, nonce });
    const admission = admitMember(team, signer, signer.member, Date.now());
    return charterOf({ team, admission, firstStatus: 'up', introduced: [] });
  },

  readCharter: (bytes, { signer }) => {
    const facts = decodeCharter(bytes);
    return isSignedIn(facts.team, signer.member, facts.admission, signer) ? charterOf(facts) : undefined;
  },

  teamOf: (charter) => decodeCharter(charter).team,

  introduce: (charter, introduced) => charterOf({ ...decodeCharter(charter.bytes), introduced }),

  reenter: (charter, { signer }) => charterOf(asReturning(decodeCharter(charter.bytes), signer.member)),

  acceptAdmission: (invite, answer, { signer }) => {
    const { teamId } = decodeInvite(invite);
    const facts = decodeCharter(answer);
    const isForUs = isSignedIn(facts.team, signer.member, facts.admission, signer);
    if (facts.team.id !== teamId || !isForUs) throw new Error('the answer is not to this invite');
    const isKnown = facts.introduced.some(({ member }) => member === facts.admission.by);
    if (!isKnown) throw new Error('the answer does not introduce who admitted this device');
    return charterOf(facts);
  },

  startHost: (init) =>
    startHost({
      ...init,
      identity: netIdentityOf(init.identity),
      log: netLog(init.log),
      join: {
        redeem: async (inviteId, proofCheck, joiner, payload) => {
          const result = await init.join.redeem(Buffer.from(inviteId).toString('hex'), proofCheck, joiner, payload);
          return result.ok ? result.answer : undefined;
        },
      },
    }),

  encodeInvite: (invite) =>
    encodeInvite({ ...invite, inviteId: new Uint8Array(Buffer.from(invite.inviteId, 'hex')) }),

  readInvite: (invite) => {
    try {
      const { teamId, teamName, inviter, expiresAt } = decodeInvite(invite);
      return { ok: true, teamId, teamName, inviter, expiresAt };
    } catch (error) {
      if (error instanceof InviteInvalidError) return { ok: false, message: error.message };
      throw error;
    }
  },

  joinTeam: async ({ identity, invite, request, timeoutMs, log }) => {
    try {
      const answer = await joinTeam({ identity: netIdentityOf(identity), invite, payload: request, timeoutMs, log: netLog(log) });
      return { ok: true, answer };
    } catch (error) {
      if (error instanceof InviteInvalidError || error instanceof JoinError) return { ok: false, code: error.code, message: error.message };
      throw error;
    }
  },
};

export const realParts = partsWith(DEFAULT_CONFIG);

/** @param config Of the engine. Another one than the default is for tests, which have no month to wait. */
export function partsWith(config: NodeConfig): Parts {
  return { ...fixedParts, openMembership: (init) => openMembership(init, config) };
}

async function openMembership({ charter, identity, profile, version, store, trace, setAside }: MembershipInit, config: NodeConfig): Promise<Membership> {
  const { team, admission, firstStatus, introduced } = decodeCharter(charter.bytes);
  const clock = systemClock();
  const { signer } = identity;
  const driver = await Driver.start({
    team,
    profile: { ...profile, admission, firstStatus, introduced },
    store,
    clock,
    random: systemRandom(),
    signer,
    config,
    release: version,
    trace,
    setAside,
  });
  const hintsFor = (member: MemberId): number => store.counts().hints.get(member) ?? 0;
  const inherited = inheritedHints(store);
  const members: Engine['members'] = () =>
    driver.members().map((snapshot) => ({ ...snapshot, hintsFor: hintsFor(snapshot.record.member) }));
  const engine: Engine = {
    execute: (command) => driver.execute(command),
    onNotice: (handler) => driver.onNotice(handler),
    members,
    nameOf: (member) => driver.nameOf(member),
    personOf: (member) => driver.personOf(member),
    ring: () => ({ ...driver.ring(), tokensPerMember: TOKENS_PER_WEIGHT }),
    bucketSettings: (bucket) => driver.bucketSettings(bucket),
    antiEntropy: () => driver.antiEntropy(),
    scrub: () => driver.scrub(),
    standing: () => driver.standing(),
    leaveWaitsFor: () => driver.leaveWaitsFor(),
    condition: () => driver.condition(),
    merging: () => driver.merging(),
    transfers: () => driver.transfers(),
    reaping: () => driver.reaping(),
    hintRoom: () => driver.hintRoom(),
    writes: () => withInherited(driver.writes(), inherited()),
    overview: () => {
      const all = members();
      return {
        partitionsOwned: all.find(({ record }) => record.member === signer.member)?.partitionsOwned ?? 0,
        alive: all.filter(({ record, liveness }) => isActive(record.status) && liveness === 'alive').length,
        members: all.filter(({ record }) => isActive(record.status)).length,
      };
    },
    stop: () => {
      driver.stop();
      clock.stop();
      return Promise.resolve();
    },
  };
  return {
    gate: driver.gate,
    engine,
    records: () => driver.records(),
    mayAdmit: (joiner) => {
      const record = driver.records().find(({ member }) => member === joiner);
      if (record?.removal !== undefined || !isActive(driver.standing().status)) return 'never';
      return record === undefined ? 'first' : 'again';
    },
    admit: (joiner) => admitJoiner(team, signer, joiner, driver.records()),
    attach: (transport, addresses) => driver.attach(transport, addresses),
    moved: (addresses) => driver.moved(addresses),
  };
}

function known(identity: NetIdentity): Identity {
  netIdentities.set(identity.signer, identity);
  return { signer: identity.signer };
}

function charterOf(facts: CharterFacts): Charter {
  return { team: facts.team, bytes: encodeCharter(facts) };
}

function netIdentityOf({ signer }: Identity): NetIdentity {
  const identity = netIdentities.get(signer);
  if (identity === undefined) throw new Error('this identity was not loaded here');
  return identity;
}

function netLog(log: Log): NetLog {
  return {
    debug: (facts, line) => log('debug', line, facts),
    info: (facts, line) => log('info', line, facts),
    warn: (facts, line) => log('warn', line, facts),
  };
}
