import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { identify } from '@libp2p/identify';
import type { Connection } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { INBOUND_PENDING_MAX } from '../../../../p2p/libp2p/limits.ts';
import { LANE_PROTOCOLS } from '../../../../p2p/libp2p/links.ts';
import { teamTags } from '../../../../p2p/libp2p/team-tag.ts';
import { encodeHello } from '../../../../p2p/libp2p/hello.ts';
import { PROOF_MAX_BYTES, teamSecret } from '../../../../p2p/libp2p/team-proof.ts';
import { fakeGate, introduce, isConnected, newIdentity, startPeer, teamOf, until } from './harness.ts';
import { openRawLane, rawLane } from './raw-lane.ts';

const options = { timeout: 30_000 };
const ADMISSION_TIMEOUT_MS = 1_500;
const limits = { admissionTimeoutMs: ADMISSION_TIMEOUT_MS, strangersMax: 3 };
const tags = teamTags('team-1');

/** A test that fails half-way leaves nodes behind: their sockets would keep its process alive. */
const nodes = new Set<{ stop(): Promise<void> | void }>();
after(() => Promise.all([...nodes].map(async (node) => node.stop())));

async function stranger(listen: string[] = []) {
  const { privateKey } = await newIdentity();
  const node = await createLibp2p({
    privateKey,
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
    services: { identify: identify({ runOnConnectionOpen: false, timeout: 1_000 }) },
  });
  nodes.add(node);
  return node;
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

test('SC-11 a stranger that stands where a member dials is shown nothing, whatever it answers', options, async () => {
  const node = await stranger(['/ip4/127.0.0.1/tcp/0']);
  const other = await startPeer(new Set(), { limits });
  const said: Uint8Array[] = [];
  const answers = [
    // Nothing of the right length, something of it, and what a true member answers to the same nonce.
    async (nonce: Uint8Array) => nonce.slice(0, 5),
    async () => new Uint8Array(PROOF_MAX_BYTES),
    async (nonce: Uint8Array) => {
      const lane = rawLane(await (await node.dial(multiaddr(other.host.addresses()[0] ?? ''))).newStream(LANE_PROTOCOLS.quorum));
      lane.say(nonce);
      return lane.next();
    },
  ];
  let lanes = 0;
  await node.handle(LANE_PROTOCOLS.quorum, async (stream) => {
    const answer = answers[lanes % answers.length];
    lanes += 1;
    const lane = rawLane(stream);
    const nonce = await lane.next();
    said.push(nonce);
    lane.say((await answer?.(nonce)) ?? nonce);
    void delay(200).then(() => {
      stream.abort(new Error('heard enough'));
    });
    for (;;) said.push(await lane.next());
  });
  const secret = 'a name, addresses and the chain of admissions';
  const gate = { ...fakeGate(new Set()), credentials: () => new TextEncoder().encode(secret) };
  const host = await startPeer(new Set(), { gate, limits, peers: [String(node.getMultiaddrs()[0])] });
  await until(() => lanes > answers.length, 'it was dialled again and again', 25_000);
  const length = (bytes: Uint8Array): number => bytes.byteLength;
  assert.deepEqual(new Set(said.map(length)), new Set([32, 0]));
  assert.equal(host.events.some(({ kind }) => kind === 'connected'), false);
  await Promise.all([node.stop(), host.host.stop(), other.host.stop()]);
});

test('SC-11 who cannot prove that it is of the team is reset with its first word; who can and is no member, at its hello', options, async () => {
  const host = await startPeer(new Set(), { limits });
  const node = await stranger();
  const knock = async (): Promise<Connection> => node.dial(multiaddr(host.host.addresses()[0] ?? ''));
  const blind = await knock();
  const lane = rawLane(await blind.newStream(LANE_PROTOCOLS.quorum));
  lane.say(new Uint8Array(32));
  assert.equal((await lane.next()).byteLength, PROOF_MAX_BYTES, 'random to whoever does not know the team');
  lane.say(new Uint8Array(32));
  await until(() => blind.status !== 'open', 'closed at once', ADMISSION_TIMEOUT_MS / 2);
  assert.equal(host.host.seen().otherTeams.devices, 1);

  const knowing = await knock();
  const proven = await openRawLane(knowing, 'quorum', node.peerId.toString(), teamSecret(teamOf('team-1')));
  let received = 0;
  proven.stream.addEventListener('message', (event) => {
    received += event.data.byteLength;
  });
  proven.say(encodeHello({ version: 1, bootNonce: 'n', credentials: new Uint8Array(3) }));
  await until(() => knowing.status !== 'open', 'closed at once', ADMISSION_TIMEOUT_MS / 2);
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
  const strangers = await Promise.all(Array.from({ length: 6 }, async () => stranger()));
  await Promise.allSettled(strangers.map(async (node) => node.dial(multiaddr(host.host.addresses()[0] ?? ''))));
  await delay(300);
  assert.ok(host.host.connections().length <= 3);
  const friend = await startPeer(members);
  members.add(host.id).add(friend.id);
  introduce(friend, host);
  await until(() => isConnected(host, friend.id), 'the member');
  await Promise.all([...strangers.map(async (node) => node.stop()), host.host.stop(), friend.host.stop()]);
});

test('SC-19 who is let in holds no place of a stranger any more', options, async () => {
  const known = new Set<string>();
  const gate = { ...fakeGate(known), admit: (from: string) => known.add(from).size > 0 };
  const host = await startPeer(known, { gate, limits: { admissionTimeoutMs: 4_000, strangersMax: 1 } });
  const friend = await startPeer(new Set([host.id]));
  introduce(friend, host);
  await until(() => isConnected(host, friend.id), 'let in by what it shows');
  const nodes = [await stranger(), await stranger()];
  gate.admit = () => false;
  for (const node of nodes) await node.dial(multiaddr(host.host.addresses()[0] ?? '')).catch(() => undefined);
  await until(() => host.host.connections().length === 2, 'one stranger is left');
  assert.deepEqual(host.events.map(({ kind }) => kind), ['connected']);
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
