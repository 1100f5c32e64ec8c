/** SC-15, SC-18: a real member whose key is encrypted, with and without what opens it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { DeviceKey } from '../../p2p/libp2p/device-key.ts';
import { answering, KEYCHAIN, protectionOf } from '../unit/p2p/libp2p/openers.ts';
import { LAUNCHER, removeDir, startMember, temporaryDir, until, type RunningMember } from './member-harness.ts';

const PASSPHRASE = 'correct horse battery';
const TIMEOUT = { timeout: 180_000 };
const START_TIMEOUT_MS = 60_000;

const running = new Set<RunningMember>();
afterEach(async () => {
  delete process.env['RINGLEAF_PASSPHRASE'];
  for (const member of running) await member.kill();
  running.clear();
});

async function started(dir: string, args: readonly string[] = []): Promise<RunningMember> {
  const member = await startMember(dir, 'm1', args);
  running.add(member);
  return member;
}

/** A start that is to fail. */
function failing(dir: string, env: Readonly<Record<string, string>> = {}): { readonly code: number | null; readonly said: string } {
  const args = [LAUNCHER, 'start', '--data-dir', dir, '--no-mdns', '--no-dht', '--listen', '/ip4/127.0.0.1/tcp/0'];
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: 'utf8', timeout: START_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  assert.equal(stdout, '');
  return { code: status, said: stderr };
}

/** As the desktop leaves a stopped member's key, once somebody chose the keychain there. */
async function intoKeychain(dir: string): Promise<void> {
  const key = await DeviceKey.open(dir, answering());
  await key.protect(protectionOf(KEYCHAIN));
}

const protect = async (member: RunningMember, passphrase: unknown) => member.ask('PUT', '/v1/key-protection', { body: JSON.stringify({ passphrase }) });

test('SC-15 an encrypted key opens with its passphrase only, and is plain again when somebody wants it so', TIMEOUT, async () => {
  const dir = await temporaryDir();
  const first = await started(dir, ['--create-team', 'Keys', '--partitions', '8']);
  assert.equal((await first.ask('GET', '/v1/status')).json().access.key.isProtected, false);
  for (const [passphrase, never] of [['seven77', 'seven77'], [12_345_678, '12345678'], [`${'x'.repeat(1_024)}y`, 'xxy']] as const) {
    const refused = await protect(first, passphrase);
    assert.equal(refused.status, 400);
    assert.equal(refused.text.includes(never), false, 'what was given is not said again');
  }
  assert.equal((await protect(first, PASSPHRASE)).json().key.isProtected, true);
  assert.equal((await first.ask('PUT', '/v1/buckets/notes/keys/a', { body: 'kept' })).status, 200);
  assert.equal(first.log().includes(PASSPHRASE), false);
  await first.stop();

  const file = await readFile(join(dir, 'identity.key'));
  const without = failing(dir);
  assert.deepEqual([without.code, without.said.trim().split('\n').length], [5, 1]);
  assert.match(without.said, /^ringleaf: This device's key is encrypted: give its passphrase in RINGLEAF_PASSPHRASE, or start in a terminal\.\n$/);
  const wrong = failing(dir, { RINGLEAF_PASSPHRASE: 'incorrect horse' });
  assert.deepEqual([wrong.code, wrong.said], [5, "ringleaf: RINGLEAF_PASSPHRASE is not the passphrase of this device's key.\n"]);
  assert.deepEqual(await readFile(join(dir, 'identity.key')), file, 'a failed start writes nothing into the key');

  process.env['RINGLEAF_PASSPHRASE'] = PASSPHRASE;
  const second = await started(dir);
  assert.equal(second.memberId, first.memberId);
  assert.equal((await second.ask('GET', '/v1/buckets/notes/keys/a')).text, 'kept');
  assert.equal(second.log().includes(PASSPHRASE), false);
  assert.equal((await protect(second, null)).json().key.isProtected, false);
  await second.stop();
  delete process.env['RINGLEAF_PASSPHRASE'];
  const third = await started(dir);
  assert.equal(third.memberId, first.memberId);
  await third.stop();
  await removeDir(dir);
});

test('SC-18 a key in the keychain is told in one line of what to do, by a start and by the doctor, and stays as it is', TIMEOUT, async () => {
  const dir = await temporaryDir();
  const first = await started(dir, ['--create-team', 'Keys', '--partitions', '8']);
  const refused = await first.ask('PUT', '/v1/key-protection', { body: '{"keychain":true}' });
  assert.deepEqual([refused.status, refused.json().code], [503, 'KEYCHAIN_UNAVAILABLE']);
  assert.equal((await first.ask('GET', '/v1/status')).json().access.key.protectedBy, null);
  await first.stop();
  await intoKeychain(dir);
  const file = await readFile(join(dir, 'identity.key'));
  for (const env of [{}, { RINGLEAF_PASSPHRASE: PASSPHRASE }]) {
    const { code, said } = failing(dir, env);
    assert.deepEqual([code, said.trim().split('\n').length], [5, 1], said);
    assert.match(said, /^ringleaf: This device's key is protected by this computer's keychain, which only the desktop app can ask\. Start the desktop app on /);
  }
  const doctor = spawnSync(process.execPath, [LAUNCHER, 'doctor', '--data-dir', dir], { encoding: 'utf8', timeout: START_TIMEOUT_MS });
  assert.deepEqual([doctor.status, /Start the desktop app: the key is protected by this computer’s keychain/.test(doctor.stdout)], [5, true], doctor.stdout);
  assert.deepEqual(await readFile(join(dir, 'identity.key')), file);
  await removeDir(dir);
});

for (const lostBy of ['passphrase', 'keychain'] as const) {
  test(`SC-15 SC-18 without its ${lostBy} a device joins its team anew, and brings its records along`, TIMEOUT, async () => {
    const [dir, mateDir] = [await temporaryDir(), await temporaryDir()];
    let mate = await started(mateDir, ['--create-team', 'Keys', '--partitions', '8']);
    const inviteOf = async (): Promise<string> => (await mate.ask('POST', '/v1/invites', { body: '{}' })).json().invite;
    const lost = await startMember(dir, 'm2', ['--join', await inviteOf()]);
    running.add(lost);
    if (lostBy === 'passphrase') await protect(lost, PASSPHRASE);
    await until('it has met its team', async () => (await lost.ask('PUT', '/v1/buckets/notes/keys/a', { body: 'everywhere' })).status === 200);
    await mate.stop();
    assert.equal((await lost.ask('PUT', '/v1/buckets/notes/keys/b?w=any', { body: 'only here' })).status, 202);
    await lost.stop();
    mate = await started(mateDir);
    if (lostBy === 'keychain') await intoKeychain(dir);
    const former = await readFile(join(dir, 'identity.key'));

    const anew = await startMember(dir, 'm2', ['--new-identity', '--join', await inviteOf()]);
    running.add(anew);
    assert.notEqual(anew.memberId, lost.memberId);
    assert.equal(anew.teamId, lost.teamId);
    assert.equal((await anew.ask('GET', '/v1/status')).json().access.key.isProtected, false);
    assert.deepEqual(await readFile(join(dir, 'identity.key.former-1')), former, 'for whoever remembers it');
    await mate.ask('POST', `/v1/members/${lost.memberId}/remove`);
    await until('the others have what only this device had', async () => (await mate.ask('GET', '/v1/buckets/notes/keys/b')).text === 'only here', 60_000);
    for (const member of [anew, mate]) await member.stop();
    for (const each of [dir, mateDir]) await removeDir(each);
  });
}
