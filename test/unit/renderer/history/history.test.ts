/** A key's history on the screen, restores and what takes them back, and the words about what is lacking. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, BucketInfo, HistoryResult, Sibling } from '../../../../main/api/contract.ts';
import { emptyWords, historyNotes, lastValue } from '../../../../renderer/history/words.ts';
import { FakeApi } from '../merge/fake-api.ts';
import { sibling } from '../merge/support.ts';

const { KeyHistory } = await import('../../../../renderer/state/key-history.svelte.ts');

const KEPT: BucketInfo = { bucket: 'b', n: 3, r: 'quorum', w: 'quorum', sloppy: true, resolution: 'siblings', historyVersions: 2, historyDays: 30 };
const NAME = { bucket: 'b', key: 'k' };
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function setUp(current: readonly Sibling[], versions: readonly Sibling[], partial?: HistoryResult['partial'], base?: Sibling) {
  const fake = new FakeApi(current, base);
  const handlers = new Set<(event: ApiEvent) => void>();
  const said: { kind: string; words: string; undo: (() => void) | undefined }[] = [];
  const world = { error: null as Error | null, asked: 0, written: 0 };
  const history = new KeyHistory(
    {
      api: {
        get: fake.get, put: fake.put, delete: fake.delete,
        getBucket: () => Promise.resolve(KEPT),
        history: () => {
          world.asked += 1;
          return world.error === null ? Promise.resolve({ context: 'c0', versions, replies: [], ...(partial && { partial }) }) : Promise.reject(world.error);
        },
      },
      read: () => Promise.resolve(fake.read),
      put: fake.put,
      onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
      onReconnect: () => () => undefined,
      onWritten: () => (world.written += 1),
      announce: (kind, words, undo) => said.push({ kind, words, undo }),
    },
    NAME,
  );
  await settle();
  return { history, fake, world, said, handlers };
}

const OLD = [sibling('ada:2', 'two'), sibling('ada:1', 'one')];

test('TS-6 a restore replaces exactly what was shown, and can be taken back', async () => {
  const { history, fake, said, world } = await setUp([sibling('bo:1', 'now')], OLD);
  history.choose(1);
  assert.equal(await history.restore(), true);
  assert.deepEqual(fake.values(), ['one']);
  assert.equal(fake.writes[0]?.context, 'c0');
  assert.equal(world.written, 1);
  said[0]?.undo?.();
  await settle();
  assert.deepEqual(fake.values(), ['now']);
  assert.equal(world.written, 2);
});

test('TS-6 what somebody writes meanwhile stays beside a restore', async () => {
  const { history, fake, said } = await setUp([sibling('bo:1', 'now')], OLD);
  fake.intrude('meanwhile');
  await history.restore();
  assert.deepEqual(fake.values().sort(), ['meanwhile', 'two']);
  assert.match(said[0]?.words ?? '', /beside a newer version/);
});

test('TS-6 a deleted key is restored, and taking that back deletes it again', async () => {
  const { history, fake, said } = await setUp([sibling('bo:1', null)], OLD);
  assert.equal(history.isDeleted, true);
  await history.restore();
  assert.deepEqual(fake.values(), ['two']);
  said[0]?.undo?.();
  await settle();
  assert.deepEqual(fake.values(), [null]);
});

test('TS-6 taking back a restore over a conflict lays the conflict out again', async () => {
  const { history, fake, said } = await setUp([sibling('bo:1', 'mine'), sibling('cy:1', 'yours')], OLD, undefined, sibling('ada:2', 'two'));
  assert.equal(history.currentCount, 2);
  await history.restore();
  assert.deepEqual(fake.values(), ['two']);
  said[0]?.undo?.();
  await settle();
  assert.deepEqual(fake.values().sort(), ['mine', 'yours']);
  const written = fake.writes.map((write) => ('value' in write ? write.value : null));
  assert.deepEqual(written, ['two', 'two', 'mine', 'yours'], 'onto the common version, so that merging says what it said');
});

test('TS-6 a restore that fails says so and leaves everything', async () => {
  const { history, fake, said, world } = await setUp([sibling('bo:1', 'now')], OLD);
  fake.failures = [{ code: 'STORE_READ_ONLY', message: 'The disk is full.' }];
  assert.equal(await history.restore(), false);
  assert.deepEqual(said.map(({ kind, words }) => [kind, words]), [['error', 'Not restored: The disk is full.']]);
  assert.equal(world.written, 0);
  assert.equal(history.restoring, false);
});

test('TS-6 deletions and what is there already are not offered', async () => {
  const { history, fake } = await setUp([sibling('bo:1', 'two')], [sibling('ada:3', null), ...OLD]);
  assert.equal(history.canRestore, false);
  assert.equal(await history.restore(), false);
  history.choose(1);
  assert.equal(history.canRestore, false, 'it is what is there now');
  history.choose(99);
  assert.deepEqual([history.index, history.canRestore], [2, true]);
  assert.deepEqual(fake.writes, []);
});

test('TS-5 a history follows its key, and what was known stays when an answer fails', async () => {
  const { history, world, handlers } = await setUp([sibling('bo:1', 'now')], OLD);
  const tell = (event: ApiEvent): void => handlers.forEach((handler) => handler(event));
  tell({ type: 'put', bucket: 'b', key: 'other', context: 'x' });
  tell({ type: 'copies', ...NAME, context: 'x', copies: [], needed: 2 });
  await settle();
  assert.equal(world.asked, 1);
  world.error = new Error('2 answers were needed, 1 came.');
  tell({ type: 'put', ...NAME, context: 'x' });
  await settle();
  assert.deepEqual([world.asked, history.error, history.versions.length], [2, '2 answers were needed, 1 came.', 2]);
  history.close();
  assert.equal(handlers.size, 0);
});

test('TS-5 what may be missing from a history is said', () => {
  const nameOf = (id: string): string => id.toUpperCase();
  const words = (answer: Parameters<typeof historyNotes>[0]): string[] => historyNotes(answer, KEPT, nameOf).map(({ kind, words: said }) => `${kind}: ${said}`);
  assert.deepEqual(words({ versions: [] }), []);
  assert.deepEqual(words({ versions: OLD }), ['bounded: What was before these may be gone: each device keeps the last 2 versions that it saw replaced, for 30 days.']);
  assert.deepEqual(words({ versions: [], partial: { silent: ['a'], cut: true } }), [
    'silent: A could not be asked. It may keep versions that are not listed here.',
    'cut: There are older versions than one answer holds.',
  ]);
  assert.match(words({ versions: [], partial: { silent: ['a', 'b', 'c', 'd'], cut: false } })[0] ?? '', /A, B and 2 more could not be asked\. They may/);
});

test('TS-5 why there is nothing is said: switched off, out of reach, or over', () => {
  assert.match(emptyWords({ versions: [] }, { historyVersions: 0, historyDays: 30 }, false).title, /keeps no earlier versions/);
  assert.match(emptyWords({ versions: [], partial: { silent: ['a'], cut: false } }, KEPT, true).text, /once they are back/);
  assert.match(emptyWords({ versions: [] }, KEPT, true).text, /nowhere any more\. Each device keeps the last 2 versions/);
  assert.match(emptyWords({ versions: [] }, { historyVersions: 1, historyDays: 1 }, false).text, /the last version that it saw replaced, for one day/);
  assert.match(emptyWords({ versions: [] }, null, false).text, /Nothing was replaced yet, or it is too long ago\.$/);
});

test('TS-9 what undeleting brings back is the newest version that has a value', () => {
  assert.equal(lastValue([sibling('a:3', null), ...OLD])?.dot, 'ada:2');
  assert.equal(lastValue([sibling('a:3', null)]), null);
});
