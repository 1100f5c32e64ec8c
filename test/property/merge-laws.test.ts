/** The laws of merging, over random records and texts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cellKey, sameCell, type Cell, type Decision } from '../../renderer/merge/decision.ts';
import { canonical, parseLossless, type Json } from '../../renderer/merge/json-value.ts';
import { mergeModel, mergesByItself, type MergeModel } from '../../renderer/merge/merge-model.ts';
import { outcomeOf, type Outcome } from '../../renderer/merge/outcome.ts';
import { chosenCell, type Choices } from '../../renderer/merge/resolution.ts';
import { readDraft, restore, writeDraft } from '../../renderer/merge/draft.ts';
import { variantsOf } from '../../renderer/merge/variants.ts';
import { jsonReading, reading, sibling, textReading } from '../unit/renderer/merge/support.ts';

const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '0', '');
const leaf = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('x', 'y', 'x y'), fc.boolean(), fc.constant(null));
const row = fc.record({ id: fc.integer({ min: 1, max: 4 }), v: leaf });
const rows = fc.uniqueArray(row, { selector: (item) => item.id, maxLength: 4 });
const inner = fc.oneof(leaf, rows, fc.array(leaf, { maxLength: 2 }), fc.dictionary(key, leaf, { maxKeys: 3 }));
const record = fc
  .uniqueArray(fc.tuple(key, inner), { selector: ([name]) => name, maxLength: 5 })
  .map((entries): Json => Object.fromEntries(entries) as Json);
const records = fc.array(record, { minLength: 2, maxLength: 5 });
const text = fc.array(fc.constantFrom('one\n', 'two\n', 'three\n', '\n', 'four\n'), { maxLength: 8 }).map((l) => l.join(''));
const texts = fc.array(text, { minLength: 2, maxLength: 5 });

/** Every decision answered by one column, or where that one is silent by the first that speaks. */
function allFrom(model: MergeModel, column: number): Choices {
  const dot = model.columns[column]?.authors[0].dot ?? '';
  return Object.fromEntries(model.decisions.map(({ id }) => [id, { take: 'sibling', dot } as const]));
}

function valueOf(outcome: Outcome): string {
  assert.ok(outcome.ready, 'still open');
  assert.ok(outcome.plan.do === 'put', outcome.plan.do);
  return outcome.plan.value;
}

function same(a: string, b: string): void {
  assert.equal(canonical(parseLossless(a) ?? null), canonical(parseLossless(b) ?? null));
}

test('MG-1 taking one sibling everywhere gives that sibling back: the decisions are all the differences', () => {
  fc.assert(
    fc.property(fc.option(record, { nil: undefined }), records, (base, values) => {
      const model = mergeModel(jsonReading(base, values));
      model.columns.forEach((column, index) => {
        const result = valueOf(outcomeOf(model, allFrom(model, index)));
        assert.equal(canonical(normal(parseLossless(result))), canonical(normal(column.json)));
      });
    }),
    { numRuns: 400 },
  );
});

test('MG-1 the same for text, byte by byte', () => {
  fc.assert(
    fc.property(fc.option(text, { nil: undefined }), texts, (base, values) => {
      const model = mergeModel(textReading(base, values));
      model.columns.forEach((column, index) => {
        assert.equal(valueOf(outcomeOf(model, allFrom(model, index))), column.value);
      });
    }),
    { numRuns: 400 },
  );
});

test('MG-2 nothing disappears without a rule or a choice: what no rule took was the base, or is asked', () => {
  fc.assert(
    fc.property(record, records, (base, values) => {
      const model = mergeModel(jsonReading(base, values));
      for (const { verdict, cells, base: from } of model.decisions) {
        if (verdict.state === 'choose' || from === undefined) continue;
        const lost = cells.filter((cell) => cell.is !== 'deleted' && ![cellKey(verdict.take), cellKey(from)].includes(cellKey(cell)));
        const reordered = cells.some((cell: Cell) => cell.is === 'value' && Array.isArray(cell.value));
        assert.ok(lost.length === 0 || reordered, 'a rule dropped a variant');
      }
    }),
  );
});

test('MG-3 without a base nothing is preselected', () => {
  fc.assert(
    fc.property(fc.oneof(records.map((v) => jsonReading(undefined, v)), texts.map((v) => textReading(undefined, v))), (read) => {
      const model = mergeModel(read);
      assert.ok(model.decisions.every(({ verdict }) => verdict.state === 'choose'));
    }),
  );
});

test('MG-3 a deletion is never taken or dropped by itself', () => {
  fc.assert(
    fc.property(record, records, (base, values) => {
      const model = mergeModel(jsonReading(base, [...values.slice(0, 3), undefined]));
      assert.equal(model.existence?.verdict.state, 'choose');
      assert.equal(outcomeOf(model, {}).ready, false);
    }),
  );
});

test('MG-4 merging equal siblings is the identity', () => {
  fc.assert(
    fc.property(fc.option(record, { nil: undefined }), record, fc.integer({ min: 2, max: 5 }), (base, value, n) => {
      const model = mergeModel(jsonReading(base, Array.from({ length: n }, () => value)));
      assert.equal(model.columns.length, 1);
      assert.equal(model.columns[0]?.authors.length, n);
      assert.equal(valueOf(outcomeOf(model, {})), JSON.stringify(value));
    }),
  );
});

test('MG-5 the order in which siblings arrive changes nothing', () => {
  const both = fc.oneof(
    fc.tuple(fc.option(record, { nil: undefined }), records).map(([b, v]) => jsonReading(b, v)),
    fc.tuple(fc.option(text, { nil: undefined }), texts).map(([b, v]) => textReading(b, v)),
  );
  const shuffled = both.chain((read) =>
    fc.shuffledSubarray([...read.siblings], { minLength: read.siblings.length }).map((siblings) => [read, { ...read, siblings }] as const),
  );
  fc.assert(
    fc.property(shuffled, ([read, other]) => {
      assert.deepEqual(mergeModel(other), mergeModel(read));
      assert.deepEqual(outcomeOf(mergeModel(other), {}), outcomeOf(mergeModel(read), {}));
    }),
  );
});

test('edits of different fields all resolve by themselves, and all are there', () => {
  const names = ['a', 'b', 'c', 'd', '__proto__'];
  const edits = fc.tuple(...names.map(() => fc.integer({ min: 1, max: 99 })));
  fc.assert(
    fc.property(edits, fc.constantFrom('flat', 'nested', 'rows'), (numbers, shape) => {
      const make = (values: readonly number[]): Json => {
        const entries = names.map((name, index) => [name, values[index] ?? 0] as const);
        if (shape === 'rows') return entries.map(([id, v]) => ({ id, v }));
        return shape === 'flat' ? Object.fromEntries(entries) : { deep: Object.fromEntries(entries) };
      };
      const zero = names.map(() => 0);
      const values = numbers.map((number, at) => make(zero.with(at, number)));
      const model = mergeModel(jsonReading(make(zero), values));
      assert.ok(mergesByItself(model));
      assert.ok(model.decisions.every(({ verdict }) => verdict.state === 'auto' && verdict.by.length === 1));
      same(valueOf(outcomeOf(model, {})), JSON.stringify(make(numbers)));
    }),
  );
});

test('MG-5 safe merges commute: who wrote which version does not matter', () => {
  fc.assert(
    fc.property(record, records, fc.nat(), (base, values, turn) => {
      const turned = values.map((_, index) => values[(index + turn) % values.length] ?? null);
      const one = outcomeOf(mergeModel(jsonReading(base, values)), {});
      const two = outcomeOf(mergeModel(jsonReading(base, turned)), {});
      assert.equal(one.ready, two.ready);
      if (one.ready) assert.equal(canonical(unordered(parseLossless(valueOf(one)))), canonical(unordered(parseLossless(valueOf(two)))));
    }),
    { numRuns: 500 },
  );
});

test('MG-5 safe merges of text commute, and go pair by pair to the same end', () => {
  fc.assert(
    fc.property(text, texts, (base, values) => {
      const model = mergeModel(textReading(base, values));
      const whole = outcomeOf(model, {});
      assert.deepEqual(outcomeOf(mergeModel(textReading(base, values.toReversed())), {}).ready, whole.ready);
      if (!whole.ready) return;
      assert.equal(valueOf(outcomeOf(mergeModel(textReading(base, values.toReversed())), {})), valueOf(whole));
    }),
    { numRuns: 500 },
  );
});

test('variants: every column is in exactly one, with what it holds; order of arrival changes nothing', () => {
  fc.assert(
    fc.property(fc.option(record, { nil: undefined }), records, (base, values) => {
      for (const decision of mergeModel(jsonReading(base, values)).decisions) {
        const variants = variantsOf(decision);
        assert.deepEqual(variants.flatMap(({ columns }) => columns).toSorted((a, b) => a - b), decision.cells.map((_, index) => index));
        for (const { cell, columns } of variants) {
          assert.ok(columns.every((column) => cellKey(decision.cells[column] ?? cell) === cellKey(cell)));
        }
        assert.equal(new Set(variants.map(({ cell }) => cellKey(cell))).size, variants.length);
      }
    }),
  );
});

test('binary: taking one gives its bytes, keeping all gives every one of them, equal ones are one', () => {
  const bytes = fc.uint8Array({ maxLength: 4 }).map((value) => Buffer.from(value).toString('base64'));
  const over = { encoding: 'base64', contentType: 'application/x' } as const;
  fc.assert(
    fc.property(fc.option(bytes, { nil: undefined }), fc.array(bytes, { minLength: 2, maxLength: 25 }), (base, values) => {
      const siblings = values.map((value, index) => sibling(`m${index}:1`, value, over));
      const model = mergeModel(reading(siblings, base === undefined ? undefined : sibling('r:1', base, over)));
      assert.deepEqual(new Set(model.columns.map(({ value }) => value)), new Set(values));
      model.columns.forEach((column, index) => assert.equal(valueOf(outcomeOf(model, allFrom(model, index))), column.value));
      if (model.columns.length < 2) return;
      const all = outcomeOf(model, { whole: { take: 'all' } });
      assert.ok(all.ready && all.plan.do === 'split');
      assert.deepEqual(all.plan.columns.map(({ value }) => value), model.columns.map(({ value }) => value));
    }),
  );
});

test('MG-8 a draft on the same versions is the same merge; on others no answer goes to another question', () => {
  fc.assert(
    fc.property(record, records, records, fc.nat(4), (base, before, after, column) => {
      const model = mergeModel(jsonReading(base, before));
      const state = { choices: allFrom(model, column % model.columns.length), past: [], typing: null };
      const draft = readDraft(writeDraft('c0', model, state)) ?? assert.fail();
      assert.deepEqual(restore(draft, 'c0', model), { resolution: state, lost: 0 });
      const other = mergeModel(jsonReading(base, after));
      const { resolution, lost } = restore(draft, 'c1', other);
      assert.equal(Object.keys(resolution.choices).length + lost, Object.keys(state.choices).length);
      for (const decision of other.decisions.filter(({ id }) => Object.hasOwn(resolution.choices, id))) {
        const asked = model.decisions.find(({ id }) => id === decision.id) ?? assert.fail();
        assert.deepEqual(changesAt(decision), changesAt(asked));
        assert.equal(decision.sum, asked.sum);
      }
    }),
  );
});

test('prototypes stay as they are', () => {
  fc.assert(
    fc.property(record, records, (base, values) => {
      const model = mergeModel(jsonReading(base, values));
      const built = parseLossless(valueOf(outcomeOf(model, allFrom(model, 0))));
      assert.ok(typeof built === 'object' && built !== null);
      assert.equal(Object.getPrototypeOf(built), Object.prototype);
      assert.equal(Object.getOwnPropertyNames(Object.prototype).includes('a'), false);
      for (const decision of model.decisions) chosenCell(model, decision, JSON.parse('{"__proto__":{"take":"base"}}') as Choices);
    }),
  );
});

function changesAt({ base, cells }: Decision): Set<string> {
  return new Set(cells.filter((cell) => base === undefined || !sameCell(cell, base)).map(cellKey));
}

/** An order is kept where siblings share it; the place of rows they lack is the merge's own. */
function normal(value: Json | undefined): Json {
  return value ?? null;
}

function unordered(value: Json | undefined): Json {
  if (Array.isArray(value)) {
    const items: Json[] = value.map((item: Json) => unordered(item));
    const byRow = items.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
    return byRow ? items.sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unordered(item)]));
}
