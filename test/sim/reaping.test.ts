/** Deletions that everybody agrees to forget, in small teams on virtual time: days pass by the wall clocks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signRaise } from '../../p2p/node/raise-proofs.ts';
import { fakeSigner } from './fake-signer.ts';
import { ALL, CONFIG, DAY_MS, everywhere, ReapingLab, refOf } from './reaping-lab.ts';

test('RP-2 RP-4 a deletion is forgotten everywhere once it is old enough, with its history', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(29);
  assert.deepEqual(lab.on('k'), everywhere('(deleted)'));
  lab.days(2);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
  for (const { disk, node } of lab.members.values()) {
    assert.equal(disk.image().versions.size, 0);
    assert.equal(node?.votes.reaped, 1);
  }
  assert.deepEqual(lab.reaping(), { waiting: 0, blockedBy: [] });
});

test('RP-10 a store whose purge takes longer than the pause agrees the next time that it is asked', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.member('ben').disk.purgeMs = 4 * CONFIG.reapQuietMs;
  lab.days(30);
  lab.run(5 * 60_000);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});

test('RP-10 nothing is purged for a key that is not held any more', () => {
  const lab = new ReapingLab();
  let purges = 0;
  for (const { disk } of lab.members.values()) {
    const { query } = disk;
    disk.query = (asked, answer) => {
      purges += Number(asked.kind === 'purge');
      query.call(disk, asked, answer);
    };
  }
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(29);
  for (const member of lab.members.values()) member.jump(2 * DAY_MS);
  lab.until('it is held', () => [...lab.members.values()].every(({ node }) => (node?.core.horizon.highest ?? 0) > 0));
  assert.equal(purges, 0);
  lab.put('notes', 'k', 'again');
  lab.run(60_000);
  assert.equal(purges, 0);
});

test('RP-2 a bucket that keeps history for longer keeps its deletions as long', () => {
  const lab = new ReapingLab();
  assert.equal(lab.ask('ada', { kind: 'set-bucket', bucket: 'notes', settings: { historyDays: 60 } })?.kind, 'settings');
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(58);
  assert.deepEqual(lab.on('k'), everywhere('(deleted)'));
  lab.days(4);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});

test('RP-1 a key that lives again is no candidate, and counts as new when it is deleted again', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(20);
  lab.put('notes', 'k', 'eggs');
  lab.days(20);
  assert.ok(lab.on('k').every((held) => held.includes('eggs')), lab.on('k').join());
  lab.delete('k');
  lab.days(20);
  assert.deepEqual(lab.on('k'), everywhere('(deleted)'));
  lab.days(12);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});

test('RP-3 RP-8 nothing is forgotten while a member is away for months, and nothing comes back with it', () => {
  const lab = new ReapingLab();
  for (const key of ['gone', 'again', 'late']) lab.put('notes', key, `old ${key}`);
  lab.run(5_000);
  lab.member('cleo').crash();
  lab.run(60_000);
  lab.delete('gone');
  lab.delete('again');
  lab.days(35);
  lab.put('notes', 'again', 'new');
  lab.delete('late', 'ben');
  lab.days(60);
  assert.deepEqual(lab.on('gone'), ['ada (deleted)', 'ben (deleted)', 'cleo old gone']);
  assert.deepEqual(lab.reaping().blockedBy, ['cleo']);
  assert.ok(lab.reaping().waiting >= 2);
  lab.member('cleo').start();
  lab.days(3);
  for (const key of ['gone', 'late']) assert.deepEqual(lab.on(key), everywhere('nothing'), key);
  assert.deepEqual(lab.reaping(), { waiting: 0, blockedBy: [] });
  const again = lab.ask('cleo', { kind: 'get', bucket: 'notes', key: 'again', r: 'all' });
  assert.ok(again?.kind === 'read');
  assert.ok(again.siblings.some(({ value }) => value !== undefined && new TextDecoder().decode(value) === 'new'));
  assert.ok(again.siblings.every(({ value }) => value === undefined || new TextDecoder().decode(value) === 'new'));
});

test('RP-9 each deletion that waits is counted by one member, who names whom it waits for, until they are forgotten', () => {
  const lab = new ReapingLab();
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
  const mine = (name: string): number => keys.filter((key) => lab.primaries(refOf(key))[0] === name).length;
  assert.ok(ALL.every((name) => mine(name) > 0), 'each has some to see to');
  const status = (name: string) => lab.member(name).node?.reaper.snapshot();
  const nothing = { waiting: 0, reaped: 0, blockedBy: [] };
  for (const key of keys) lab.put('notes', key, 'milk');
  for (const key of keys) lab.delete(key);
  lab.days(20);
  assert.deepEqual(ALL.map(status), [nothing, nothing, nothing], 'none is old enough');
  const undo = lab.isolate('cleo');
  lab.days(12);
  assert.deepEqual(status('ada'), { waiting: mine('ada'), reaped: 0, blockedBy: ['cleo'] });
  assert.deepEqual(status('ben'), { waiting: mine('ben'), reaped: 0, blockedBy: ['cleo'] });
  assert.deepEqual([...(status('cleo')?.blockedBy ?? [])].sort(), ['ada', 'ben'], 'who is alone says so of the others');
  undo();
  lab.days(1);
  const all = { waiting: 0, reaped: keys.length, blockedBy: [] };
  assert.deepEqual(ALL.map(status), [all, all, all]);
});

test('RP-9 who is there and does not agree is named too, and no more once the key lives again', () => {
  const lab = new ReapingLab();
  const key = Array.from({ length: 50 }, (_, index) => `k${index}`).find((one) => lab.primaries(refOf(one))[0] === 'ada') ?? assert.fail();
  lab.put('notes', key, 'milk');
  const object = lab.member('ben').disk.objects.get(refOf(key).id)?.bytes ?? new Uint8Array();
  lab.delete(key);
  lab.member('ben').disk.hints.set('nobody', new Map([[refOf(key).id, { target: 'nobody', ref: refOf(key), object }]]));
  lab.days(32);
  assert.deepEqual(lab.member('ada').node?.reaper.snapshot(), { waiting: 1, reaped: 0, blockedBy: ['ben'] });
  lab.put('notes', key, 'eggs');
  lab.run(20_000);
  assert.deepEqual(lab.member('ada').node?.reaper.snapshot(), { waiting: 0, reaped: 0, blockedBy: [] });
});

test('RP-3 a hint of the key, for whomever, holds it back', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  const object = lab.member('ben').disk.objects.get(refOf('k').id)?.bytes ?? new Uint8Array();
  lab.delete('k');
  const { disk } = lab.member('ben');
  disk.hints.set('nobody', new Map([[refOf('k').id, { target: 'nobody', ref: refOf('k'), object }]]));
  lab.days(33);
  assert.deepEqual(lab.on('k'), everywhere('(deleted)'));
  assert.deepEqual(lab.reaping().blockedBy, lab.primaries(refOf('k'))[0] === 'ben' ? [] : ['ben']);
  disk.hints.clear();
  lab.days(1);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});

test('RP-3 RP-4 a write between the two consents takes them back, and lives', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  let phases = '';
  lab.onMessage = (_, to, message) => {
    if (message.kind !== 'reap') return;
    phases += message.phase[0];
    if (phases === 'hh') lab.queue.after(2_000, () => lab.member(to).execute({ kind: 'put', bucket: 'notes', key: 'k', value: new TextEncoder().encode('eggs'), contentType: 't' }, () => undefined));
  };
  lab.days(32);
  assert.match(phases, /^hhss/, 'everybody was asked twice');
  assert.ok(!phases.startsWith('hhssd'), 'and nobody to drop it');
  assert.ok(lab.on('k').every((held) => held.includes('eggs')), lab.on('k').join());
});

test('RP-4 a write between the last consent and the drop lives everywhere', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  let isWritten = false;
  lab.onMessage = (_, to, message) => {
    if (message.kind !== 'reap' || message.phase !== 'drop' || isWritten) return;
    isWritten = true;
    lab.member(to).execute({ kind: 'put', bucket: 'notes', key: 'k', value: new TextEncoder().encode('eggs'), contentType: 't' }, () => undefined);
  };
  lab.days(32);
  assert.ok(isWritten);
  assert.ok(lab.on('k').every((held) => held.includes('eggs')), lab.on('k').join());
});

test('RP-5 what was read before the consent of its reader is refused for ever, however late it comes', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.run(2_000);
  const object = lab.member('ben').disk.objects.get(refOf('k').id)?.bytes ?? new Uint8Array();
  lab.delete('k');
  lab.days(32);
  const horizon = lab.core('ben').horizon.raised;
  assert.ok(horizon > 0);
  const late = (read: number): void => {
    lab.member('ada').feed({ kind: 'message', from: 'ben', message: { kind: 'replicate', id: 0, bucket: 'notes', key: 'k', object, standsFor: undefined, asPrimary: false, horizon: read } });
    lab.run(20_000);
  };
  late(horizon - 1);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
  late(horizon);
  assert.deepEqual(lab.on('k'), everywhere('milk'), 'the test can fail');
});

for (const isNoticed of [true, false]) {
  test(`RP-6 a backup from before a reaping is set aside, ${isNoticed ? 'told by its files' : 'told by the team alone'}`, () => {
    const lab = new ReapingLab();
    lab.put('notes', 'k', 'milk');
    lab.put('notes', 'lives', 'bread');
    lab.run(5_000);
    const image = lab.member('cleo').disk.image();
    lab.delete('k');
    lab.days(32);
    assert.deepEqual(lab.on('k'), everywhere('nothing'));
    lab.member('cleo').restore(image);
    lab.member('cleo').disk.isRestored = isNoticed;
    assert.deepEqual(lab.on('k'), ['ada nothing', 'ben nothing', 'cleo milk']);
    lab.member('cleo').start();
    lab.run(120_000);
    assert.deepEqual(lab.on('k'), everywhere('nothing'));
    assert.deepEqual(lab.on('lives'), everywhere('bread'), 'and the rest is fetched anew');
    assert.equal(lab.status('cleo'), 'up');
    assert.equal(lab.core('cleo').horizon.fence, lab.core('ada').horizon.fence);
  });
}

test('RP-7 a store that was put back takes no part until it has met the team, also after a crash', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.run(5_000);
  const image = lab.member('cleo').disk.image();
  const connect = lab.isolate('cleo');
  lab.member('cleo').restore(image);
  const put = (): string | undefined => lab.ask('cleo', { kind: 'put', bucket: 'notes', key: 'new', value: new Uint8Array(1), contentType: 't', w: 'any' })?.kind;
  lab.member('cleo').start();
  assert.equal(put(), 'quarantined');
  lab.member('cleo').losePower();
  lab.member('cleo').start();
  lab.run(60_000);
  assert.deepEqual([put(), lab.core('cleo').horizon.standing], ['quarantined', 'unsure']);
  connect();
  lab.until('it has met somebody', () => lab.core('cleo').horizon.isSure);
  assert.equal(put(), 'written');
});

test('RP-7 a whole team that was put back agrees on the latest of its stores', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.run(5_000);
  const old = lab.member('cleo').disk.image();
  lab.delete('k');
  lab.days(32);
  lab.put('notes', 'later', 'bread');
  lab.run(5_000);
  const images = ALL.map((name) => [name, name === 'cleo' ? old : lab.member(name).disk.image()] as const);
  for (const [name, image] of images) lab.member(name).restore(image);
  for (const name of ALL) lab.member(name).start();
  lab.run(180_000);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
  assert.deepEqual(lab.on('later'), everywhere('bread'));
  for (const name of ALL) assert.ok(lab.core(name).horizon.isSure, name);
});

test('RP-7 who joins after a reaping is where the team is, and reaping goes on with it', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(32);
  lab.join('dan');
  lab.until('dan is up', () => lab.status('dan') === 'up');
  assert.ok(lab.core('dan').horizon.raised >= lab.core('ada').horizon.fence);
  lab.put('notes', 'other', 'milk');
  lab.delete('other');
  lab.days(33);
  assert.deepEqual(lab.on('other'), everywhere('nothing', [...ALL, 'dan']));
});

test('RP-3 nobody seals what it agreed to when the team was another: who joined since would be below the fence', () => {
  for (const isJoined of [false, true]) {
    const lab = new ReapingLab();
    lab.put('notes', 'k', 'milk');
    lab.delete('k');
    lab.run(5_000);
    const { core, epoch, ask } = lab.proposal('ben', 'k');
    assert.deepEqual(ask('hold'), [0]);
    core.horizon.proofs.take(['ada', 'cleo'].map((name) => signRaise(core.team, fakeSigner(name), epoch)));
    if (isJoined) lab.join('dan');
    lab.run(11_000);
    assert.deepEqual([ask('seal'), core.horizon.fence], isJoined ? [[], 0] : [[0], epoch]);
    if (isJoined) assert.notEqual(lab.core('dan').horizon.standing, 'behind');
  }
});
