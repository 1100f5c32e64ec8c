/** TR-11: what a change of the ring costs, in objects that travel and in looks into the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../p2p/wire/message.ts';
import { Lab } from './lab.ts';

const NOTES = 'notes';
const KEYS = 200;
/** A few of what travels is met twice: what was compared while it was on its way. */
const TIMES_MAX = 1.1;

/** Counts objects that come to each member from now on, by whatever way. */
function counted(lab: Lab): Map<string, number> {
  const counts = new Map<string, number>();
  lab.onMessage = (_from, to, message) => counts.set(to, (counts.get(to) ?? 0) + objectsIn(message));
  return counts;
}

function objectsIn(message: Message): number {
  if (message.kind === 'fetch-keys-reply') return message.objects.length;
  return message.kind === 'replicate' ? 1 : 0;
}

function held(lab: Lab, name: string): number {
  return lab.member(name).disk.objects.size;
}

test('TR-11 to a member that joins each key travels about once', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
  lab.fill(NOTES, KEYS);
  lab.run(5_000);
  const counts = counted(lab);
  lab.join('eve');
  lab.until('eve is up', () => lab.status('eve') === 'up');
  lab.run(20_000);
  assert.ok(held(lab, 'eve') > KEYS / 4, 'it has a share');
  const came = counts.get('eve') ?? 0;
  assert.ok(came <= TIMES_MAX * held(lab, 'eve'), `${came} came for ${held(lab, 'eve')}`);
});

test('TR-11 from a member that leaves each key travels about once', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  lab.fill(NOTES, KEYS);
  lab.run(5_000);
  const names = ['ada', 'ben', 'cleo', 'dan'];
  const before = names.reduce((sum, name) => sum + held(lab, name), 0);
  const counts = counted(lab);
  lab.leave('eve');
  lab.until('eve has left', () => lab.status('eve') === 'left');
  lab.run(20_000);
  const gained = names.reduce((sum, name) => sum + held(lab, name), 0) - before;
  const came = names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  assert.ok(gained > KEYS / 4, 'they took over');
  assert.ok(came <= TIMES_MAX * gained, `${came} came for ${gained}`);
});
