/** Which faults the simulator leaves undone: those that would take the last copy that is to stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Faults } from './faults.ts';
import { QUIET } from './options.ts';
import { quietTeam } from './quiet-team.ts';
import type { Simulator } from './simulator.ts';
import type { FaultKind } from './step.ts';

const KEYS = Array.from({ length: 100 }, (_, index) => keyRef('notes', `k${index}`, QUIET.partitions));

const ownerOf = (sim: Simulator, { partition }: KeyRef, when: 'placement' | 'pendingPlacement' = 'placement'): string =>
  sim.member('ada').node?.core[when].preferenceList(partition, 1).primaries[0] ?? '';

function write(sim: Simulator, { bucket, key }: KeyRef, by: string): void {
  sim.member(by).execute({ kind: 'put', bucket, key, value: new Uint8Array(1), contentType: '' }, () => undefined);
  sim.run(100);
}

/** As it is before an owner that has fetched a key, or was given a hint, is compared with who held it until then. */
function copy(sim: Simulator, { id }: KeyRef, from: string, to: string): void {
  const stored = sim.member(from).disk.objects.get(id);
  assert.ok(stored !== undefined);
  sim.member(to).disk.objects.set(id, stored);
}

function suffer(sim: Simulator, kind: FaultKind, who: string): void {
  new Faults(sim).begin({ type: 'fault', atMs: 0, kind, who: [who], forMs: 60_000, amount: 1 });
}

test('a copy that its owner is to give away when the ring has changed is no reason to damage that of the next owner', () => {
  const sim = quietTeam(1);
  sim.join('dan');
  for (let turn = 0; turn < 1_000 && KEYS.every((ref) => ownerOf(sim, ref) === ownerOf(sim, ref, 'pendingPlacement')); turn += 1) sim.run(10);
  const moving = KEYS.find((ref) => ownerOf(sim, ref, 'pendingPlacement') === 'dan' && ownerOf(sim, ref) !== 'dan');
  assert.ok(moving !== undefined, 'dan is to have something');
  const owner = ownerOf(sim, moving);
  write(sim, moving, owner);
  copy(sim, moving, owner, 'dan');
  assert.equal(ownerOf(sim, moving), owner, 'dan is not in yet');
  const { damaged } = sim.member('dan').disk;
  suffer(sim, 'flip', 'dan');
  assert.equal(damaged.size, 0);
  const staying = KEYS.find((ref) => ownerOf(sim, ref) === owner && ownerOf(sim, ref, 'pendingPlacement') === owner);
  assert.ok(staying !== undefined);
  write(sim, staying, owner);
  sim.member('dan').disk.objects.clear();
  copy(sim, staying, owner, 'dan');
  suffer(sim, 'flip', 'dan');
  assert.deepEqual([...damaged], [staying.id]);
});

test('an owner is not wiped for a copy that a member connected to it may be letting go, and is once that one is apart', () => {
  const [ref] = KEYS;
  assert.ok(ref !== undefined);
  for (const isApart of [false, true]) {
    const sim = quietTeam(1);
    const owner = ownerOf(sim, ref);
    const standIn = owner === 'ada' ? 'ben' : 'ada';
    write(sim, ref, owner);
    copy(sim, ref, owner, standIn);
    if (isApart) sim.network.block([[owner, standIn]]);
    sim.run(10_000);
    assert.ok(sim.member(standIn).disk.objects.has(ref.id));
    suffer(sim, 'wipe', owner);
    assert.equal(sim.member(owner).disk.objects.size, isApart ? 0 : 1);
  }
});
