/** A member in its team: the core on the real ports, and the network under it. */
import type { Store, TraceEvent } from '../../p2p/index.ts';
import type { Charter, Engine, Identity, Log, Parts, Profile } from './engine.ts';
import { Invites } from './invites.ts';
import type { StartOptions } from './options.ts';

export interface TeamSession {
  readonly charter: Charter;
  readonly engine: Engine;
  addresses(): readonly string[];
  /** The text of a new invite. */
  invite(expiresInMs: number): Promise<string>;
  stop(): Promise<void>;
}

export interface SessionInit {
  readonly parts: Parts;
  readonly charter: Charter;
  readonly identity: Identity;
  readonly profile: Profile;
  readonly store: Store;
  readonly options: StartOptions;
  readonly log: Log;
  readonly trace: (event: TraceEvent) => void;
}

/** Addresses in an invite: more make the text long, not better. */
const INVITE_ADDRESSES_MAX = 8;

/** @throws when an address cannot be listened on. */
export async function startSession(init: SessionInit): Promise<TeamSession> {
  const { parts, charter, identity, store, options, log } = init;
  const { team } = charter;
  const invites = new Invites(store, Date.now);
  const membership = await parts.openMembership({
    charter, identity, store,
    profile: init.profile,
    trace: init.trace,
  });
  const host = await parts.startHost({
    identity, team, log,
    listen: options.listen,
    peers: options.peers,
    mdns: options.mdns,
    dht: options.dht,
    gate: membership.gate,
    bootNonce: store.identity.bootNonce,
    join: {
      async redeem(inviteId, provesSecret, joiner, request) {
        if (!(await invites.redeem(inviteId, provesSecret, joiner))) return { ok: false, reason: 'refused' };
        log('info', 'A device was let in by an invite.', { joiner });
        return { ok: true, answer: membership.admit(joiner, request) };
      },
    },
  });
  const engine = await membership.attach(host.transport, host.addresses());

  return {
    charter,
    engine,
    addresses: () => host.addresses(),
    async invite(expiresInMs) {
      const issued = await invites.issue(expiresInMs);
      const addresses = host.addresses().slice(0, INVITE_ADDRESSES_MAX);
      return parts.encodeInvite({ ...issued, teamId: team.id, teamName: team.name, inviter: identity.signer.member, addresses });
    },
    async stop() {
      await engine.stop();
      await host.stop();
    },
  };
}
