/** What Settings says of HTTP and of the key is what was found, no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpWords, keyWords, protectionChoices } from '../../../../renderer/state/access-words.ts';

const access = (mode: string | null, address?: string, protectedBy: 'passphrase' | 'keychain' | null = null) => ({ http: address === undefined ? null : { address, tokenFile: '/data/http-token' }, key: { file: '/data/identity.key', mode, isProtected: protectedBy !== null, protectedBy } });

test('WN-24 HTTP is said to be off, for this computer, or for others too, with where its token is', () => {
  assert.match(httpWords(access('600')).hint, /start it with --http 127\.0\.0\.1:0/);
  assert.equal(httpWords(access('600')).value, 'Off');
  for (const address of ['http://127.0.0.1:80', 'http://localhost:80', 'http://[::1]:80', 'http://127.1.2.3:9']) {
    assert.deepEqual(httpWords(access('600', address)), { value: address, hint: 'For programs that send the token in /data/http-token. This computer only.' });
  }
  for (const address of ['http://192.168.1.2:80', 'http://[fd00::1]:80', 'http://0.0.0.0:80']) assert.match(httpWords(access('600', address)).hint, /Other computers reach it/);
});

test('WN-24 the key is said to be as open as it is, and to be encrypted only when it is', () => {
  assert.match(keyWords(access('600')).hint, /Only your account .*mode 0600.*not encrypted/);
  assert.match(keyWords(access('400')).hint, /Only your account/);
  for (const mode of ['644', '640', '606', '660']) assert.match(keyWords(access(mode)).hint, /Others on this computer may open it/);
  assert.match(keyWords(access('600', undefined, 'passphrase')).hint, /Only your account .*It is encrypted by a passphrase/);
  assert.doesNotMatch(keyWords(access('600', undefined, 'passphrase')).hint, /not encrypted/);
  assert.match(keyWords(access('600', undefined, 'keychain')).hint, /Only your account .*It is encrypted, and this computer’s keychain opens it/);
  assert.match(keyWords(access(null)).hint, /permissions of its folder.*not encrypted/);
});

test('WN-24 what the key can be protected by is what this computer has, and what it lacks is said', () => {
  const choosable = (keychain: Parameters<typeof protectionChoices>[0]) => protectionChoices(keychain).filter(({ canChoose }) => canChoose).map(({ value }) => value);
  const detail = (keychain: Parameters<typeof protectionChoices>[0]) => protectionChoices(keychain).find(({ value }) => value === 'keychain')?.detail;
  assert.deepEqual(choosable(null), ['nothing', 'passphrase']);
  assert.equal(detail(null), 'Only the desktop app can use it.');
  assert.deepEqual(choosable({ isUsable: false, words: 'There is none.' }), ['nothing', 'passphrase']);
  assert.match(detail({ isUsable: false, words: 'There is none.' }) ?? '', /^There is none\. .*no protection: take a passphrase/);
  assert.deepEqual(choosable({ isUsable: true, words: 'KWallet' }), ['nothing', 'keychain', 'passphrase']);
  assert.match(detail({ isUsable: true, words: 'KWallet' }) ?? '', /KWallet opens it/);
});
