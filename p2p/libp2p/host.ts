/**
 * The network of one member: libp2p behind the Transport port. Everything that a connection may
 * do before its admission is in `links.ts` and `guard.ts`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, ConnectionGater } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Gate, Lane, PeerEvent, Transport } from '../ports.ts';
import type { MemberId, Team } from '../types.ts';
import { FRAME_BYTES } from '../wire/limits.ts';
import { Arrivals } from './arrivals.ts';
import { startBroadcasts } from './broadcasts.ts';
import { byHand, Dialler } from './dialler.ts';
import type { DialOutcome } from './dial-failure.ts';
import { NoAddressError, outcomeOf } from './dial-failure.ts';
import type { NetworkSeen } from './encounters.ts';
import { Encounters } from './encounters.ts';
import type { Identity } from './identity.ts';
import { JOIN_PROTOCOL, JOIN_TIMEOUT_MS, serveJoin } from './join.ts';
import type { JoinDesk } from './join.ts';
import { createNode } from './libp2p-node.ts';
import type { RingleafNode } from './libp2p-node.ts';
import * as bounds from './limits.ts';
import { LANE_PROTOCOLS, Links } from './links.ts';
import { reasonOf } from './log.ts';
import type { NetLog } from './log.ts';
import { teamSecret } from './team-proof.ts';
import { teamTags } from './team-tag.ts';

export interface HostInit {
  readonly identity: Identity;
  readonly team: Pick<Team, 'id' | 'nonce'>;
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[];
  /** Multiaddrs to dial too, with or without `/p2p/…`. */
  readonly peers: readonly string[];
  readonly mdns: boolean;
  readonly dht: boolean;
  readonly gate: Gate;
  readonly join: JoinDesk;
  readonly bootNonce: string;
  readonly log: NetLog;
  readonly limits?: Partial<bounds.HostLimits>;
}

export interface ConnectionInfo {
  readonly member: MemberId;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly admitted: boolean;
  readonly queuedBytes: number;
  readonly droppedFrames: number;
  /** Large ones of the peer for which there was no room. */
  readonly skippedFrames: number;
}

export interface Host {
  readonly transport: Transport;
  /** Where this node listens, `/p2p/…` included. */
  addresses(): string[];
  connections(): ConnectionInfo[];
  /** What it has met with lately. */
  seen(): NetworkSeen;
  /** Dials an address now, and goes on dialling it until `forget`. Never rejects. */
  reach(address: string): Promise<Reached>;
  /** An address that a person gave is no longer dialled. */
  forget(address: string): void;
  stop(): Promise<void>;
}

export interface Reached {
  readonly outcome: DialOutcome;
  /** Who answered there; `undefined` when nobody did, or it could not prove who it is. */
  readonly member: MemberId | undefined;
}

const LANES: readonly Lane[] = ['quorum', 'bulk'];
const IDENTIFY_TRIES_MAX = 3;
const IDENTIFY_PAUSE_MS = 500;

/** @throws when an address cannot be listened on. */
export async function startHost(init: HostInit): Promise<Host> {
  const tags = teamTags(init.team.id);
  const limits = { ...bounds.DEFAULT_HOST_LIMITS, ...init.limits };
  const { gate, log, identity } = init;
  const nowMs = (): number => performance.now();
  const encounters = new Encounters(nowMs, init.mdns);
  const handlers: Handlers = { frame: () => undefined, peer: () => undefined };

  const onPeer = (event: PeerEvent): void => {
    if (event.kind === 'connected') {
      dialler.connected(event.member);
      encounters.admitted(event.member);
    }
    if (event.kind === 'disconnected') dialler.disconnected(event.member);
    handlers.peer(event);
  };
  const onFrame = (from: MemberId, frame: Uint8Array): void => {
    handlers.frame(from, frame);
  };
  const links = new Links({
    self: identity.peerId, teamSecret: teamSecret(init.team), bootNonce: init.bootNonce, gate, limits, log, nowMs, onFrame, onPeer,
    onReady: (connection) => void identifyMember(node, connection, log),
    onShut: (member, outcome) => encounters.shut(member, outcome),
    onRefused: (by, reason) => encounters.refused(by, reason),
    onStranger: (peer) => encounters.stranger(peer),
  });
  const dialler = new Dialler({
    self: identity.peerId, nowMs,
    isMember: (member) => gate.isMember(member),
    isConnected: (member) => links.isConnected(member),
    dial: async (member, addresses) => dialOrFind({ node, log }, member, addresses),
    onDialled: (target, outcome) => encounters.dialled(target, outcome),
    onFailed: (member, reason) => onPeer({ kind: 'dial-failed', member, reason }),
  });
  const node = await createNode({
    identity, tags, listen: init.listen, mdns: init.mdns, dht: init.dht,
    doorkeeper: () => links,
    onFound: (peer) => {
      encounters.heard(peer.id.toString());
      dialler.discovered(peer.id.toString(), peer.multiaddrs.map(String));
    },
    gater: gaterOf(dialler),
  });

  await serveProtocols(node, links, init);
  try {
    await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  const broadcast = startBroadcasts({ pubsub: node.services.pubsub, topic: tags.topic, gate, log, onFrame });
  addPeers(dialler, init);
  const ticking = setInterval(() => {
    links.sweep();
    dialler.tick();
  }, bounds.TICK_MS);
  dialler.tick();

  return {
    transport: transportOf({ links, dialler, log, handlers }, broadcast),
    addresses: () => node.getMultiaddrs().map(String),
    connections: () => describe(links),
    seen: () => encounters.seen(),
    reach: (address) => reach({ node, links, dialler, encounters }, address),
    forget: (address) => forget({ dialler, encounters }, address),
    stop: async () => {
      clearInterval(ticking);
      await node.stop();
    },
  };
}

function addPeers(dialler: Dialler, { peers, log }: HostInit): void {
  for (const peer of peers) {
    if (!dialler.addByHand(peer)) log.warn({ peer }, 'This is no multiaddr; it is not dialled.');
  }
}

/** Who hears of frames and peers; the driver comes after the host. */
interface Handlers {
  frame: (from: MemberId, frame: Uint8Array) => void;
  peer: (event: PeerEvent) => void;
}

interface TransportParts {
  readonly links: Links;
  readonly dialler: Dialler;
  readonly log: NetLog;
  readonly handlers: Handlers;
}

function transportOf({ links, dialler, log, handlers }: TransportParts, broadcast: Transport['broadcast']): Transport {
  return {
    send: (to, lane, frame) => {
      if (frame.byteLength > FRAME_BYTES) {
        log.warn({ to, lane, bytes: frame.byteLength }, 'A frame is too large and was dropped.');
      } else links.send(to, lane, frame);
    },
    broadcast,
    drop: (member) => {
      // Closing is told at once, and the caller is in the midst of something.
      queueMicrotask(() => {
        links.drop(member, 'no answer');
      });
    },
    introduce: (peers) => {
      for (const peer of peers) dialler.introduce(peer.member, peer.addresses);
    },
    onFrame: (handler) => {
      handlers.frame = handler;
    },
    onPeer: (handler) => {
      handlers.peer = handler;
    },
  };
}

/** Whom to dial, and for which of those who come there is room. */
function gaterOf(dialler: Dialler): ConnectionGater {
  const arrivals = new Arrivals({ max: bounds.INBOUND_PENDING_MAX, isMembers: (host) => dialler.memberHosts.has(host) });
  return {
    denyInboundConnection: (connection) => !arrivals.came(connection),
    denyInboundUpgradedConnection: (_, connection) => {
      arrivals.proved(connection);
      return false;
    },
    denyDialPeer: (peer) => !dialler.mayDial(peer.toString()),
  };
}

type LaneHandler = Parameters<RingleafNode['handle']>[1];

/** What happens on connections: lanes for members, the join protocol for whoever has an invite. */
async function serveProtocols(node: RingleafNode, links: Links, { team, join, gate, log, identity }: HostInit): Promise<void> {
  node.addEventListener('connection:open', (event) => {
    links.opened(event.detail);
  });
  node.addEventListener('connection:close', (event) => {
    links.closed(event.detail);
    void forgetStranger(node, event.detail, gate);
  });
  for (const lane of LANES) {
    const accept = (...[stream, connection]: Parameters<LaneHandler>): void => {
      links.accept(stream, connection, lane);
    };
    await node.handle(LANE_PROTOCOLS[lane], accept, { maxInboundStreams: 1, maxOutboundStreams: 1 });
  }
  const inviter = { teamId: team.id, inviter: identity.peerId, desk: join, log };
  await node.handle(JOIN_PROTOCOL, async (stream, connection) => {
    links.extendDeadline(connection, JOIN_TIMEOUT_MS);
    await serveJoin(stream, connection, inviter);
  }, { maxInboundStreams: 1 });
}

/** What gossipsub and the DHT wait for. The other side may still be a moment from ready. */
async function identifyMember(node: RingleafNode, connection: Connection, log: NetLog): Promise<void> {
  for (let tries = 1; tries <= IDENTIFY_TRIES_MAX && connection.status === 'open'; tries += 1) {
    try {
      await node.services.identify.identify(connection);
      return;
    } catch (error) {
      log.debug({ tries, reason: reasonOf(error) }, 'Identify failed.');
      await delay(IDENTIFY_PAUSE_MS * tries, undefined, { ref: false });
    }
  }
}

/** Dials what is known; when that fails, asks the DHT where the member is now. */
async function dialOrFind(
  { node, log }: { readonly node: RingleafNode; readonly log: NetLog },
  member: MemberId | undefined,
  addresses: readonly Multiaddr[],
): Promise<MemberId> {
  try {
    if (addresses.length === 0) throw new NoAddressError('No address of this member is known.');
    return await dial(node, addresses);
  } catch (error) {
    const better = member === undefined ? [] : await findAddresses(node, member);
    if (better.length === 0) throw error;
    log.info({ member, addresses: better.map(String) }, 'The DHT knows where this member is now.');
    return dial(node, better);
  }
}

async function dial(node: RingleafNode, addresses: readonly Multiaddr[]): Promise<MemberId> {
  const signal = AbortSignal.timeout(bounds.DIAL_TIMEOUT_MS);
  const connection = await node.dial([...addresses], { signal });
  return connection.remotePeer.toString();
}

async function findAddresses(node: RingleafNode, member: MemberId): Promise<Multiaddr[]> {
  // Without a DHT and a peer to ask there is nobody to wait for.
  if (node.services.dht === undefined || node.getConnections().length === 0) return [];
  try {
    const signal = AbortSignal.timeout(bounds.FIND_PEER_TIMEOUT_MS);
    // The cache is this node's own peer store: the very addresses that have just failed.
    const found = await node.peerRouting.findPeer(peerIdFromString(member), { signal, useCache: false });
    return found.multiaddrs.map((address) =>
      address.toString().includes('/p2p/') ? address : address.encapsulate(`/p2p/${member}`),
    );
  } catch {
    return [];
  }
}

interface ReachParts {
  readonly node: RingleafNode;
  readonly links: Links;
  readonly dialler: Dialler;
  readonly encounters: Encounters;
}

/** To be connected is not to be let in: the other side's word is waited for. */
async function reach({ node, links, dialler, encounters }: ReachParts, address: string): Promise<Reached> {
  let member: MemberId;
  try {
    member = await dialler.tryNow(address);
  } catch (error) {
    return { outcome: outcomeOf(error), member: undefined };
  }
  const connection = node.getConnections(peerIdFromString(member)).find(({ status }) => status === 'open');
  if (connection !== undefined) await links.whenAdmitted(connection, bounds.HELD_STREAMS_MAX);
  if (links.isConnected(member)) return { outcome: 'reached', member };
  const outcome = encounters.outcomeAt(byHand(address));
  return { outcome: outcome === undefined || outcome === 'knocking' ? 'turned-away' : outcome, member };
}

function forget({ dialler, encounters }: Pick<ReachParts, 'dialler' | 'encounters'>, address: string): void {
  dialler.forget(address);
  encounters.forget(byHand(address));
}

/** libp2p's peer store would keep one entry for each stranger that ever knocked. */
async function forgetStranger(node: RingleafNode, connection: Connection, gate: Gate): Promise<void> {
  if (gate.isMember(connection.remotePeer.toString())) return;
  await node.peerStore.delete(connection.remotePeer).catch(() => undefined);
}

function describe(links: Links): ConnectionInfo[] {
  return links.all().map((link) => {
    const lanes = Object.values(link.lanes);
    const writers = lanes.map((lane) => lane.writer);
    return {
      member: link.member,
      address: link.connection.remoteAddr.toString(),
      direction: link.connection.direction,
      admitted: link.ready,
      queuedBytes: writers.reduce((sum, writer) => sum + writer.queuedBytes, 0),
      droppedFrames: writers.reduce((sum, writer) => sum + writer.droppedFrames, 0),
      skippedFrames: lanes.reduce((sum, lane) => sum + lane.skippedFrames, 0),
    };
  });
}
