import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stream } from '@libp2p/interface';
import fc from 'fast-check';
import { BootNonces } from '../../../../p2p/libp2p/boot-nonces.ts';
import { frameHeader, FrameReader } from '../../../../p2p/libp2p/frame-reader.ts';
import { FrameWriter } from '../../../../p2p/libp2p/frame-writer.ts';
import { decodeHello, encodeHello } from '../../../../p2p/libp2p/hello.ts';
import { decodeInvite, encodeInvite, InviteInvalidError } from '../../../../p2p/libp2p/invite.ts';
import { isJoinProof, joinProof } from '../../../../p2p/libp2p/join-proof.ts';
import { LaneRoom, QueueRoom } from '../../../../p2p/libp2p/lane-room.ts';
import { LargeFrames } from '../../../../p2p/libp2p/large-frames.ts';
import type { LaneEvents } from '../../../../p2p/libp2p/lane-stream.ts';
import { LaneStream } from '../../../../p2p/libp2p/lane-stream.ts';
import { FLUSH_MAX_BYTES, LANE_QUEUE_MAX_FRAMES } from '../../../../p2p/libp2p/limits.ts';
import { FRAME_TIME_MAX_MS } from '../../../../p2p/wire/limits.ts';
import { TeamProof, teamSecret } from '../../../../p2p/libp2p/team-proof.ts';
import { newIdentity } from './harness.ts';
import { memberMultiaddrs } from '../../../../p2p/libp2p/addresses.ts';

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const inviteArb = fc.record({
  teamId: fc.string({ minLength: 1, maxLength: 30 }),
  teamName: fc.string({ maxLength: 30, unit: 'grapheme-ascii' }),
  inviter: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' }),
  addresses: fc.array(fc.string({ maxLength: 60, unit: 'grapheme-ascii' }), { minLength: 1, maxLength: 16 }),
  inviteId: bytesOf(8),
  secret: bytesOf(16),
  expiresAt: fc.nat(),
}, { noNullPrototype: true });

test('frames come out as they went in, however the stream is cut', () => {
  const frames = fc.array(fc.uint8Array({ maxLength: 40_000, size: 'max' }), { maxLength: 8 });
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.flatMap((frame) => [frameHeader(frame.byteLength), frame]));
      const got: Uint8Array[] = [];
      const reader = new FrameReader(40_000);
      for (let at = 0, turn = 0; at < stream.byteLength; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        reader.push(new Uint8Array(stream.subarray(at, at + size)), (frame) => got.push(frame));
        at += size;
      }
      assert.deepEqual(got.map((frame) => Buffer.from(frame)), sent.map((frame) => Buffer.from(frame)));
    }),
  );
});

test('WR-8 frames of any size leave in pieces of bounded size, and come out as they went in', () => {
  const sent: Uint8Array[] = [];
  const send = (list: { subarray(): Uint8Array }): boolean => sent.push(list.subarray()) > 0;
  const stream = Object.assign(new EventTarget(), { writeStatus: 'writable', writableNeedsDrain: false, writeBufferLength: 0, send });
  const writer = new FrameWriter(stream as unknown as Stream);
  const sizes = [FLUSH_MAX_BYTES - 5, 0, 1, FLUSH_MAX_BYTES - 4, FLUSH_MAX_BYTES - 3, FLUSH_MAX_BYTES, 0, 9 * FLUSH_MAX_BYTES, 5];
  const frames = sizes.map((size, at) => new Uint8Array(size).fill(at));
  for (const frame of frames) assert.ok(writer.send(frame));
  assert.equal(writer.send(new Uint8Array(9 * FLUSH_MAX_BYTES)), false, 'a second large one');
  writer.flush();
  const got: Uint8Array[] = [];
  const reader = new FrameReader();
  for (const piece of sent) reader.push(piece, (frame) => got.push(frame));
  assert.ok(sent.every((piece) => piece.byteLength <= FLUSH_MAX_BYTES + 8));
  assert.deepEqual(got.map((frame) => [frame.byteLength, frame.at(-1)]), frames.map((frame) => [frame.byteLength, frame.at(-1)]));
  assert.equal(writer.queuedBytes, 0);
  assert.ok(writer.send(new Uint8Array(9 * FLUSH_MAX_BYTES)));
});

test('a length over the limit is refused before its bytes', () => {
  const reader = new FrameReader(10);
  reader.push(Buffer.concat([frameHeader(10), new Uint8Array(10)]), () => undefined);
  assert.throws(() => reader.push(frameHeader(11), () => assert.fail()), { code: 'FRAME_TOO_LARGE' });
});

test('SC-4 a frame that comes a byte at a time takes no more memory than its bytes', () => {
  const BYTES = 2 * 1024 * 1024;
  const reader = new FrameReader();
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  reader.push(frameHeader(BYTES + 1), () => assert.fail());
  const before = used();
  const chunk = new Uint8Array(64);
  for (let at = 0; at < BYTES; at += 1) reader.push(chunk.subarray(0, 1), () => assert.fail());
  assert.ok(used() - before < 64 * 1024 * 1024, `${used() - before} bytes`);
  const got: number[] = [];
  reader.push(new Uint8Array([7]), (frame) => got.push(frame.byteLength, frame.at(-1) ?? 0));
  assert.deepEqual(got, [BYTES + 1, 7]);
});

test('SC-4 a frame that has begun and is not whole after minutes ends its lane', () => {
  const stream = Object.assign(new EventTarget(), { writeStatus: 'paused', readStatus: 'readable', abort: () => undefined });
  const ends: string[] = [];
  const closed = (reason: string): number => ends.push(reason);
  const proof = new TeamProof(new Uint8Array(32), { dialler: 'a', listener: 'b' }, 'listener');
  const lane = new LaneStream(stream as unknown as Stream, proof, () => new Uint8Array(), { closed } as unknown as LaneEvents);
  const bring = (data: Uint8Array): boolean => stream.dispatchEvent(Object.assign(new Event('message'), { data }));
  lane.tick(0);
  lane.tick(2 * FRAME_TIME_MAX_MS);
  bring(frameHeader(60));
  lane.tick(3 * FRAME_TIME_MAX_MS);
  bring(new Uint8Array(1));
  lane.tick(4 * FRAME_TIME_MAX_MS);
  assert.deepEqual(ends, []);
  lane.tick(4 * FRAME_TIME_MAX_MS + 1);
  assert.deepEqual(ends, ['a frame did not get whole in time']);
});

test('SC-4 small frames that nobody reads are bounded in number', () => {
  const stream = Object.assign(new EventTarget(), { writeStatus: 'paused' });
  const writer = new FrameWriter(stream as unknown as Stream);
  for (let frame = 0; frame < LANE_QUEUE_MAX_FRAMES + 10; frame += 1) writer.send(new Uint8Array(1));
  assert.equal(writer.droppedFrames, 10);
});

test('a hello survives its codec; anything else is undefined', () => {
  const hello = fc.record({
    version: fc.integer({ min: 0, max: 255 }),
    bootNonce: fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
    credentials: fc.uint8Array({ maxLength: 1_000 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(hello, (one) => assert.deepEqual(decodeHello(encodeHello(one)), one)));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeHello(bytes)));
  assert.equal(decodeHello(new Uint8Array(70_000)), undefined);
});

test('an invite survives its text, with blanks around it', () => {
  fc.assert(fc.property(inviteArb, (one) => assert.deepEqual(decodeInvite(`\n${encodeInvite(one)} `), one)));
});

test('SC-8 an invite is read from its link or its code alone, however the text was broken', () => {
  const breaks = fc.array(fc.tuple(fc.nat(), fc.constantFrom(' ', '\n', '\r\n', '\t', '\u00a0')), { maxLength: 20 });
  fc.assert(
    fc.property(inviteArb, breaks, fc.boolean(), (one, cuts, asCode) => {
      const link = encodeInvite(one);
      const text = cuts.reduce((broken, [at, blank]) => broken.slice(0, at % broken.length) + blank + broken.slice(at % broken.length), asCode ? link.slice('ringleaf://join/'.length) : link);
      assert.deepEqual(decodeInvite(text), one);
    }),
  );
});

test('SC-8 what is no code is not taken for one of another version', () => {
  for (const text of ['', ' ', 'hello', 'https://example.com/join/AQ', 'ringleaf://joi/AQ', 'B'.repeat(40)]) {
    assert.throws(() => decodeInvite(text), /not a Ringleaf invite/, text);
  }
  assert.throws(() => decodeInvite(`ringleaf://join/${'B'.repeat(40)}`), /another version/);
});

test('an invite names its maker once, and is read with its name again', () => {
  const inviter = '12D3KooWEZXjE41uU4EL2gpkAQeDXYok6wghN7wwNVPF5bwkaNfS';
  const invite = { teamId: 't', teamName: 'T', inviter, inviteId: new Uint8Array(8), secret: new Uint8Array(16), expiresAt: 1 };
  const places = ['/ip4/192.168.1.20/tcp/41000', '/ip6/fd00::2/tcp/41000'];
  const read = decodeInvite(encodeInvite({ ...invite, addresses: places.map((place) => `${place}/p2p/${inviter}`) }));
  assert.deepEqual(read.addresses, places);
  assert.deepEqual(memberMultiaddrs(inviter, read.addresses).map(String), places.map((place) => `${place}/p2p/${inviter}`));
});

test('hostile invites give INVITE_INVALID and nothing else', () => {
  const refused = (text: string): void => {
    assert.throws(() => decodeInvite(text), InviteInvalidError);
  };
  fc.assert(fc.property(fc.string(), refused));
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      refused(`ringleaf://join/${Buffer.from(bytes).toString('base64url')}`);
    }),
  );
  fc.assert(
    fc.property(inviteArb, fc.integer({ min: 1, max: 20 }), (one, cut) => {
      refused(encodeInvite(one).slice(0, -cut));
    }),
  );
  refused(`ringleaf://join/${'A'.repeat(1_000_000)}`);
});

test('a join proof holds for its own transcript only', () => {
  const secret = new Uint8Array(16).fill(1);
  const said = { teamId: 't', joiner: 'j', inviter: 'i', nonce: new Uint8Array(32) };
  const proof = joinProof(secret, said);
  assert.ok(isJoinProof(proof, secret, said));
  for (const other of [{ teamId: 'tj', joiner: '' }, { joiner: 'k' }, { inviter: 'x' }, { nonce: new Uint8Array(31) }]) {
    assert.equal(isJoinProof(proof, secret, { ...said, ...other }), false);
  }
  assert.equal(isJoinProof(proof, new Uint8Array(16), said), false);
  assert.equal(isJoinProof(proof.subarray(1), secret, said), false);
});

test('SC-11 a proof of the team holds for its own two ends, its own side and its own lane only', () => {
  const ends = { dialler: 'ada', listener: 'ben' };
  const secret = teamSecret({ id: 'team-1', nonce: new Uint8Array(16) });
  const meet = (dialler: TeamProof, listener: TeamProof): readonly string[] => {
    const { say: answer = new Uint8Array() } = listener.take(dialler.opening ?? new Uint8Array());
    const { state, say = new Uint8Array() } = dialler.take(answer);
    return [state, listener.take(say).state];
  };
  const proof = (side: 'dialler' | 'listener', of: Partial<typeof ends> = {}, by = secret): TeamProof => new TeamProof(by, { ...ends, ...of }, side);
  assert.deepEqual(meet(proof('dialler'), proof('listener')), ['proven', 'proven']);
  const others = [{ listener: 'eve' }, { dialler: 'eve' }, { dialler: 'ben', listener: 'ada' }];
  for (const other of others) assert.deepEqual(meet(proof('dialler'), proof('listener', other)), ['wrong', 'wrong']);
  for (const team of [{ id: 'team-2', nonce: new Uint8Array(16) }, { id: 'team-1', nonce: new Uint8Array(17) }]) {
    assert.deepEqual(meet(proof('dialler'), proof('listener', {}, teamSecret(team))), ['wrong', 'wrong']);
  }
  const heard = proof('listener').take(proof('dialler').opening ?? new Uint8Array()).say ?? new Uint8Array();
  assert.equal(proof('dialler').take(heard).state, 'wrong', 'an answer to another nonce');
  const listener = proof('listener');
  const own = listener.take(proof('dialler').opening ?? new Uint8Array()).say ?? new Uint8Array();
  assert.equal(listener.take(own.subarray(32)).state, 'wrong', 'its own words, back');
  for (const length of [0, 31, 33, 64]) assert.equal(proof('listener').take(new Uint8Array(length)).state, 'wrong');
});

test('SC-5 restarts are new runs; a nonce that comes back means two, until one of them knocks no more', () => {
  const boots = new BootNonces();
  assert.equal(boots.observe('m', 'a', 0), 'new-run');
  assert.equal(boots.observe('m', 'a', 1), 'same-run');
  assert.equal(boots.observe('m', 'b', 2), 'new-run');
  assert.equal(boots.isRefused('m', 'b', 2), false);
  assert.equal(boots.observe('m', 'a', 3), 'copied');
  assert.equal(boots.isRefused('other', 'a', 4), false);
  for (let nowMs = 10_000; nowMs < 600_000; nowMs += 30_000) {
    assert.ok(boots.isRefused('m', 'a', nowMs), 'as long as both knock');
    assert.ok(boots.isRefused('m', 'b', nowMs + 1));
  }
  assert.ok(boots.isRefused('m', 'c', 600_000), 'a restart of one of them resolves nothing');
  assert.ok(boots.isRefused('m', 'a', 640_000));
  assert.equal(boots.isRefused('m', 'a', 700_000), false, 'the others have not knocked for a minute');
  assert.equal(boots.observe('m', 'a', 700_001), 'same-run');
});

test('addresses of somebody else are left out', async () => {
  const [{ peerId: member }, { peerId: other }] = await Promise.all([newIdentity(), newIdentity()]);
  const at = '/ip4/127.0.0.1/tcp/1';
  const usable = memberMultiaddrs(member, [at, `${at}/p2p/${member}`, `${at}/p2p/${other}`, 'x', '']);
  assert.deepEqual(usable.map(String), [`${at}/p2p/${member}`, `${at}/p2p/${member}`]);
  assert.deepEqual(memberMultiaddrs('no peer id', [at]), []);
});

test('WR-8 a lane tells at a look whether what was on its way has got on since the last one', () => {
  const stream = Object.assign(new EventTarget(), { writeStatus: 'writable', readStatus: 'readable', writeBufferLength: 0, send: () => true, abort: () => undefined });
  const proof = new TeamProof(new Uint8Array(32), { dialler: 'a', listener: 'b' }, 'listener');
  const lane = new LaneStream(stream as unknown as Stream, proof, () => new Uint8Array(), {} as LaneEvents);
  const looks = (): readonly boolean[] => Array.from({ length: 2 }, () => lane.tick(0));
  const bring = (data: Uint8Array): boolean => stream.dispatchEvent(Object.assign(new Event('message'), { data }));
  assert.deepEqual(looks(), [false, false], 'nothing is on its way');
  bring(frameHeader(60));
  assert.deepEqual(looks(), [false, false], 'it has begun, and does not get on');
  bring(new Uint8Array(1));
  assert.deepEqual(looks(), [true, false]);
  stream.writeStatus = 'paused';
  lane.writer.send(new Uint8Array(2 * FLUSH_MAX_BYTES));
  assert.deepEqual(looks(), [false, false], 'it waits');
  stream.writeStatus = 'writable';
  assert.deepEqual(looks(), [true, false], 'it has left the queue');
  lane.writer.send(new Uint8Array(FLUSH_MAX_BYTES));
  Object.assign(stream, { writeBufferLength: FLUSH_MAX_BYTES });
  lane.tick(0);
  Object.assign(stream, { writeBufferLength: 1 });
  assert.deepEqual(looks(), [true, false], 'and then the stream');
});

const TWELVE_MIB = 12 * 1024 * 1024;

test('WR-11 large frames that come by several lanes are bounded together: one too many is passed over, and its lane goes on', () => {
  const room = new LargeFrames(2 * TWELVE_MIB);
  const [one, two, three] = [0, 1, 2].map(() => new FrameReader(2 * TWELVE_MIB, room));
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  const got: number[] = [];
  const bring = (reader: FrameReader, data: Uint8Array): void => reader.push(data, ({ byteLength }) => got.push(byteLength));
  const half = new Uint8Array(TWELVE_MIB / 2);
  for (const reader of [one, two, three]) bring(reader, frameHeader(TWELVE_MIB));
  for (const reader of [one, two, three]) bring(reader, half);
  bring(three, half);
  bring(three, Uint8Array.from([...frameHeader(3), 1, 2, 3]));
  assert.deepEqual([got, three.skippedFrames], [[3], 1]);
  bring(one, half);
  two.end();
  bring(two, half);
  bring(three, frameHeader(2 * TWELVE_MIB));
  for (let part = 0; part < 4; part += 1) bring(three, half);
  assert.deepEqual([got, three.skippedFrames], [[3, TWELVE_MIB, 2 * TWELVE_MIB], 1], 'what came whole, and what ended, gave its room back');
});

const pausedStreams = () => [0, 1, 2].map(() => Object.assign(new EventTarget(), { writeStatus: 'paused', writeBufferLength: 0, send: () => true }));

test('WR-12 ordinary frames of slow peers share one room, and each lane has its own beside it', () => {
  const room = new LaneRoom(undefined, new QueueRoom(1_000, 100));
  const streams = pausedStreams();
  const [one, two, three] = streams.map((stream) => new FrameWriter(stream as unknown as Stream, room));
  const taken = (writer: FrameWriter | undefined, frameBytes: number): number => {
    let frames = 0;
    while (writer?.send(new Uint8Array(frameBytes - 4)) === true) frames += 1;
    return frames;
  };
  assert.equal(taken(one, 110), 10, 'its own, and all that is shared');
  assert.equal(taken(two, 30), 3, 'its own');
  Object.assign(streams[0] ?? {}, { writeStatus: 'writable' });
  one?.flush();
  assert.equal(one?.queuedBytes, 0);
  assert.equal(taken(three, 55), 20);
  three?.end();
  assert.equal(three?.send(new Uint8Array(1)), false, 'nothing more leaves');
  assert.equal(taken(two, 101), 10, 'what left, and what ended, gave its room back');
  Object.assign(streams[1] ?? {}, { writeStatus: 'writable' });
  two?.flush();
  Object.assign(streams[0] ?? {}, { writeStatus: 'paused' });
  assert.equal(taken(one, 110), 10, 'nothing was given back twice');
});

test('WR-11 so are those that wait to leave', () => {
  const room = new LaneRoom(new LargeFrames(2 * TWELVE_MIB));
  const streams = pausedStreams();
  const [one, two, three] = streams.map((stream) => new FrameWriter(stream as unknown as Stream, room));
  const frame = new Uint8Array(TWELVE_MIB - 4);
  assert.deepEqual([one, two, three].map((writer) => writer?.send(frame)), [true, true, false]);
  assert.equal(three?.send(new Uint8Array(1)), true);
  Object.assign(streams[0] ?? {}, { writeStatus: 'writable' });
  one?.flush();
  assert.equal(three?.send(frame), true, 'what has left gave its room back');
  two?.end();
  assert.equal(one?.send(frame), true, 'and what ended');
});
