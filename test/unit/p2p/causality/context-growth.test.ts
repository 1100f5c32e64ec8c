/** What it costs that each opening of a store has an actor of its own. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { TOKEN_CHARS_MAX } from '../../../../p2p/bounds.ts';
import { contextToken, readToken, sealOf } from '../../../../p2p/causality/context-token.ts';
import type { KeyObject } from '../../../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';

const REF = keyRef('b', 'k', 8);
const SEAL = sealOf({ nonce: new Uint8Array(16) });

/** A key that is written ten times in each opening, by somebody who has seen all before. */
function writtenIn(openings: number): KeyObject {
  let object = EMPTY_OBJECT;
  for (let opening = 0; opening < openings; opening += 1) {
    const actor = randomBytes(8).toString('base64url');
    for (let counter = 1; counter <= 10; counter += 1) {
      object = write(object, object.context, { dot: { actor, counter: counter * 100 }, value: new Uint8Array(1), contentType: 't', writtenBy: 'm', writtenAt: 0, writeId: 'w' }).object;
    }
  }
  return object;
}

test('CV-17 an opening of a store costs the context of a key that is written in it 11 bytes, and nothing else', () => {
  const [one, many] = [writtenIn(1), writtenIn(1_001)];
  assert.equal(many.context.upper.size, 1_001);
  const perOpening = (contextToken(REF, many.context, SEAL).length - contextToken(REF, one.context, SEAL).length) / 1_000;
  assert.ok(perOpening < 14.8, `${perOpening} characters of a token an opening`);
  const bytes = (encodeObject(many).length - encodeObject(one).length) / 1_000;
  assert.ok(bytes < 22.2, `${bytes} bytes of the object an opening: its context, and what its sibling has seen`);
});

test('CV-17 a key that was written in 4,000 openings can still be read and replaced', () => {
  const upper = new Map(Array.from({ length: 4_000 }, () => [randomBytes(8).toString('base64url'), 1_000]));
  const token = contextToken(REF, { upper, except: [] }, SEAL);
  assert.ok(token.length <= TOKEN_CHARS_MAX);
  const reading = readToken(REF, token, SEAL);
  assert.ok(reading.kind === 'context' && reading.context.upper.size === 4_000);
});
