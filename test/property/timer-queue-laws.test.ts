/** The timer queue against a list that is sorted anew each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Timer } from '../../p2p/node/timer-queue.ts';
import { TimerQueue } from '../../p2p/node/timer-queue.ts';

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), atMs: fc.nat(20) }) },
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() }),
  fc.record({ kind: fc.constant('due' as const), nowMs: fc.nat(20) }),
);

test('timers run in order of time, then of setting; a cancelled one never', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60, size: 'max' }), (actions) => {
      const queue = new TimerQueue();
      const timers: Timer[] = [];
      let expected: { readonly name: number; readonly atMs: number }[] = [];
      const ran: number[] = [];
      for (const step of actions) {
        if (step.kind === 'set') {
          const name = timers.length;
          timers.push(queue.set(step.atMs, () => void ran.push(name)));
          expected = [...expected, { name, atMs: step.atMs }].sort((a, b) => a.atMs - b.atMs || a.name - b.name);
        } else if (step.kind === 'cancel' && timers.length > 0) {
          const name = step.which % timers.length;
          queue.cancel(timers[name]);
          expected = expected.filter((timer) => timer.name !== name);
        } else if (step.kind === 'due') {
          const next = expected.filter(({ atMs }) => atMs <= step.nowMs)[0];
          queue.due(step.nowMs)?.();
          assert.equal(ran.pop(), next?.name);
          expected = expected.filter((timer) => timer !== next);
        }
        assert.equal(queue.nextMs, expected[0]?.atMs);
      }
    }),
    { numRuns: 500 },
  );
  new TimerQueue().cancel(undefined);
});
