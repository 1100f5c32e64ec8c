/** From whom a copy of a key is fetched. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { CopiesReader } from '../../../../p2p/node/copies-reader.ts';
import type { Core } from '../../../../p2p/node/core.ts';
import type { ReplicaDesk } from '../../../../p2p/node/replica-desk.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';
import type { Message } from '../../../../p2p/wire/message.ts';

const OBJECT = write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'x', counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt: 0, writeId: '' }).object;

/** What is read of members that answer at once; a member without an answer is silent. @returns how many siblings; `undefined` = not to be had. */
function read(kinds: readonly (readonly string[])[], answers: Readonly<Record<string, 'whole' | 'nothing' | 'refused'>>): number | undefined {
  const found: (number | undefined)[] = [];
  const request = (member: string, _: string, __: Message, done: (reply: object) => void): number => {
    const answer = answers[member];
    if (answer !== undefined) done({ kind: 'read-reply', refused: answer === 'refused', object: answer === 'whole' ? encodeObject(OBJECT) : undefined });
    return 1;
  };
  const core = { self: 'ada', config: { hedgeAfterMs: 1 }, request, after: () => 0, forget: () => undefined, timers: { cancel: () => undefined } } as unknown as Core;
  new CopiesReader(core, {} as ReplicaDesk).read({ ref: keyRef('b', 'k', 8), kinds, timeoutMs: 1, done: (object) => found.push(object?.siblings.length) });
  assert.equal(found.length, 1, 'it is answered once');
  return found[0];
}

test('LW-8 who has given its copy away, or refuses, is passed over while there are others', () => {
  assert.equal(read([['ben', 'cleo']], { ben: 'nothing', cleo: 'whole' }), 1);
  assert.equal(read([['ben', 'cleo']], { ben: 'refused', cleo: 'whole' }), 1);
  assert.equal(read([['ben', 'cleo']], { ben: 'whole' }), 1);
});

test('LW-8 of owners that lack a key, and where all have given it away, there is nothing to read', () => {
  assert.equal(read([['ben'], ['cleo']], { ben: 'whole', cleo: 'nothing' }), 1);
  assert.equal(read([['ben', 'cleo']], { ben: 'nothing', cleo: 'nothing' }), 0);
  assert.equal(read([['ben', 'cleo']], { ben: 'refused', cleo: 'refused' }), undefined);
});
