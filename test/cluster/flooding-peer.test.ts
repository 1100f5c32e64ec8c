/**
 * A member of the team that means harm: it asks without end and reads no answer, opens streams, and
 * sends a frame a byte at a time. Real processes; the member's key and records are its own, its
 * program is not.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Connection, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { decodeCharter } from '../../main/member/charter.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT, write } from '../../p2p/causality/key-object.ts';
import { encodeObject } from '../../p2p/causality/object-codec.ts';
import { frameHeader } from '../../p2p/libp2p/frame-reader.ts';
import { encodeHello, HELLO_VERSION } from '../../p2p/libp2p/hello.ts';
import { DeviceKey } from '../../p2p/libp2p/device-key.ts';
import { FRAME_BYTES } from '../../p2p/wire/limits.ts';
import { LANE_PROTOCOLS } from '../../p2p/libp2p/links.ts';
import { silentLogger } from '../../p2p/libp2p/log.ts';
import { teamSecret } from '../../p2p/libp2p/team-proof.ts';
import type { Lane } from '../../p2p/ports.ts';
import { encodeRecords } from '../../p2p/membership/roster.ts';
import { encodeMessage } from '../../p2p/wire/codec.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { RawLane } from '../unit/p2p/libp2p/raw-lane.ts';
import { openRawLane } from '../unit/p2p/libp2p/raw-lane.ts';
import { answering } from '../unit/p2p/libp2p/openers.ts';
import { removeDir, startTeam, temporaryDir, until, type Answer, type RunningMember } from './member-harness.ts';

const KEYS = '/v1/buckets/b/keys';
const REQUESTS = 100_000;
const REQUESTS_A_SEND = 500;
const STREAMS = 1_000;
const CRUMBS = 20_000;
const GROWTH_MAX_BYTES = 192 * 1024 * 1024;

/** Its own run of libp2p, admitted to both lanes, deaf from then on. */
class Hostile {
  readonly #node: Awaited<ReturnType<typeof createLibp2p>>;
  readonly #connection: Connection;
  readonly #lanes: Readonly<Record<Lane, Stream>>;

  private constructor(node: Awaited<ReturnType<typeof createLibp2p>>, connection: Connection, lanes: Record<Lane, Stream>) {
    this.#node = node;
    this.#connection = connection;
    this.#lanes = lanes;
  }

  /** As the member whose data folder this is. */
  static async enter(dataDir: string, address: string): Promise<Hostile> {
    const { identity } = await DeviceKey.open(dataDir, answering());
    const { team, introduced } = decodeCharter(await readFile(join(dataDir, 'team.charter')));
    const node = await createLibp2p({
      privateKey: identity.privateKey, addresses: { listen: [] }, transports: [tcp()], connectionEncrypters: [noise()],
      streamMuxers: [yamux({ maxOutboundStreams: 10 * STREAMS })], connectionMonitor: { enabled: false }, logger: silentLogger(),
    });
    const connection = await node.dial(multiaddr(address));
    const hello = encodeHello({ version: HELLO_VERSION, bootNonce: 'hostile', credentials: encodeRecords(introduced) });
    const open = async (lane: Lane): Promise<Stream> => openLane(await openRawLane(connection, lane, identity.peerId, teamSecret(team)), hello);
    return new Hostile(node, connection, { quorum: await open('quorum'), bulk: await open('bulk') });
  }

  /** How many it could send before the other hung up. */
  async ask(requests: number): Promise<number> {
    const stream = this.#lanes.quorum;
    let sent = 0;
    for (; sent < requests && stream.status === 'open'; sent += REQUESTS_A_SEND) {
      const from = sent;
      const frames = Array.from({ length: REQUESTS_A_SEND }, (_, index) => framed(encodeMessage(requestOf(from + index + 1))));
      if (!stream.send(Buffer.concat(frames))) await drainedOrOver(stream);
    }
    return sent;
  }

  async openStreams(count: number): Promise<void> {
    const open = async (index: number): Promise<void> => {
      const protocol = [LANE_PROTOCOLS.quorum, LANE_PROTOCOLS.bulk, '/ipfs/ping/1.0.0', '/nobody/speaks/this'][index % 4] ?? '';
      await this.#connection.newStream(protocol, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    };
    for (let from = 0; from < count; from += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => open(from + index)));
  }

  /** Of the largest frame that is allowed, the first bytes, one by one. */
  async crumble(count: number): Promise<void> {
    const stream = this.#lanes.bulk;
    stream.send(frameHeader(FRAME_BYTES));
    for (let sent = 0; sent < count && stream.status === 'open'; sent += 1) {
      if (!stream.send(new Uint8Array(1))) await drainedOrOver(stream);
    }
  }

  async leave(): Promise<void> {
    await this.#node.stop();
  }
}

async function drainedOrOver(stream: Stream): Promise<void> {
  await new Promise((resolve) => {
    for (const event of ['drain', 'close'] as const) stream.addEventListener(event, resolve, { once: true });
  });
}

async function openLane(lane: RawLane, hello: Uint8Array): Promise<Stream> {
  lane.say(hello);
  await lane.next();
  lane.say(new Uint8Array(0));
  lane.stream.pause();
  return lane.stream;
}

function framed(payload: Uint8Array): Uint8Array {
  return Buffer.concat([frameHeader(payload.byteLength), payload]);
}

/** Reads of what is there, writes, and the longest lists. */
function requestOf(id: number): Message {
  if (id % 4 === 0) return { kind: 'list', id, bucket: 'b', prefix: '', after: undefined, limit: 10_000, view: new Uint8Array(8) };
  if (id % 4 === 1) return { kind: 'replicate', id, bucket: 'flood', key: `k${id % 1_000}`, object: objectOf(id), standsFor: undefined, asPrimary: true, horizon: 0 };
  return { kind: 'read', id, bucket: 'b', key: `k${id % 24}`, digest: false, asPrimary: true };
}

function objectOf(id: number): Uint8Array {
  const value = new Uint8Array(256).fill(id % 251);
  const sibling = { dot: { actor: 'hostile', counter: id }, value, contentType: 'text/plain', writtenBy: 'hostile', writtenAt: id, writeId: `w${id}` };
  return encodeObject(write(EMPTY_OBJECT, EMPTY_CONTEXT, sibling).object);
}

/** A machine that does much else may be late: then it is asked again. */
async function answered(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let tries = 1; tries < 5 && answer.status === 503; tries += 1) answer = await ask();
  return answer;
}

/** Until all is sent: who hears no answer hangs up after some seconds, and is called again. */
async function flood(dataDir: string, victim: RunningMember): Promise<void> {
  for (let left = REQUESTS; left > 0;) {
    const hostile = await Hostile.enter(dataDir, victim.listen[0] ?? '');
    const [sent] = await Promise.all([hostile.ask(left), hostile.openStreams(STREAMS), hostile.crumble(CRUMBS)]);
    left -= sent;
    await hostile.leave();
  }
}

async function metric(member: RunningMember, name: string): Promise<number> {
  const { text } = await member.ask('GET', '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

test('SC-10 a member that floods another takes its own room only: the other answers everybody else, and its memory stays', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members: RunningMember[] = [];
  try {
    members.push(...(await startTeam(dir, 3)));
    const [victim, other, third] = members as [RunningMember, RunningMember, RunningMember];
    for (let number = 0; number < 24; number += 1) assert.equal((await victim.ask('PUT', `${KEYS}/k${number}`, { body: `${number}` })).status, 200);
    await third.stop();
    const memory = (): Promise<number> => metric(victim, 'process_resident_memory_bytes');
    const before = await memory();
    let most = before;
    let isFlooding = true;
    const floods = flood(join(dir, 'm3'), victim).finally(() => (isFlooding = false));
    let served = 0;
    for (; isFlooding || served < 20; served += 1) {
      for (const member of [victim, other]) {
        const put = await answered(() => member.ask('PUT', `${KEYS}/served${served}`, { body: `${served}` }));
        const got = await answered(() => member.ask('GET', `${KEYS}/k${served % 24}`));
        assert.deepEqual([put.status, got.status, got.text], [200, 200, `${served % 24}`]);
      }
      most = Math.max(most, await memory());
    }
    await floods;
    const refused = 'ringleaf_events_total{kind="overloaded"}';
    await until('it was told that it is too much', async () => (await metric(victim, refused)) > 0);
    assert.ok(most - before < GROWTH_MAX_BYTES, `from ${before} to ${most} bytes`);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});
