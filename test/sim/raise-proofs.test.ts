/** SC-30 to SC-32: a store is set aside only by what its own member has signed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EPOCH_MAX } from '../../p2p/bounds.ts';
import { signRaise } from '../../p2p/node/raise-proofs.ts';
import { fakeSigner } from './fake-signer.ts';
import { ALL, everywhere, ReapingLab } from './reaping-lab.ts';

test('SC-31 nobody seals what another member has not signed that it agreed to, whatever the proposer says', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.run(5_000);
  const { core, epoch, ask } = lab.proposal('ben', 'k');
  assert.deepEqual(ask('hold'), [0]);
  const { proofs } = core.horizon;
  proofs.take([signRaise(core.team, fakeSigner('ada'), epoch), { ...signRaise(core.team, fakeSigner('ada'), epoch), member: 'cleo' }]);
  lab.run(11_000);
  assert.deepEqual([ask('seal'), core.horizon.fence], [[], 0]);
  proofs.take([signRaise(core.team, fakeSigner('cleo'), epoch)]);
  assert.deepEqual([ask('seal'), core.horizon.fence], [[0], epoch]);
});

test('SC-30 a fence that one member makes up sets nobody aside, and the others go on', () => {
  const lab = new ReapingLab({ up: [...ALL, 'dan'] });
  lab.fill('notes', 40);
  lab.run(2_000);
  const held = (): readonly number[] => ALL.map((name) => lab.member(name).disk.objects.size);
  const before = held();
  const { core } = lab.member('dan').node!;
  const forged = {
    kind: 'gossip-beat', id: 7, heartbeat: core.heartbeats.of('dan') + 1, life: core.identity.bootNonce, root: core.facts.root(),
    raised: EPOCH_MAX, fence: EPOCH_MAX, isSure: true, news: [],
  } as const;
  for (const name of ALL) lab.member(name).feed({ kind: 'message', from: 'dan', message: forged });
  lab.isolate('dan');
  lab.run(60_000);
  assert.deepEqual(held(), before);
  assert.deepEqual(ALL.map((name) => lab.core(name).horizon.standing), ['sure', 'sure', 'sure']);
  assert.equal(lab.put('notes', 'k1', 'x')?.kind, 'written');
});

test('SC-34 later lives that one member makes up of the others stop none of them', () => {
  const lab = new ReapingLab({ up: [...ALL, 'dan'] });
  lab.fill('notes', 20);
  for (let second = 0; second < 60; second += 1) {
    const { core } = lab.member('dan').node!;
    for (const name of ALL) {
      const news = [{ member: name, heartbeat: lab.core(name).heartbeats.of(name) + 1_000, life: 'made-up', isLost: second % 2 === 0 }];
      const beat = { heartbeat: core.heartbeats.of('dan'), life: core.identity.bootNonce, root: core.facts.root(), raised: 0, fence: 0, isSure: false, news };
      lab.member(name).feed({ kind: 'message', from: 'dan', message: { kind: 'gossip-beat', id: 7, ...beat } });
    }
    lab.run(1_000);
    for (const name of ALL) {
      assert.deepEqual([lab.core(name).life.isCopied, lab.core(name).life.isStale], [false, false], name);
      assert.equal(lab.put('notes', 'k', `${second}`, name)?.kind, 'written');
    }
  }
});

test('SC-32 one member that was there before it was started again shows a store that was put back what that had signed', () => {
  const lab = new ReapingLab();
  lab.put('notes', 'k', 'milk');
  lab.run(5_000);
  const image = lab.member('cleo').disk.image();
  lab.delete('k');
  lab.days(32);
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
  for (const name of ALL) lab.member(name).stop();
  lab.member('cleo').restore(image);
  lab.member('cleo').disk.isRestored = false;
  for (const name of ['ben', 'cleo']) lab.member(name).start();
  lab.until('it was set aside', () => lab.on('k').includes('cleo nothing'));
  lab.until('it is sure again', () => lab.core('cleo').horizon.isSure && lab.core('cleo').horizon.fence > 0);
  // From then on it can show the same to others, though its store was empty.
  lab.run(5_000);
  for (const name of ALL) assert.ok(lab.core('cleo').horizon.proofs.epochOf(name) >= lab.core('ben').horizon.fence, name);
});
