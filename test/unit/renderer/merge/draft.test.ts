import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDraft, restore, writeDraft } from '../../../../renderer/merge/draft.ts';
import { fingerprint } from '../../../../renderer/merge/fingerprint.ts';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { reduce, UNTOUCHED } from '../../../../renderer/merge/resolution.ts';
import { jsonReading } from './support.ts';

const model = mergeModel(jsonReading({ a: 1, b: 1 }, [{ a: 2, b: 2 }, { a: 3, b: 3 }]));
const [A = '', B = ''] = model.decisions.map(({ id }) => id);
const one = reduce(UNTOUCHED, { type: 'choose', id: A, choice: { take: 'edit', text: 'é' } });
const two = reduce(one, { type: 'choose', id: B, choice: { take: 'sum' } });

test('a draft survives being written, undo and all', () => {
  const draft = readDraft(writeDraft('c0', model, two)) ?? assert.fail();
  assert.deepEqual(restore(draft, 'c0', model), { resolution: { ...two, typing: null }, lost: 0 });
});

test('on other versions, answers to the same questions stay and the others are counted', () => {
  const draft = readDraft(writeDraft('c0', model, two)) ?? assert.fail();
  const later = mergeModel(jsonReading({ a: 1, b: 1 }, [{ a: 2, b: 2 }, { a: 3, b: 3 }, { a: 9, b: 1 }]));
  assert.deepEqual(restore(draft, 'c1', later), { resolution: { choices: { [B]: two.choices[B] }, past: [], typing: null }, lost: 1 });
  const again = mergeModel(jsonReading({ a: 1, b: 1 }, [{ a: 2, b: 2 }, { a: 3, b: 3 }, { a: 1, b: 3, c: 1 }]));
  assert.deepEqual(restore(draft, 'c1', again).resolution.choices, { [A]: two.choices[A] }, 'the sum is another one');
  const same = mergeModel(jsonReading({ a: 1, b: 1 }, [{ a: 2, b: 2 }, { a: 3, b: 9 }]));
  assert.deepEqual(restore(draft, 'c1', same), { resolution: { choices: { [A]: two.choices[A] }, past: [], typing: null }, lost: 1 });
});

test('nothing else passes for a draft', () => {
  const good = JSON.parse(writeDraft('c0', model, two)) as Record<string, unknown>;
  const bad = ['', '{}', '[]', 'null', JSON.stringify({ ...good, more: 1 }), JSON.stringify({ ...good, choices: [['a', { take: 'evil' }]] }), JSON.stringify({ ...good, past: {} })];
  for (const text of bad) assert.equal(readDraft(text), undefined, text);
});

test('fingerprints tell near texts apart', () => {
  const texts = Array.from({ length: 5_000 }, (_, index) => `{"a":${index}}`);
  assert.equal(new Set(texts.map(fingerprint)).size, texts.length);
  assert.match(fingerprint(''), /^[0-9a-f]{16}$/);
});
