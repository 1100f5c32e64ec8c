import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ANSWER_MAX_MS, beginQuit, QUIT_DEADLINE_MS, quitMove, SIGTERM_DEADLINE_MS, SILENT_MS, WAIT_DEADLINE_MS, type Waiting, waitOn,
} from '../../../../main/desktop/quit-plan.ts';
import { quitPage } from '../../../../main/desktop/quit-page.ts';

const NOTHING: Waiting = { writing: 0, hints: 0, reachable: false };
const HINTS: Waiting = { writing: 0, hints: 2, reachable: true };

test('DM-6 with nothing waiting it quits at once', () => {
  assert.deepEqual(quitMove(beginQuit(0, true), NOTHING, 0), { kind: 'quit' });
});

test('DM-6 what waits is given its time, first in silence, then in sight', () => {
  const run = beginQuit(0, true);
  assert.equal(quitMove(run, HINTS, 0).kind, 'wait');
  const shown = quitMove(run, HINTS, SILENT_MS);
  assert.ok(shown.kind === 'show');
  assert.equal(shown.words, '2 copies are still only on this device.');
  assert.match(shown.detail, /being handed over now.*within 20 seconds/);
  assert.deepEqual(quitMove(run, HINTS, SILENT_MS + 5_000), shown, 'the page is drawn anew only for news');
  const away = quitMove(run, { ...HINTS, hints: 1, reachable: false }, SILENT_MS);
  assert.ok(away.kind === 'show');
  assert.match(`${away.words} ${away.detail}`, /1 copy is still only.*is not here\. They are kept/);
  const writing = quitMove(run, { ...HINTS, writing: 1 }, SILENT_MS);
  assert.ok(writing.kind === 'show' && writing.words === '1 change is being written.');
});

test('DM-6 it never hangs: every way ends by its deadline, and a silent member sooner', () => {
  for (const waiting of [HINTS, { writing: 9, hints: 9, reachable: false }, null]) {
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
  assert.equal(quitMove(run, { ...HINTS, reachable: false }, 0).kind, 'quit');
  assert.equal(quitMove(run, { writing: 1, hints: 0, reachable: false }, SILENT_MS).kind, 'wait');
});

test('DM-6 the quit page is text', () => {
  assert.doesNotMatch(quitPage({ words: '<b>', detail: '"<img>', nonce: 'AAAAAAAAAAAAAAAA' }), /<b>|<img>/);
});
