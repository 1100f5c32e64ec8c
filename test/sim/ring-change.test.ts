/** TR: whatever changes the ring or the number of copies, keys end where they belong, and only there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Placement } from '../../p2p/ring/placement.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { BucketSettings } from '../../p2p/types.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { Lab, PARTITIONS } from './lab.ts';

const KEYS = 60;
const NOTES = 'notes';

function settled(lab: Lab): void {
  lab.until(`every key is at all of its primaries: ${lab.difference() ?? ''}`, () => lab.difference() === undefined);
  lab.until(`no key is elsewhere: ${lab.stray() ?? ''}`, () => lab.stray() === undefined, 120_000);
}

function owes(lab: Lab, name: string): number {
  return lab.member(name).node?.ownership.owed ?? 0;
}

test('TR-1 a member that joins fetches its share, is up only then, and others drop what moved', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
  lab.fill(NOTES, KEYS);
  lab.join('eve');
  lab.until('eve is up', () => lab.status('eve') === 'up');
  assert.equal(lab.difference(), undefined, 'complete at the moment of the switch');
  settled(lab);
  assert.ok([...lab.keys.values()].some((ref) => lab.holders(ref).includes('eve')));
});

test('TR-2 who joins takes new writes at once', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, KEYS);
  lab.join('dan');
  for (let round = 0; lab.status('dan') !== 'up'; round += 1) {
    assert.equal(lab.put(NOTES, `new${round}`, 'x', round % 2 === 0 ? 'ben' : 'cleo')?.kind, 'written');
    assert.ok(round < 2_000, 'dan comes up under writes');
  }
  settled(lab);
});

test('TR-2 who joins and misses a write gets a hint', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  // Without two of the three, nothing can be complete: dan stays joining.
  lab.join('dan');
  lab.member('ben').crash();
  lab.member('cleo').crash();
  lab.run(10_000);
  assert.equal(lab.status('dan'), 'joining');
  const core = lab.core('ada');
  const refs = Array.from({ length: 40 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS));
  const [first, second] = refs.filter(({ partition }) => core.pendingPlacement.isPrimary('dan', partition, 3));
  assert.ok(first !== undefined && second !== undefined);
  const put = (key: string): void => {
    lab.ask('ada', { kind: 'put', bucket: NOTES, key, value: new Uint8Array([1]), contentType: 'text/plain', w: 1 });
  };
  put(first.key);
  lab.run(50);
  assert.ok(lab.member('dan').disk.objects.has(first.id), 'at once, not by an exchange');
  lab.member('dan').crash();
  put(second.key);
  lab.until('ada keeps a hint for dan', () => lab.member('ada').disk.hints.get('dan')?.has(second.id) === true, 10_000);
});

test('TR-3 a member that leaves is gone only when its successors have everything', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  lab.fill(NOTES, KEYS);
  lab.leave('eve');
  lab.until('eve has left', () => lab.status('eve') === 'left');
  lab.member('eve').crash();
  assert.equal(lab.difference(), undefined, 'complete without eve at the moment of the switch');
  settled(lab);
});

test('TR-3 a member does not leave while a successor is away', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
  lab.fill(NOTES, KEYS);
  lab.member('ben').crash();
  lab.leave('dan');
  lab.run(30_000);
  assert.equal(lab.status('dan'), 'leaving');
  lab.member('ben').start();
  lab.until('dan has left', () => lab.status('dan') === 'left');
  assert.equal(lab.difference(), undefined);
});

test('TR-4 a bucket whose n changes ends with that many copies, and other buckets stay as they are', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], buckets: { notes: 2, other: 3 } });
  lab.fill(NOTES, 20);
  lab.fill('other', 20);
  for (const n of [3, 'all', 2] as readonly BucketSettings['n'][]) {
    assert.equal(lab.ask('ben', { kind: 'set-bucket', bucket: NOTES, settings: { n } })?.kind, 'settings');
    lab.until('everybody knows', () => [...lab.members.keys()].every((name) => lab.core(name).buckets.settings(NOTES).n === n));
    settled(lab);
    for (const ref of lab.keys.values()) {
      const copies = ref.bucket === NOTES ? (n === 'all' ? 5 : n) : 3;
      assert.equal(lab.holders(ref).length, copies, `${ref.bucket} at n=${n}`);
    }
  }
});

test('TR-5 a member whose store is gone answers no read with nothing, and is refilled unread', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, KEYS);
  lab.wipe('ben');
  lab.member('ben').start();
  assert.ok(owes(lab, 'ben') > 0);
  let reads = 0;
  lab.until('ben is up', () => {
    const outcome = lab.ask('cleo', { kind: 'get', bucket: NOTES, key: `k${reads % KEYS}`, r: 'quorum', timeoutMs: 400 });
    reads += 1;
    if (outcome?.kind === 'read') assert.equal(outcome.siblings.length, 1, `k${(reads - 1) % KEYS}`);
    return lab.status('ben') === 'up' && owes(lab, 'ben') === 0;
  });
  assert.equal(lab.difference(), undefined);
});

test('TR-5 a store put back from an older copy is refilled before it answers', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, KEYS);
  lab.restoreOldest('ben', true);
  assert.equal(owes(lab, 'ben'), PARTITIONS);
  const here = lab.ask('ben', { kind: 'get', bucket: NOTES, key: 'k0', r: 'one', sloppy: false, timeoutMs: 300 });
  assert.equal(here?.kind, 'unreachable', 'nothing is not what it has to say');
  lab.until('ben has paid', () => owes(lab, 'ben') === 0);
  assert.equal(lab.difference(), undefined);
});

test('TR-5 asked by others, it refuses, takes writes, and counts for them', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, 5);
  // Without cleo it cannot be complete: ada alone is no majority.
  lab.member('cleo').crash();
  lab.restoreOldest('ben', true);
  lab.run(10_000);
  assert.equal(lab.core('ada').liveness('ben'), 'alive');
  const read = lab.ask('ada', { kind: 'get', bucket: NOTES, key: 'k0', r: 2, sloppy: false, timeoutMs: 1_000 });
  assert.equal(read?.kind, 'unreachable');
  const written = lab.put(NOTES, 'k9', 'x');
  assert.ok(written?.kind === 'written' && written.copies.some(({ member }) => member === 'ben'), JSON.stringify(written));
  lab.member('cleo').start();
  lab.until('ben has paid', () => owes(lab, 'ben') === 0);
  const again = lab.ask('ada', { kind: 'get', bucket: NOTES, key: 'k0', r: 'all', sloppy: false });
  assert.ok(again?.kind === 'read' && again.siblings.length === 1);
});

test('TR-5 a store that does not know that it is old learns it from what others know of it', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  for (let boot = 0; boot < 3; boot += 1) {
    lab.member('ben').stop();
    lab.member('ben').start();
    lab.run(3_000);
  }
  lab.fill(NOTES, KEYS);
  lab.restoreOldest('ben', false);
  assert.equal(owes(lab, 'ben'), 0);
  lab.until('ben is told', () => owes(lab, 'ben') === PARTITIONS);
  lab.until('ben has paid', () => owes(lab, 'ben') === 0);
  assert.equal(lab.difference(), undefined);
});

test('TR-6 a fetch that is broken off by crashes goes on and ends', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const lab = new Lab({ seed, up: ['ada', 'ben', 'cleo'] });
    lab.fill(NOTES, KEYS);
    lab.join('dan');
    for (const [turn, name] of ['dan', 'ben', 'dan', 'cleo', 'dan'].entries()) {
      lab.run(20 + turn * 60 * seed);
      lab.member(name).crash();
      lab.run(300);
      lab.member(name).start();
    }
    lab.until('dan is up', () => lab.status('dan') === 'up');
    settled(lab);
  }
});

test('TR-6 a source that goes away for good does not hold the fetch up', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
  lab.fill(NOTES, KEYS);
  lab.member('cleo').crash();
  lab.join('eve');
  lab.until('eve is up', () => lab.status('eve') === 'up');
  lab.member('cleo').start();
  settled(lab);
});

test('TR-6 those that lost their stores do not take each other for complete', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], buckets: { notes: 5 } });
  lab.fill(NOTES, 10);
  lab.until('all have all', () => lab.difference() === undefined);
  const lost = ['ada', 'ben', 'cleo', 'dan'];
  lab.member('eve').crash();
  for (const name of lost) lab.restoreOldest(name, true);
  lab.run(30_000);
  for (const name of lost) assert.ok(owes(lab, name) > 0, `${name}: eve may have what they lack`);
  lab.member('eve').start();
  lab.until('all have paid', () => lost.every((name) => owes(lab, name) === 0));
  assert.equal(lab.difference(), undefined);
});

test('TR-6 two that lost their stores one after the other, and are both joining, do not wait for each other', () => {
  const lab = new Lab({ up: ['ada', 'ben'] });
  lab.fill(NOTES, 10);
  lab.wipe('ben');
  lab.wipe('ada');
  for (const name of ['ada', 'ben']) lab.member(name).start();
  lab.until('both are up again', () => ['ada', 'ben'].every((name) => lab.core('ada').roster.get(name)?.status === 'up' && lab.core('ben').roster.get(name)?.status === 'up'), 30_000);
  assert.equal(lab.put(NOTES, 'after', 'x')?.kind, 'written');
  for (const name of ['ada', 'ben']) assert.equal(lab.ask(name, { kind: 'get', bucket: NOTES, key: 'after', r: 'all' })?.kind, 'read');
});

test('TR-8 nothing is dropped while an owner is away', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], buckets: { notes: 'all' } });
  lab.fill(NOTES, 20);
  lab.until('all have all', () => lab.difference() === undefined);
  lab.member('ben').crash();
  lab.ask('ada', { kind: 'set-bucket', bucket: NOTES, settings: { n: 2 } });
  lab.run(60_000);
  for (const ref of lab.keys.values()) {
    const isBens = lab.primaries(ref).includes('ben');
    assert.equal(lab.holders(ref).length, isBens ? 5 : 3, `${ref.key}: ben's disk, and its owners`);
  }
  lab.member('ben').start();
  settled(lab);
});

test('TR-8 a copy that its owners could not store stays where it is', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  const ref = keyRef(NOTES, 'only here', PARTITIONS);
  const outside = [...lab.members.keys()].find((name) => !lab.primaries(ref).includes(name)) ?? '';
  const others = [...lab.members.keys()].filter((name) => name !== outside);
  const reconnect = lab.isolate(outside);
  lab.run(5_000);
  lab.keys.set(ref.id, ref);
  lab.ask(outside, { kind: 'put', bucket: NOTES, key: ref.key, value: new Uint8Array([1]), contentType: 'text/plain', w: 'any' });
  for (const name of others) lab.member(name).disk.isFull = true;
  reconnect();
  lab.run(60_000);
  assert.deepEqual(lab.holders(ref), [outside]);
  for (const name of others) lab.member(name).disk.isFull = false;
  settled(lab);
  assert.ok(!lab.holders(ref).includes(outside));
});

test('TR-9 who is asked as a primary and is none says so, and shows what it knows of the team', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  lab.fill(NOTES, 20);
  const ref = [...lab.keys.values()].find((one) => !lab.primaries(one).includes('ben'));
  assert.ok(ref !== undefined);
  const { bucket, key } = ref;
  const heard: Message[] = [];
  lab.onMessage = (from, to, message) => {
    if (from === 'ben' && to === 'ada') heard.push(message);
  };
  lab.member('ben').feed({ kind: 'message', from: 'ada', message: { kind: 'read', id: 77, bucket, key, digest: false, asPrimary: true } });
  lab.run(40);
  const reply = heard.find((message) => message.kind === 'read-reply' && message.id === 77);
  assert.ok(reply?.kind === 'read-reply' && reply.refused && reply.hash === undefined);
  assert.ok(heard.some((message) => message.kind === 'gossip-beat'), 'so that the two views meet');
  const object = lab.member(lab.primaries(ref)[0] ?? '').disk.objects.get(ref.id)?.bytes;
  assert.ok(object !== undefined);
  const write = { kind: 'replicate', id: 78, bucket, key, object, standsFor: undefined, asPrimary: true, horizon: 0 } as const;
  lab.member('ben').feed({ kind: 'message', from: 'ada', message: write });
  lab.run(100);
  const kept = heard.find((message) => message.kind === 'replicate-reply' && message.id === 78);
  assert.ok(kept?.kind === 'replicate-reply' && kept.durable && kept.isOther, 'kept, and no copy of a primary');
});

test('TR-9 a request that met an old view of the ring is tried once more', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  const ref = Array.from({ length: 50 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).find((one) => lab.primaries(one).includes('ben'));
  assert.ok(ref !== undefined);
  const others = lab.primaries(ref).filter((name) => name !== 'ben');
  lab.put(NOTES, ref.key, 'x', 'ben');
  const core = lab.core('ben');
  const [placement, pending] = [core.placement, core.pendingPlacement];
  for (const strict of [
    { kind: 'get', bucket: NOTES, key: ref.key, r: 'all', sloppy: false } as const,
    { kind: 'put', bucket: NOTES, key: ref.key, value: new Uint8Array([1]), contentType: 'text/plain', w: 'all', sloppy: false } as const,
  ]) {
    core.placement = core.pendingPlacement = new Placement(placement.members.filter(({ member }) => !others.includes(member)), PARTITIONS);
    lab.queue.after(60, () => {
      core.placement = placement;
      core.pendingPlacement = pending;
    });
    const outcome = lab.ask('ben', strict);
    assert.ok(outcome?.kind === 'read' || outcome?.kind === 'written', JSON.stringify(outcome));
  }
});

test('TR-9 a copy at a member that is no owner is not counted', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'] });
  const ref = Array.from({ length: 50 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).find((one) => !lab.primaries(one).includes('cleo'));
  assert.ok(ref !== undefined);
  const core = lab.core('ada');
  core.placement = core.pendingPlacement = new Placement(core.placement.members.filter(({ member }) => ['ada', 'ben', 'cleo'].includes(member)), PARTITIONS);
  const put = { kind: 'put', bucket: NOTES, key: ref.key, value: new Uint8Array([1]), contentType: 'text/plain', w: 'all', sloppy: false } as const;
  assert.equal(lab.ask('ada', put)?.kind, 'unreachable');
  assert.ok(lab.holders(ref).includes('cleo'), 'it is merged all the same');
});

test('TR-7 two members join at once', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, KEYS);
  lab.join('dan');
  lab.join('eve');
  lab.until('both are up', () => lab.status('dan') === 'up' && lab.status('eve') === 'up');
  settled(lab);
});

test('TR-9 a member with an old view of the ring is told so, and then served', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
  lab.fill(NOTES, KEYS);
  const reconnect = lab.isolate('dan');
  lab.join('eve');
  lab.join('fay');
  lab.until('both are up', () => lab.status('eve') === 'up' && lab.status('fay') === 'up', 120_000);
  settledWithout(lab, 'dan');
  const old = lab.core('dan').placement.version;
  reconnect();
  lab.until('dan is back', () => lab.network.isWhole);
  for (let index = 0; index < KEYS; index += 1) {
    const outcome = lab.ask('dan', { kind: 'get', bucket: NOTES, key: `k${index}`, r: 'all' });
    if (outcome?.kind === 'read') assert.equal(outcome.siblings.length, 1, `k${index}`);
  }
  assert.notEqual(lab.core('dan').placement.version, old);
  settled(lab);
});

function settledWithout(lab: Lab, away: string): void {
  lab.until('the others have what they keep', () => [...lab.members.keys()].every((name) => name === away || owes(lab, name) === 0));
}

test('AE-7 a wiped replica is filled by one repair, with no client read', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { notes: 3, all: 'all' } });
  lab.fill(NOTES, 30);
  lab.fill('all', 10);
  lab.wipe('cleo');
  lab.member('cleo').start();
  const views = (): Set<string> => new Set(['ada', 'ben', 'cleo'].map((name) => JSON.stringify(lab.core(name).view())));
  lab.until('all see the same team', () => lab.core('cleo').alivePeers().length === 2 && views().size === 1);
  const outcome = lab.ask('cleo', { kind: 'repair' });
  assert.ok(outcome?.kind === 'repaired' && outcome.partitions > 0 && outcome.repaired === outcome.differing, JSON.stringify(outcome));
  assert.equal(lab.difference(), undefined);
  lab.until('cleo is up, and all see it', () => lab.status('cleo') === 'up' && views().size === 1);
  const again = lab.ask('cleo', { kind: 'repair', bucket: NOTES });
  assert.deepEqual(again, { kind: 'repaired', partitions: PARTITIONS, exchanged: 2 * PARTITIONS, differing: 0, repaired: 0 });
});

test('AE-8 a damaged record is refused when it is read, fetched from others and written anew', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, 10);
  const { objects } = lab.member('ben').disk;
  const [id, record] = [...objects][3] ?? [];
  assert.ok(id !== undefined && record !== undefined);
  objects.set(id, { ...record, bytes: new Uint8Array([9, 9, 9]) });
  const read = lab.ask('ben', { kind: 'get', bucket: NOTES, key: record.ref.key, r: 'quorum' });
  assert.ok(read?.kind === 'read' && read.siblings.length === 1);
  assert.ok(!read.replies.some(({ member }) => member === 'ben'), 'what is damaged is no answer');
  lab.until('the record is whole', () => lab.difference() === undefined, 2_000);
  let isDeep = false;
  lab.onMessage = (_from, _to, { kind }) => {
    isDeep ||= kind === 'tree-leaves';
  };
  lab.ask('ada', { kind: 'repair' });
  assert.ok(!isDeep, 'and so is its part of the tree');
});

test('AE-8 a damaged record that a peer reads is mended too', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill(NOTES, 10);
  const { objects } = lab.member('ben').disk;
  const [id, record] = [...objects][5] ?? [];
  assert.ok(id !== undefined && record !== undefined);
  objects.set(id, { ...record, bytes: new Uint8Array([9, 9, 9]) });
  lab.ask('ada', { kind: 'get', bucket: NOTES, key: record.ref.key, r: 'one' });
  lab.until('the record is whole', () => lab.difference() === undefined, 2_000);
});
