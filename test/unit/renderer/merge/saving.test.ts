import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeInput } from '../../../../renderer/merge/siblings.ts';
import { isUndone, savePlan, splitKey, undoOf, undoStep, type Undo } from '../../../../renderer/merge/saving.ts';
import { FakeApi } from './fake-api.ts';
import { sibling } from './support.ts';

const NAME = { bucket: 'b', key: 'k' };
const PUT = { do: 'put', value: 'M', encoding: 'utf8', contentType: 'text/plain' } as const;
const QUORUM = { code: 'QUORUM_UNREACHABLE', message: 'not enough' };
const two = (): FakeApi => new FakeApi([sibling('ada:1', 'A'), sibling('bo:1', 'B')]);

async function undoAll(api: FakeApi, undo: Undo): Promise<void> {
  for (let left = undo; !isUndone(left); ) left = await undoStep(api, left);
}

test('MG-6 a save replaces what was shown; what came later stays', async () => {
  const api = two();
  api.intrude('Z');
  const saved = await savePlan(api, NAME, 'c0', PUT);
  assert.deepEqual(api.values(), ['Z', 'M']);
  assert.equal(saved.others, 1);
});

test('undo makes the former values siblings again, deletions too, and leaves a late one alone', async () => {
  const api = new FakeApi([sibling('ada:1', 'A'), sibling('bo:1', 'B'), sibling('cy:1', null)]);
  const shown = api.read;
  api.intrude('Z');
  const saved = await savePlan(api, NAME, shown.context, PUT);
  await undoAll(api, undoOf(NAME, shown, saved));
  assert.deepEqual(api.values(), ['Z', 'A', 'B', null]);
});

test('MG-7 undo puts the common version under the siblings again, so that the rules say the same as before', async () => {
  for (const base of [sibling('r:1', 'BASE'), undefined]) {
    const api = new FakeApi([sibling('ada:1', 'A'), sibling('bo:1', 'B')], base);
    const shown = api.read;
    const saved = await savePlan(api, NAME, 'c0', PUT);
    await undoAll(api, undoOf(NAME, shown, saved));
    const [ground, ...again] = api.writes.slice(1);
    assert.deepEqual([ground?.context, ground !== undefined && 'value' in ground ? ground.value : null], [saved.context, base?.value ?? null]);
    assert.equal(new Set(again.map(({ context }) => context)).size, 1);
    assert.ok(again.every(({ context }) => context !== saved.context), 'no sibling descends from the merged value alone');
    assert.deepEqual(api.values(), ['A', 'B']);
  }
});

test('an undo that fails half way goes on where it stopped', async () => {
  const api = two();
  const shown = api.read;
  let undo = undoOf(NAME, shown, await savePlan(api, NAME, 'c0', PUT));
  undo = await undoStep(api, undo);
  api.failures = [{ code: 'OVERLOADED', message: 'busy' }];
  await assert.rejects(undoStep(api, undo), /busy/);
  await undoAll(api, undo);
  assert.deepEqual(api.values(), ['A', 'B']);
});

test('without a quorum it is kept here, and said', async () => {
  const api = two();
  api.failures = [QUORUM];
  const saved = await savePlan(api, NAME, 'c0', PUT);
  assert.equal(saved.hereOnly, true);
  assert.deepEqual(api.writes.map(({ w }) => w), [undefined, 'any']);
  const [first, second] = api.writes.map(({ writeId }) => writeId);
  assert.ok(first !== undefined && first === second, 'both attempts are one write');
  assert.deepEqual(api.values(), ['M']);
});

test('keeping all writes the others first, each under a free name', async () => {
  const api = two();
  api.others.set('k (bo)', [sibling('x:1', 'taken')]);
  const saved = await savePlan(api, NAME, 'c0', { do: 'split', columns: mergeInput(api.read).columns });
  assert.deepEqual(saved.newKeys.map(({ key }) => key), ['k (bo 2)']);
  assert.equal(api.others.get('k (bo 2)')?.[0]?.value, 'B');
  assert.deepEqual(api.values(), ['A']);
});

test('MG-7 undoing "keep all" takes the keys away that it made, with the context of their first write', async () => {
  const api = two();
  const shown = api.read;
  const saved = await savePlan(api, NAME, 'c0', { do: 'split', columns: mergeInput(api.read).columns });
  await undoAll(api, undoOf(NAME, shown, saved));
  assert.deepEqual(api.values(), ['A', 'B']);
  const [made] = saved.newKeys;
  const deletion = api.writes.at(-1);
  assert.deepEqual([deletion?.key, deletion?.context, deletion !== undefined && 'value' in deletion], ['k (bo)', made?.context, false]);
});

test('names of split keys', () => {
  assert.equal(splitKey('a/plan', '\u2068דנה\u2069', 1), 'a/plan (דנה)');
  assert.equal(splitKey('a/report.pdf', 'Bo', 1), 'a/report (Bo).pdf');
  assert.equal(splitKey('.hidden', 'Bo', 2), '.hidden (Bo 2)');
});
