/** CV-11: a write that its coordinator tries again by itself, because the ring has moved, stays one write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dotName } from '../../p2p/causality/dot.ts';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { Outcome } from '../../p2p/node/commands.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { Lab, PARTITIONS } from './lab.ts';

const MILK = new TextEncoder().encode('milk');

/** ada coordinates a write of all three without an id while ben is gone and the settings change; it is tried again 150 ms later. */
function triedAgain(meanwhile: (lab: Lab) => void): Lab {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { notes: 3, other: 3 } });
  let outcome: Outcome | undefined;
  lab.member('ada').execute({ kind: 'put', bucket: 'notes', key: 'cart', value: MILK, contentType: 'text/plain', w: 'all', sloppy: false }, (answer) => {
    outcome = answer;
  });
  lab.member('ben').crash();
  lab.run(1);
  lab.member('ada').execute({ kind: 'set-bucket', bucket: 'other', settings: { n: 2, r: 1, w: 1 } }, () => undefined);
  lab.run(40);
  assert.equal(outcome, undefined, 'it is to be tried again');
  meanwhile(lab);
  lab.until('it is answered', () => outcome !== undefined);
  return lab;
}

function shown(lab: Lab): readonly string[] {
  const reading = lab.ask('cleo', { kind: 'get', bucket: 'notes', key: 'cart', r: 2 });
  assert.ok(reading?.kind === 'read');
  return reading.siblings.map(({ value }) => (value === undefined ? '(deleted)' : new TextDecoder().decode(value)));
}

/** Of the siblings that those who are here have on disk: two dots of one write are shown as one sibling. */
function dotsAt(lab: Lab): readonly (readonly string[])[] {
  const { id } = keyRef('notes', 'cart', PARTITIONS);
  return ['ada', 'cleo'].map((name) => {
    const object = lab.member(name).disk.objects.get(id);
    return object === undefined ? [] : decodeObject(object.bytes).siblings.map(({ dot }) => dotName(dot));
  });
}

function replace(lab: Lab, value: Uint8Array | undefined): void {
  const reading = lab.ask('cleo', { kind: 'get', bucket: 'notes', key: 'cart', r: 1 });
  assert.ok(reading?.kind === 'read' && reading.siblings.length === 1);
  const written = lab.ask('cleo', { kind: 'put', bucket: 'notes', key: 'cart', value, contentType: 'text/plain', context: reading.context, w: 2 });
  assert.equal(written?.kind, 'written');
}

test('CV-11 a write without an id that is tried again does not bring back what was deleted meanwhile', () => {
  const lab = triedAgain((team) => replace(team, undefined));
  assert.deepEqual(shown(lab), ['(deleted)']);
});

test('CV-11 nor what was overwritten', () => {
  const lab = triedAgain((team) => replace(team, new TextEncoder().encode('tea')));
  assert.deepEqual(shown(lab), ['tea']);
});

test('CV-11 it has one dot, and is there', () => {
  const lab = triedAgain(() => undefined);
  assert.deepEqual(shown(lab), ['milk']);
  assert.deepEqual(dotsAt(lab).map(({ length }) => length), [1, 1]);
  assert.equal(new Set(dotsAt(lab).flat()).size, 1);
});
