/** QP-40, QP-41: the writes that a token tells of. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { TOKEN_CHARS_MAX } from '../../../../p2p/bounds.ts';
import { fromBase64url, toBase64url } from '../../../../p2p/bytes/base64url.ts';
import type { CausalContext } from '../../../../p2p/causality/causal-context.ts';
import { contextToken, readToken, sealOf } from '../../../../p2p/causality/context-token.ts';
import type { ReplacedWrite } from '../../../../p2p/causality/replaced-writes.ts';
import { REPLACED_MAX } from '../../../../p2p/causality/replaced-writes.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';

const REF = keyRef('b', 'k', 8);
const SEAL = sealOf({ nonce: new Uint8Array(16) });
const ACTOR = randomBytes(8).toString('base64url');
const CONTEXT: CausalContext = { upper: new Map([['a', 3], [ACTOR, 900]]), except: [{ actor: ACTOR, from: 5, to: 5 }] };
const write = (actor: string, counter: number): ReplacedWrite => ({ tag: randomBytes(8).subarray(), dot: { actor, counter } });

const checkOf = (body: Uint8Array): Uint8Array => sha256(body).subarray(0, 4);

function written(writes: readonly ReplacedWrite[], context = CONTEXT): string {
  return contextToken(REF, context, SEAL, { stamp: 7, writes });
}

test('QP-40 a token tells of the writes that it was given and covers, in their order', () => {
  const [one, two] = [write(ACTOR, 900), write('a', 1)];
  const reading = readToken(REF, written([one, write(ACTOR, 5), write(ACTOR, 901), write('b', 1), two]), SEAL);
  assert.ok(reading.kind === 'context');
  assert.deepEqual(reading.writes.map(({ tag, dot }) => [[...tag], dot]), [one, two].map(({ tag, dot }) => [[...tag], dot]));
  assert.deepEqual([reading.stamp, reading.isSealed, reading.context.upper.get('a')], [7, true, 3]);
});

test('QP-41 each costs 11 bytes at most; without any a token is as it was before, and is read', () => {
  const none = written([]);
  const all = written(Array.from({ length: REPLACED_MAX }, (_, index) => write(ACTOR, 100 + index)));
  const bytes = (token: string): number => fromBase64url(token)?.length ?? 0;
  assert.ok(bytes(all) - bytes(none) <= 1 + 11 * REPLACED_MAX, `${bytes(all) - bytes(none)} bytes`);
  assert.equal(fromBase64url(none)?.[0], 2);
  const reading = readToken(REF, none, SEAL);
  assert.ok(reading.kind === 'context' && reading.writes.length === 0);
});

test('QP-41 a context that fills a token goes without writes', () => {
  const upper = new Map(Array.from({ length: 4_462 }, () => [randomBytes(8).toString('base64url'), 1_000]));
  assert.ok(TOKEN_CHARS_MAX - contextToken(REF, { upper, except: [] }, SEAL).length < 100);
  const [actor = ''] = upper.keys();
  const token = written(Array.from({ length: REPLACED_MAX }, () => write(actor, 1)), { upper, except: [] });
  assert.ok(token.length <= TOKEN_CHARS_MAX);
  const reading = readToken(REF, token, SEAL);
  assert.ok(reading.kind === 'context' && reading.writes.length === 0);
});

test('QP-41 writes that are made up, too many or none are malformed', () => {
  const token = fromBase64url(written([write('a', 1)])) ?? assert.fail();
  // From the end: seal, check, counter, number of the actor, tag, count.
  const at = { counter: token.length - 13, actor: token.length - 14, count: token.length - 23 };
  const body = (index: number, value: number): string => {
    const changed = token.with(index, value).subarray(0, token.length - 12);
    return toBase64url(Uint8Array.from([...changed, ...checkOf(changed), ...SEAL(changed)]));
  };
  assert.equal(readToken(REF, body(at.counter, 1), SEAL).kind, 'context');
  for (const [index, value] of [[at.counter, 4], [at.counter, 0], [at.actor, 2], [at.count, 0], [at.count, 2], [at.count, REPLACED_MAX + 1]] as const) {
    assert.deepEqual(readToken(REF, body(index, value), SEAL), { kind: 'malformed' }, `${index - token.length} ${value}`);
  }
});
