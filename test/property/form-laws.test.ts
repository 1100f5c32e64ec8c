/** The laws of forms, over random JSON in random spelling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { appendItems, insertItems, moveItem, readChecklist, removeDone, removeItem, setItemDone, setItemText, type ChecklistItem } from '../../renderer/forms/checklist.ts';
import { parseSource, type SourceNode } from '../../renderer/forms/json-source.ts';
import { addField, convert, readRecord, removeField, renameField, setField, type FieldKind, type RecordField } from '../../renderer/forms/record.ts';
import { fitsField, fromField } from '../../renderer/forms/text-field.ts';
import { back, forth, NO_STEPS, stepFrom } from '../../renderer/forms/undo.ts';
import { mergeModel, mergesByItself } from '../../renderer/merge/merge-model.ts';
import { outcomeOf } from '../../renderer/merge/outcome.ts';
import { reading, sibling } from '../unit/renderer/merge/support.ts';

/** Spellings that a reader and writer of JSON would not keep. */
const number = fc.constantFrom('0', '-0', '1.0', '12345678901234567890', '1e3', '0.10', '-7');
const string = fc.string({ unit: fc.constantFrom('a', 'é', '"', '\\', '\n', '\u2028', '😀', ' ', '\ud800'), maxLength: 5 });
const quoted = fc.oneof(string.map((text) => JSON.stringify(text)), fc.constantFrom('"\\u00e9"', '"\\/"', '"\\u0041b"'));
/** Node 24's own JSON.parse can take an escaped name for another that it has met: no oracle there. */
const ESCAPED_NAME = /\\[^"]*"\s*:/;
const named = quoted.filter((written) => !written.includes('\\'));
const blank = fc.constantFrom('', ' ', '\n  ', '\r\n\t');
const plain = fc.oneof(number, quoted, fc.constantFrom('true', 'false', 'null'));

function between(open: string, parts: readonly string[], close: string, gap: string): string {
  return open + gap + parts.join(`${gap},${gap}`) + gap + close;
}

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    plain,
    fc.tuple(fc.array(tie('value'), { maxLength: 3 }), blank).map(([parts, gap]) => between('[', parts, ']', gap)),
    fc
      .tuple(fc.array(fc.tuple(named, blank, tie('value')), { maxLength: 3 }), blank)
      .map(([members, gap]) => between('{', members.map(([name, space, of]) => `${name}${space}:${space}${of}`), '}', gap)),
  ),
}));

const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', 'constructor', '', '0', 'título'), string);
const record = fc
  .tuple(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 5 }), blank, fc.constantFrom(':', ': ', ' : '))
  .map(([members, gap, colon]) => between('{', members.map(([key, of]) => `${JSON.stringify(key)}${colon}${of}`), '}', gap));

const words = string.filter(fitsField);
const row = fc
  .tuple(words, fc.constantFrom('true', 'false', undefined), fc.array(fc.constantFrom('"due": 1.0', '"by" :null', '"tags":[ ]'), { maxLength: 1 }))
  .map(([text, done, more]) => (id: string) => {
    const members = [`"id": ${id}`, ...more, `"text":${JSON.stringify(text)}`, ...(done === undefined ? [] : [`"done": ${done}`])];
    return `{${members.join(', ')}}`;
  });
const rows = fc
  .tuple(fc.uniqueArray(fc.constantFrom('"a"', '"b"', '"c"', '1', '2.0', '"1"'), { minLength: 1, maxLength: 6 }), fc.infiniteStream(row), blank)
  .map(([ids, stream, gap]) => between('[', ids.map((id) => stream.next().value!(id)), ']', gap));
const checklist = fc.oneof(rows, fc.tuple(rows, number).map(([items, n]) => `{"title": ${n}, "items" : ${items},"owner":"Ada" }`));

function rootOf(source: string): SourceNode {
  const parsed = parseSource(source);
  assert.ok('root' in parsed, source);
  return parsed.root;
}
const itemsOf = (source: string): readonly ChecklistItem[] => readChecklist(rootOf(source)) ?? assert.fail(source);
const fieldsOf = (source: string): readonly RecordField[] => readRecord(source, rootOf(source)) ?? assert.fail(source);
const idOf = (n: number): string => `new-${n}`;

/** Every value inside with its spelling, by its path; items by their id. */
function spellings(source: string): Map<string, string> {
  const found = new Map<string, string>();
  walk(rootOf(source), '$');
  return found;

  function walk(node: SourceNode, path: string): void {
    if (node.kind === 'object') {
      for (const part of node.parts) walk(part.value, `${path} ${JSON.stringify(part.name)}`);
    } else if (node.kind === 'array') node.parts.forEach((part, index) => walk(part, `${path} ${idIn(part) ?? index}`));
    else found.set(path, source.slice(node.from, node.to));
  }
  function idIn(node: SourceNode): string | undefined {
    const id = node.kind === 'object' ? node.parts.find((part) => part.name === 'id')?.value : undefined;
    return id === undefined ? undefined : `#${source.slice(id.from, id.to)}`;
  }
}

/** All that stands in both is spelled alike, and what came or went is under the given path. */
function onlyChanged(before: string, after: string, allowed: (path: string) => boolean): void {
  const [was, is] = [spellings(before), spellings(after)];
  for (const path of new Set([...was.keys(), ...is.keys()])) {
    if (!allowed(path)) assert.equal(is.get(path), was.get(path), `${path}\n${before}\n${after}`);
  }
}

function parsed(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'fault';
  }
}

test('FM-1 the reader accepts what JSON.parse accepts, and reads the same', () => {
  const broken = fc.tuple(value, fc.nat(), fc.constantFrom('', ',', '"', '}', ']', ':', '01', "'", '\\', '.', 'e', ' ', '\u0000')).map(([text, at, what]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + what + text.slice(place + (at % 2));
  });
  fc.assert(
    fc.property(fc.oneof(value, broken), (text) => {
      fc.pre(!ESCAPED_NAME.test(text));
      const read = parseSource(text);
      assert.deepEqual('fault' in read ? 'fault' : { value: valueOf(read.root) }, parsed(text), text);
      if ('fault' in read) assert.ok(read.fault.at >= 0 && read.fault.at <= text.length);
    }),
    { numRuns: 2_000 },
  );

  function valueOf(node: SourceNode): unknown {
    switch (node.kind) {
      case 'object':
        // Keys such as `__proto__` and repeated ones, as JSON.parse has them.
        return Object.fromEntries(node.parts.map((part) => [part.name, valueOf(part.value)]));
      case 'array':
        return node.parts.map(valueOf);
      case 'string':
        return node.text;
      case 'number':
        return node.value;
      case 'boolean':
        return node.flag;
      case 'null':
        return null;
    }
  }
});

test('FM-1 escaped names are read as what they say', () => {
  const root = rootOf(String.raw`{"\u0041b": 1, "\/": 2, "\u00e9": 3, "\\": 4}`);
  assert.ok(root.kind === 'object');
  assert.deepEqual(root.parts.map((part) => part.name), ['Ab', '/', 'é', '\\']);
});

test('FM-2 FM-3 an edit of one item is read back as it was meant, and changes nothing else', () => {
  fc.assert(
    fc.property(checklist, fc.nat(), words, fc.boolean(), (source, pick, text, done) => {
      const items = itemsOf(source);
      const item = items[pick % items.length]!;
      const under = (path: string): boolean => {
        const at = / #("(?:[^"\\]|\\.)*"|\S+)/.exec(path)?.[1];
        return at !== undefined && JSON.stringify(JSON.parse(at)) === item.key;
      };

      const worded = setItemText(source, item.key, text);
      assert.deepEqual(itemsOf(worded), items.map((one) => (one.key === item.key ? { ...one, text } : one)));
      onlyChanged(source, worded, (path) => under(path) && path.endsWith('"text"'));

      const ticked = setItemDone(source, item.key, done);
      assert.deepEqual(itemsOf(ticked), items.map((one) => (one.key === item.key ? { ...one, done } : one)));
      onlyChanged(source, ticked, (path) => under(path) && path.endsWith('"done"'));

      const removed = removeItem(source, item.key);
      if (items.length > 1) assert.deepEqual(itemsOf(removed), items.filter((one) => one.key !== item.key));
      onlyChanged(source, removed, under);

      const place = pick % (items.length + 1);
      const order = items.filter((one) => one.key !== item.key);
      order.splice(place, 0, item);
      const moved = moveItem(source, item.key, place);
      assert.deepEqual(itemsOf(moved), order);
      onlyChanged(source, moved, () => false);
      assert.deepEqual([...moved].sort(), [...source].sort(), 'to move is to move: nothing comes or goes');
    }),
    { numRuns: 500 },
  );
});

test('FM-2 FM-3 new items stand where they were put, and what is done goes alone', () => {
  fc.assert(
    fc.property(checklist, fc.nat(), fc.array(fc.tuple(words, fc.boolean()), { minLength: 1, maxLength: 3 }), (source, pick, made) => {
      const items = itemsOf(source);
      const fresh = made.map(([text, done], index) => ({ id: idOf(index), text, done }));
      const shown = fresh.map(({ id, text, done }) => ({ key: JSON.stringify(id), text, done, more: [] }));
      const after = pick % (items.length + 1);
      const more = insertItems(source, after === 0 ? null : items[after - 1]!.key, fresh);
      assert.deepEqual(itemsOf(more), [...items.slice(0, after), ...shown, ...items.slice(after)]);
      onlyChanged(source, more, (path) => path.includes('#"new-'));
      assert.deepEqual(itemsOf(appendItems(source, fresh)), [...items, ...shown]);
      const left = items.filter(({ done }) => !done);
      if (left.length > 0) assert.deepEqual(itemsOf(removeDone(source)), left);
    }),
    { numRuns: 300 },
  );
});

test('FM-2 FM-3 an edit of one field is read back as it was meant, and changes nothing else', () => {
  fc.assert(
    fc.property(record, fc.nat(), value, name, (source, pick, written, other) => {
      const fields = fieldsOf(source);
      const named = new Set(fields.map((field) => field.name));
      if (!named.has(other)) {
        const added = addField(source, other, written);
        assert.deepEqual(fieldsOf(added).slice(0, -1), fields);
        assert.deepEqual([fieldsOf(added).at(-1)?.name, fieldsOf(added).at(-1)?.written], [other, written]);
      }
      const field = fields[pick % Math.max(1, fields.length)];
      if (field === undefined) return;
      const others = (list: readonly RecordField[]): readonly RecordField[] => list.filter((one) => one.name !== field.name);
      const set = setField(source, field.name, written);
      assert.deepEqual(others(fieldsOf(set)), others(fields));
      assert.equal(fieldsOf(set).find((one) => one.name === field.name)?.written, written);
      assert.deepEqual(fieldsOf(removeField(source, field.name)), others(fields));
      assert.equal(setField(set, field.name, field.written), source, 'and back to the character');
      if (named.has(other)) return;
      const renamed = fieldsOf(renameField(source, field.name, other));
      assert.deepEqual(renamed, fields.map((one) => (one.name === field.name ? { ...one, name: other } : one)));
    }),
    { numRuns: 500 },
  );
});

test('FM-6 a field changes its kind only when nothing of it is lost', () => {
  const kinds: readonly FieldKind[] = ['text', 'number', 'yes-no', 'date', 'empty', 'json'];
  fc.assert(
    fc.property(record, fc.constantFrom(...kinds), (source, kind) => {
      for (const field of fieldsOf(source)) {
        const written = convert(field, kind, '2026-11-20');
        if (written === undefined) continue;
        const [changed] = fieldsOf(`{"x":${written}}`);
        const wordsOf = (one: RecordField): string => (['text', 'date'].includes(one.kind) ? one.text : one.written).trim().toLowerCase();
        const isNothing = ['', 'null'].includes(wordsOf(field)) || /^[[{]\s*[\]}]$/.test(field.written);
        if (isNothing || (kind === 'yes-no' && field.kind !== 'yes-no')) continue;
        assert.equal(wordsOf(changed!), wordsOf(field));
      }
    }),
  );
});

test('FM-3 text in a field comes back with its own line breaks', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\r\n', '\t', '\u0001'), maxLength: 8 }), (text) => {
      const shown = text.replaceAll(/\r\n?/g, '\n');
      if (fitsField(text)) assert.equal(fromField(shown, text), text);
    }),
    { numRuns: 500 },
  );
});

test('FM-4 edits of different items, and items that both add, merge without a question', () => {
  const type = { contentType: 'application/json' };
  const lossless = checklist.filter((source) => !source.includes('12345678901234567890'));
  fc.assert(
    fc.property(lossless, words, words, fc.nat(), (base, one, other, pick) => {
      const items = itemsOf(base);
      const mine = items[pick % items.length]!;
      const theirs = items[(pick + 1) % items.length]!;
      const left = insertItems(setItemText(base, mine.key, `${one}!`), mine.key, [{ id: 'left', text: one, done: false }]);
      const changed = items.length > 1 ? setItemText(base, theirs.key, `${other}?`) : base;
      const right = appendItems(changed, [{ id: 'right', text: other, done: true }]);
      const model = mergeModel(reading([sibling('ada:1', left, type), sibling('bo:1', right, type)], sibling('root:1', base, type)));
      assert.equal(model.kind, 'json');
      assert.ok(mergesByItself(model), JSON.stringify([base, left, right]));
      const outcome = outcomeOf(model, {});
      assert.ok(outcome.ready && outcome.plan.do === 'put');
      const merged = new Map(itemsOf(outcome.plan.value).map((item) => [item.key, item]));
      assert.equal(merged.size, items.length + 2);
      assert.equal(merged.get(mine.key)?.text, `${one}!`);
      if (items.length > 1) assert.equal(merged.get(theirs.key)?.text, `${other}?`);
      assert.deepEqual([merged.get('"left"')?.text, merged.get('"right"')?.done], [one, true]);
    }),
    { numRuns: 200 },
  );
});

test('FM-10 all steps back give what was there at first, and forth what was there at last', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.boolean(), fc.string()), { maxLength: 30 }), (edits) => {
      let [steps, text] = [NO_STEPS, 'first'];
      for (const [what, typing, next] of edits) [steps, text] = [stepFrom(steps, text, what, typing), next];
      const last = text;
      for (let turned = back(steps, text); turned !== undefined; turned = back(steps, text)) ({ steps, text } = turned);
      assert.equal(text, edits.length === 0 ? last : 'first');
      for (let turned = forth(steps, text); turned !== undefined; turned = forth(steps, text)) ({ steps, text } = turned);
      assert.equal(text, last);
    }),
  );
});
