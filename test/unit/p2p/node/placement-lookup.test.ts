/** Who holds a key, step by step: what is asked of whom, and what is made of the answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import type { KeyObject } from '../../../../p2p/causality/key-object.ts';
import { clockHash, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import { testNode } from './test-node.ts';

const NOW: Now = { nowMs: 1_000, wallMs: 1_000 };
const VALUE = new Uint8Array(100_000);

/** The write that this actor numbered so, which has seen its earlier ones. */
const written = (actor: string, counter: number): KeyObject => ({
  context: { upper: new Map([[actor, counter]]), except: [] },
  siblings: [{ dot: { actor, counter }, value: VALUE, contentType: 't', writtenBy: 'ada', writtenAt: 0, writeId: '', seen: EMPTY_CONTEXT }],
});
const OLD = written('x', 1);
const NEW = written('x', 2);

/** Ada asks; she holds `own`, or her disk has not said yet. */
function lookUp(own: KeyObject | undefined | 'late') {
  const node = testNode({ others: ['ben', 'cleo'] });
  node.start(NOW);
  for (const member of ['ben', 'cleo']) node.core.detector.connected(member, NOW.nowMs);
  const ref = node.core.keyRef('b', 'k');
  const effects = [...node.step({ kind: 'client', token: 7, command: { kind: 'placement', bucket: 'b', key: 'k' } }, NOW)];
  const add = (more: readonly Effect[]): void => void effects.push(...more);
  const readHere = (object: KeyObject | undefined): void => {
    for (const effect of [...effects]) if (effect.kind === 'read') add(node.step({ kind: 'read', token: effect.token, object: object && encodeObject(object) }, NOW));
  };
  if (own !== 'late') readHere(own);
  const asked = () => effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'read' ? [{ to: effect.to, ...effect.message }] : []));
  const reply = (from: string, over: { hash?: Uint8Array; object?: Uint8Array; refused?: boolean }): void => {
    const { id } = asked().findLast(({ to }) => to === from) ?? assert.fail(`nothing was asked of ${from}`);
    add(node.step({ kind: 'message', from, message: { kind: 'read-reply', id, refused: false, hash: undefined, object: undefined, horizon: 0, ...over } }, NOW));
  };
  return {
    node, effects, readHere,
    digest: (from: string, object: KeyObject | undefined) => reply(from, object === undefined ? {} : { hash: clockHash(ref, object) }),
    send: (from: string, object: KeyObject) => reply(from, { hash: clockHash(ref, object), object: encodeObject(object) }),
    reply,
    values: () => asked().filter(({ digest }) => !digest).map(({ to }) => to),
    placed: () => effects.flatMap((effect) => (effect.kind === 'reply' && effect.outcome.kind === 'placed' ? [effect.outcome] : [])),
  };
}

const said = (placed: ReturnType<ReturnType<typeof lookUp>['placed']>) =>
  placed.map(({ holders, dots, silent }) => ({ holders: Object.fromEntries(holders.map((holder) => [holder.member, holder.dots])), dots, silent: [...silent] }));

test('TS-12 who holds what is here says so by a hash, and no value travels', () => {
  const { digest, values, placed } = lookUp(NEW);
  digest('ben', NEW);
  digest('cleo', NEW);
  assert.deepEqual(said(placed()), [{ holders: { ada: ['x:2'], ben: ['x:2'], cleo: ['x:2'] }, dots: ['x:2'], silent: [] }]);
  assert.deepEqual(values(), []);
});

test('TS-12 what is not here is fetched once, however many hold it', () => {
  const { digest, send, values, placed } = lookUp(undefined);
  digest('ben', NEW);
  assert.deepEqual(values(), ['ben']);
  digest('cleo', NEW);
  assert.deepEqual([values(), placed()], [['ben'], []]);
  send('ben', NEW);
  assert.deepEqual(said(placed()), [{ holders: { ben: ['x:2'], cleo: ['x:2'] }, dots: ['x:2'], silent: [] }]);
});

test('TS-12 an older copy is told from what it is older than', () => {
  const { digest, send, values, placed } = lookUp(OLD);
  digest('ben', undefined);
  digest('cleo', NEW);
  send('cleo', NEW);
  assert.deepEqual(said(placed()), [{ holders: { ada: ['x:1'], cleo: ['x:2'] }, dots: ['x:2'], silent: [] }]);
  assert.deepEqual(values(), ['cleo']);
});

test('TS-12 what was written anew while it was asked for is fetched from the other, and else is not known', () => {
  const first = lookUp(undefined);
  first.digest('ben', OLD);
  first.digest('cleo', OLD);
  first.send('ben', NEW);
  assert.deepEqual(first.values(), ['ben', 'cleo']);
  first.send('cleo', OLD);
  assert.deepEqual(said(first.placed()), [{ holders: { ben: ['x:1'], cleo: ['x:1'] }, dots: ['x:1'], silent: [] }]);
  const second = lookUp(undefined);
  second.digest('ben', OLD);
  second.digest('cleo', undefined);
  second.send('ben', NEW);
  assert.deepEqual(said(second.placed()), [{ holders: {}, dots: [], silent: ['ben'] }]);
});

test('TS-7 a copy that is refused, or of which a peer tells what is no object, is not known', () => {
  const { reply, digest, values, placed, effects } = lookUp(undefined);
  reply('cleo', { refused: true });
  digest('ben', NEW);
  assert.deepEqual([values(), placed()], [['ben'], []]);
  reply('ben', { object: new Uint8Array([9, 9]) });
  assert.deepEqual(said(placed()), [{ holders: {}, dots: [], silent: ['cleo', 'ben'] }]);
  assert.ok(effects.some((effect) => effect.kind === 'trace' && effect.event.kind === 'rejected' && effect.event.from === 'ben'));
});

test('TS-7 who tells late of a copy that nobody else gave is asked for it', () => {
  const { reply, digest, values, placed } = lookUp(undefined);
  digest('ben', NEW);
  reply('ben', { object: new Uint8Array([9, 9]) });
  digest('cleo', NEW);
  assert.deepEqual([values(), placed()], [['ben', 'cleo'], []]);
});

test('TS-7 who has not said is not known once the time is over, and it is answered once', () => {
  const { node, digest, readHere, placed, effects } = lookUp('late');
  digest('ben', NEW);
  digest('cleo', undefined);
  const late = { nowMs: NOW.nowMs + node.core.config.requestTimeoutMs, wallMs: NOW.wallMs };
  effects.push(...node.step({ kind: 'wake' }, late));
  const answer = [{ holders: {}, dots: [], silent: ['ben', 'ada'] }];
  assert.deepEqual(said(placed()), answer);
  readHere(NEW);
  assert.deepEqual(said(placed()), answer);
});
