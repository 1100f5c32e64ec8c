/** WR-10: what a door lets in, the encoders write and the decoders of peers and disks take. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { importCommand } from '../../main/api/backup-line.ts';
import { checkParams, PARAMS } from '../../main/api/params.ts';
import { parseStartOptions } from '../../main/member/options.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { STAMP_MAX } from '../../p2p/causality/stamp.ts';
import { parseDot } from '../../p2p/causality/dot.ts';
import { signRecord } from '../../p2p/membership/admission.ts';
import { decodeBucketRecord, DEFAULT_SETTINGS, encodeBucketRecord, isSettings } from '../../p2p/membership/bucket-registry.ts';
import { decodeRecord, encodeRecord } from '../../p2p/membership/member-record.ts';
import { decodeTeam, encodeTeam, foundTeam } from '../../p2p/membership/team.ts';
import { decodeInvite, encodeInvite } from '../../p2p/libp2p/invite.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import { fakeSigner } from '../sim/fake-signer.ts';
import { time } from './arbitraries.ts';

const RUNS = { numRuns: 1_000 };
/** Around each bound, in letters of one to four bytes. */
const name = fc
  .tuple(fc.constantFrom('a', 'é', '東', '😀', 'e\u0301', '\ud800', '\u0000'), fc.constantFrom(1, 8, 31, 32, 33, 42, 43, 64, 127, 128, 129, 256, 341, 342, 1_024, 1_025), fc.string({ unit: 'binary', maxLength: 3 }))
  .map(([letter, count, end]) => letter.repeat(count) + end);

/** Mostly what is let in, so that the other parts are met as well. */
const mostly = <T>(good: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> => fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, other);

/** Text at a bound of so many bytes, and any other; alone it seldom meets the bound that is asked about. */
const textAt = (bytes: number): fc.Arbitrary<string> => fc.oneof(fc.constantFrom(bytes - 1, bytes, bytes + 1).map((length) => 'a'.repeat(length)), name);

/** What the door makes of it, `undefined` for what it refuses in words. */
function letIn<T>(door: () => T): T | undefined {
  try {
    return door();
  } catch (error) {
    assert.ok(error instanceof Error && ('code' in error || 'exitCode' in error), String(error));
    return undefined;
  }
}

const travels = (message: Message): void => assert.deepEqual(decodeMessage(encodeMessage(message)), message);

test('WR-10 the name of a team: charter, invite', () => {
  fc.assert(
    fc.property(name, (given) => {
      const params = letIn(() => checkParams(PARAMS.createTeam, { name: given }));
      if (params === undefined) return;
      const team = foundTeam({ name: params.name, partitions: 8, founder: 'ada', nonce: new Uint8Array(16) });
      assert.deepEqual(decodeTeam(encodeTeam(team)), team);
      const invite = { teamId: team.id, teamName: team.name, inviter: 'ada', addresses: ['/ip4/10.0.0.1/tcp/1'], inviteId: new Uint8Array(8), secret: new Uint8Array(16), expiresAt: 1 };
      const text = encodeInvite(invite);
      assert.deepEqual(decodeInvite(text), invite);
      letIn(() => assert.equal(checkParams(PARAMS.join, { invite: text }).invite, text));
    }),
    RUNS,
  );
});

test('WR-10 what a device is called: its member record', () => {
  const title = mostly('n', textAt(128));
  const weight = mostly('1', fc.constantFrom('0', '64', '65', '0.1', '-1'));
  const options = fc.record({ name: title, person: title, zone: title, machine: title, 'create-team': title, weight }, { requiredKeys: [] });
  fc.assert(
    fc.property(options, (given) => {
      const argv = Object.entries(given).map(([option, value]) => `--${option}=${value}`);
      const start = letIn(() => parseStartOptions(argv, {}));
      if (start === undefined) return;
      const admission = { by: 'ada', at: 1, signature: new Uint8Array(64) };
      const record = signRecord(
        { member: 'ada', incarnation: 1, status: 'up', name: start.name, ...(typeof start.person === 'string' && { person: start.person }), machine: start.machine ?? 'm', zone: start.zone, weight: start.weight, addresses: [], admission },
        fakeSigner('ada'),
      );
      assert.deepEqual(decodeRecord(encodeRecord(record)), record);
      if (start.createTeam !== undefined) encodeTeam(foundTeam({ name: start.createTeam, partitions: start.partitions, founder: 'ada', nonce: new Uint8Array(16) }));
    }),
    RUNS,
  );
});

test('WR-10 buckets and keys: requests, facts', () => {
  fc.assert(
    fc.property(mostly('b', textAt(128)), mostly('k', textAt(1_024)), (bucketName, keyName) => {
      const params = letIn(() => checkParams(PARAMS.placement, { bucket: bucketName, key: keyName }));
      if (params === undefined) return;
      const { bucket, key } = params;
      travels({ kind: 'read', id: 1, bucket, key, digest: false, asPrimary: true });
      travels({ kind: 'buckets-reply', id: 1, buckets: [bucket], isMore: false });
      travels({ kind: 'gossip-briefs', ranges: [], facts: [{ name: `b${bucket}`, hash: new Uint8Array(8) }] });
      travels({ kind: 'reap', id: 1, phase: 'hold', epoch: 1, horizon: 1, fence: 1, team: new Uint8Array(8), keys: [{ bucket, key, hash: new Uint8Array(8), stamp: 0 }] });
      const record = { bucket, version: 1, by: 'ada', settings: DEFAULT_SETTINGS };
      assert.deepEqual(decodeBucketRecord(encodeBucketRecord(record)), record);
    }),
    RUNS,
  );
});

test('WR-10 settings of a bucket: its record', () => {
  const count = fc.constantFrom(0, 1, 3, 99, 100, 101, 255, 'one', 'quorum', 'all', 'any');
  const given = fc.record({ n: count, r: count, w: count, historyVersions: fc.integer({ min: -1, max: 101 }), historyDays: fc.integer({ min: 0, max: 3_651 }) }, { requiredKeys: [] });
  fc.assert(
    fc.property(given, (change) => {
      const params = letIn(() => checkParams(PARAMS.setBucket, { bucket: 'b', ...change }));
      if (params === undefined) return;
      const { bucket, ...settings } = params;
      const record = { bucket, version: 1, by: 'ada', settings: { ...DEFAULT_SETTINGS, ...settings } };
      assert.ok(isSettings(record.settings));
      assert.deepEqual(decodeBucketRecord(encodeBucketRecord(record)), record);
    }),
    RUNS,
  );
});

test('WR-10 a put: what is forwarded', () => {
  const given = {
    contentType: mostly('text/plain', textAt(255)),
    writeId: mostly('w', textAt(64)),
    timeoutMs: mostly(1, fc.constantFrom(0, 60_000, 600_000, 600_001)),
    w: mostly<number | string>(1, fc.constantFrom(100, 101, 255, 'all')),
  };
  const params = fc.record(given, { requiredKeys: ['contentType'] });
  fc.assert(
    fc.property(params, (given) => {
      const put = letIn(() => checkParams(PARAMS.put, { bucket: 'b', key: 'k', value: 'v', encoding: 'utf8', ...given }));
      if (put === undefined) return;
      const { bucket, key, contentType, writeId = '', timeoutMs = 1, w = 'one' } = put;
      travels({ kind: 'forward-put', id: 1, bucket, key, value: undefined, contentType, context: undefined, w: String(w), sloppy: true, timeoutMs, writeId, writtenBy: 'ada', imported: undefined });
    }),
    RUNS,
  );
});

test('WR-10 a line of a backup: what is forwarded and kept', () => {
  const dot = fc.tuple(textAt(32), fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER)).map(([actor, counter]) => `${actor}:${counter}`);
  const given = fc.record({
    dot: mostly('a:1', dot),
    writtenBy: mostly('ada', textAt(128)),
    writeId: mostly('w', textAt(64)),
    contentType: mostly('text/plain', textAt(255)),
    stamp: mostly(1, fc.constantFrom(STAMP_MAX, STAMP_MAX + 1, Number.MAX_SAFE_INTEGER)),
    writtenAt: fc.oneof(time.map((ms) => new Date(ms).toISOString()), fc.constantFrom('+275760-09-13T00:00:00.000Z', '+999999-01-01T00:00:00Z')),
  });
  fc.assert(
    fc.property(given, (fields) => {
      const line = JSON.stringify({ bucket: 'b', key: 'k', context: '', siblings: [{ value: 'v', encoding: 'utf8', deleted: false, seen: '', ...fields }] });
      const command = letIn(() => importCommand({ number: 1, bytes: Buffer.from(line) }, false));
      if (command?.kind !== 'import') return;
      const [sibling] = command.siblings;
      const dot = parseDot(sibling?.dot ?? '');
      if (sibling === undefined || dot === undefined) return;
      const { contentType, writtenBy, writeId, writtenAt, stamp = 0 } = sibling;
      travels({ kind: 'forward-put', id: 1, bucket: 'b', key: 'k', value: undefined, contentType, context: undefined, w: 'one', sloppy: true, timeoutMs: 1, writeId, writtenBy, imported: { origin: dot, writtenAt, stamp, seen: '' } });
      const seen = { upper: new Map<string, number>(), except: [] };
      const object = { context: { upper: new Map([[dot.actor, dot.counter]]), except: [] }, siblings: [{ dot, value: undefined, contentType, writtenBy, writtenAt, writeId, seen, stamp }] };
      assert.deepEqual(decodeObject(encodeObject(object)), object);
    }),
    RUNS,
  );
});
