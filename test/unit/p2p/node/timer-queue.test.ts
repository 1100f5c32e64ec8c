import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TimerQueue } from '../../../../p2p/node/timer-queue.ts';

test('QP-17 cancelled timers do not pile up until their time', () => {
  const timers = new TimerQueue();
  for (let index = 0; index < 100_000; index += 1) timers.cancel(timers.set(60_000 + index, () => assert.fail()));
  assert.ok(timers.size <= 1_025, `${timers.size} are kept`);
  assert.equal(timers.nextMs, undefined);
});

test('QP-17 tidying changes neither which timers run nor their order', () => {
  const plans = fc.array(fc.record({ atMs: fc.nat(50), isCancelled: fc.boolean() }), { minLength: 3_000, maxLength: 5_000 });
  fc.assert(
    fc.property(plans, (plan) => {
      const timers = new TimerQueue();
      const ran: number[] = [];
      const set = plan.map(({ atMs }, index) => timers.set(atMs, () => ran.push(index)));
      for (const [index, { isCancelled }] of plan.entries()) if (isCancelled) timers.cancel(set[index]);
      // What has run is not cancelled any more.
      const first = timers.due(0);
      first?.();
      for (const index of ran) timers.cancel(set[index]);
      for (let run = timers.due(50); run !== undefined; run = timers.due(50)) run();
      const wanted = [...plan.entries()].filter(([, { isCancelled }]) => !isCancelled).sort(([a, one], [b, other]) => one.atMs - other.atMs || a - b);
      assert.deepEqual(ran, wanted.map(([index]) => index));
      assert.equal(timers.size, 0);
    }),
    { numRuns: 20 },
  );
});
