/** SC-13: what is in an encrypted key's file is hostile, and only its passphrase opens it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWrapped, keychainLock, passphraseLock, readWrapped } from '../../../../p2p/libp2p/wrapped-key.ts';
import type { Unwrapped } from '../../../../p2p/libp2p/wrapped-key.ts';

const CHEAP = { log2N: 10, r: 1, p: 1 };
const PLAIN = new Uint8Array([8, 1, 18, 64, 5, 6, 7]);
const CHECK_BYTES = 8;
const HEAD_BYTES = 'RINGKEY'.length + 5;

async function unwrap(bytes: Uint8Array, passphrase: string): Promise<Unwrapped | { readonly outcome: 'unreadable' }> {
  const wrapped = readWrapped(bytes);
  return wrapped?.by === 'passphrase' ? wrapped.open(passphrase) : { outcome: 'unreadable' };
}

/** With the check of what is there now, as somebody would make it who knows the format. */
function rechecked(bytes: Uint8Array): Uint8Array {
  const said = bytes.subarray(0, bytes.byteLength - CHECK_BYTES);
  return new Uint8Array([...said, ...createHash('sha256').update(said).digest().subarray(0, CHECK_BYTES)]);
}

test('SC-13 a key opens by its passphrase alone, however its letters are composed', async () => {
  const file = (await passphraseLock('Zürich, 東京', CHEAP)).wrap(PLAIN);
  assert.ok(isWrapped(file) && !isWrapped(PLAIN));
  const opened = await unwrap(file, 'Zürich, 東京'.normalize('NFD'));
  assert.ok(opened.outcome === 'opened');
  assert.deepEqual(opened.plain, PLAIN);
  for (const wrong of ['', 'zürich, 東京', 'Zürich, 東京 ']) assert.equal((await unwrap(file, wrong)).outcome, 'wrong');
});

test('SC-13 neither the key nor the passphrase is in the file, and no two files are alike', async () => {
  const lock = await passphraseLock('correct horse', CHEAP);
  const [one, two] = [lock.wrap(PLAIN), lock.wrap(PLAIN)];
  assert.notDeepEqual(one, two);
  for (const file of [one, two]) {
    assert.equal(Buffer.from(file).includes(Buffer.from(PLAIN)), false);
    assert.equal(Buffer.from(file).includes('correct horse'), false);
    assert.equal((await unwrap(file, 'correct horse')).outcome, 'opened');
  }
});

test('SC-13 the cost of a new file is that of OWASP at least, and it is honoured', async () => {
  const file = (await passphraseLock('correct horse')).wrap(PLAIN);
  assert.deepEqual([...file.subarray(HEAD_BYTES - 5, HEAD_BYTES)], [1, 1, 17, 8, 1]);
  assert.equal((await unwrap(file, 'correct horse')).outcome, 'opened');
});

test('SC-13 a damaged file is told from a wrong passphrase', async () => {
  const file = (await passphraseLock('correct horse', CHEAP)).wrap(PLAIN);
  await fc.assert(fc.asyncProperty(fc.nat(file.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
    const damaged = file.map((byte, index) => (index === at ? byte ^ flip : byte));
    assert.equal((await unwrap(damaged, 'correct horse')).outcome, 'unreadable');
  }));
});

test('SC-13 what is authenticated cannot be changed with a fresh check, and a cost beyond the bounds is not paid', async () => {
  const file = (await passphraseLock('correct horse', CHEAP)).wrap(PLAIN);
  // Below the costs, whose bounds are looked at in the next lines.
  await fc.assert(fc.asyncProperty(fc.integer({ min: HEAD_BYTES, max: file.byteLength - CHECK_BYTES - 1 }), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
    const forged = rechecked(file.map((byte, index) => (index === at ? byte ^ flip : byte)));
    assert.equal((await unwrap(forged, 'correct horse')).outcome, 'wrong');
  }));
  for (const [version, by, log2N, r, p] of [[2, 1, 10, 1, 1], [1, 2, 10, 1, 1], [1, 1, 9, 1, 1], [1, 1, 19, 1, 1], [1, 1, 63, 1, 1], [1, 1, 10, 0, 1], [1, 1, 10, 17, 1], [1, 1, 10, 1, 0], [1, 1, 10, 1, 5]] as const) {
    const asking = rechecked(new Uint8Array([...file.subarray(0, HEAD_BYTES - 5), version, by, log2N, r, p, ...file.subarray(HEAD_BYTES)]));
    assert.equal((await unwrap(asking, 'correct horse')).outcome, 'unreadable', `${version} ${by} ${log2N} ${r} ${p}`);
  }
});

const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at);
const SEALED = Uint8Array.from({ length: 60 }, (_, at) => 255 - at);

function unseal(bytes: Uint8Array, secret: Uint8Array): Unwrapped | { readonly outcome: 'unreadable' } {
  const wrapped = readWrapped(bytes);
  return wrapped?.by === 'keychain' ? wrapped.open(secret) : { outcome: 'unreadable' };
}

test('SC-17 a key that a keychain protects says what the keychain is to open, and opens by that secret alone', () => {
  const file = keychainLock(SECRET, SEALED).wrap(PLAIN);
  const wrapped = readWrapped(file);
  assert.ok(wrapped?.by === 'keychain');
  assert.deepEqual(wrapped.sealed, SEALED);
  const opened = wrapped.open(SECRET);
  assert.ok(opened.outcome === 'opened');
  assert.deepEqual([opened.plain, opened.lock.by], [PLAIN, 'keychain']);
  assert.deepEqual(unseal(opened.lock.wrap(PLAIN), SECRET).outcome, 'opened', 'what takes its place opens alike');
  for (const wrong of [new Uint8Array(), new Uint8Array(32), SECRET.subarray(1), new Uint8Array([...SECRET, 0])]) assert.equal(wrapped.open(wrong).outcome, 'wrong');
  for (const secret of [PLAIN, SECRET]) assert.equal(Buffer.from(file).includes(Buffer.from(secret)), false);
});

test('SC-17 a damaged file is told from a keychain that has forgotten, and what it says cannot be changed', () => {
  const file = keychainLock(SECRET, SEALED).wrap(PLAIN);
  for (let at = 0; at < file.byteLength; at += 1) {
    const damaged = file.map((byte, index) => (index === at ? byte ^ 4 : byte));
    assert.equal(unseal(damaged, SECRET).outcome, 'unreadable', `byte ${at}`);
    if (at < HEAD_BYTES - 1 || at >= file.byteLength - CHECK_BYTES) continue;
    assert.notEqual(unseal(rechecked(damaged), SECRET).outcome, 'opened', `byte ${at}`);
  }
  for (const bytes of [0, 513]) assert.throws(() => keychainLock(SECRET, new Uint8Array(bytes)), RangeError);
  assert.throws(() => keychainLock(SECRET.subarray(1), SEALED), RangeError);
  assert.equal(unseal(keychainLock(SECRET, new Uint8Array(512)).wrap(new Uint8Array(80)), SECRET).outcome, 'opened', 'the longest');
});

test('SC-17 lengths that a file says are looked at before they are believed', () => {
  const file = keychainLock(SECRET, SEALED).wrap(PLAIN);
  const saying = (length: number): Uint8Array => rechecked(new Uint8Array([...file.subarray(0, HEAD_BYTES - 3), length >> 8, length & 255, ...file.subarray(HEAD_BYTES - 1)]));
  assert.equal(unseal(saying(SEALED.byteLength), SECRET).outcome, 'opened');
  for (const length of [0, 513, 65_535, SEALED.byteLength + PLAIN.byteLength + 1]) assert.equal(unseal(saying(length), SECRET).outcome, 'unreadable', String(length));
  for (const length of [1, SEALED.byteLength - 1, SEALED.byteLength + 1]) assert.equal(unseal(saying(length), SECRET).outcome, 'wrong', String(length));
});

test('SC-13 any other bytes are unreadable, whatever their length', async () => {
  const head = Buffer.from('RINGKEY\u0001\u0001\u000a\u0001\u0001', 'latin1');
  const bytes = fc.uint8Array({ maxLength: 2_048 });
  await fc.assert(fc.asyncProperty(fc.oneof(bytes, bytes.map((tail) => new Uint8Array([...head, ...tail]))), async (hostile) => {
    assert.equal((await unwrap(hostile, 'x')).outcome, 'unreadable');
  }));
  const long = rechecked(new Uint8Array([...head, ...new Uint8Array(2_000)]));
  assert.equal((await unwrap(long, 'x')).outcome, 'unreadable');
});
