import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ANSWER_MAX_MS, beginQuit, QUIT_DEADLINE_MS, quitMove, SIGTERM_DEADLINE_MS, SILENT_MS, WAIT_DEADLINE_MS, type Waiting, waitOn,
} from '../../../../main/desktop/quit-plan.ts';
import { quitPage } from '../../../../main/desktop/quit-page.ts';

const SAFE: Waiting = { underWay: 0, isSafe: true, isReadOnly: false, hints: 0, reachable: false, words: 'Safe to close', detail: 'All is well.' };
const HINTS: Waiting = { ...SAFE, isSafe: false, hints: 2, reachable: true, words: '2 only here', detail: 'On no other device yet.' };
const GONE: Waiting = { ...HINTS, reachable: false };

test('DM-6 when it is safe and nothing can be handed over now, it quits at once', () => {
  assert.deepEqual(quitMove(beginQuit(0, true), SAFE, 0), { kind: 'quit' });
  assert.deepEqual(quitMove(beginQuit(0, true), { ...SAFE, hints: 3 }, 0), { kind: 'quit' }, 'others have enough of it');
  assert.deepEqual(quitMove(beginQuit(0, true), { ...GONE, isReadOnly: true }, 0), { kind: 'quit' }, 'waiting changes nothing');
});

test('DM-6 what waits is given its time, first in silence, then in sight', () => {
  const run = beginQuit(0, true);
  for (const waiting of [HINTS, GONE, { ...SAFE, hints: 1, reachable: true }, { ...SAFE, underWay: 1 }, { ...GONE, hints: 0 }]) {
    assert.equal(quitMove(run, waiting, 0).kind, 'wait');
    const shown = quitMove(run, waiting, SILENT_MS);
    assert.ok(shown.kind === 'show');
    assert.equal(shown.words, waiting.words);
    assert.match(shown.detail, /^(On no other device yet|All is well)\. .* within 20 seconds; what is left is kept here/);
    assert.deepEqual(quitMove(run, waiting, SILENT_MS + 5_000), shown, 'the page is drawn anew only for news');
  }
});

test('DM-6 it never hangs: every way ends by its deadline, and a silent member sooner', () => {
  for (const waiting of [HINTS, { ...GONE, underWay: 9 }, null]) {
    assert.deepEqual(quitMove(beginQuit(5, true), waiting, 5 + QUIT_DEADLINE_MS), { kind: 'quit' });
    assert.deepEqual(quitMove(beginQuit(5, false), waiting, 5 + SIGTERM_DEADLINE_MS), { kind: 'quit' });
    assert.deepEqual(quitMove(waitOn(beginQuit(5, true), 10), waiting, 10 + WAIT_DEADLINE_MS), { kind: 'quit' });
  }
  assert.equal(quitMove(beginQuit(0, true), null, ANSWER_MAX_MS - 1).kind, 'wait');
  assert.equal(quitMove(beginQuit(0, true), null, ANSWER_MAX_MS).kind, 'quit');
});

test('DM-6 "Wait" gives it longer', () => {
  const run = waitOn(beginQuit(0, true), 10_000);
  const move = quitMove(run, HINTS, QUIT_DEADLINE_MS + 1);
  assert.ok(move.kind === 'show');
  assert.match(move.detail, /10 minutes/);
});

test('DM-7 at a SIGTERM nothing is shown, writes are waited for, and nobody who is away is', () => {
  const run = beginQuit(0, false);
  assert.equal(quitMove(run, HINTS, SILENT_MS).kind, 'wait');
  assert.equal(quitMove(run, GONE, 0).kind, 'quit');
  assert.equal(quitMove(run, { ...SAFE, underWay: 1 }, SILENT_MS).kind, 'wait');
});

test('DM-6 the quit page is text', () => {
  assert.doesNotMatch(quitPage({ words: '<b>', detail: '"<img>', nonce: 'AAAAAAAAAAAAAAAA' }), /<b>|<img>/);
});
