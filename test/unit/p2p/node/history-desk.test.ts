/** History and bases over a simulated team. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS } from '../../../../p2p/membership/bucket-registry.ts';
import type { Command, Outcome } from '../../../../p2p/node/commands.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import type { SimOptions } from '../../../sim/options.ts';
import { QUIET } from '../../../sim/options.ts';
import { Simulator, UNWATCHED } from '../../../sim/simulator.ts';

const OPTIONS: SimOptions = { ...QUIET, buckets: [{ name: 'b', settings: DEFAULT_SETTINGS }] };

/** Three members that all keep everything, and what travels between them. */
function team() {
  const seen: Message[] = [];
  const sim = new Simulator(OPTIONS, UNWATCHED, {
    message: (message) => {
      seen.push(message);
      return message;
    },
  });
  sim.startAll();
  sim.run(5_000);
  const ask = (member: string, command: Command): Outcome => {
    let answer: Outcome | undefined;
    sim.member(member).execute(command, (outcome) => (answer = outcome));
    for (let ms = 0; answer === undefined && ms < 6_000; ms += 1) sim.run(1);
    assert.ok(answer !== undefined);
    return answer;
  };
  const put = (member: string, text: string, context?: string): string => {
    const value = new TextEncoder().encode(text);
    const outcome = ask(member, { kind: 'put', bucket: 'b', key: 'k', value, contentType: 't', ...(context !== undefined && { context }) });
    assert.ok(outcome.kind === 'written');
    return outcome.context;
  };
  return { sim, seen, ask, put };
}

const textsOf = (siblings: readonly { readonly value: Uint8Array | undefined }[]): string[] => siblings.map(({ value }) => new TextDecoder().decode(value));

test('CV-15 a history is joined over replicas, and names those that did not answer', () => {
  const { sim, ask, put } = team();
  const one = put('ada', 'one');
  put('ada', 'two', one);
  sim.run(100);
  const whole = ask('ben', { kind: 'history', bucket: 'b', key: 'k' });
  assert.ok(whole.kind === 'history');
  assert.deepEqual([textsOf(whole.versions), whole.silent, whole.isWhole], [['one'], [], true]);
  sim.member('cleo').crash();
  sim.run(40_000);
  const without = ask('ben', { kind: 'history', bucket: 'b', key: 'k' });
  assert.ok(without.kind === 'history');
  assert.deepEqual([textsOf(without.versions), without.silent], [['one'], ['cleo']]);
});

test('CV-15 a base that this device cannot know is sought at the replicas', () => {
  const { sim, seen, ask, put } = team();
  const one = put('ada', 'one');
  sim.run(100);
  sim.member('cleo').stop();
  sim.run(40_000);
  const two = put('ada', 'two', one);
  put('ada', 'left', two);
  put('ben', 'right', two);
  sim.member('cleo').start();
  sim.run(20_000);
  seen.length = 0;
  const reading = ask('cleo', { kind: 'get', bucket: 'b', key: 'k' });
  assert.ok(reading.kind === 'read');
  assert.deepEqual(textsOf(reading.base === undefined ? [] : [reading.base]), ['two'], 'cleo itself only ever saw "one" replaced');
  assert.ok(seen.some(({ kind }) => kind === 'history'));
});

test('CV-15 nobody is asked for a base that is known here, or that cannot be', () => {
  const { sim, seen, ask, put } = team();
  put('ada', 'left');
  put('ben', 'right');
  sim.run(100);
  const blind = ask('ada', { kind: 'get', bucket: 'b', key: 'k' });
  assert.ok(blind.kind === 'read' && blind.base === undefined);
  const both = put('ada', 'both', blind.context);
  put('ada', 'left again', both);
  put('ada', 'right again', both);
  sim.run(100);
  const known = ask('ada', { kind: 'get', bucket: 'b', key: 'k' });
  assert.ok(known.kind === 'read' && known.base !== undefined);
  assert.deepEqual(textsOf([known.base]), ['both']);
  assert.ok(!seen.some(({ kind }) => kind === 'history'));
});

test('CV-15 a base is not waited for beyond the time that the reader has', () => {
  const { sim, ask, put } = team();
  const one = put('ada', 'one');
  sim.run(100);
  sim.member('cleo').stop();
  sim.run(40_000);
  const two = put('ada', 'two', one);
  put('ada', 'left', two);
  put('ben', 'right', two);
  sim.member('cleo').start();
  sim.run(20_000);
  sim.network.block([['cleo', 'ada'], ['cleo', 'ben']]);
  const startMs = sim.queue.nowMs;
  const reading = ask('cleo', { kind: 'get', bucket: 'b', key: 'k', r: 1, timeoutMs: 300 });
  assert.ok(reading.kind === 'read');
  assert.equal(reading.siblings.length, 2);
  assert.ok(sim.queue.nowMs - startMs <= 310, `${sim.queue.nowMs - startMs} ms`);
});
