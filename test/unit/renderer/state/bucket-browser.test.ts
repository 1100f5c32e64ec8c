/** The list of a bucket: a page at a time, folders as one row, and changes as they come. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, KeyPage, KeyRow, Params } from '../../../../main/api/contract.ts';
import { toKey } from '../../../../main/api/names.ts';
import { FirstPage } from '../../../../renderer/state/first-page.ts';
import { entriesIn, grown, idOf, isFolder, lastKeyIn, type ListEntry } from '../../../../renderer/state/key-tree.ts';

const { BucketBrowser } = await import('../../../../renderer/state/bucket-browser.svelte.ts');

const row = (key: string, siblings = 1): KeyRow => ({ key, siblings, contentType: 'text/plain', size: 1, writtenBy: 'ada', writtenAt: '2026-11-20T14:02:00.000Z' });
const name = (at: number): string => String(at).padStart(6, '0');
const many = (count: number, before = ''): string[] => Array.from({ length: count }, (_, at) => before + name(at));
const settle = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const shown = (entries: readonly ListEntry[]): string[] => entries.map((entry) => (isFolder(entry) ? `${entry.name} ${entry.keys}${entry.isPassed ? '+' : ''}` : entry.key));

async function setUp(keys: readonly string[], firstPage = new FirstPage()) {
  const world = { keys: [...keys].sort(), asked: [] as Params<'keys'>[], holds: false, fails: false };
  const waiting: (() => void)[] = [];
  const handlers = new Set<(event: ApiEvent) => void>();
  const api = {
    async keys(params: Params<'keys'>): Promise<KeyPage> {
      const { prefix = '', after = '', limit = 100 } = params;
      world.asked.push(params);
      const all = world.keys.filter((key) => key.startsWith(prefix) && key > after);
      const page = all.slice(0, limit);
      if (world.holds) await new Promise<void>((resolve) => waiting.push(resolve));
      if (world.fails) throw new Error('nobody answers');
      return { keys: page.map((key) => row(key)), ...(all.length > limit && { next: page.at(-1) ?? '' }) };
    },
  };
  const open = async (): Promise<InstanceType<typeof BucketBrowser>> => {
    const made = new BucketBrowser({ client: api, firstPage, onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)), onReconnect: () => () => undefined }, 'b');
    await settle();
    return made;
  };
  const tell = async (...written: string[]): Promise<void> => {
    for (const key of written) for (const handler of handlers) handler({ type: 'put', bucket: 'b', key, context: 'x' });
    await settle(150);
  };
  const release = (): void => {
    world.holds = false;
    for (const go of waiting.splice(0)) go();
  };
  return { world, api, open, tell, release };
}

test('WN-33 a list begins with one page, and goes on with larger ones', async () => {
  const { world, open } = await setUp(many(5_000));
  const browser = await open();
  assert.deepEqual([world.asked.length, browser.entries.length], [1, 200]);
  await browser.loadMore();
  await browser.loadMore();
  assert.deepEqual(world.asked.map(({ limit }) => limit), [200, 200, 1_000]);
  assert.deepEqual([browser.entries.length, browser.entries.map(idOf).at(-1)], [1_400, `key:${name(1_399)}`]);
});

test('WN-33 a large folder is one row, and costs two pages, not its keys', async () => {
  const { world, open } = await setUp([...many(20_000, 'big/'), 'few/a', 'few/b', 'last.md']);
  const browser = await open();
  while (browser.next !== undefined) await browser.loadMore();
  assert.deepEqual(shown(browser.entries), ['big/ 200+', 'few/ 2', 'last.md']);
  assert.equal(world.asked.length, 2);
  assert.doesNotThrow(() => toKey(world.asked[1]?.after ?? ''), 'the door takes it as a key');
});

test('WN-33 keys behind the last that a folder should have do not hold the list up', async () => {
  const { open } = await setUp([...many(300, 'a/'), ...many(300, lastKeyIn('a/')), 'b']);
  const browser = await open();
  for (let pages = 0; browser.next !== undefined; pages += 1) {
    assert.ok(pages < 5);
    await browser.loadMore();
  }
  assert.deepEqual(shown(browser.entries), ['a/ 500+', 'b']);
});

test('WN-33 a folder is counted to its end while it is small, and inside of it each key is a row', async () => {
  const { world, open } = await setUp([...many(150, 'a/'), ...many(120, 'b/x/'), ...many(700, 'c/')]);
  const browser = await open();
  while (browser.next !== undefined) await browser.loadMore();
  assert.deepEqual(shown(browser.entries), ['a/ 150', 'b/ 120', 'c/ 700']);
  browser.enter('c/');
  assert.equal(browser.entries.length, 700, 'what is known is shown at once');
  await settle();
  assert.deepEqual([browser.entries.length, browser.nameOf('c/000001'), world.asked.at(-1)?.prefix], [200, '000001', 'c/']);
  browser.leave();
  await settle();
  assert.equal(browser.selectedId, 'folder:c/');
});

test('WN-33 End reads to the end and selects the last, unless something else is chosen meanwhile', async () => {
  const { world, open, release } = await setUp(many(3_500));
  const browser = await open();
  await browser.selectLast();
  assert.deepEqual([browser.selectedIndex, browser.entries.length, world.asked.length], [3_499, 3_500, 6]);
  browser.select(7);
  assert.deepEqual([browser.selectedIndex, browser.selectedId], [7, `key:${name(7)}`]);
  await browser.reload();
  world.holds = true;
  const going = browser.selectLast();
  browser.select(3);
  release();
  await going;
  assert.deepEqual([browser.selectedIndex, browser.entries.length], [3, 400]);
});

test('WN-33 End ends where nobody answers, and does not spin while the list is read anew', async () => {
  const { world, open, release } = await setUp(many(1_000));
  const browser = await open();
  world.fails = true;
  await browser.selectLast();
  assert.deepEqual([browser.error, browser.entries.length], ['nobody answers', 200]);
  world.fails = false;
  await browser.reload();
  world.holds = true;
  const anew = browser.reload();
  await browser.selectLast();
  release();
  await anew;
  assert.equal(browser.entries.length, 200);
});

test('WN-33 what changes is one row of the list, in its place; what lies beyond it or was passed stays there', async () => {
  const { world, open, tell } = await setUp([...many(300, 'big/'), ...many(300, 'k')]);
  const browser = await open();
  await browser.loadMore();
  assert.deepEqual(shown(browser.entries.slice(0, 2)), ['big/ 200+', 'k000000']);
  world.keys = [...world.keys, 'k000000b', 'big/000250b'].sort();
  await tell('k000000b');
  assert.deepEqual(shown(browser.entries.slice(0, 3)), ['big/ 200+', 'k000000', 'k000000b']);
  await tell('big/000250b');
  assert.deepEqual(shown(browser.entries.slice(0, 1)), ['big/ 201+']);
  world.keys = world.keys.filter((key) => key !== 'k000000');
  await tell('k000000');
  assert.deepEqual(shown(browser.entries.slice(0, 2)), ['big/ 201+', 'k000000b']);
});

test('WN-33 a list that is read anew is read as far as it was, and no shorter', async () => {
  const { world, open, tell } = await setUp([...many(300, '#big/'), ...many(5_000)]);
  const browser = await open();
  while (browser.entries.length < 2_000) await browser.loadMore();
  browser.select(1_500);
  const { selectedId, entries } = browser;
  world.keys = world.keys.filter((key) => key.startsWith('#') || !key.endsWith('0') || key > '001000');
  world.asked.length = 0;
  await tell(...many(20));
  assert.deepEqual(world.asked.map(({ limit }) => limit), [1_000, 1_000, 1_000]);
  assert.ok(browser.entries.length >= entries.length);
  assert.deepEqual([browser.selectedId, browser.selectedIndex < 1_500, browser.entries.some((entry) => idOf(entry) === selectedId)], [selectedId, true, true]);
  assert.equal(shown(browser.entries)[0], '#big/ 300');
});

test('WN-33 the first page is asked for once, before there is a list, and not taken when something was written since', async () => {
  const firstPage = new FirstPage();
  const { world, api, open } = await setUp(['a', 'b'], firstPage);
  firstPage.ask(api, 'b');
  assert.deepEqual(shown((await open()).entries), ['a', 'b']);
  assert.equal(world.asked.length, 1);
  firstPage.ask(api, 'b');
  world.keys.push('c');
  firstPage.drop();
  assert.deepEqual(shown((await open()).entries), ['a', 'b', 'c']);
  firstPage.ask(api, 'other');
  await open();
  assert.equal(firstPage.take('other'), undefined);
});

test('WN-33 a list that has grown is the list of all its rows', () => {
  const rows = [...many(30, 'a/'), ...many(5, 'b/'), 'c', ...many(4, 'd/e/'), 'd/f', 'g'].map((key, at) => row(key, at % 7 === 0 ? 2 : 1));
  for (const folder of ['', 'd/']) {
    for (let at = 0; at <= rows.length; at += 1) {
      const [first, more] = [rows.slice(0, at), rows.slice(at)].map((part) => entriesIn(part, folder, false));
      assert.deepEqual(grown(first ?? [], more ?? []), entriesIn(rows, folder, false), `${folder} at ${at}`);
    }
  }
  assert.deepEqual(grown(rows.slice(0, 3), rows.slice(3)), entriesIn(rows, '', true));
});

test('WN-33 no key of a folder comes after its last', () => {
  for (const folder of ['a/', `${'é'.repeat(300)}/`, `${'x'.repeat(1_021)}/`]) {
    const last = lastKeyIn(folder);
    assert.ok(Buffer.byteLength(last) <= 1_024 && last.startsWith(folder));
    for (const end of ['zzz', '\u{10ffff}', '\u{ffff}'.repeat(300)]) {
      const key = folder + end;
      if (Buffer.byteLength(key) <= 1_024) assert.ok(Buffer.compare(Buffer.from(key), Buffer.from(last)) <= 0);
    }
  }
});
