/** Checklists, records and JSON as forms, in a real Chromium over real members. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { assertAccessible, close, goTo, type OpenWindow } from './browser.ts';
import { setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const JSON_TYPE = { 'content-type': 'application/json' };

const stage = setStage(2);

async function write(key: string, body: string, options: { readonly by?: number; readonly context?: string } = {}): Promise<string> {
  const headers = options.context === undefined ? JSON_TYPE : { ...JSON_TYPE, 'x-causal-context': options.context };
  const answer = await stage.member(options.by ?? 0).ask('PUT', `/v1/buckets/desk/keys/${key}?w=all`, { headers, body });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.headers['x-causal-context']);
}

async function valueOf(key: string): Promise<string> {
  return (await stage.member(1).ask('GET', `/v1/buckets/desk/keys/${key}?r=all`)).text;
}

async function openKey(key: string, opened?: OpenWindow): Promise<OpenWindow> {
  const window = opened ?? (await stage.open());
  await goTo(window.page, `#/keys/desk/${key}`);
  await window.page.getByTestId('editor').waitFor();
  return window;
}

async function begin(page: Page, key: string, kind: string): Promise<void> {
  await page.getByTestId('new-key').first().click();
  if (await page.getByTestId('new-key-bucket').isVisible()) await page.getByTestId('new-key-bucket').fill('desk');
  await page.getByTestId('new-key-name').fill(key);
  await page.getByTestId(`new-key-kind-${kind}`).check();
  await page.getByTestId('new-key-submit').click();
}

async function save(page: Page): Promise<void> {
  await page.keyboard.press('Control+s');
  await page.locator('[data-testid=saved-state][data-state=safe]').waitFor({ timeout: 30_000 });
}

/** What the window thinks is focused, in words. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
}

async function texts(page: Page): Promise<string[]> {
  return page.getByTestId('item-text').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value));
}

function field(page: Page, name: string): Locator {
  return page.locator(`[data-testid=field][data-field="${name}"]`);
}

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((words) => {
    const data = new DataTransfer();
    data.setData('text/plain', words);
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

test('a checklist by keyboard alone: written, split, moved, ticked, pasted into, undone, saved', TIMEOUT, async () => {
  const opened = await stage.open();
  const { page } = opened;
  await page.getByTestId('new-key').first().click();
  await page.getByTestId('new-key-kind-checklist').check();
  await screenshotThemes(page, 'new-key');
  await assertAccessible(page, 'new key');
  await page.keyboard.press('Escape');
  await begin(page, 'opening', 'checklist');
  await page.getByTestId('checklist').waitFor();
  assert.equal(await focused(page), 'Add an item');
  await assertAccessible(page, 'empty checklist');

  await page.keyboard.type('Lights on');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Fume hood and gas');
  for (let step = 0; step < ' and gas'.length; step += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  assert.deepEqual(await texts(page), ['Lights on', 'Fume hood', ' and gas']);
  await page.keyboard.press('Control+z');
  assert.deepEqual(await texts(page), ['Lights on', 'Fume hood and gas']);
  await page.keyboard.press('Control+Shift+z');
  assert.deepEqual(await texts(page), ['Lights on', 'Fume hood', ' and gas']);
  await page.getByTestId('item-text').nth(2).fill('');
  await page.getByTestId('item-text').nth(2).press('Backspace');
  assert.deepEqual(await texts(page), ['Lights on', 'Fume hood']);
  assert.equal(await focused(page), 'Item 2');

  await page.keyboard.press('Alt+ArrowUp');
  assert.deepEqual(await texts(page), ['Fume hood', 'Lights on']);
  assert.equal(await focused(page), 'Item 1', 'the focus goes with the item');
  assert.equal(await page.getByTestId('form-said').innerText(), 'Place 1 of 2');
  await page.keyboard.press('Control+Enter');
  assert.equal(await page.getByTestId('item-done').first().isChecked(), true);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await paste(page, '- [x] Freezer log\n- [ ] Windows shut\n\n3. Gas off');
  assert.deepEqual(await texts(page), ['Fume hood', 'Lights on', 'Freezer log', 'Windows shut', 'Gas off']);
  assert.equal(await page.getByTestId('checklist-count').innerText(), '2 of 5 done');
  await save(page);
  const saved = JSON.parse(await valueOf('opening')) as { items: { id: string; text: string; done: boolean }[] };
  assert.deepEqual(saved.items.map(({ text, done }) => [text, done]), [['Fume hood', true], ['Lights on', false], ['Freezer log', true], ['Windows shut', false], ['Gas off', false]]);
  assert.equal(new Set(saved.items.map(({ id }) => id)).size, 5);
  await screenshotThemes(page, 'checklist');
  await assertAccessible(page, 'checklist');

  await page.getByTestId('hide-done').click();
  assert.deepEqual(await texts(page), ['Lights on', 'Windows shut', 'Gas off']);
  await page.getByTestId('item-text').nth(1).focus();
  await page.keyboard.press('Alt+ArrowUp');
  assert.deepEqual(await texts(page), ['Windows shut', 'Lights on', 'Gas off']);
  await page.keyboard.press('Control+Enter');
  assert.deepEqual(await texts(page), ['Lights on', 'Gas off']);
  assert.match(await focused(page), /^Item/, 'what was hidden hands the focus on');
  await page.getByTestId('remove-done').click();
  assert.equal(await page.getByTestId('checklist-count').innerText(), '0 of 2 done');
  await page.getByTestId('item-text').first().focus();
  await page.keyboard.press('Control+Shift+Backspace');
  assert.deepEqual(await texts(page), ['Gas off']);
  await page.getByTestId('item-text').first().dragTo(page.getByTestId('checklist-count'), { trial: true });
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('data-testid')), 'key-rows');
  await close(opened);
});

test('an item that is dragged stands where it was dropped', TIMEOUT, async () => {
  await write('drag', '{"items":[{"id":1,"text":"a","done":false},{"id":2,"text":"b"},{"id":3,"text":"c","due":"2026-12-01"}]}');
  const opened = await openKey('drag');
  const { page } = opened;
  await page.getByTestId('checklist-item').nth(2).hover();
  await page.getByTestId('checklist-item').nth(2).locator('.grip').dragTo(page.getByTestId('checklist-item').first());
  assert.deepEqual(await texts(page), ['c', 'a', 'b']);
  await save(page);
  assert.equal(await valueOf('drag'), '{"items":[{"id":3,"text":"c","due":"2026-12-01"},{"id":1,"text":"a","done":false},{"id":2,"text":"b"}]}');
  await close(opened);
});

test('a record by keyboard: fields of every kind, what is nested, faults that hold a save back', TIMEOUT, async () => {
  const source = '{\n  "name": "Microscope 3",\n  "lenses": 4.0,\n  "serial": 12345678901234567890,\n  "serviced": "2026-03-02",\n  "loaned": false,\n  "place": { "room": "B12",  "shelf": 1e0 },\n  "note": null\n}';
  await write('microscope', source);
  const opened = await openKey('microscope');
  const { page } = opened;
  await page.getByTestId('record').waitFor();
  assert.deepEqual(await page.getByTestId('field').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-kind'))), ['text', 'number', 'number', 'date', 'yes-no', 'json', 'empty']);
  await screenshotThemes(page, 'record');
  await assertAccessible(page, 'record');
  await page.setViewportSize({ width: 560, height: 800 });
  await screenshotThemes(page, 'record-narrow');
  await assertAccessible(page, 'record, narrow');
  assert.ok(await page.getByTestId('form').evaluate((area) => area.scrollWidth <= area.clientWidth), 'nothing stands out of the page');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByTestId('view-source').click();
  assert.equal(await page.getByTestId('saved-state').getAttribute('data-state'), 'safe', 'to look changes nothing');
  await page.keyboard.press('Control+e');
  await page.getByTestId('record').waitFor();

  await field(page, 'lenses').getByTestId('field-value').fill('5,');
  await page.getByRole('alert').filter({ hasText: 'no number' }).waitFor();
  assert.equal(await page.getByTestId('save').isDisabled(), true);
  await page.keyboard.press('Control+s');
  assert.equal(await focused(page), 'lenses');
  await page.getByTestId('view-source').click();
  assert.equal(await page.getByTestId('record').isVisible(), true, 'what is typed is not lost by a look at the source');
  await screenshotThemes(page, 'record-fault');
  await assertAccessible(page, 'record with a fault');
  await page.keyboard.press('Control+z');
  assert.equal(await field(page, 'lenses').getByTestId('field-value').inputValue(), '4.0', 'the first step back is what was no value');
  await field(page, 'lenses').getByTestId('field-value').fill('5');
  await field(page, 'loaned').getByTestId('field-value').press('Space');
  await field(page, 'place').getByTestId('field-value').fill('{ "room": ');
  await page.getByRole('alert').filter({ hasText: 'Line 1, column 11' }).waitFor();
  await field(page, 'place').getByTestId('field-value').fill('{ "room": "B14",  "shelf": 1e0 }');
  await field(page, 'name').getByTestId('field-name').fill('lenses');
  await page.getByRole('alert').filter({ hasText: 'Another field' }).waitFor();
  await field(page, 'name').getByTestId('field-name').fill('title');
  assert.equal(await field(page, 'title').getByTestId('field-name').evaluate((input) => input === document.activeElement), true);
  await field(page, 'note').getByTestId('field-kind').selectOption('text');
  await page.keyboard.type('2026-01-02, on loan');
  await page.getByTestId('add-field-name').fill('title');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Another field' }).waitFor();
  await page.getByTestId('add-field-name').fill('owner');
  await page.keyboard.press('Enter');
  assert.equal(await focused(page), 'owner');
  await page.keyboard.type('Ada');
  await field(page, 'serviced').getByTestId('field-remove').click();
  await save(page);
  assert.equal(await valueOf('microscope'), '{\n  "title": "Microscope 3",\n  "lenses": 5,\n  "serial": 12345678901234567890,\n  "loaned": true,\n  "place": { "room": "B14",  "shelf": 1e0 },\n  "note": "2026-01-02, on loan",\n  "owner": "Ada"\n}');
  await close(opened);
});

test('JSON that does not parse says where, and gets its form back', TIMEOUT, async () => {
  await write('broken', '{\n  "a": 1,\n}');
  const opened = await openKey('broken');
  const { page } = opened;
  await page.getByTestId('json-fault').filter({ hasText: 'Line 2, column 9: this comma is one too many.' }).waitFor();
  assert.equal(await page.getByTestId('view-form').isDisabled(), true);
  await screenshotThemes(page, 'json-fault');
  await assertAccessible(page, 'JSON with a fault');
  await page.getByTestId('json-fault-go').click();
  await page.keyboard.press('Delete');
  await page.getByTestId('json-fault').waitFor({ state: 'hidden' });
  assert.equal(await page.getByTestId('editor-text').isVisible(), true, 'nobody is torn out of the source');
  await page.keyboard.press('Control+e');
  await field(page, 'a').waitFor();
  await write('list', '[1, 2]');
  await openKey('list', opened);
  await page.getByTestId('form-why').filter({ hasText: 'another shape' }).waitFor();
  await assertAccessible(page, 'JSON without a form');
  await begin(page, 'list', 'checklist');
  await page.getByTestId('form-why').filter({ hasText: 'another shape' }).waitFor();
  assert.equal(await page.getByTestId('saved-state').getAttribute('data-state'), 'safe', 'a key that is there is opened, not begun');
  await begin(page, 'later.json', 'json');
  await page.getByTestId('editor-text').waitFor();
  assert.equal((await stage.member(0).ask('GET', '/v1/buckets/desk/keys/later.json')).status, 404, 'nothing is written before somebody saves');
  await goTo(page, '#/keys/desk/blank.json');
  await page.getByTestId('begin-record').waitFor();
  await assertAccessible(page, 'nothing written yet');
  await page.getByTestId('begin-record').click();
  await page.getByTestId('add-field-name').waitFor();
  await assertAccessible(page, 'empty record');
  await close(opened);
});

test('drafts, a version from elsewhere and a conflict are for forms what they are for text', TIMEOUT, async () => {
  const base = '{"items": [{"id": "a", "text": "one", "done": false}, {"id": "b", "text": "two", "done": false}]}';
  const context = await write('shared', base);
  const opened = await openKey('shared');
  const { page } = opened;
  await page.getByTestId('item-text').first().fill('one, mine');
  await page.waitForFunction(() => Object.keys(localStorage).some((name) => name.startsWith('ringleaf.draft:')));
  await page.reload();
  await page.getByTestId('draft-restored').waitFor();
  // The form's code comes after the banner.
  await page.getByTestId('item-text').nth(1).waitFor();
  assert.deepEqual(await texts(page), ['one, mine', 'two']);
  await write('shared', base.replace('two', 'two, theirs'), { by: 1, context });
  await page.getByTestId('changed-elsewhere').waitFor();
  assert.deepEqual(await texts(page), ['one, mine', 'two'], 'nobody types over what one writes');
  await page.getByTestId('keep-mine').click();
  await page.keyboard.press('Control+s');
  await page.getByTestId('conflict-banner').waitFor();
  assert.equal(await page.getByTestId('item-text').first().getAttribute('readonly'), '');
  assert.equal(await page.getByTestId('item-done').first().isDisabled(), true);
  await assertAccessible(page, 'checklist in conflict');
  await page.getByTestId('open-conflict').click();
  await page.getByTestId('merge-save').click();
  await page.getByTestId('merge-saved').waitFor();
  const merged = JSON.parse(await valueOf('shared')) as { items: { text: string }[] };
  assert.deepEqual(merged.items.map(({ text }) => text), ['one, mine', 'two, theirs'], 'distinct items merge by themselves');

  await openKey('shared', opened);
  await page.getByTestId('item-done').first().check();
  await write('shared', '{"items": []}', { by: 1, context: String((await stage.member(1).ask('GET', '/v1/buckets/desk/keys/shared')).headers['x-causal-context']) });
  await page.getByTestId('take-theirs').click();
  await page.getByTestId('checklist-count').filter({ hasText: 'Nothing to do yet' }).waitFor();
  await page.getByTestId('add-item').focus();
  await page.keyboard.press('Control+z');
  assert.deepEqual(await texts(page), [], 'steps back end where somebody else wrote');
  await close(opened);
});

test('the palette does what the page can do, and the help tells of every key', TIMEOUT, async () => {
  await write('palette', '{"a": 1}');
  const opened = await openKey('palette');
  const { page } = opened;
  const run = async (words: string): Promise<void> => {
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette-input').fill(words);
    await page.getByTestId('palette-item').filter({ hasText: new RegExp(words, 'i') }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('palette').waitFor({ state: 'hidden' });
  };
  await page.getByTestId('record').waitFor();
  await run('form or source');
  await page.getByTestId('editor-text').waitFor();
  await run('form or source');
  await field(page, 'a').getByTestId('field-value').fill('2');
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-item').filter({ hasText: /^\s*Save\s*Editor\s*$/ }).waitFor();
  await screenshotThemes(page, 'palette');
  await assertAccessible(page, 'palette');
  await page.keyboard.press('Escape');
  await run('save');
  await page.locator('[data-testid=saved-state][data-state=safe]').waitFor();
  assert.equal(await valueOf('palette'), '{"a": 2}');
  await run('new checklist');
  assert.equal(await page.getByTestId('new-key-kind-checklist').isChecked(), true);
  await page.keyboard.press('Escape');
  await run('delete this key');
  await page.getByTestId('confirm-delete').waitFor();
  await assertAccessible(page, 'delete from the palette');
  await page.keyboard.press('Escape');
  await run('keyboard shortcuts');
  await page.getByTestId('help').getByText('Remove an empty item').first().waitFor();
  await screenshotThemes(page, 'help');
  await assertAccessible(page, 'help');
  await close(opened);
});

test('a checklist as long as a form may be is written in without delay', TIMEOUT, async () => {
  const items = Array.from({ length: 1_000 }, (_, id) => ({ id, text: `Item number ${id}`, done: id % 3 === 0 }));
  await write('long', JSON.stringify({ items }, null, 2));
  const opened = await openKey('long');
  const { page } = opened;
  await page.getByTestId('item-text').nth(999).focus();
  const took = await page.evaluate(async () => {
    const field = document.activeElement as HTMLTextAreaElement;
    const times: number[] = [];
    for (let letter = 0; letter < 20; letter += 1) {
      const begun = performance.now();
      field.setRangeText('x', field.value.length, field.value.length, 'end');
      field.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[10] ?? Infinity;
  });
  assert.ok(took < 250, `a letter takes ${Math.round(took)} ms`);
  await close(opened);
});
