/** The form of an open key, and what it leaves to the key. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FormEntry } from '../../../../renderer/state/form.svelte.ts';

const { Form } = await import('../../../../renderer/state/form.svelte.ts');

type Fake = { -readonly [Name in keyof FormEntry]: FormEntry[Name] };

/** Reactivity is the browser's matter: every question is asked of a fresh form over the same entry. */
function setUp(text: string, over: Partial<Fake> = {}) {
  const entry: Fake = {
    text,
    contentType: 'application/json',
    readOnly: false,
    binary: false,
    heldBack: null,
    startedAs: null,
    edit: (next: string) => void (entry.text = next),
    ...over,
  };
  return { entry, form: new Form(entry) };
}

test('FM-7 what is no value yet is kept, holds the save back, and keeps the form open', () => {
  const { entry, form } = setUp('{"a":1}');
  assert.equal(form.view, 'form');
  form.hold('value of a', '1,', 'This is no number.');
  assert.equal(entry.heldBack, 'This is no number.');
  assert.deepEqual(form.heldAt('value of a'), { typed: '1,', why: 'This is no number.' });
  assert.equal(form.show('source'), false);
  form.hold('name of b', '', 'Give it a name.');
  form.release('value of a');
  assert.equal(entry.heldBack, 'Give it a name.');
  form.release('name of b');
  assert.equal(entry.heldBack, null);
  assert.equal(form.show('source'), true);
});

test('FM-7 what was typed is gone when somebody else\'s version is taken over', () => {
  const { entry, form } = setUp('{"a":1}');
  form.hold('value of a', '1,', 'This is no number.');
  entry.heldBack = null;
  assert.equal(form.heldAt('value of a'), undefined);
  form.hold('value of b', 'x', 'No.');
  assert.equal(form.heldAt('value of a'), undefined, 'nor does it come back');
});

test('FM-10 what is typed and no value yet is the first step back', () => {
  const { entry, form } = setUp('{"a":1}');
  form.edit('a', () => '{"a":2}');
  form.hold('value of a', '2,', 'This is no number.');
  assert.equal(form.undo(), true);
  assert.deepEqual([entry.text, entry.heldBack], ['{"a":2}', null]);
  assert.equal(form.undo(), true);
  assert.equal(entry.text, '{"a":1}');
});

test('FM-10 the way back ends where somebody else wrote, and what is read only stays', () => {
  const { entry, form } = setUp('{"a":1}');
  form.edit('a', () => '{"a":2}');
  form.edit('a', () => '{"a":3}', true);
  form.pause();
  form.edit('a', () => '{"a":4}', true);
  assert.equal(form.undo(), true);
  assert.equal(entry.text, '{"a":3}', 'a pause ends a run of typing');
  assert.equal(form.redo(), true);
  assert.equal(entry.text, '{"a":4}');
  entry.text = '{"theirs":1}';
  assert.equal(form.undo(), false);
  form.edit('b', () => '{"theirs":2}');
  assert.equal(form.undo(), true);
  assert.equal(form.undo(), false);
  assert.equal(entry.text, '{"theirs":1}');
  entry.readOnly = true;
  form.edit('b', () => '{}');
  assert.equal(form.redo(), false);
  assert.equal(entry.text, '{"theirs":1}');
});

test('FM-5 what has no form is shown as source, and JSON that was begun as such too', () => {
  for (const text of ['{', '[1]']) {
    const { form } = setUp(text);
    assert.equal(form.view, 'source');
    assert.equal(form.show('form'), false);
  }
  assert.equal(setUp('{\n  \n}', { startedAs: 'json' }).form.view, 'source');
  assert.equal(setUp('').form.view, 'form', 'nothing yet: what it may become');
  assert.equal(setUp('# note', { contentType: 'text/markdown' }).form.isJson, false);
  const { form } = setUp('{}');
  form.keepSource();
  assert.equal(form.view, 'source');
});

test('FM-4 ids of new items are unlike each other', () => {
  const { form } = setUp('{}');
  const ids = Array.from({ length: 1_000 }, () => form.newId());
  assert.equal(new Set(ids).size, 1_000);
  assert.ok(ids.every((id) => /^[0-9a-z]{10}$/.test(id)));
});
