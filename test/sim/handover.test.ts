/** QP-13, TR-8: a copy that somebody may still be told of stays, however soon its owners have it too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import { Lab, PARTITIONS } from './lab.ts';

const REQUEST_MAX_MS = 60_000;
const REF = keyRef('notes', 'k', PARTITIONS);

/** One owner was away, somebody stood in for it, and it has all since. */
function afterStandIn(): { readonly lab: Lab; readonly standIn: string; readonly writtenMs: number } {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], config: { requestTimeoutMaxMs: REQUEST_MAX_MS } });
  const [coordinator = '', , away = ''] = lab.primaries(REF);
  lab.member(away).crash();
  lab.until('it is known to be away', () => lab.core(coordinator).liveness(away) !== 'alive');
  lab.put('notes', 'k', 'x', coordinator);
  lab.run(200);
  const writtenMs = lab.queue.nowMs;
  const standIn = lab.holders(REF).find((name) => !lab.primaries(REF).includes(name)) ?? assert.fail('nobody stood in');
  lab.member(away).start();
  lab.until('all owners have it', () => lab.difference() === undefined);
  return { lab, standIn, writtenMs };
}

const isGone = (lab: Lab, standIn: string) => (): boolean => !lab.holders(REF).includes(standIn);

test('QP-13 a stand-in keeps its copy for as long as any request may run, and then gives it up', () => {
  const { lab, standIn, writtenMs } = afterStandIn();
  lab.until('it was given up', isGone(lab, standIn), 2 * REQUEST_MAX_MS);
  assert.ok(lab.queue.nowMs - writtenMs > REQUEST_MAX_MS, `after ${lab.queue.nowMs - writtenMs} ms`);
});

test('QP-13 so does one that was started again meanwhile', () => {
  const { lab, standIn, writtenMs } = afterStandIn();
  lab.member(standIn).crash();
  lab.member(standIn).start();
  lab.until('it was given up', isGone(lab, standIn), 3 * REQUEST_MAX_MS);
  assert.ok(lab.queue.nowMs - writtenMs > REQUEST_MAX_MS, `after ${lab.queue.nowMs - writtenMs} ms`);
});
