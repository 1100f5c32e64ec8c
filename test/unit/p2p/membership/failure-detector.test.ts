import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureDetector } from '../../../../p2p/membership/failure-detector.ts';
import type { Silence } from '../../../../p2p/membership/failure-detector.ts';
import type { Liveness } from '../../../../p2p/types.ts';

const CONFIG = { suspectAfterMs: 5_000, downAfterMs: 30_000, connectedMembersMax: 4 };

type Happened =
  | readonly [number, 'connected' | 'heardDirectly' | 'heardOf' | 'answered' | 'answered late' | 'asked']
  | readonly [number, 'disconnected' | 'dialFailed' | 'probeFailed']
  | readonly [number, 'lost by somebody' | 'contradicted', number];

interface Case {
  readonly name: string;
  /** What happened, each at a monotonic ms, some with a heartbeat. */
  readonly happened: readonly Happened[];
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
  { name: 'a request and a probe went unanswered', happened: [[0, 'connected'], [10, 'probeFailed']], at: 11, expected: 'suspect' },
  { name: 'an answer clears the doubt', happened: [[0, 'connected'], [10, 'probeFailed'], [20, 'answered']], at: 21, expected: 'alive' },
  { name: 'a new connection clears the doubt', happened: [[0, 'connected'], [10, 'probeFailed'], [20, 'connected']], at: 21, expected: 'alive' },
  { name: 'who always answers late stays in doubt', happened: [[0, 'connected'], [10, 'probeFailed'], [20, 'answered late']], at: 21, expected: 'suspect' },
  { name: 'a frame that answers nothing leaves the doubt', happened: [[0, 'connected'], [10, 'probeFailed'], [20, 'heardDirectly']], at: 21, expected: 'suspect' },
  { name: 'what others say does not clear the doubt', happened: [[0, 'connected'], [10, 'probeFailed'], [20, 'heardOf']], at: 21, expected: 'suspect' },
  { name: 'the probe of a connection that is gone means nothing', happened: [[0, 'connected'], [10, 'disconnected'], [20, 'probeFailed'], [30, 'connected']], at: 31, expected: 'alive' },
  { name: 'heard, but owing an answer', happened: [[0, 'connected'], [10, 'asked'], [9_000, 'heardDirectly']], at: 10_010, expected: 'alive' },
  { name: 'heard, but owing an answer for twice suspectAfter', happened: [[0, 'connected'], [10, 'asked'], [9_000, 'heardDirectly']], at: 10_011, expected: 'suspect' },
  { name: 'not heard, and owing an answer for suspectAfter while others hear it', happened: [[0, 'connected'], [10, 'asked'], [4_000, 'heardOf']], at: 5_010, expected: 'alive' },
  { name: 'the same for longer', happened: [[0, 'connected'], [10, 'asked'], [4_000, 'heardOf']], at: 5_011, expected: 'suspect' },
  { name: 'asked again, the first time counts', happened: [[0, 'connected'], [10, 'asked'], [9_000, 'asked'], [9_000, 'heardDirectly']], at: 10_011, expected: 'suspect' },
  { name: 'a late answer is an answer', happened: [[0, 'connected'], [10, 'asked'], [9_000, 'answered late']], at: 10_011, expected: 'alive' },
  { name: 'others hear it, we cannot reach it', happened: [[0, 'heardOf']], at: 1, expected: 'suspect' },
  { name: 'a refused dial alone', happened: [[0, 'heardOf'], [10, 'dialFailed']], at: 5_000, expected: 'suspect' },
  { name: 'a refused dial and silence', happened: [[0, 'heardOf'], [10, 'dialFailed']], at: 5_001, expected: 'down' },
  { name: 'a refused dial, but others still hear it', happened: [[0, 'heardOf'], [10, 'dialFailed'], [5_000, 'heardOf']], at: 9_000, expected: 'suspect' },
  { name: 'a connection forgets refused dials', happened: [[0, 'dialFailed'], [10, 'connected'], [20, 'disconnected']], at: 9_000, expected: 'suspect' },
];

/** In a team where not everybody can be connected to everybody. */
const distantCases: readonly Case[] = [
  { name: 'nothing is known', happened: [], at: 0, expected: 'suspect' },
  { name: 'its heartbeats arrive', happened: [[0, 'heardOf']], at: 60_000, expected: 'alive' },
  { name: 'no heartbeat for longer than their gaps explain', happened: [[0, 'heardOf']], at: 60_001, expected: 'suspect' },
  { name: 'none for downAfter, stretched alike', happened: [[0, 'heardOf']], at: 360_001, expected: 'down' },
  { name: 'somebody lost it', happened: [[0, 'heardOf'], [10, 'lost by somebody', 7]], at: 11, expected: 'suspect' },
  { name: 'somebody lost it, and downAfter went by', happened: [[0, 'heardOf'], [10, 'lost by somebody', 7]], at: 30_011, expected: 'down' },
  { name: 'a later heartbeat contradicts', happened: [[0, 'heardOf'], [10, 'lost by somebody', 7], [20, 'contradicted', 8]], at: 21, expected: 'alive' },
  { name: 'the same heartbeat contradicts nothing', happened: [[0, 'heardOf'], [10, 'lost by somebody', 7], [20, 'contradicted', 7]], at: 21, expected: 'suspect' },
  { name: 'who is connected knows better', happened: [[0, 'connected'], [10, 'lost by somebody', 7]], at: 11, expected: 'alive' },
  { name: 'its connection closed', happened: [[0, 'connected'], [10, 'disconnected']], at: 11, expected: 'suspect' },
  { name: 'its connection closed, and others hear it still', happened: [[0, 'connected'], [10, 'disconnected'], [20, 'heardOf']], at: 21, expected: 'alive' },
  { name: 'connected, and silent for longer than a turn explains', happened: [[0, 'connected']], at: 12_001, expected: 'suspect' },
  { name: 'owing an answer no longer than others may', happened: [[0, 'connected'], [10, 'asked'], [1_000, 'heardOf']], at: 8_010, expected: 'alive' },
  { name: 'owing it for longer', happened: [[0, 'connected'], [10, 'asked'], [1_000, 'heardOf']], at: 8_011, expected: 'suspect' },
  { name: 'connected, and silent no longer than that', happened: [[0, 'connected']], at: 12_000, expected: 'alive' },
];

function detectorAfter(happened: readonly Happened[], silence?: Silence): FailureDetector {
  const detector = new FailureDetector(CONFIG);
  if (silence !== undefined) detector.setSilence(silence);
  for (const [when, what, heartbeat = 0] of happened) {
    if (what === 'answered' || what === 'answered late') detector.answered('ada', what === 'answered', when);
    else if (what === 'lost by somebody') detector.rumoured('ada', heartbeat, when);
    else if (what === 'contradicted') detector.contradicted('ada', heartbeat);
    else detector[what]('ada', when);
  }
  return detector;
}

for (const { name, happened, at, expected } of cases) {
  test(`MB-9 ${name}: ${expected}`, () => {
    assert.equal(detectorAfter(happened).liveness('ada', at), expected);
  });
}

for (const { name, happened, at, expected } of distantCases) {
  test(`MB-20 in a large team, ${name}: ${expected}`, () => {
    const detector = detectorAfter(happened, { members: 5, connectedMs: 12_000, distantMs: 60_000, answerMs: 8_000 });
    assert.equal(detector.liveness('ada', at), expected);
  });
}

test('MB-10 sleeping for an hour makes nobody else seem away', () => {
  const detector = new FailureDetector(CONFIG);
  detector.connected('ada', 1_000);
  detector.connected('ben', 0);
  detector.disconnected('ben');
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
