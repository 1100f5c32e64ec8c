/** What the forms make of texts, keys and pastes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendItems, readChecklist, removeItem, setItemDone, setItemText, withKept } from '../../../../renderer/forms/checklist.ts';
import { enter, paste, placeWords, remove, shift } from '../../../../renderer/forms/checklist-moves.ts';
import { FieldMemory } from '../../../../renderer/forms/field-memory.ts';
import { faultWords, parseSource } from '../../../../renderer/forms/json-source.ts';
import { pastedItems } from '../../../../renderer/forms/pasted.ts';
import { addField, convert, fieldNameFault, numberFault, readRecord, removeField, renameField, setField, startOf, type RecordField } from '../../../../renderer/forms/record.ts';
import { shapeOf } from '../../../../renderer/forms/shape.ts';
import { kindOfName, templateOf, TEMPLATES, typeOf } from '../../../../renderer/forms/templates.ts';
import { back, NO_STEPS, stepFrom, type Steps } from '../../../../renderer/forms/undo.ts';

function fieldsOf(source: string): readonly RecordField[] {
  const parsed = parseSource(source);
  return 'root' in parsed ? (readRecord(source, parsed.root) ?? assert.fail(source)) : assert.fail(parsed.fault.why);
}

function itemsOf(source: string) {
  const parsed = parseSource(source);
  return 'root' in parsed ? (readChecklist(parsed.root) ?? assert.fail(source)) : assert.fail(parsed.fault.why);
}

test('FM-1 what does not parse is told with its place, in words', () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['{\n  "a": 1,\n}', /^Line 2, column 9: this comma is one too many/],
    ['[1 2]', /column 4: a comma or \] is missing before this/],
    ['{"a" 1}', /column 6: a colon is missing after “a”/],
    ["{'a': 1}", /column 2: a name in double quotes is missing/],
    ["['a']", /column 2: “'a'” is no value; text stands in double quotes/],
    ['[01]', /“01” is no number/],
    ['["a\nb"]', /column 2: this text has no closing quote on its line/],
    ['["\\x"]', /column 3: this escape is unknown/],
    ['["\t"]', /control character/],
    ['{"a": ', /column 7: a value is missing at the end/],
    ['[1', /column 3: \] is missing at the end/],
    ['{} {}', /column 4: the value has ended before this/],
    ['\r\n\r\n[True]', /^Line 3, column 2: “True” is no value/],
    ['['.repeat(300) + ']'.repeat(300), /nested more than 200 deep/],
  ];
  for (const [source, words] of faults) {
    const parsed = parseSource(source);
    assert.ok('fault' in parsed, source);
    assert.match(faultWords(source, parsed.fault), words);
  }
});

test('FM-5 the shape of the data says which form it has', () => {
  const formOf = (source: string): string => {
    const shape = shapeOf(source);
    return shape.form === 'none' ? shape.is : shape.form;
  };
  assert.equal(formOf(' \n'), 'blank');
  assert.equal(formOf('{'), 'fault');
  for (const list of ['{"items": []}', '[{"id":1,"text":"a"}]', '{"title":"x","items":[{"text":"a","id":"1","done":true,"due":null}]}']) assert.equal(formOf(list), 'checklist', list);
  // An id that is there twice, or none, cannot be merged by row; a text that a field would change is not shown in one.
  for (const record of ['{}', '{"items":1}', '{"items":[{"id":1,"text":"a"},{"id":1.0,"text":"b"}]}', '{"items":[{"text":"a"}]}', '{"items":[{"id":1,"text":"a\\r"}]}', '{"items":[{"id":1,"text":"a","done":1}]}']) {
    assert.equal(formOf(record), 'record', record);
  }
  for (const none of ['[]', '[1]', '1', '"a"', '{"a":1,"\\u0061":2}', JSON.stringify(Object.fromEntries(Array.from({ length: 301 }, (_, index) => [`f${index}`, 1])))]) assert.equal(formOf(none), 'unfit', none);
  assert.equal(formOf(JSON.stringify({ items: Array.from({ length: 1_001 }, (_, id) => ({ id, text: '' })) })), 'unfit');
  assert.equal(formOf(JSON.stringify({ a: 'x'.repeat(500_001) })), 'unfit');
  const shape = shapeOf('{"title":"x","items":[]}');
  assert.deepEqual(shape.form === 'checklist' && shape.fields.map(({ name }) => name), ['title'], 'what stands beside the items is not hidden');
});

test('FM-2 what is put in looks like its neighbours', () => {
  const item = { id: 'n', text: 'new', done: false };
  assert.equal(appendItems('{\n  "items": []\n}', [item]), '{\n  "items": [\n    {"id": "n", "text": "new", "done": false}\n  ]\n}');
  assert.equal(appendItems('{"items":[]}', [item]), '{"items":[{"id":"n","text":"new","done":false}]}');
  const spread = '{\n\t"items": [\n\t\t{\n\t\t\t"id": 1,\n\t\t\t"text": "a"\n\t\t}\n\t]\n}';
  assert.equal(appendItems(spread, [item]), '{\n\t"items": [\n\t\t{\n\t\t\t"id": 1,\n\t\t\t"text": "a"\n\t\t},\n\t\t{\n\t\t\t"id": "n",\n\t\t\t"text": "new",\n\t\t\t"done": false\n\t\t}\n\t]\n}');
  assert.equal(appendItems('[{"id":1, "text":"a"}]', [item]), '[{"id":1, "text":"a"}, {"id":"n","text":"new","done":false}]');
  assert.equal(setItemDone('[{"id": 1, "text": "a"}]', '1', true), '[{"id": 1, "text": "a", "done": true}]');
  assert.equal(removeItem('{"items": [ {"id": 1, "text": "a"} ]}', '1'), '{"items": []}');
  assert.equal(addField('{}', 'a', '1'), '{\n  "a": 1\n}');
  assert.equal(addField('{\r\n    "a" : 1\r\n}', 'b', '2'), '{\r\n    "a" : 1,\r\n    "b" : 2\r\n}');
  assert.equal(addField('{"a":1}', 'b', '2'), '{"a":1,"b":2}');
  assert.equal(addField('{"a": 1}', 'a', '2'), '{"a": 1}', 'a name that is there stays as it is');
  assert.equal(removeField('{"a": 1, "b": 2}', 'a'), '{"b": 2}');
  assert.equal(renameField(setField('{"a": 1.0}', 'a', '1.00'), 'a', 'é"'), '{"é\\"": 1.00}');
});

test('FM-2 an item or field that is gone changes nothing', () => {
  for (const source of ['{"items":[]}', '{', '7']) {
    assert.equal(setItemDone(source, '"x"', true), source);
    assert.equal(setField(source, 'x', '1'), source);
  }
});

test('FM-7 the kinds of a field, what they take, and what they refuse', () => {
  const kinds = fieldsOf('{"a":"x","b":"2026-02-28","c":"2026-02-30","d":-1.50e3,"e":true,"f":null,"g":{"h":[]},"i":"\\u0007"}').map(({ kind }) => kind);
  assert.deepEqual(kinds, ['text', 'date', 'text', 'number', 'yes-no', 'empty', 'json', 'json']);
  for (const number of ['0', '-1.50', '2e3', ' 7 ', '12345678901234567890']) assert.equal(numberFault(number), null, number);
  assert.match(numberFault('1,5') ?? '', /point/);
  assert.match(numberFault('') ?? '', /Write a number/);
  for (const typed of ['01', '1.', '.5', '+1', 'NaN', '5 kg', '0x1']) assert.match(numberFault(typed) ?? '', /no number/, typed);
  assert.match(fieldNameFault(' ', []) ?? '', /name/);
  assert.match(fieldNameFault('a', ['a']) ?? '', /Another/);
  assert.equal(fieldNameFault('b', ['a']), null);
});

test('FM-6 a change of kind keeps what is there, or is not offered', () => {
  const to = (written: string, kind: RecordField['kind']): string | undefined => convert(fieldsOf(`{"x":${written}}`)[0]!, kind, '2026-11-20');
  assert.deepEqual([to('"12"', 'number'), to('"twelve"', 'number'), to('1.0', 'text')], ['12', undefined, '"1.0"']);
  assert.deepEqual([to('"Yes"', 'yes-no'), to('"maybe"', 'yes-no'), to('true', 'text'), to('0', 'yes-no')], ['true', undefined, '"true"', 'false']);
  assert.deepEqual([to('"2026-01-02"', 'text'), to('"Monday"', 'date'), to('null', 'date')], ['"2026-01-02"', undefined, '"2026-11-20"']);
  assert.deepEqual([to('{"a":1}', 'text'), to('{"a":1}', 'number'), to('{}', 'number'), to('"a"', 'empty')], ['"{\\"a\\":1}"', undefined, '0', undefined]);
  assert.deepEqual([to('"\\u00e9"', 'text'), to('"\\u00e9"', 'json')], ['"\\u00e9"', '"\\u00e9"']);
  assert.equal(startOf('date', '2026-11-20'), '"2026-11-20"');
});

test('FM-6 a field keeps its place through a new name, and its kind through what is typed', () => {
  const memory = new FieldMemory();
  const look = (source: string) => memory.show(fieldsOf(source)).map(({ key, shown }) => [key, shown] as const);
  const [first, second] = look('{"a":"2026","b":1}');
  assert.deepEqual(look('{"a":"2026-11-20","b":1}'), [[first?.[0], 'text'], second], 'a day that is typed into a text');
  memory.rename('b', 'c');
  assert.deepEqual(look('{"a":"x","c":2}'), [first, second]);
  memory.choose('a', 'date');
  assert.deepEqual(look('{"a":"","c":2}')[0], [first?.[0], 'date'], 'a date that is taken away can be filled in again');
  assert.deepEqual(look('{"a":true,"c":2}')[0], [first?.[0], 'yes-no'], 'what somebody else wrote is shown as it is');
  memory.choose('d', 'json');
  assert.deepEqual(look('{"a":true,"d":1}')[1]?.[1], 'json');
  assert.equal(new Set([...look('{"a":1,"c":2,"d":3}').map(([key]) => key)]).size, 3);
});

const LIST = '[{"id":1,"text":"one two"},{"id":2,"text":"","done":true},{"id":3,"text":"three"}]';

test('FM-3 Enter splits an item at the caret, and at its beginning makes room above', () => {
  const texts = (source: string): readonly string[] => itemsOf(source).map(({ text }) => text);
  const split = enter(LIST, itemsOf(LIST), '1', { from: 3, to: 4 }, 'n');
  assert.deepEqual(texts(split.source), ['one', 'two', '', 'three']);
  assert.deepEqual(split.focus, { key: '"n"', at: 0 });
  assert.deepEqual(texts(enter(LIST, itemsOf(LIST), '1', { from: 7, to: 7 }, 'n').source), ['one two', '', '', 'three']);
  assert.deepEqual(texts(enter(LIST, itemsOf(LIST), '1', { from: 0, to: 0 }, 'n').source), ['', 'one two', '', 'three']);
  assert.deepEqual(itemsOf(enter(LIST, itemsOf(LIST), '2', { from: 0, to: 0 }, 'n').source).map(({ key }) => key), ['1', '2', '"n"', '3'], 'behind an empty one');
});

test('FM-3 an item that goes hands the writing to its neighbour', () => {
  const items = itemsOf(LIST);
  assert.deepEqual(remove(LIST, items, '2', 'before').focus, { key: '1', at: 7 });
  assert.deepEqual(remove(LIST, items, '2', 'behind').focus, { key: '3', at: 0 });
  assert.deepEqual(remove(LIST, items, '1', 'before').focus, { key: '2', at: 0 });
  assert.deepEqual(remove(LIST, items.slice(1, 2), '2', 'before').focus, { key: null, at: 0 });
});

test('FM-3 an item moves past what can be seen, and stops at the ends', () => {
  const items = itemsOf(LIST);
  const shown = items.filter(({ done }) => !done);
  const keys = (source: string | undefined): readonly string[] => itemsOf(source ?? assert.fail()).map(({ key }) => key);
  assert.deepEqual(keys(shift(LIST, items, items, '1', 1)), ['2', '1', '3']);
  assert.deepEqual(keys(shift(LIST, items, shown, '3', -1)), ['3', '1', '2']);
  assert.equal(shift(LIST, items, shown, '3', 1), undefined);
  assert.equal(placeWords(items, '3'), 'Place 3 of 3');
});

test('FM-3 several lines that are pasted are several items, without the marks of other lists', () => {
  assert.equal(pastedItems('one line\n\n'), undefined);
  assert.deepEqual(pastedItems('- [x] a\r\n* b\n  2) c\n\n☑ d\n• e\n-\n[ ] f'), [
    { text: 'a', done: true }, { text: 'b', done: false }, { text: 'c', done: false }, { text: 'd', done: true },
    { text: 'e', done: false }, { text: '-', done: false }, { text: 'f', done: false },
  ]);
  const fresh = [{ id: 'x', text: 'X', done: true }, { id: 'y', text: 'Y', done: false }];
  const into = paste(LIST, itemsOf(LIST), '1', { from: 3, to: 4 }, fresh);
  assert.deepEqual(itemsOf(into.source).map(({ text, done }) => [text, done]), [['oneX', false], ['Ytwo', false], ['', true], ['three', false]]);
  assert.deepEqual(into.focus, { key: '"y"', at: 1 });
  const toEmpty = '[{"id":1,"text":""}]';
  assert.deepEqual(itemsOf(paste(toEmpty, itemsOf(toEmpty), '1', { from: 0, to: 0 }, fresh).source).map(({ done }) => done), [true, false]);
  assert.deepEqual(itemsOf(paste(LIST, itemsOf(LIST), null, { from: 0, to: 0 }, fresh).source).slice(3).map(({ text }) => text), ['X', 'Y']);
});

test('FM-9 each kind of new key begins as what its form shows', () => {
  const forms = TEMPLATES.map(({ kind, text }) => [kind, shapeOf(text).form]);
  assert.deepEqual(forms, [['note', 'none'], ['checklist', 'checklist'], ['record', 'record'], ['json', 'record']]);
  assert.deepEqual([kindOfName('a.JSON'), kindOfName('a.md'), kindOfName('json')], ['json', 'note', 'note']);
  assert.deepEqual([typeOf('note', 'text/plain'), typeOf('note', 'application/json'), typeOf('record', 'text/plain')], ['text/plain', 'text/markdown', 'application/json']);
  assert.equal(templateOf('note').text, '');
});

test('FM-10 typing on is one step, and steps are bounded', () => {
  let steps: Steps = NO_STEPS;
  for (const text of ['', 'a', 'ab']) steps = stepFrom(steps, text, 'item 1', true);
  assert.equal(back(steps, 'abc')?.text, '');
  steps = stepFrom(steps, 'abc', 'item 2', true);
  assert.equal(back(steps, 'abcd')?.text, 'abc');
  for (let step = 0; step < 500; step += 1) steps = stepFrom(steps, `${step}`, 'done', false);
  assert.equal(steps.past.length, 200);
  for (let step = 0; step < 20; step += 1) steps = stepFrom(steps, 'x'.repeat(1_000_000), 'done', false);
  assert.ok(steps.past.length <= 4 && steps.past.length > 0, String(steps.past.length));
});

test('FM-11 a letter leaves all items but its own the same objects', () => {
  const items = Array.from({ length: 20 }, (_, at) => ({ id: `i${at}`, text: `Item ${at}`, done: at % 2 === 0, ...(at === 3 && { who: 'Ada' }) }));
  const source = JSON.stringify({ items });
  const before = itemsOf(source);
  const kept = (next: string) => withKept(before, itemsOf(next));
  const typed = kept(setItemText(source, '"i7"', 'Item 7x'));
  assert.deepEqual(typed.map((item, at) => item === before[at]), before.map((_, at) => at !== 7));
  assert.equal(typed[7]?.text, 'Item 7x');
  assert.equal(kept(setItemDone(source, '"i3"', true))[3]?.done, true);
  assert.deepEqual(kept(source.replace('"who"', '"when"'))[3]?.more, ['when']);
  assert.deepEqual(kept(JSON.stringify({ items: items.slice(1) })).map((item, at) => item === before[at + 1]), before.slice(1).map(() => true));
});

test('FM-11 a letter leaves all fields but its own the same objects', () => {
  const memory = new FieldMemory();
  const show = (source: string) => memory.show(fieldsOf(source));
  const before = show('{"a":1,"b":"two","c":true}');
  const typed = show('{"a":1,"b":"twox","c":true}');
  assert.deepEqual(typed.map((field, at) => field === before[at]), [true, false, true]);
  assert.equal(typed[1]?.text, 'twox');
  memory.rename('a', 'aa');
  const renamed = show('{"aa":1,"b":"twox","c":true}');
  assert.deepEqual([renamed[0]?.name, renamed[0]?.key, renamed[1] === typed[1]], ['aa', before[0]?.key, true]);
  assert.deepEqual(show('{"aa":"2026-11-20","b":"twox"}').map(({ shown }) => shown), ['date', 'text']);
  memory.choose('b', 'json');
  assert.equal(show('{"aa":"2026-11-20","b":"twox"}')[1]?.shown, 'json');
});
