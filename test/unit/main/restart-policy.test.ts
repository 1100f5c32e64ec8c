import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberMessageOf } from '../../../main/member-host.ts';
import {
  backoffMs, CRASH_WINDOW_MS, CRASHES_MAX, RESTART_INITIAL, type RestartEffect, type RestartEvent, type RestartState,
  restartStep, STOP_DEADLINE_MS,
} from '../../../main/restart-policy.ts';

const crash: RestartEvent = { type: 'exited', code: 70 };

/** Plays events at their times; the effects of each, and the last state. */
function play(...events: readonly (readonly [number, RestartEvent])[]): { state: RestartState; effects: readonly RestartEffect[][] } {
  let state = RESTART_INITIAL;
  const effects = events.map(([at, event]) => {
    const step = restartStep(state, event, at);
    state = step.state;
    return [...step.effects];
  });
  return { state, effects };
}

test('a crash is waited out, then started again', () => {
  const { state, effects } = play([0, { type: 'start' }], [1, { type: 'ready' }], [100, crash], [349, { type: 'timer' }], [350, { type: 'timer' }]);
  assert.deepEqual(effects, [[{ type: 'spawn' }], [], [{ type: 'wake-at', at: 350 }], [{ type: 'wake-at', at: 350 }], [{ type: 'spawn' }]]);
  assert.equal(state.phase, 'starting');
});

test('the wait doubles up to its bound', () => {
  assert.deepEqual([1, 2, 3, 4, 20].map(backoffMs), [250, 500, 1_000, 2_000, 10_000]);
});

function crashesEvery(gapMs: number, count: number): RestartState {
  const events: (readonly [number, RestartEvent])[] = [[0, { type: 'start' }]];
  for (let n = 1; n <= count; n += 1) events.push([n * gapMs, crash], [n * gapMs + 10_000, { type: 'timer' }]);
  return play(...events).state;
}

test('a crash loop ends in safe mode; the same number spread out does not', () => {
  assert.equal(crashesEvery(11_000, CRASHES_MAX - 1).phase, 'starting');
  assert.equal(crashesEvery(11_000, CRASHES_MAX).phase, 'safe');
  assert.equal(crashesEvery(CRASH_WINDOW_MS, CRASHES_MAX * 3).phase, 'starting');
});

test('a failure that cannot heal is not tried again, until a person asks', () => {
  const failure = { exitCode: 5, message: 'locked' };
  const { effects } = play([0, { type: 'start' }], [1, { type: 'failed', failure }], [2, { type: 'exited', code: 5 }], [3, { type: 'start' }]);
  assert.deepEqual(effects.slice(2), [[{ type: 'safe-mode', reason: 'locked' }], [{ type: 'spawn' }]]);
});

test('stop is asked once, then killed at the deadline', () => {
  const at = STOP_DEADLINE_MS;
  const { state, effects } = play([0, { type: 'start' }], [0, { type: 'stop' }], [1, { type: 'stop' }], [at, { type: 'timer' }], [at + 1, { type: 'exited', code: null }]);
  assert.deepEqual(effects.slice(1), [[{ type: 'ask-stop' }, { type: 'wake-at', at }], [], [{ type: 'kill' }], [{ type: 'stopped' }]]);
  assert.equal(state.phase, 'stopped');
});

test('nothing starts after a stop', () => {
  const { state, effects } = play([0, { type: 'start' }], [1, crash], [2, { type: 'stop' }], [9_999, { type: 'timer' }], [10_000, { type: 'start' }]);
  assert.equal(state.phase, 'stopped');
  assert.deepEqual(effects.slice(3), [[], []]);
});

test('what the member says is checked', () => {
  assert.deepEqual(memberMessageOf({ type: 'failed', exitCode: 'x', message: 5 }), { type: 'failed', exitCode: -1, message: 'it gave no reason' });
  for (const raw of [null, 1, 'ready', {}, { type: 'other' }]) assert.equal(memberMessageOf(raw), null);
});
