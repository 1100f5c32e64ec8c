/** MB-34: what a member is called, while it runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RENAMINGS_A_LIFE } from '../../../../p2p/bounds.ts';
import type { Outcome } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import { MEMBER_ROW } from '../../../../p2p/node/member-desk.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 50_000 };

function rename(node: Node, name: string, person?: string): { readonly outcome: Outcome | undefined; readonly effects: readonly Effect[] } {
  const effects = [...node.step({ kind: 'client', token: 9, command: { kind: 'rename', name, person } }, NOW)];
  for (const effect of effects) if (effect.kind === 'commit') effects.push(...node.step({ kind: 'committed', token: effect.token }, NOW));
  return { outcome: effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []))[0], effects };
}

test('MB-34 a member that is called otherwise signs a newer record, keeps it, and changes nothing else', () => {
  const node = testNode({ others: ['ben'] });
  node.start(NOW);
  const before = node.core.roster.get('ada');
  const ring = node.core.placement.version;
  const { outcome, effects } = rename(node, 'Front desk', 'Anna Berg');
  const after = node.core.roster.get('ada');
  assert.equal(outcome?.kind, 'renamed');
  assert.deepEqual([after?.name, after?.person, after?.said, after?.incarnation], ['Front desk', 'Anna Berg', 'up', (before?.incarnation ?? 0) + 1]);
  assert.equal(node.core.placement.version, ring, 'nothing moves');
  const kept = effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch : [])).filter((one) => one.kind === 'meta' && one.name === `${MEMBER_ROW}ada`);
  assert.equal(kept.length, 1);
});

test('MB-34 what is said already is not said again, and the person can be taken off', () => {
  const node = testNode({ profile: { person: 'Anna Berg' } });
  node.start(NOW);
  const said = node.core.roster.get('ada');
  assert.equal(said?.person, 'Anna Berg');
  assert.equal(rename(node, 'Ada', 'Anna Berg').outcome?.kind, 'renamed');
  assert.equal(node.core.roster.get('ada'), said);
  rename(node, 'Ada');
  const after = node.core.roster.get('ada');
  assert.deepEqual([after !== undefined && 'person' in after, after?.name], [false, 'Ada']);
});

test('MB-34 names that no record takes are refused, and so is one name after the other without end', () => {
  const node = testNode();
  node.start(NOW);
  assert.equal(rename(node, 'x'.repeat(129)).outcome?.kind, 'bad-request');
  assert.equal(rename(node, 'Ada', '\u202eannA').outcome?.kind, 'bad-request');
  for (let change = 0; change < RENAMINGS_A_LIFE; change += 1) assert.equal(rename(node, `Ada ${change}`).outcome?.kind, 'renamed');
  const last = node.core.roster.get('ada');
  assert.equal(rename(node, 'one more').outcome?.kind, 'overloaded');
  assert.equal(node.core.roster.get('ada'), last);
  assert.equal(rename(node, last?.name ?? '').outcome?.kind, 'renamed', 'to say the same costs nothing');
});

test('MB-34 who has left or was removed signs nothing more', () => {
  const node = testNode({ others: ['ben'] });
  node.start(NOW);
  const effects = node.step({ kind: 'client', token: 1, command: { kind: 'leave', force: true } }, NOW);
  for (const effect of effects) if (effect.kind === 'commit') node.step({ kind: 'committed', token: effect.token }, NOW);
  assert.equal(node.core.out, 'left');
  const said = node.core.roster.get('ada');
  assert.equal(rename(node, 'Ada', 'Anna').outcome?.kind, 'renamed');
  assert.equal(node.core.roster.get('ada'), said);
});
