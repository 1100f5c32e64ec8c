/** MB-34: what a member is called travels as its record does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

test('MB-34 who works at a device is known to all, changes everywhere, and is gone everywhere', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const called = (at: string): unknown => {
    const record = lab.core(at).roster.get('ada');
    return [record?.name, record?.person];
  };
  for (const [name, person] of [['Front desk', 'Anna Berg'], ['Front desk', 'Anna Ōtani'], ['Hall', undefined]] as const) {
    assert.equal(lab.ask('ada', { kind: 'rename', name, person })?.kind, 'renamed');
    lab.until('ben and cleo have heard', () => ['ben', 'cleo'].every((at) => JSON.stringify(called(at)) === JSON.stringify([name, person])));
  }
  assert.deepEqual(lab.core('ben').roster.get('ada'), lab.core('ada').roster.get('ada'));
});

test('MB-34 a member that was away hears what another is called now', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.run(3_000);
  lab.member('cleo').crash();
  lab.ask('ada', { kind: 'rename', name: 'ada', person: 'Anna Berg' });
  lab.run(3_000);
  lab.member('cleo').start();
  lab.until('cleo has heard', () => lab.core('cleo').roster.get('ada')?.person === 'Anna Berg');
});
