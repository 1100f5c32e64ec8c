/** SC-17, SC-18: what a member says when its key is in a keychain, and what a change of protection needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkParams, PARAMS } from '../../../../main/api/params.ts';
import { type Keychain, KeychainError, openersOf, protectionOf } from '../../../../main/member/key-asking.ts';

const SEALED = new Uint8Array([9, 9, 9]);
const passphrase = (): Promise<string> => Promise.resolve('correct horse');
const failing = (error: Error): Keychain => ({ seal: () => Promise.reject(error), open: () => Promise.reject(error) });

test('SC-18 without the desktop a key in the keychain is one line of what to do, and exit 5', async () => {
  const { keychain } = openersOf({ passphrase, keychain: undefined }, '/data');
  await assert.rejects(keychain(SEALED, false), ({ message, exitCode }: Error & { exitCode: number }) => {
    assert.match(message, /keychain, which only the desktop app can ask\. Start the desktop app on \/data\. .*choose a passphrase or nothing there/);
    assert.equal(message.includes('\n'), false);
    return exitCode === 5;
  });
});

test('SC-18 a keychain that refuses or has forgotten is told with the way back, and exit 5', async () => {
  const way = /its records come along\. [^]*\n\nringleaf start --new-identity --data-dir \/data --join INVITE$/;
  const refusing = openersOf({ passphrase, keychain: failing(new KeychainError('It is locked.')) }, '/data');
  await assert.rejects(refusing.keychain(SEALED, false), { exitCode: 5, message: /does not open this device's key\. It is locked\.\n\nNothing was changed/ });
  await assert.rejects(refusing.keychain(SEALED, false), { message: way });
  const other = openersOf({ passphrase, keychain: { ...failing(new Error()), open: () => Promise.resolve(SEALED) } }, '/data');
  assert.equal(await other.keychain(SEALED, false), SEALED);
  await assert.rejects(other.keychain(SEALED, true), { exitCode: 5, message: /was reset/ });
  await assert.rejects(other.keychain(SEALED, true), { message: way });
});

test('SC-17 each choice of a keychain has a secret of its own; a refusal is an error with a code', async () => {
  const given: Uint8Array[] = [];
  const keychain: Keychain = { seal: (secret) => Promise.resolve(given.push(secret) > 0 ? SEALED : SEALED), open: () => assert.fail('nothing is opened') };
  const one = await protectionOf({ keychain: true }, keychain);
  assert.deepEqual(one, { by: 'keychain', secret: given[0], sealed: SEALED });
  await protectionOf({ keychain: true }, keychain);
  assert.equal(given[0]?.byteLength, 32);
  assert.notDeepEqual(given[0], given[1]);
  assert.deepEqual(await protectionOf({ passphrase: 'correct horse' }, undefined), { by: 'passphrase', passphrase: 'correct horse' });
  assert.equal(await protectionOf({ passphrase: null }, keychain), null);
  await assert.rejects(protectionOf({ keychain: true }, undefined), { code: 'KEYCHAIN_UNAVAILABLE', message: /Only the desktop app/ });
  await assert.rejects(protectionOf({ keychain: true }, failing(new KeychainError('It is locked.'))), { code: 'KEYCHAIN_UNAVAILABLE', message: 'It is locked.' });
});

test('SC-17 a call chooses one protection, and no message says what was given', () => {
  assert.deepEqual(checkParams(PARAMS.protectKey, { keychain: true }), { keychain: true });
  assert.deepEqual(checkParams(PARAMS.protectKey, { passphrase: null }), { passphrase: null });
  assert.deepEqual(checkParams(PARAMS.protectKey, { passphrase: 'correct horse' }), { passphrase: 'correct horse' });
  for (const neither of [{}, { keychain: true, passphrase: 'correct horse' }, { keychain: true, passphrase: null }]) {
    assert.throws(() => checkParams(PARAMS.protectKey, neither), { code: 'BAD_REQUEST', message: /either passphrase or keychain$/ });
  }
  assert.throws(() => checkParams(PARAMS.protectKey, { keychain: false }), { code: 'BAD_REQUEST' });
  assert.throws(() => checkParams(PARAMS.protectKey, { passphrase: 'seven77' }), ({ message }: Error) => !message.includes('seven77'));
});
