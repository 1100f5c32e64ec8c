import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeMove } from '../../../../main/desktop/close-move.ts';
import { factsOf, statusSeen, waitingOf } from '../../../../main/desktop/facts.ts';
import { type DesktopFacts, FACTS_UNKNOWN, stateWords, trayModel, trayState } from '../../../../main/desktop/tray-model.ts';

const FINE: DesktopFacts = { ...FACTS_UNKNOWN, phase: 'running', team: 'Orchard', members: 3, alive: 3 };

test('DM-1 the tray shows the gravest of what is: problem, conflicts, alone, fine', () => {
  assert.equal(trayState(FINE), 'fine');
  assert.equal(trayState({ ...FINE, alive: 1 }), 'alone');
  assert.equal(trayState({ ...FINE, members: 1, alive: 1 }), 'fine', 'a team of one is not alone');
  assert.equal(trayState({ ...FINE, alive: 1, conflicts: 2 }), 'conflicts');
  assert.equal(trayState({ ...FINE, conflicts: 2, problem: 'disk' }), 'problem');
  assert.equal(trayState({ ...FINE, phase: 'stopped' }), 'problem');
  assert.equal(trayState(FACTS_UNKNOWN), 'fine');
});

test('DM-1 the menu opens, counts conflicts, says how far things are, pauses and quits', () => {
  const { items, tooltip } = trayModel({ ...FINE, conflicts: 1, waiting: 2 }, true);
  const labels = items.map((item) => (item.kind === 'separator' ? '-' : item.label));
  assert.deepEqual(labels, ['Open Ringleaf', '1 conflict to merge', '2 copies waiting for a device that is away', '-', 'Pause notifications', '-', 'Quit']);
  assert.deepEqual(items.map((item) => (item.kind === 'action' ? item.action : '')).filter((name) => name !== ''), ['open', 'conflicts', 'notifications', 'quit']);
  assert.ok(items.some((item) => item.kind === 'action' && item.checked === true));
  assert.equal(tooltip, 'Ringleaf: Orchard\n1 conflict to merge. 2 copies waiting for a device that is away');
  assert.equal(trayModel(FINE, false).items.length, 6, 'no conflict, no line for it');
  assert.ok(trayModel({ ...FINE, team: 'x'.repeat(500) }, false).tooltip.length <= 120);
});

test('DM-1 the words follow the member', () => {
  assert.equal(stateWords(FINE), 'In step with 2 other devices');
  assert.equal(stateWords({ ...FINE, alive: 2 }), 'In step with 1 other device');
  assert.equal(stateWords({ ...FINE, alive: 1 }), 'No other device is here');
  assert.equal(stateWords({ ...FINE, team: null }), 'Not in a team yet');
  assert.equal(stateWords(FACTS_UNKNOWN), 'Starting…');
});

test('DM-2 a window is hidden only where there is a tray, and asks the first time', () => {
  const facts = { hasTray: true, closeToTray: null, quitting: false };
  assert.equal(closeMove(facts), 'ask');
  assert.equal(closeMove({ ...facts, closeToTray: true }), 'hide');
  assert.equal(closeMove({ ...facts, closeToTray: false }), 'close');
  assert.equal(closeMove({ ...facts, closeToTray: true, hasTray: false }), 'close');
  assert.equal(closeMove({ ...facts, closeToTray: true, quitting: true }), 'close');
});

const STATUS = {
  memberId: 'me',
  team: { name: 'Orchard' },
  membership: { status: 'up' },
  counts: { members: 3, alive: 2 },
  hints: { ben: 2, cleo: 0 },
  disk: { readOnly: null },
  closing: { verdict: 'waiting', isSafe: false, words: 'Safe to close', detail: 'All is well.', underWay: 1 },
};

test('DM-1 facts come from the status; what is no status is none', () => {
  const facts = factsOf({ phase: 'running', status: statusSeen(STATUS), conflicts: 4, safeModeReason: null });
  assert.deepEqual(facts, { phase: 'running', team: 'Orchard', conflicts: 4, members: 3, alive: 2, waiting: 2, problem: null });
  for (const bad of [null, {}, { ...STATUS, hints: { ben: 'x' } }, { ...STATUS, counts: { members: -1, alive: 0 } }, 'x']) assert.equal(statusSeen(bad), null);
  const problemOf = (status: unknown, reason: string | null = null): string | null =>
    factsOf({ phase: 'running', status: statusSeen(status), conflicts: 0, safeModeReason: reason }).problem;
  assert.match(problemOf({ ...STATUS, disk: { readOnly: 'full' } }) ?? '', /takes no writes/);
  assert.match(problemOf({ ...STATUS, membership: { status: 'removed' } }) ?? '', /was removed/);
  assert.match(problemOf(STATUS, 'secret path') ?? '', /cannot start/);
});

test('DM-6 a copy can be handed over only to a member for whom it is kept and who is here', () => {
  const seen = statusSeen(STATUS);
  assert.ok(seen !== null);
  const member = (memberId: string, liveness: string): object => ({ memberId, liveness, self: false });
  assert.deepEqual(waitingOf(seen, [member('ben', 'alive')]), { underWay: 1, isSafe: false, isReadOnly: false, hints: 2, reachable: true, words: 'Safe to close', detail: 'All is well.' });
  assert.equal(waitingOf(seen, [member('ben', 'down'), member('cleo', 'alive')]).reachable, false);
  assert.equal(waitingOf(seen, 'nonsense').reachable, false);
});
