import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { INBOUND_PENDING_MAX } from '../../../../p2p/libp2p/limits.ts';
import { LANE_PROTOCOLS } from '../../../../p2p/libp2p/links.ts';
import { teamTags } from '../../../../p2p/libp2p/team-tag.ts';
import { encodeHello } from '../../../../p2p/libp2p/hello.ts';
import { introduce, isConnected, newIdentity, startPeer, until } from './harness.ts';

const options = { timeout: 30_000 };
const ADMISSION_TIMEOUT_MS = 1_500;
const limits = { admissionTimeoutMs: ADMISSION_TIMEOUT_MS, strangersMax: 3 };
const tags = teamTags('team-1');

async function stranger() {
  const { privateKey } = await newIdentity();
  return createLibp2p({
    privateKey,
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify({ runOnConnectionOpen: false, timeout: 1_000 }) },
  });
}

test('a stranger gets no identify, ping, gossip or kad answer, and is shown the door', options, async () => {
  const members = new Set<string>();
  const host = await startPeer(members, { dht: true, limits });
  const friend = await startPeer(members);
  members.add(host.id).add(friend.id);
  introduce(friend, host);
  await until(() => isConnected(host, friend.id), 'a member is in');
  const node = await stranger();
  const startMs = performance.now();
  const connection = await node.dial(multiaddr(host.host.addresses()[0] ?? ''));
  let received = 0;
  const protocols = ['/ipfs/id/1.0.0', '/ipfs/ping/1.0.0', '/meshsub/1.1.0', tags.kadProtocol];
  for (const protocol of protocols) {
    const stream = await connection.newStream(protocol);
    stream.addEventListener('message', (event) => {
      received += event.data.byteLength;
    });
    stream.send(new Uint8Array(32));
  }
  host.host.transport.broadcast(new Uint8Array([1]));
  await assert.rejects(node.services.identify.identify(connection));
  await until(() => connection.status !== 'open', 'closed after the deadline');
  assert.ok(performance.now() - startMs > ADMISSION_TIMEOUT_MS - 100);
  assert.equal(received, 0);
  assert.ok(isConnected(host, friend.id));
  assert.equal(host.events.some((event) => event.member === node.peerId.toString()), false);
  await Promise.all([node.stop(), host.host.stop(), friend.host.stop()]);
});

test('a hello with the right tag but no membership is reset without an answer', options, async () => {
  const members = new Set<string>();
  const host = await startPeer(members, { limits });
  const node = await stranger();
  const connection = await node.dial(multiaddr(host.host.addresses()[0] ?? ''));
  const stream = await connection.newStream(LANE_PROTOCOLS.quorum);
  let received = 0;
  stream.addEventListener('message', (event) => {
    received += event.data.byteLength;
  });
  const hello = encodeHello({
    version: 1, teamTag: tags.hello, bootNonce: 'n', credentials: new Uint8Array(3),
  });
  stream.send(new Uint8Array([0, 0, 0, hello.byteLength]));
  stream.send(hello);
  await until(() => connection.status !== 'open', 'closed at once');
  assert.equal(received, 0);
  assert.equal(host.events.length, 0);
  await Promise.all([node.stop(), host.host.stop()]);
});

test('a claimed frame of 1 GiB ends the connection', options, async () => {
  const host = await startPeer(new Set(), { limits: { admissionTimeoutMs: 20_000 } });
  const node = await stranger();
  const connection = await node.dial(multiaddr(host.host.addresses()[0] ?? ''));
  const stream = await connection.newStream(LANE_PROTOCOLS.quorum);
  stream.send(new Uint8Array([0x40, 0, 0, 0, 1, 2, 3]));
  await until(() => connection.status !== 'open', 'closed');
  await Promise.all([node.stop(), host.host.stop()]);
});

test('strangers are bounded in number; a member still gets in', options, async () => {
  const members = new Set<string>();
  const host = await startPeer(members, { limits: { admissionTimeoutMs: 4_000, strangersMax: 3 } });
  const nodes = await Promise.all(Array.from({ length: 6 }, stranger));
  await Promise.allSettled(nodes.map(async (node) => node.dial(multiaddr(host.host.addresses()[0] ?? ''))));
  await delay(300);
  assert.ok(host.host.connections().length <= 3);
  const friend = await startPeer(members);
  members.add(host.id).add(friend.id);
  introduce(friend, host);
  await until(() => isConnected(host, friend.id), 'the member');
  await Promise.all([...nodes.map(async (node) => node.stop()), host.host.stop(), friend.host.stop()]);
});

test('who was refused is let in once it is admitted', options, async () => {
  const ofHost = new Set<string>();
  const ofOther = new Set<string>();
  const host = await startPeer(ofHost, { limits });
  const other = await startPeer(ofOther);
  ofOther.add(host.id).add(other.id);
  introduce(other, host);
  await delay(1_000);
  assert.equal(isConnected(other, host.id), false);
  assert.deepEqual(other.events.filter((event) => event.kind === 'connected'), []);
  ofHost.add(other.id);
  await until(() => isConnected(other, host.id) && isConnected(host, other.id), 'admitted');
  await Promise.all([host.host.stop(), other.host.stop()]);
});

test('SC-5 one key running twice is let in nowhere, and both runs are told why', options, async () => {
  const members = new Set<string>();
  const host = await startPeer(members);
  const identity = await newIdentity();
  members.add(host.id).add(identity.peerId);
  const [one, two] = await Promise.all([
    startPeer(members, { identity, peers: host.host.addresses() }),
    startPeer(members, { identity, peers: host.host.addresses() }),
  ]);
  const isTold = (copy: typeof one): boolean => copy.events.some((event) => event.kind === 'refused-as-copy' && event.member === host.id);
  await until(() => host.events.some((event) => event.kind === 'copied'), 'the observer knows', 15_000);
  await until(() => isTold(one) && isTold(two), 'both are told', 20_000);
  await until(() => !isConnected(host, identity.peerId), 'neither copy is in');
  await Promise.all([host.host.stop(), one.host.stop(), two.host.stop()]);
});

test('SC-4 a stranger who holds silent sockets keeps no member out', options, async () => {
  const members = new Set<string>();
  const host = await startPeer(members);
  const port = Number(/tcp\/(\d+)/.exec(host.host.addresses()[0] ?? '')?.[1]);
  const sockets = new Set<Socket>();
  let isOver = false;
  const hold = (): void => {
    if (isOver) return;
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.2' });
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      setTimeout(hold, 100);
    });
  };
  for (let at = 0; at < INBOUND_PENDING_MAX + 16; at += 1) hold();
  try {
    await until(() => sockets.size >= INBOUND_PENDING_MAX, 'they are held');
    await delay(300);
    const friend = await startPeer(members);
    members.add(host.id).add(friend.id);
    introduce(friend, host);
    await until(() => isConnected(host, friend.id), 'the member is in');
  } finally {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  }
});
