/** SC-13: what is in an encrypted key's file is hostile, and only its passphrase opens it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWrapped, passphraseLock, unwrap } from '../../../../p2p/libp2p/wrapped-key.ts';

const CHEAP = { log2N: 10, r: 1, p: 1 };
const PLAIN = new Uint8Array([8, 1, 18, 64, 5, 6, 7]);
const CHECK_BYTES = 8;
const HEAD_BYTES = 'RINGKEY'.length + 5;

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

test('SC-13 any other bytes are unreadable, whatever their length', async () => {
  const head = Buffer.from('RINGKEY\u0001\u0001\u000a\u0001\u0001', 'latin1');
  const bytes = fc.uint8Array({ maxLength: 2_048 });
  await fc.assert(fc.asyncProperty(fc.oneof(bytes, bytes.map((tail) => new Uint8Array([...head, ...tail]))), async (hostile) => {
    assert.equal((await unwrap(hostile, 'x')).outcome, 'unreadable');
  }));
  const long = rechecked(new Uint8Array([...head, ...new Uint8Array(2_000)]));
  assert.equal((await unwrap(long, 'x')).outcome, 'unreadable');
});
