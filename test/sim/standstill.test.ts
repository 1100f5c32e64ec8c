/** TR-13: no single source, and no debt that stays open, keeps a member from what others would give it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage } from '../../p2p/wire/codec.ts';
import { Lab } from './lab.ts';

/** It lives, and says nothing of its trees, as where a disk cannot be read. */
function mute(lab: Lab, name: string, to: string): void {
  const member = lab.member(name);
  const receive = member.receive.bind(member);
  member.receive = (from, frame) => {
    if (from !== to || !decodeMessage(frame).kind.startsWith('tree-')) receive(from, frame);
  };
}

for (const silent of ['ada', 'ben', 'cleo']) {
  test(`TR-13 a member joins though ${silent} lives and gives nothing`, () => {
    const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
    lab.fill('notes', 60);
    mute(lab, silent, 'eve');
    lab.join('eve');
    lab.until('eve is up', () => lab.status('eve') === 'up', 60_000);
  });
}

test('TR-13 while a debt cannot be paid, what an owner has still comes', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.fill('notes', 40);
  lab.run(20_000);
  lab.member('ben').crash();
  lab.member('cleo').crash();
  lab.join('eve');
  lab.run(60_000);
  assert.equal(lab.status('eve'), 'joining', 'a majority of the old owners is away');
  const undo = lab.network.block([['ada', 'eve']]);
  lab.run(10);
  for (let index = 0; index < 8; index += 1) lab.ask('ada', { kind: 'put', bucket: 'notes', key: `k${index}`, value: new Uint8Array([1]), contentType: '', w: 1 });
  // Before it has left a hint for eve.
  lab.member('ada').crash();
  lab.run(500);
  undo();
  lab.member('ada').start();
  const lacks = (): readonly string[] => [...lab.keys.values()].filter((ref) => lab.core('ada').ownersOf(ref.partition, 3).includes('eve') && !lab.holders(ref).includes('eve')).map(({ key }) => key);
  const differs = (): boolean =>
    [...lab.keys.values()].some((ref) => {
      const [ours, theirs] = ['ada', 'eve'].map((name) => lab.member(name).disk.objects.get(ref.id)?.summary.hash.join());
      return lab.core('ada').ownersOf(ref.partition, 3).includes('eve') && ours !== theirs;
    });
  lab.until(`eve has what ada has: ${lacks().join()}`, () => !differs(), 120_000);
});
