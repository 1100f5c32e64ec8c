/** What the simulator takes for durable, and what it remembers of disks that are gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { Disk } from './disk.ts';
import { History } from './history.ts';
import { EventQueue } from './queue.ts';
import { SeededRandom } from './random.ts';

const REF = keyRef('b', 'k', 8);
const OBJECT: KeyObject = { context: { upper: new Map([['a', 7]]), except: [] }, siblings: [] };

function disk(syncMs: number) {
  const queue = new EventQueue();
  const it = new Disk('ada', queue, new SeededRandom(1, 'disk'), { readMs: 0, syncMs }, {});
  it.open();
  const commit = (): void => it.commit([{ kind: 'meta', name: 'm', bytes: new Uint8Array(1) }], () => undefined);
  return { queue, it, commit };
}

test('what waits when an old disk is put back was never on any disk, and what waits when a process is killed is', () => {
  const { it, commit } = disk(1_000);
  const old = it.image();
  commit();
  it.restore(old);
  it.open();
  assert.equal(it.meta('m').length, 0);
  commit();
  it.crash();
  assert.equal(it.meta('m').length, 1);
});

test('a disk that was slow is behind until what waits is written', () => {
  const { queue, it, commit } = disk(10);
  it.slowness = 1_000;
  commit();
  it.slowness = 1;
  assert.equal(it.isBehind, true);
  queue.runUntil(1_000_000);
  assert.equal(it.isBehind, false);
});

test('what was on a lost disk was there; what was handed over no longer is', () => {
  const history = new History();
  history.durable('ada', REF, OBJECT);
  history.durable('ada', REF, { ...OBJECT, context: { upper: new Map([['b', 1]]), except: [] } });
  assert.deepEqual(history.seenBy('ada', REF).upper, new Map([['a', 7], ['b', 1]]));
  history.gaveUp('ada', REF.id);
  assert.equal(history.seenBy('ada', REF).upper.size, 0);
});
