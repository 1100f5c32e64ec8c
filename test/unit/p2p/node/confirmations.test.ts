/** What a member says of the writes that were made at it, over a simulated team of three. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS } from '../../../../p2p/membership/bucket-registry.ts';
import type { Outcome } from '../../../../p2p/node/commands.ts';
import { UNCONFIRMED_MAX } from '../../../../p2p/node/confirmations.ts';
import type { WriteQuorumSpec } from '../../../../p2p/types.ts';
import type { SimOptions } from '../../../sim/options.ts';
import { QUIET } from '../../../sim/options.ts';
import { Simulator, UNWATCHED } from '../../../sim/simulator.ts';

const OPTIONS: SimOptions = {
  ...QUIET,
  buckets: [{ name: 'b', settings: DEFAULT_SETTINGS }, { name: 'one', settings: { ...DEFAULT_SETTINGS, w: 1 } }],
};

function team() {
  const sim = new Simulator(OPTIONS, UNWATCHED);
  sim.startAll();
  sim.run(5_000);
  const ada = sim.member('ada');
  const put = (key: string, { bucket = 'b', w }: { bucket?: string; w?: WriteQuorumSpec } = {}): Outcome => {
    let answer: Outcome | undefined;
    const value = new TextEncoder().encode('v');
    ada.execute({ kind: 'put', bucket, key, value, contentType: 't', ...(w !== undefined && { w }) }, (outcome) => (answer = outcome));
    for (let ms = 0; answer === undefined && ms < 6_000; ms += 1) sim.run(1);
    assert.ok(answer !== undefined);
    return answer;
  };
  const writes = () => ada.node?.confirmations.snapshot() ?? assert.fail();
  const counts = (): readonly number[] => [writes().underWay, writes().unconfirmed, writes().hereOnly];
  const crash = (...names: string[]): void => {
    for (const name of names) sim.member(name).crash();
    sim.run(40_000);
  };
  const back = (name: string): void => {
    sim.member(name).start();
    sim.run(30_000);
  };
  return { sim, ada, put, counts, writes, crash, back };
}

test('TS-1 a write is under way until enough other machines have it, and then is forgotten', () => {
  const { sim, ada, counts } = team();
  ada.execute({ kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array(1), contentType: 't' }, () => undefined);
  let most = 0;
  for (let ms = 0; ms < 200; ms += 1) {
    sim.run(1);
    most = Math.max(most, counts()[0] ?? 0);
  }
  assert.equal(most, 1);
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('TS-2 a write that reached nobody is here only; hints that are delivered confirm it machine by machine', () => {
  const { put, counts, crash, back } = team();
  crash('ben', 'cleo');
  assert.equal(put('k', { w: 'any' }).kind, 'written');
  assert.deepEqual(counts(), [0, 1, 1]);
  put('k', { w: 'any' });
  assert.deepEqual(counts(), [0, 1, 1], 'a key counts once');
  back('ben');
  assert.deepEqual(counts(), [0, 1, 0]);
  back('cleo');
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('TS-2 enough is what the bucket asks for, not what one request did', () => {
  const { sim, put, counts, crash } = team();
  crash('cleo');
  put('k', { bucket: 'one' });
  sim.run(100);
  assert.deepEqual(counts(), [0, 0, 0], 'w is one, and Ben has it');
  put('k', { w: 'one' });
  sim.run(100);
  assert.deepEqual(counts(), [0, 1, 0], 'the bucket asks for two, and there are two others');
});

test('TS-2 a later write on enough machines takes the earlier one along', () => {
  const { ada, counts } = team();
  const { confirmations, core } = ada.node ?? assert.fail();
  const write = (counter: number) => confirmations.begin(core.keyRef('b', 'k'), { actor: 'a', counter });
  confirmations.settle(write(1), true);
  assert.deepEqual(counts(), [0, 1, 1]);
  const later = write(2);
  confirmations.confirm(later, 'ben');
  confirmations.confirm(later, 'ada');
  assert.deepEqual(counts(), [1, 1, 1], 'the own copy is none elsewhere');
  confirmations.confirm(later, 'cleo');
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('TS-2 fewer others make fewer enough', () => {
  const { sim, ada, put, counts, crash } = team();
  crash('cleo');
  put('k');
  assert.deepEqual(counts(), [0, 1, 0]);
  ada.execute({ kind: 'remove-member', member: 'cleo' }, () => undefined);
  sim.run(1_000);
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('TS-3 what is remembered is bounded, and it is said when that was too little', () => {
  const { ada, writes } = team();
  const { confirmations, core } = ada.node ?? assert.fail();
  for (let number = 1; number <= UNCONFIRMED_MAX + 1; number += 1) {
    confirmations.settle(confirmations.begin(core.keyRef('b', `k${number}`), { actor: 'a', counter: number }), true);
  }
  assert.deepEqual([writes().unconfirmed, writes().isWhole], [UNCONFIRMED_MAX, false]);
});

test('TS-3 what this disk refused does not wait here', () => {
  const { ada, counts } = team();
  const { confirmations, core } = ada.node ?? assert.fail();
  confirmations.settle(confirmations.begin(core.keyRef('b', 'k'), { actor: 'a', counter: 1 }), false);
  assert.deepEqual(counts(), [0, 0, 0]);
});

test('TS-7 a placement says who did not answer', () => {
  const { sim, ada, put } = team();
  put('k', { w: 'all' });
  sim.member('cleo').crash();
  sim.run(100);
  let placed: Outcome | undefined;
  ada.execute({ kind: 'placement', bucket: 'b', key: 'k' }, (outcome) => (placed = outcome));
  sim.run(4_000);
  assert.ok(placed?.kind === 'placed');
  assert.deepEqual(placed.silent, ['cleo']);
  assert.deepEqual(placed.holders.map(({ member }) => member).sort(), ['ada', 'ben']);
});

test('TS-11 a placement says what there is now: what one holder has and another knows to be replaced is not', () => {
  const { sim, ada, put } = team();
  put('k', { w: 'all' });
  sim.member('cleo').crash();
  sim.run(100);
  const context = contextOf('k');
  const value = new TextEncoder().encode('new');
  ada.execute({ kind: 'put', bucket: 'b', key: 'k', value, contentType: 't', context }, () => undefined);
  sim.run(4_000);
  // The copy that waits for cleo waits at ada.
  ada.crash();
  sim.member('cleo').start();
  const ben = sim.member('ben');
  const seen: Extract<Outcome, { readonly kind: 'placed' }>[] = [];
  for (let tries = 0; tries < 400 && !seen.some(({ holders }) => holders.length === 2); tries += 1) {
    ben.execute({ kind: 'placement', bucket: 'b', key: 'k' }, (outcome) => {
      if (outcome?.kind === 'placed') seen.push(outcome);
    });
    sim.run(20);
  }
  const first = seen.find(({ holders }) => holders.length === 2) ?? assert.fail();
  const dotsOf = (name: string): readonly string[] => first.holders.find(({ member }) => member === name)?.dots ?? [];
  assert.notDeepEqual(dotsOf('cleo'), dotsOf('ben'), 'it was asked before it was given the new one');
  assert.deepEqual(first.dots, dotsOf('ben'));

  function contextOf(key: string): string {
    let read: Outcome | undefined;
    ada.execute({ kind: 'get', bucket: 'b', key }, (outcome) => (read = outcome));
    sim.run(1_000);
    assert.ok(read?.kind === 'read');
    return read.context;
  }
});
