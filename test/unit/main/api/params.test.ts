/** Names of people's things at the doors: bounded in bytes, as those who read them are. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkParams, PARAMS } from '../../../../main/api/params.ts';
import { startMember } from '../../../../main/member/member.ts';
import { parseStartOptions } from '../../../../main/member/options.ts';
import { realParts } from '../../../../main/member/parts.ts';
import { decodeTeam, encodeTeam, foundTeam } from '../../../../p2p/membership/team.ts';

const CJK = '東'.repeat(43);

test('WR-10 a name of a team has 1 to 128 bytes, whatever its letters cost', () => {
  assert.equal(Buffer.byteLength(CJK), 129);
  assert.throws(() => checkParams(PARAMS.createTeam, { name: CJK }), { code: 'BAD_REQUEST', message: /name: .*128 bytes/ });
  assert.throws(() => checkParams(PARAMS.createTeam, { name: ' ' }), { code: 'BAD_REQUEST' });
  assert.deepEqual(checkParams(PARAMS.createTeam, { name: ` ${CJK.slice(1)}` }), { name: CJK.slice(1) });
});

test('WR-10 a team whose charter cannot be read is not made, and the device starts again', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-params-'));
  const options = parseStartOptions(['--data-dir', dir, '--no-mdns', '--no-dht', '--listen', '/ip4/127.0.0.1/tcp/0', '--name', 'x'], {});
  const log = (): void => undefined;
  // A charter as an encoder without bounds would write it: its name is longer than its reader takes.
  const careless = { ...realParts, readCharter: () => undefined };
  const asking = { passphrase: () => Promise.reject(new Error('asked')), keychain: undefined };
  const member = await startMember(options, log, asking, careless);
  try {
    await assert.rejects(member.dispatch.call('createTeam', { name: 'Plans' }));
  } finally {
    await member.stop();
  }
  const again = await startMember(options, log, asking);
  await again.stop();
  assert.equal(again.ready.teamId, null, 'nothing of it was kept');
  await rm(dir, { recursive: true });
});

test('WR-10 the id of a team is of what its charter says', () => {
  assert.throws(() => foundTeam({ name: CJK, partitions: 8, founder: 'ada', nonce: new Uint8Array(16) }), RangeError);
});

test('RG-32 a team is founded with a power of two up to 4,096 partitions, at either door; a larger one is still read', () => {
  for (const partitions of [1, 1_024, 4_096]) {
    assert.deepEqual(checkParams(PARAMS.createTeam, { name: 'Plans', partitions }), { name: 'Plans', partitions });
    assert.equal(parseStartOptions(['--partitions', String(partitions)], {}).partitions, partitions);
  }
  for (const partitions of [0, 0.5, 1.5, 3, 8_192, 65_536]) {
    assert.throws(() => checkParams(PARAMS.createTeam, { name: 'Plans', partitions }), { code: 'BAD_REQUEST', message: /partitions: a power of two from 1 to 4096/ });
    assert.throws(() => parseStartOptions(['--partitions', String(partitions)], {}), { exitCode: 1, message: '--partitions: a power of two from 1 to 4096' });
  }
  const larger = foundTeam({ name: 'Plans', partitions: 65_536, founder: 'ada', nonce: new Uint8Array(16) });
  assert.deepEqual(decodeTeam(encodeTeam(larger)), larger);
});
