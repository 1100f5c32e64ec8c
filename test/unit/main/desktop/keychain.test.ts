/** SC-17, SC-18: what the desktop asks of this computer's keychain, and what it says where there is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemKeychain } from '../../../../main/desktop/keychain.ts';
import { KeychainAtParent } from '../../../../main/member/keychain-at-parent.ts';
import { keychainAnswerOf, keychainAskOf } from '../../../../main/member/keychain-messages.ts';
import { FakeSafeStorage } from './fake-safe-storage.ts';

const SECRET = Uint8Array.from({ length: 32 }, (_, at) => 255 - at);

/** The member's keychain over the shell's, as the two processes have it. */
function started(storage: FakeSafeStorage, platform = 'linux'): KeychainAtParent {
  const system = new SystemKeychain(platform, storage);
  const member: KeychainAtParent = new KeychainAtParent((message) => {
    const ask = keychainAskOf(structuredClone(message)) ?? assert.fail('what the member asks is not understood');
    member.receive(structuredClone(system.answer(ask)));
  });
  return member;
}

test('SC-17 what the keychain sealed it opens again, also after a start, and it does not hold the secret in the open', async () => {
  for (const [platform, backend] of [['linux', 'gnome_libsecret'], ['linux', 'kwallet6'], ['darwin', ''], ['win32', '']] as const) {
    const storage = Object.assign(new FakeSafeStorage(), { backend, mark: platform === 'linux' ? 'v11' : 'v10' });
    const sealed = await started(storage, platform).seal(SECRET);
    assert.equal(Buffer.from(sealed).includes(Buffer.from(SECRET)), false);
    assert.deepEqual(await started(storage, platform).open(sealed), SECRET, platform);
  }
});

test('SC-18 where Electron has only its own fallback, or does not know, the keychain is not used, and is said to be none', async () => {
  for (const backend of ['basic_text', 'unknown', 'something new']) {
    const storage = Object.assign(new FakeSafeStorage(), { backend });
    const { isUsable, words } = new SystemKeychain('linux', storage).standing;
    assert.equal(isUsable, false);
    assert.match(words, /No keychain was found/i);
    await assert.rejects(started(storage).seal(SECRET), { name: 'KeychainError', message: words });
    await assert.rejects(started(storage).open(SECRET), { name: 'KeychainError', message: words });
    assert.equal(storage.asked, 0);
  }
  assert.equal(new SystemKeychain('freebsd', new FakeSafeStorage()).standing.isUsable, false);
});

test('SC-18 to know how it stands asks the keychain for nothing', () => {
  const storage = new FakeSafeStorage();
  assert.deepEqual(new SystemKeychain('linux', storage).standing, { isUsable: true, words: 'the keyring of this session' });
  assert.equal(storage.asked, 0);
});

test('SC-18 a keychain that is locked, denied or not running is told from one that has forgotten', async () => {
  const storage = new FakeSafeStorage();
  const sealed = await started(storage).seal(SECRET);
  storage.isAvailable = false;
  const denied = { name: 'KeychainError', message: /No access .*does not run, is locked/ };
  await assert.rejects(started(storage).open(sealed), denied);
  await assert.rejects(started(storage).seal(SECRET), denied);
  storage.isAvailable = true;
  assert.deepEqual(await started(storage).open(sealed), SECRET);
  for (const keyring of ['ada-2', 'ben-1']) {
    storage.keyring = keyring;
    await assert.rejects(started(storage).open(sealed), { name: 'KeychainError', message: /opens another key .*was reset.*another account/ });
  }
});

test('SC-18 nothing is kept by a keychain that does not give it back, or feigns', async () => {
  const forgetful = new (class extends FakeSafeStorage {
    override decryptString(): string {
      return 'something else';
    }
  })();
  const plain = Object.assign(new FakeSafeStorage(), { mark: 'v10' });
  for (const storage of [forgetful, plain]) await assert.rejects(started(storage).seal(SECRET), /did not keep what it was given/);
  await assert.rejects(started(forgetful).open(SECRET), /opens another key/, 'no secret of another length goes to the member');
  const failing = Object.assign(new FakeSafeStorage(), { encryptString: (text: string) => { throw new Error(`cannot take ${text}`); } });
  await assert.rejects(started(failing).seal(SECRET), ({ message }: Error) => !message.includes(Buffer.from(SECRET).toString('base64url')) && /took nothing/.test(message));
});

test('SC-17 answers find their questions; what is none is no message', async () => {
  const asked: number[] = [];
  const member = new KeychainAtParent(({ id }) => asked.push(id));
  const [one, two] = [member.seal(SECRET), member.open(SECRET)];
  const [first = 0, second = 0] = asked;
  for (const noise of [null, 'keychain', { type: 'unlock' }, { type: 'keychain', id: first }, { type: 'keychain', id: first, bytes: [1] }, { type: 'keychain', id: 99, bytes: SECRET }]) member.receive(noise);
  member.receive({ type: 'keychain', id: second, refusal: 'no' });
  member.receive({ type: 'keychain', id: first, bytes: SECRET });
  assert.deepEqual(await one, SECRET);
  await assert.rejects(two, /^KeychainError: no$/);
  for (const bytes of [new Uint8Array(), new Uint8Array(513), 'x', null]) {
    assert.equal(keychainAskOf({ type: 'keychain', id: 1, verb: 'seal', bytes }), null);
    assert.equal(keychainAnswerOf({ type: 'keychain', id: 1, bytes }), null);
  }
  for (const odd of [{ id: 1.5, verb: 'seal' }, { id: 1, verb: 'look' }, { verb: 'open' }]) assert.equal(keychainAskOf({ type: 'keychain', bytes: SECRET, ...odd }), null);
});
