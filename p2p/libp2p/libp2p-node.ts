/** The libp2p node of a host: which modules, with which bounds, behind which guard. */
import { gossipsub } from '@chainsafe/libp2p-gossipsub';
import { identify } from '@libp2p/identify';
import type { ConnectionGater, PeerInfo } from '@libp2p/interface';
import { kadDHT, passthroughMapper } from '@libp2p/kad-dht';
import { mdns } from '@libp2p/mdns';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';
import type { Doorkeeper } from './guard.ts';
import { guarded } from './guard.ts';
import type { Identity } from './identity.ts';
import { joinedNoise } from './joined-noise.ts';
import { lazyYamux } from './lazy-yamux.ts';
import * as limits from './limits.ts';
import { silentLogger } from './log.ts';
import type { TeamTags } from './team-tag.ts';

export interface NodeInit {
  readonly identity: Identity;
  readonly tags: TeamTags;
  readonly listen: readonly string[];
  readonly mdns: boolean;
  readonly dht: boolean;
  readonly gater: ConnectionGater;
  /** Asked only once the node runs. */
  readonly doorkeeper: () => Doorkeeper;
  readonly onFound: (peer: PeerInfo) => void;
}

export type RingleafNode = Awaited<ReturnType<typeof createNode>>;

/** Makes the node, not yet started. */
export async function createNode(init: NodeInit) {
  return createLibp2p({
    start: false,
    privateKey: init.identity.privateKey,
    addresses: { listen: [...init.listen] },
    transports: [tcp({ maxConnections: limits.CONNECTIONS_MAX + limits.INBOUND_PENDING_MAX })],
    connectionEncrypters: [joinedNoise()],
    streamMuxers: [
      lazyYamux({
        maxInboundStreams: limits.STREAMS_PER_CONNECTION_MAX,
        maxOutboundStreams: limits.STREAMS_PER_CONNECTION_MAX,
      }),
    ],
    connectionGater: init.gater,
    connectionManager: {
      maxConnections: limits.CONNECTIONS_MAX,
      inboundConnectionThreshold: limits.INBOUND_CONNECTIONS_PER_SECOND_MAX,
      // Bounded by `Arrivals`: libp2p would turn the newcomer away, whoever has taken all the room.
      maxIncomingPendingConnections: Number.POSITIVE_INFINITY,
      inboundUpgradeTimeout: limits.INBOUND_UPGRADE_TIMEOUT_MS,
      maxParallelDials: limits.DIALS_AT_ONCE_MAX,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      reconnectRetries: 0,
    },
    // A new stream for each ping of each peer is what an idle team would spend most on. The core's
    // own exchanges show who answers, and it has the connections of others dropped.
    connectionMonitor: { enabled: false },
    ...(process.env['DEBUG'] === undefined ? { logger: silentLogger() } : {}),
    peerDiscovery: init.mdns ? [discovery(init)] : [],
    services: {
      // Run by hand after admission: identify tells addresses and protocols.
      identify: guarded(identify({ runOnConnectionOpen: false, maxInboundStreams: 2 }), init.doorkeeper),
      ping: guarded(ping(), init.doorkeeper),
      pubsub: guarded(gossip(init.tags.topic), init.doorkeeper),
      dht: init.dht ? guarded(lanDht(init.tags.kadProtocol), init.doorkeeper) : () => undefined,
    },
  });
}

function gossip(topic: string): ReturnType<typeof gossipsub> {
  return gossipsub({
    allowPublishToZeroTopicPeers: true,
    allowedTopics: [topic],
    emitSelf: false,
    fallbackToFloodsub: false,
    maxInboundDataLength: limits.BROADCAST_MAX_BYTES * 4,
    maxOutboundBufferSize: limits.BROADCAST_QUEUE_MAX_BYTES,
    // More than ten peers on one address are graylisted in silence by default. An office behind
    // one NAT, and every test on loopback, is just that; strangers are kept out by the Gate.
    scoreParams: { IPColocationFactorWeight: 0 },
  });
}

function lanDht(protocol: string): ReturnType<typeof kadDHT> {
  return kadDHT({
    protocol,
    // The default mapper drops private addresses: on a LAN all of them.
    peerInfoMapper: passthroughMapper,
    allowQueryWithZeroPeers: true,
    clientMode: false,
  });
}

function discovery(init: NodeInit): ReturnType<typeof mdns> {
  const make = mdns({ serviceTag: init.tags.mdnsService });
  return (components) => {
    const found = make(components);
    // The service's own event: libp2p's `peer:discovery` also fires for peers that dial us.
    found.addEventListener('peer', (event) => {
      init.onFound(event.detail);
    });
    return found;
  };
}
