/** HH-6: hints have a bound in bytes. Over it a stand-in refuses, and nothing is said to be kept that is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { Lab, PARTITIONS } from './lab.ts';

const NOTES = 'notes';
const TEAM = ['ada', 'ben', 'cleo', 'dan', 'eve'];
const BYTES_MAX = 4_000;
const VALUE = new Uint8Array(1_000).fill(7);

/** Ada and two others own the key; `away` is one of these, and gone. */
function withOneAway(bytesMax = BYTES_MAX): { readonly lab: Lab; readonly keys: readonly KeyRef[]; readonly away: string } {
  const lab = new Lab({ up: TEAM, config: { hintBytesMax: bytesMax } });
  const owned = Array.from({ length: 400 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).filter((one) => lab.primaries(one).includes('ada'));
  const away = lab.primaries(owned[0] as KeyRef).find((name) => name !== 'ada') ?? '';
  const keys = owned.filter((ref) => lab.primaries(ref).includes(away)).slice(0, 40);
  assert.ok(keys.length >= 30);
  lab.member(away).crash();
  lab.until('it is known to be down', () => lab.core('ada').liveness(away) === 'down');
  return { lab, keys, away };
}

function put(lab: Lab, ref: KeyRef, w: 'all' | 'any' | 'quorum', by = 'ada') {
  lab.keys.set(ref.id, ref);
  return lab.ask(by, { kind: 'put', bucket: NOTES, key: ref.key, value: VALUE, contentType: 'x', w });
}

const hintBytes = (lab: Lab, name: string): number => lab.member(name).disk.hintBytes;

/** Copies that were named in `written` and are on no disk. */
function missing(lab: Lab, ref: KeyRef, copies: readonly { readonly member: string }[]): readonly string[] {
  return copies.map(({ member }) => member).filter((member) => !lab.member(member).disk.objects.has(ref.id));
}

test('HH-6 stand-ins take hints up to their bytes and no further; the coordinator goes on, and says truly what is kept', () => {
  const { lab, keys, away } = withOneAway();
  const refusals = new Set<string>();
  lab.onMessage = (from, _to, message: Message) => {
    if (message.kind === 'hints-full-reply') refusals.add(from);
  };
  const outcomes = keys.map((ref) => ({ ref, outcome: put(lab, ref, 'all') }));
  for (const { ref, outcome } of outcomes) {
    assert.ok(outcome?.kind === 'written' || outcome?.kind === 'unreachable', JSON.stringify(outcome));
    if (outcome.kind === 'written') assert.deepEqual(missing(lab, ref, outcome.copies), []);
    else assert.ok(outcome.needed === 3 && outcome.acks <= 2, 'the two owners that are there may have it, and nobody else');
  }
  const others = TEAM.filter((name) => name !== 'ada' && name !== away);
  for (const name of others) assert.ok(hintBytes(lab, name) <= BYTES_MAX, `${name} keeps ${hintBytes(lab, name)} bytes`);
  assert.ok(outcomes.some(({ outcome }) => outcome?.kind === 'written'), 'at first there was room');
  assert.ok(outcomes.some(({ outcome }) => outcome?.kind === 'unreachable'), 'in the end all stand-ins were full, and it was said');
  assert.ok(refusals.size >= 2, 'one was full, and the next was asked');
  const { hintRoom } = lab.member([...refusals][0] ?? '').node ?? assert.fail();
  assert.equal(hintRoom.snapshot(hintBytes(lab, [...refusals][0] ?? '')).isFull, true);

  assert.equal(put(lab, keys[0] as KeyRef, 'quorum')?.kind, 'written', 'a quorum needs no stand-in');
  lab.member(away).start();
  lab.until('what was written while they were full came as well', () => lab.difference() === undefined, 120_000);
  lab.until('there is room again', () => TEAM.every((name) => hintBytes(lab, name) === 0), 120_000);
  assert.equal(hintRoom.snapshot(0).isFull, false);
});

test('HH-6 many at once do not go over the bound together', () => {
  const { lab, keys, away } = withOneAway();
  for (const ref of keys) {
    lab.keys.set(ref.id, ref);
    lab.member('ada').execute({ kind: 'put', bucket: NOTES, key: ref.key, value: VALUE, contentType: 'x', w: 'all' }, () => undefined);
  }
  lab.run(10_000);
  for (const name of TEAM) if (name !== 'ada' && name !== away) assert.ok(hintBytes(lab, name) <= BYTES_MAX, `${name} keeps ${hintBytes(lab, name)} bytes`);
});

test('HH-6 a device that is alone writes on, whatever its hints come to, and hands all of it over', () => {
  const { lab, keys, away } = withOneAway(100);
  lab.member(away).start();
  const undo = lab.isolate('ada');
  lab.until('ada is alone', () => TEAM.every((name) => name === 'ada' || lab.core('ada').liveness(name) === 'down'));
  for (const ref of keys.slice(0, 10)) {
    const outcome = put(lab, ref, 'any');
    assert.ok(outcome?.kind === 'written' && outcome.hereOnly, JSON.stringify(outcome));
  }
  assert.ok(hintBytes(lab, 'ada') > 10 * VALUE.length);
  undo();
  lab.until('everybody has it', () => lab.difference() === undefined && hintBytes(lab, 'ada') === 0, 120_000);
});

test('HH-6 a stand-in that is sent what is no object keeps no room for it', () => {
  const { lab, away } = withOneAway();
  const standIn = TEAM.find((name) => name !== 'ada' && name !== away) ?? '';
  const malformed = { kind: 'replicate', id: 9, bucket: NOTES, key: 'k', object: new Uint8Array(3_000).fill(255), standsFor: away, asPrimary: false, horizon: 0 } as const;
  for (let times = 0; times < 5; times += 1) {
    lab.member(standIn).feed({ kind: 'message', from: 'ada', message: { ...malformed, id: times + 1 } });
    lab.run(100);
  }
  let room: (() => void) | undefined;
  lab.member(standIn).node?.hintRoom.take(BYTES_MAX, (release) => {
    room = release;
  });
  lab.member(standIn).feed({ kind: 'wake' });
  lab.run(100);
  assert.ok(room !== undefined, 'all of it is free');
  assert.equal(lab.member(standIn).node?.load().peerRequests, 0);
});
