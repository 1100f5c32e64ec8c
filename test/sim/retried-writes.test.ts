/** CV-11: a write that its coordinator tries again by itself, because the ring has moved, stays one write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readToken } from '../../p2p/causality/context-token.ts';
import { dotName } from '../../p2p/causality/dot.ts';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { Outcome, WriteOutcome } from '../../p2p/node/commands.ts';
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
  assert.ok(reading?.kind === 'read' && reading.siblings.length > 0);
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

/** Under the id of the first, of the very same key. */
function writes(lab: Lab, by: string, text: string, writeId = 'nightly-2026-11-30'): Outcome | undefined {
  return lab.ask(by, { kind: 'put', bucket: 'notes', key: 'cart', value: new TextEncoder().encode(text), contentType: 'text/plain', writeId });
}

test('QP-42 an id that was given to another value is refused, whoever coordinates, also after that value was replaced', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  const everybody = [...lab.members.keys()];
  assert.equal(writes(lab, 'ada', 'report')?.kind, 'written');
  for (const by of everybody) {
    assert.equal(writes(lab, by, 'report')?.kind, 'written', `${by} tries the same again`);
    const outcome = writes(lab, by, 'another report');
    assert.ok(outcome?.kind === 'bad-request' && outcome.code === 'BAD_REQUEST' && outcome.message.includes('Idempotency-Key'), `${by} reuses the id`);
  }
  assert.deepEqual(shown(lab), ['report']);
  replace(lab, new TextEncoder().encode('newer'));
  lab.run(1_000);
  for (const by of everybody) {
    assert.equal(writes(lab, by, 'report')?.kind, 'written');
    assert.equal(writes(lab, by, 'another report')?.kind, 'bad-request', by);
  }
  assert.deepEqual(shown(lab), ['newer']);
  assert.equal(writes(lab, 'ben', 'another report', 'nightly-2026-12-01')?.kind, 'written');
});

test('QP-42 two clients that give one id to two values apart from each other lose neither', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const back = lab.isolate('ada');
  lab.until('they know that they are apart', () => lab.core('ada').liveness('ben') === 'down' && lab.core('ben').liveness('ada') === 'down');
  assert.equal(writes(lab, 'ada', 'from ada')?.kind, 'unreachable');
  assert.equal(writes(lab, 'ben', 'from ben')?.kind, 'written');
  back();
  lab.run(20_000);
  assert.deepEqual([...shown(lab)].sort(), ['from ada', 'from ben']);
  replace(lab, MILK);
  const history = lab.ask('ada', { kind: 'history', bucket: 'notes', key: 'cart' });
  assert.ok(history?.kind === 'history');
  assert.deepEqual(history.versions.map(({ value }) => new TextDecoder().decode(value)).sort(), ['from ada', 'from ben']);
});

test('QP-40 the answer to a write tells of it and of what its writer was shown, also where it was replaced already', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const ref = keyRef('notes', 'cart', PARTITIONS);
  const put = (by: string, text: string, context?: string): WriteOutcome => {
    const command = { kind: 'put', bucket: 'notes', key: 'cart', value: new TextEncoder().encode(text), contentType: 't/p', writeId: text } as const;
    const outcome = lab.ask(by, context === undefined ? command : { ...command, context });
    assert.ok(outcome?.kind === 'written');
    return outcome;
  };
  const told = ({ context }: WriteOutcome): readonly string[] => {
    const reading = readToken(ref, context, lab.core('ada').seal);
    assert.ok(reading.kind === 'context');
    return reading.writes.map(({ dot }) => dotName(dot));
  };
  const one = put('ada', 'one');
  const two = put('ben', 'two', one.context);
  put('cleo', 'three', two.context);
  const again = put('ada', 'two', one.context);
  assert.equal(told(one).length, 1);
  assert.equal(told(two).length, 2);
  assert.deepEqual(told(again), told(two));
  const reading = lab.ask('ada', { kind: 'get', bucket: 'notes', key: 'cart' });
  assert.ok(reading?.kind === 'read');
  const shownWrites = readToken(ref, reading.context, lab.core('ada').seal);
  assert.deepEqual(shownWrites.kind === 'context' && shownWrites.writes.map(({ dot }) => dotName(dot)).slice(0, 2), told(two));
});
