import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { LARGE_FRAME_BYTES } from '../../../../p2p/libp2p/limits.ts';
import { FRAME_BYTES } from '../../../../p2p/wire/limits.ts';
import type { Identity } from '../../../../p2p/libp2p/identity.ts';
import { fakeGate, introduce, isConnected, newIdentity, startPeer, until } from './harness.ts';
import type { Peer } from './harness.ts';

const options = { timeout: 30_000 };

async function pair(): Promise<[Peer, Peer, Set<string>]> {
  const members = new Set<string>();
  const [a, b] = await Promise.all([startPeer(members), startPeer(members)]);
  members.add(a.id).add(b.id);
  return [a, b, members];
}

async function connect(a: Peer, b: Peer): Promise<void> {
  introduce(a, b);
  await until(() => isConnected(a, b.id) && isConnected(b, a.id), 'both sides connected');
}

async function stopAll(...peers: Peer[]): Promise<void> {
  await Promise.all(peers.map((peer) => peer.host.stop()));
}

test('frames arrive whole and in order, on both lanes, both ways', options, async () => {
  const [a, b] = await pair();
  await connect(a, b);
  assert.deepEqual(a.events.map((event) => event.kind), ['connected']);
  for (let index = 0; index < 2_000; index += 1) {
    const frame = new Uint8Array(index).fill(index % 251);
    a.host.transport.send(b.id, 'quorum', frame);
    b.host.transport.send(a.id, 'bulk', frame);
  }
  await until(() => b.frames.length === 2_000 && a.frames.length === 2_000, 'all frames');
  for (const [index, { from, frame }] of b.frames.entries()) {
    assert.equal(from, a.id);
    assert.equal(frame.byteLength, index);
    assert.ok(frame.every((byte) => byte === index % 251));
  }
  assert.deepEqual(a.frames.map(({ frame }) => frame.byteLength), b.frames.map(({ frame }) => frame.byteLength));
  await stopAll(a, b);
});

test('WR-8 a frame of 12 MiB passes on either lane, one larger than any is refused, and the lane lives on', options, async () => {
  const [a, b] = await pair();
  await connect(a, b);
  const large = Uint8Array.from({ length: 12 * 1024 * 1024 }, (_, at) => at % 251);
  for (const lane of ['quorum', 'bulk'] as const) {
    // First: behind another large one the lane would have no room for it anyhow.
    a.host.transport.send(b.id, lane, new Uint8Array(FRAME_BYTES + 1));
    a.host.transport.send(b.id, lane, large);
    a.host.transport.send(b.id, lane, new Uint8Array([9]));
  }
  await until(() => b.frames.length === 4, 'the frames that fit', 20_000);
  const sizes = b.frames.map(({ frame }) => frame.byteLength);
  assert.deepEqual(sizes.toSorted((one, other) => one - other), [1, 1, large.byteLength, large.byteLength]);
  for (const { frame } of b.frames) assert.ok(frame.byteLength === 1 || Buffer.compare(frame, large) === 0);
  await stopAll(a, b);
});

test('WR-8 the largest frame waits for nothing, and neither lane waits for it', options, async () => {
  const [a, b] = await pair();
  await connect(a, b);
  const small = new Uint8Array(1024 * 1024);
  for (let at = 0; at < 20; at += 1) a.host.transport.send(b.id, 'bulk', small);
  a.host.transport.send(b.id, 'bulk', new Uint8Array(FRAME_BYTES));
  a.host.transport.send(b.id, 'bulk', small);
  await delay(20);
  a.host.transport.send(b.id, 'quorum', new Uint8Array([9]));
  assert.equal(a.host.connections().reduce((sum, info) => sum + info.droppedFrames, 0), 0);
  await until(() => b.frames.length === 23, 'all frames', 20_000);
  const sizes = b.frames.map(({ frame }) => frame.byteLength);
  assert.ok(sizes.indexOf(1) < sizes.indexOf(FRAME_BYTES), 'what people wait for comes first');
  await stopAll(a, b);
});

test('over the bound of a lane the newest frames are dropped and counted', options, async () => {
  const [a, b] = await pair();
  await connect(a, b);
  for (let index = 0; index < 8; index += 1) {
    a.host.transport.send(b.id, 'bulk', new Uint8Array(LARGE_FRAME_BYTES - 100).fill(index));
  }
  a.host.transport.send(b.id, 'quorum', new Uint8Array([5]));
  const dropped = a.host.connections().reduce((sum, info) => sum + info.droppedFrames, 0);
  assert.ok(dropped > 0);
  await until(() => b.frames.length === 9 - dropped, 'what was kept');
  const large = b.frames.filter(({ frame }) => frame.byteLength > 1);
  assert.deepEqual(large.map(({ frame }) => frame[0]), large.map((_, index) => index));
  await stopAll(a, b);
});

test('a stopped peer is disconnected, and connected again when it is back', options, async () => {
  const [a, b, members] = await pair();
  await connect(a, b);
  await b.host.stop();
  await until(() => a.events.at(-1)?.kind === 'disconnected', 'disconnected');
  const again = await startPeer(members, { identity: b.identity });
  introduce(a, again);
  await until(() => a.events.at(-1)?.kind === 'connected', 'connected again');
  again.host.transport.send(a.id, 'quorum', new Uint8Array([1]));
  await until(() => a.frames.length === 1, 'a frame of the new run');
  await stopAll(a, again);
});

test('simultaneous dials end in one member connected once', options, async () => {
  const [a, b] = await pair();
  introduce(a, b);
  introduce(b, a);
  await until(() => isConnected(a, b.id) && isConnected(b, a.id), 'connected');
  await delay(300);
  assert.deepEqual(a.events.map((event) => event.kind), ['connected']);
  assert.deepEqual(b.events.map((event) => event.kind), ['connected']);
  await stopAll(a, b);
});

test('a broadcast reaches the others of three, and not its sender', options, async () => {
  const members = new Set<string>();
  const peers = await Promise.all([startPeer(members), startPeer(members), startPeer(members)]);
  const [a, b, c] = peers;
  assert.ok(a && b && c);
  for (const peer of peers) members.add(peer.id);
  a.host.transport.broadcast(new Uint8Array([0]));
  introduce(a, b, c);
  introduce(b, c);
  await until(() => peers.every((peer) => peer.host.connections().filter((x) => x.admitted).length >= 2), 'mesh');
  let sent = 0;
  const heard = (peer: Peer): boolean => peer.frames.some(({ from, frame }) => from === a.id && frame[0] === 42);
  await until(() => {
    sent += 1;
    a.host.transport.broadcast(new Uint8Array([42, sent & 255, sent >> 8]));
    return heard(b) && heard(c);
  }, 'the broadcast');
  assert.equal(a.frames.length, 0);
  await stopAll(...peers);
});

test('an address that nobody answers gives dial-failed, more than once', options, async () => {
  const members = new Set<string>();
  const a = await startPeer(members);
  const gone = await newIdentity();
  members.add(gone.peerId);
  a.host.transport.introduce([{ member: gone.peerId, addresses: ['/ip4/127.0.0.1/tcp/9', 'no multiaddr'] }]);
  await until(() => a.events.filter((event) => event.kind === 'dial-failed').length >= 2, 'two failures');
  assert.ok(a.events.every((event) => event.member === gone.peerId));
  await a.host.stop();
});

test('a peer that the Gate does not know is not dialled', options, async () => {
  const members = new Set<string>();
  const [a, b] = await Promise.all([startPeer(members), startPeer(members)]);
  introduce(a, b);
  await delay(800);
  assert.equal(b.host.connections().length, 0);
  await stopAll(a, b);
});

test('an address given by hand is dialled without knowing its peer id', options, async () => {
  const members = new Set<string>();
  const b = await startPeer(members);
  const address = b.host.addresses()[0]?.split('/p2p/')[0];
  assert.ok(address !== undefined);
  const a = await startPeer(members, { peers: [address] });
  members.add(a.id).add(b.id);
  await until(() => isConnected(a, b.id), 'connected by hand');
  await stopAll(a, b);
});

test('a member that is removed loses its connection and cannot come back', options, async () => {
  const [a, b, members] = await pair();
  await connect(a, b);
  members.delete(b.id);
  await until(() => a.events.at(-1)?.kind === 'disconnected', 'disconnected');
  await delay(1_500);
  assert.equal(isConnected(a, b.id), false);
  await stopAll(a, b);
});

test('MB-15 a member that was removed while away is told so, and a stranger is told nothing', options, async () => {
  const verdict = new Uint8Array([7, 7]);
  const removed = await newIdentity();
  const gate = { ...fakeGate(new Set<string>()), verdict: (who: string) => (who === removed.peerId ? verdict : new Uint8Array()) };
  const host = await startPeer(new Set(), { gate });
  const knock = async (identity: Identity): Promise<{ peer: Peer; heard: Uint8Array[] }> => {
    const heard: Uint8Array[] = [];
    const trusting = { ...fakeGate(new Set([host.id])), refused: (from: string, bytes: Uint8Array) => void (from === host.id && heard.push(bytes)) };
    return { peer: await startPeer(new Set(), { identity, gate: trusting, peers: host.host.addresses() }), heard };
  };
  const [out, stranger] = [await knock(removed), await knock(await newIdentity())];
  await until(() => out.heard.length > 0, 'it hears of it');
  await delay(1_000);
  assert.deepEqual(out.heard[0], verdict);
  assert.deepEqual(stranger.heard, []);
  assert.deepEqual([isConnected(out.peer, host.id), isConnected(stranger.peer, host.id), host.events.length], [false, false, 0]);
  await stopAll(host, out.peer, stranger.peer);
});

test('SC-11 who knows no more than the id of a team is refused', options, async () => {
  const members = new Set<string>();
  const a = await startPeer(members);
  const b = await startPeer(members, { team: { id: 'team-1', nonce: new Uint8Array(16) }, peers: a.host.addresses() });
  members.add(a.id).add(b.id);
  await delay(1_500);
  assert.equal(a.events.length, 0);
  assert.equal(b.events.filter((event) => event.kind === 'connected').length, 0);
  await stopAll(a, b);
});

test('a dropped connection ends on both sides and is dialled anew', options, async () => {
  const [a, b] = await pair();
  await connect(a, b);
  a.host.transport.drop(b.id);
  assert.equal(a.events.length, 1, 'not within the call');
  await until(() => a.events.length === 3 && b.events.length === 3, 'both sides again');
  for (const { events } of [a, b]) assert.deepEqual(events.map(({ kind }) => kind), ['connected', 'disconnected', 'connected']);
  a.host.transport.drop('nobody');
  await stopAll(a, b);
});

test('the DHT finds a member whose known address is wrong', options, async () => {
  const members = new Set<string>();
  const start = async (): Promise<Peer> => startPeer(members, { dht: true });
  const [a, b, c] = await Promise.all([start(), start(), start()]);
  members.add(a.id).add(b.id).add(c.id);
  introduce(a, b);
  introduce(c, b);
  await until(() => isConnected(a, b.id) && isConnected(c, b.id), 'two spokes');
  await delay(500);
  a.host.transport.introduce([{ member: c.id, addresses: ['/ip4/127.0.0.1/tcp/9'] }]);
  await until(() => isConnected(a, c.id), 'found', 20_000);
  await stopAll(a, b, c);
});
