/** TR-12: while the ring changes, a write is told of when those who keep its key next have it as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../p2p/node/commands.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { Lab, PARTITIONS } from './lab.ts';

/** Long: what ends the wait for a member is that it is doubted, not that the time of the write is over. */
const TIMEOUT_MS = 30_000;

interface Change {
  readonly lab: Lab;
  readonly ref: KeyRef;
  /** Keeps the key now and next, and coordinates. */
  readonly stays: string;
  /** The same, another. */
  readonly other: string;
  /** Keeps it now, and not once eve is up. */
  readonly goes: string;
}

/** eve is joining, and cannot get on: nobody has given her anything yet. */
function joining(): Change {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'], config: { requestTimeoutMaxMs: TIMEOUT_MS } });
  lab.member('ben').crash();
  lab.member('cleo').crash();
  lab.join('eve');
  lab.run(1_000);
  for (const name of ['ben', 'cleo']) {
    lab.network.clog(name, 'eve');
    lab.member(name).start();
  }
  const core = lab.core('ada');
  const names = ['ada', 'ben', 'cleo', 'dan'];
  const agrees = (name: string): boolean => lab.core(name).pendingPlacement.version === core.pendingPlacement.version && [...names, 'eve'].every((other) => lab.core(name).liveness(other) === 'alive');
  lab.until('everybody knows of eve, and lives', () => names.every(agrees));
  for (let index = 0; index < 500; index += 1) {
    const ref = keyRef('notes', `k${index}`, PARTITIONS);
    const now = core.placement.preferenceList(ref.partition, 3).primaries;
    const next = core.pendingPlacement.preferenceList(ref.partition, 3).primaries;
    const staying = now.filter((name) => next.includes(name));
    const stays = staying.find((name) => name === 'ada' || name === 'dan');
    const other = staying.find((name) => name !== stays);
    const goes = now.find((name) => !next.includes(name));
    if (next.includes('eve') && stays !== undefined && other !== undefined && goes !== undefined) return { lab, ref, stays, other, goes };
  }
  throw new Error('eve takes no key over');
}

function put({ lab, ref, stays }: Change, sloppy: boolean, w: 1 | 2 | 3 = 2): () => Outcome | undefined {
  let outcome: Outcome | undefined;
  lab.member(stays).execute({ kind: 'put', bucket: 'notes', key: ref.key, value: new Uint8Array([1]), contentType: '', w, sloppy, timeoutMs: TIMEOUT_MS }, (answer) => {
    outcome = answer;
  });
  return () => outcome;
}

test('TR-12 a strict write that only those have who will not be enough is not told of yet', () => {
  const change = joining();
  const { lab, ref, stays, other, goes } = change;
  const undo = [lab.network.clog(stays, other), lab.network.clog(stays, 'eve')];
  const outcome = put(change, false);
  lab.run(1_000);
  assert.deepEqual(lab.holders(ref).toSorted(), [stays, goes].toSorted());
  assert.equal(outcome(), undefined, 'eve and the other make a quorum soon, and know nothing of it');
  for (const free of undo) free();
  lab.until('it is answered', () => outcome() !== undefined, 2_000);
  assert.equal(outcome()?.kind, 'written');
});

test('TR-12 the member that joins stands for one of them', () => {
  const change = joining();
  const { lab, stays, other, goes } = change;
  lab.network.clog(stays, other);
  const outcome = put(change, false);
  lab.until('it is answered', () => outcome() !== undefined, 300);
  const written = outcome();
  assert.ok(written?.kind === 'written');
  assert.deepEqual(written.copies.map(({ member }) => member).toSorted(), [stays, goes].toSorted(), 'who joins is no copy yet');
});

test('TR-12 a write to all is on the disk of the member that joins as well', () => {
  const change = joining();
  const { lab, ref, stays } = change;
  const free = lab.network.clog(stays, 'eve');
  const outcome = put(change, true, 3);
  lab.run(300);
  assert.equal(outcome(), undefined);
  free();
  lab.until('it is answered', () => outcome() !== undefined, 100);
  assert.ok(lab.member('eve').disk.objects.has(ref.id));
});

test('TR-12 a member that joins and is dead holds no write up, and one to all until it is doubted', () => {
  for (const [w, withinMs] of [[2, 300], [3, 6_000]] as const) {
    const change = joining();
    const { lab } = change;
    lab.member('eve').crash();
    const outcome = put(change, false, w);
    lab.until('it is answered', () => outcome() !== undefined, withinMs);
    assert.equal(outcome()?.kind, 'written');
  }
});

test('TR-12 with another owner silent as well a strict write waits until they are doubted, no longer', () => {
  const change = joining();
  const { lab, ref, stays, other } = change;
  lab.network.clog(stays, other);
  lab.network.clog(stays, 'eve');
  const outcome = put(change, false);
  lab.run(400);
  assert.equal(outcome(), undefined);
  lab.until('it is answered', () => outcome() !== undefined, 6_000);
  assert.equal(outcome()?.kind, 'written');
  lab.until('there is a hint for eve', () => lab.member(stays).disk.hints.get('eve')?.has(ref.id) === true, TIMEOUT_MS + 10_000);
});

test('TR-12 a sloppy write waits no longer than until the slow are hedged', () => {
  const change = joining();
  const { lab, stays, other } = change;
  lab.network.clog(stays, other);
  lab.network.clog(stays, 'eve');
  const outcome = put(change, true);
  lab.run(300);
  assert.equal(outcome(), undefined);
  lab.until('it is answered', () => outcome() !== undefined, 300);
  assert.equal(outcome()?.kind, 'written');
});

test('TR-12 a next owner whose disk hangs, and who has the write, holds a strict one up until it is hedged, no longer', () => {
  for (const w of [2, 3] as const) {
    const change = joining();
    const { lab, ref, stays, other } = change;
    lab.member('eve').disk.slowness = 100_000;
    if (w === 2) lab.network.clog(stays, other);
    const outcome = put(change, false, w);
    lab.run(400);
    assert.equal(outcome(), undefined, 'she may only be a little slow');
    lab.until('it is answered', () => outcome() !== undefined, 300);
    assert.equal(outcome()?.kind, 'written');
    assert.ok(lab.member(stays).disk.hints.get('eve')?.has(ref.id), 'her hint is on disk before anybody is told');
    assert.equal(lab.member('eve').disk.objects.has(ref.id), false);
  }
});

test('TR-12 who has a write and has not kept it answers no read of its key before it has, once the ring has changed', () => {
  const team = ['ada', 'ben', 'cleo', 'dan'];
  const lab = new Lab({ up: team });
  // Dan has all that he is to keep, and is about to be up: so the others see it, and he does.
  const full = lab.core('ada').placement;
  const without = new Placement(full.members.filter(({ member }) => member !== 'dan'), PARTITIONS);
  const ref = Array.from({ length: 50 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).find(({ partition }) => full.isPrimary('dan', partition, 3) && full.isPrimary('ada', partition, 3));
  assert.ok(ref !== undefined);
  for (const name of team) lab.core(name).placement = without;
  const { disk } = lab.member('dan');
  disk.slowness = 1_000;
  const outcome = put({ lab, ref, stays: 'ada', other: '', goes: '' }, false, 3);
  lab.until('it is answered', () => outcome() !== undefined, 700);
  assert.equal(outcome()?.kind, 'written');
  disk.slowness = 1;
  for (const name of team) Object.assign(lab.core(name), { placement: full, ringChangedMs: lab.queue.nowMs });
  assert.equal(disk.objects.has(ref.id), false);
  const reader = team.find((name) => name !== 'dan' && name !== 'ada') ?? '';
  let reply: Message | undefined;
  lab.onMessage = (from, _to, message) => {
    if (from === 'dan' && message.kind === 'read-reply') reply = message;
  };
  lab.member('dan').feed({ kind: 'message', from: reader, message: { kind: 'read', id: 7, bucket: 'notes', key: ref.key, digest: false, asPrimary: true } });
  lab.until('he answers', () => reply !== undefined, 20_000);
  assert.ok(reply?.kind === 'read-reply' && reply.object !== undefined, 'with the write');
});

test('TR-2 a next owner that is called as a stand-in and has no room for the hint has its own copy all the same', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], config: { hintBytesMax: 10 } });
  lab.leave('eve');
  lab.run(200);
  const core = lab.core('ada');
  const found = Array.from({ length: 400 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).flatMap((ref) => {
    const { primaries, fallbacks } = core.placement.preferenceList(ref.partition, 3);
    const gains = core.pendingPlacement.preferenceList(ref.partition, 3).primaries.find((name) => !primaries.includes(name));
    const away = primaries.find((name) => name !== 'ada' && name !== 'eve');
    return primaries.includes('ada') && away !== undefined && gains !== undefined && fallbacks[0] === gains ? [{ ref, gains, away }] : [];
  })[0];
  assert.ok(found !== undefined);
  const { ref, gains, away } = found;
  lab.member(away).crash();
  lab.until('it is in doubt', () => core.liveness(away) !== 'alive');
  assert.equal(lab.status('eve'), 'leaving');
  const refusals: string[] = [];
  lab.onMessage = (from, _to, { kind }) => {
    if (kind === 'hints-full-reply') refusals.push(from);
  };
  const outcome = put({ lab, ref, stays: 'ada', other: '', goes: '' }, true);
  lab.until('it is answered', () => outcome() !== undefined, 1_000);
  lab.run(20);
  assert.ok(refusals.includes(gains), 'it was asked for a hint too');
  assert.ok(lab.member(gains).disk.objects.has(ref.id));
});
