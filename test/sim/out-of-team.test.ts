/** TR-14: a write that is under way where its coordinator leaves the team is not taken by a ring of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../p2p/node/commands.ts';
import { Lab } from './lab.ts';

for (const sloppy of [true, false]) {
  test(`TR-14 a ${sloppy ? 'sloppy' : 'strict'} write under way at a member that is removed is refused, and not taken by it alone`, () => {
    const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'] });
    const core = lab.core('ada');
    const key = Array.from({ length: 50 }, (_, index) => `k${index}`).find((name) => {
      const { primaries } = core.placement.preferenceList(core.keyRef('notes', name).partition, 3);
      return primaries[0] === 'cleo' && !primaries.includes('dan');
    });
    assert.ok(key !== undefined);
    // Dan hands the write to a primary that hangs; when its time is over, he is no longer of the team.
    lab.member('cleo').freeze();
    lab.run(100);
    const answers: (Outcome | undefined)[] = [];
    lab.member('dan').execute({ kind: 'put', bucket: 'notes', key, value: new Uint8Array([1]), contentType: 't/p', sloppy }, (outcome) => answers.push(outcome));
    lab.run(500);
    lab.ask('ada', { kind: 'remove-member', member: 'dan' });
    lab.run(10_000);
    assert.equal(lab.core('dan').out, 'removed');
    assert.deepEqual(answers.map((outcome) => outcome?.kind), ['unreachable']);
  });
}
