import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureDetector } from '../../../../p2p/membership/failure-detector.ts';
import type { Liveness } from '../../../../p2p/types.ts';

const CONFIG = { suspectAfterMs: 5_000, downAfterMs: 30_000 };

interface Case {
  readonly name: string;
  /** What happened, each at a monotonic ms. */
  readonly happened: readonly (readonly [number, 'connected' | 'disconnected' | 'dialFailed' | 'requestFailed' | 'heardDirectly' | 'heardOf'])[];
  readonly at: number;
  readonly expected: Liveness;
}

const cases: readonly Case[] = [
  { name: 'nothing is known', happened: [], at: 0, expected: 'suspect' },
  { name: 'connected', happened: [[0, 'connected']], at: 5_000, expected: 'alive' },
  { name: 'silent for longer than suspectAfter', happened: [[0, 'connected']], at: 5_001, expected: 'suspect' },
  { name: 'silent for as long as downAfter', happened: [[0, 'connected']], at: 30_000, expected: 'suspect' },
  { name: 'silent for longer than downAfter', happened: [[0, 'connected']], at: 30_001, expected: 'down' },
  { name: 'heard again', happened: [[0, 'connected'], [29_000, 'heardDirectly']], at: 34_000, expected: 'alive' },
  { name: 'its connection closed', happened: [[0, 'connected'], [10, 'disconnected']], at: 11, expected: 'suspect' },
  { name: 'connected anew', happened: [[0, 'connected'], [10, 'disconnected'], [20, 'connected']], at: 21, expected: 'alive' },
  { name: 'a request went unanswered', happened: [[0, 'connected'], [10, 'requestFailed']], at: 11, expected: 'suspect' },
  { name: 'a frame of its own clears the doubt', happened: [[0, 'connected'], [10, 'requestFailed'], [20, 'heardDirectly']], at: 21, expected: 'alive' },
  { name: 'what others say does not clear the doubt', happened: [[0, 'connected'], [10, 'requestFailed'], [20, 'heardOf']], at: 21, expected: 'suspect' },
  { name: 'others hear it, we cannot reach it', happened: [[0, 'heardOf']], at: 1, expected: 'suspect' },
  { name: 'a refused dial alone', happened: [[0, 'heardOf'], [10, 'dialFailed']], at: 5_000, expected: 'suspect' },
  { name: 'a refused dial and silence', happened: [[0, 'heardOf'], [10, 'dialFailed']], at: 5_001, expected: 'down' },
  { name: 'a refused dial, but others still hear it', happened: [[0, 'heardOf'], [10, 'dialFailed'], [5_000, 'heardOf']], at: 9_000, expected: 'suspect' },
  { name: 'a connection forgets refused dials', happened: [[0, 'dialFailed'], [10, 'connected'], [20, 'disconnected']], at: 9_000, expected: 'suspect' },
];

for (const { name, happened, at, expected } of cases) {
  test(`MB-9 ${name}: ${expected}`, () => {
    const detector = new FailureDetector(CONFIG);
    for (const [when, what] of happened) detector[what]('ada', when);
    assert.equal(detector.liveness('ada', at), expected);
  });
}

test('MB-10 sleeping for an hour makes nobody else seem away', () => {
  const detector = new FailureDetector(CONFIG);
  detector.connected('ada', 1_000);
  detector.connected('ben', 0);
  detector.disconnected('ben', 500);
  assert.equal(detector.liveness('ada', 3_602_000), 'down');
  detector.forgive(3_600_000, 3_602_000);
  assert.equal(detector.liveness('ada', 3_602_000), 'alive');
  assert.equal(detector.liveness('ben', 3_602_000), 'suspect');
  assert.equal(detector.lastHeardMs('ada'), 3_601_000);
  assert.equal(detector.liveness('ada', 3_606_002), 'suspect');
});

test('MB-9 evidence of one member says nothing of another', () => {
  const detector = new FailureDetector(CONFIG);
  detector.connected('ada', 0);
  assert.equal(detector.isConnected('ada'), true);
  assert.equal(detector.isConnected('ben'), false);
  assert.equal(detector.liveness('ben', 0), 'suspect');
  assert.equal(detector.lastHeardMs('ben'), undefined);
});
