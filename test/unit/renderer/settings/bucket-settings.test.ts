/** What settings mean in words, and the form that changes them. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BucketInfo, Params } from '../../../../main/api/contract.ts';
import { answersOf, problemsOf, settingsWords, type BucketSettings } from '../../../../renderer/state/bucket-words.ts';

const { BucketSettingsForm } = await import('../../../../renderer/state/bucket-settings.svelte.ts');

const DEFAULTS: BucketSettings = { n: 3, r: 'quorum', w: 'quorum', sloppy: true, resolution: 'siblings', historyVersions: 10, historyDays: 30 };
const said = (change: Partial<BucketSettings>, machines = 5): string => settingsWords({ ...DEFAULTS, ...change }, machines).meaning.join('\n');
const warned = (change: Partial<BucketSettings>, machines = 5): string => settingsWords({ ...DEFAULTS, ...change }, machines).warnings.join('\n');

test('the answers that are waited for are those of the engine', () => {
  assert.deepEqual([1, 2, 3, 4, 5].map((copies) => answersOf('quorum', copies)), [1, 2, 2, 3, 3]);
  assert.deepEqual([answersOf('all', 3), answersOf('one', 3), answersOf('any', 3), answersOf(5, 3)], [3, 1, 1, 3]);
});

test('the default is said in plain words and warns of nothing', () => {
  const words = said({});
  for (const part of ['kept on 3 different devices', 'done when 2 of its 3 devices have it', 'while one of them is away', 'Opening waits for 2 of 3 copies', 'sees it, unless stand-ins', 'both versions are kept', 'last 10 versions', 'for 30 days']) {
    assert.ok(words.includes(part), `${part} in:\n${words}`);
  }
  assert.equal(warned({}), '');
});

test('a small team is told what it has', () => {
  assert.match(said({}, 2), /to be on 3 devices\. The team has 2, so on all of them/);
  assert.match(said({ w: 'all' }, 2), /all 2 of its devices/);
  assert.match(said({}, 1), /The team has 1, so on that one/);
  assert.match(said({ n: 'all' }, 4), /Every device keeps every record: 4 now/);
});

test('what can go wrong is warned of', () => {
  assert.match(warned({ n: 1 }), /losing that device/);
  assert.match(warned({ w: 'any' }), /one device only/);
  assert.match(warned({ w: 1 }), /one device only/);
  assert.match(warned({ w: 'all', sloppy: false }), /switched off stops/);
  assert.equal(warned({ w: 'all', sloppy: true }), '');
  assert.match(warned({ resolution: 'lww' }), /dropped, and nobody is asked/);
  assert.match(warned({ resolution: 'lww', historyVersions: 0 }), /cannot be brought back/);
});

test('whether a reader sees the last save follows from r and w', () => {
  assert.match(said({ r: 'one', w: 'quorum' }), /may still see the version before/);
  assert.match(said({ r: 'one', w: 'one' }), /may still see the version before/);
  assert.match(said({ r: 'all', w: 'any' }), /may still see the version before/);
  assert.match(said({ sloppy: false }), /after a save sees it\.\n/);
});

test('numbers that cannot be met, or are none, keep from saving', () => {
  assert.deepEqual(problemsOf(DEFAULTS), {});
  assert.deepEqual(Object.keys(problemsOf({ ...DEFAULTS, r: 4, w: 5, historyVersions: 101, historyDays: NaN })), ['r', 'w', 'historyVersions', 'historyDays']);
  assert.deepEqual(problemsOf({ ...DEFAULTS, n: 'all', r: 9, w: 9, historyVersions: 0, historyDays: 3_650 }), {});
});

function setUp() {
  const buckets = new Map<string, BucketSettings>([['a', DEFAULTS], ['b', { ...DEFAULTS, n: 5 }]]);
  const sent: Params<'setBucket'>[] = [];
  const world = { error: null as Error | null };
  const saved: string[] = [];
  const form = new BucketSettingsForm({
    api: {
      getBucket: ({ bucket }) => (world.error ? Promise.reject(world.error) : Promise.resolve({ bucket, ...buckets.get(bucket)! })),
      setBucket: (params) => {
        sent.push(params);
        if (world.error) return Promise.reject(world.error);
        const { bucket, ...change } = params;
        buckets.set(bucket, { ...buckets.get(bucket)!, ...change });
        return Promise.resolve({ bucket, ...buckets.get(bucket)! } satisfies BucketInfo);
      },
    },
    onSaved: (bucket) => saved.push(bucket),
  });
  return { form, buckets, sent, saved, world };
}

test('WN-3 only what was changed is sent: what somebody else set meanwhile stays', async () => {
  const { form, buckets, sent, saved } = setUp();
  await form.show('a');
  assert.equal(form.canSave, false);
  form.change({ n: 2 });
  buckets.set('a', { ...DEFAULTS, resolution: 'lww' });
  await form.save();
  assert.deepEqual(sent, [{ bucket: 'a', n: 2 }]);
  assert.deepEqual([form.known?.n, form.known?.resolution, form.isChanged], [2, 'lww', false]);
  assert.deepEqual(saved, ['a']);
});

test('a change outlives a look at another bucket, with what others set meanwhile', async () => {
  const { form, buckets } = setUp();
  await form.show('a');
  form.change({ historyVersions: 3 });
  await form.show('b');
  assert.deepEqual([form.draft?.n, form.isChanged], [5, false]);
  buckets.set('a', { ...DEFAULTS, n: 4 });
  await form.show('a');
  assert.deepEqual(form.changes, { historyVersions: 3 });
  assert.equal(form.draft?.n, 4);
  form.discard();
  await form.show('b');
  await form.show('a');
  assert.equal(form.isChanged, false);
});

test('a failed save keeps the change; a failed question can be asked again', async () => {
  const { form, world } = setUp();
  world.error = new Error('not now');
  await form.show('a');
  assert.deepEqual([form.draft, form.error], [null, 'not now']);
  world.error = null;
  await form.refresh();
  form.change({ sloppy: false });
  world.error = new Error('disk full');
  await form.save();
  assert.deepEqual([form.error, form.changes, form.saving], ['disk full', { sloppy: false }, false]);
  world.error = null;
  await form.refresh();
  assert.deepEqual([form.error, form.changes], [null, { sloppy: false }]);
});

test('what cannot be is not sent', async () => {
  const { form, sent } = setUp();
  await form.show('a');
  form.change({ w: 4 });
  assert.equal(form.canSave, false);
  await form.save();
  assert.deepEqual(sent, []);
});
