/** What is changed about the team is on disk before it counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, encodeBucketRecord } from '../../../../p2p/membership/bucket-registry.ts';
import type { BucketRecord } from '../../../../p2p/membership/bucket-registry.ts';
import { decodeRecord } from '../../../../p2p/membership/member-record.ts';
import type { Command, Outcome } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import { trio } from './trio.ts';

const REMOVE: Command = { kind: 'remove-member', member: 'cleo' };

function set(settings: Extract<Command, { readonly kind: 'set-bucket' }>['settings'], bucket = 'b'): Command {
  return { kind: 'set-bucket', bucket, settings };
}

function answers(effects: readonly Effect[]): readonly Outcome[] {
  return effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []));
}

/** Rows that go to the disk, with the tokens of their commits. */
function rows(effects: readonly Effect[]): readonly { readonly token: number; readonly name: string; readonly bytes: Uint8Array }[] {
  return effects.flatMap((effect) => {
    const [mutation] = effect.kind === 'commit' ? effect.batch : [];
    return effect.kind === 'commit' && mutation?.kind === 'meta' && mutation.bytes !== undefined ? [{ token: effect.token, name: mutation.name, bytes: mutation.bytes }] : [];
  });
}

function onlyRow(effects: readonly Effect[]): ReturnType<typeof rows>[number] {
  const [row, ...more] = rows(effects);
  assert.ok(row !== undefined && more.length === 0);
  return row;
}

/** Settings as another member says them. */
function heard({ node }: ReturnType<typeof trio>, record: BucketRecord): void {
  node.members.offerBucket(record);
  node.step({ kind: 'wake' }, node.core.now);
}

test('MB-50 settings of a bucket take effect, spread and are answered once they are on disk', () => {
  const { node, ask, step } = trio();
  const before = node.core.facts.root();
  const asking = ask(set({ n: 5 }));
  const { token, name, bytes } = onlyRow(asking);
  assert.deepEqual([answers(asking), node.core.buckets.settings('b'), node.core.facts.root()], [[], DEFAULT_SETTINGS, before]);
  const settings = { ...DEFAULT_SETTINGS, n: 5 };
  assert.deepEqual([name, bytes], ['bucket/b', encodeBucketRecord({ bucket: 'b', version: 1, by: 'ada', settings })]);
  assert.deepEqual(answers(step({ kind: 'committed', token })), [{ kind: 'settings', settings }]);
  assert.deepEqual(node.core.buckets.settings('b'), settings);
  assert.notDeepEqual(node.core.facts.root(), before);
});

test('MB-50 what the disk refuses is answered as an error and known to nobody', () => {
  const { node, ask, step } = trio();
  const before = node.core.facts.root();
  for (const command of [set({ n: 5 }), { kind: 'import-bucket', bucket: 'b', settings: { ...DEFAULT_SETTINGS, n: 7 }, dryRun: false }, REMOVE] as const) {
    const { token } = onlyRow(ask(command));
    const refused = step({ kind: 'store-failed', token, failure: 'read-only', message: 'full' });
    assert.deepEqual(answers(refused), [{ kind: 'read-only', message: 'full' }]);
  }
  assert.deepEqual([node.core.buckets.get('b'), node.core.roster.get('cleo')?.status, node.core.facts.root()], [undefined, 'up', before]);
});

test('MB-50 a removal takes effect, spreads and is answered once it is on disk', () => {
  const { node, ask, step } = trio();
  const asking = ask(REMOVE);
  const { token, name, bytes } = onlyRow(asking);
  assert.deepEqual([answers(asking), node.core.roster.get('cleo')?.status, name], [[], 'up', 'member/cleo']);
  assert.equal(decodeRecord(bytes).removal?.by, 'ada');
  const told = step({ kind: 'committed', token });
  assert.deepEqual(answers(told), [{ kind: 'removed', member: 'cleo' }]);
  assert.equal(node.core.roster.get('cleo')?.status, 'removed');
  assert.ok(told.some((effect) => effect.kind === 'send' && effect.to === 'cleo' && effect.message.kind === 'gossip-delta'));
});

test('MB-51 one change is made from what the one before it left', () => {
  const { node, ask, step } = trio();
  const first = onlyRow(ask(set({ n: 5 })));
  assert.deepEqual(ask(set({ sloppy: false })).filter(({ kind }) => kind === 'commit'), [], 'it waits');
  assert.deepEqual(ask(set({ n: 2, r: 2 }, 'other')).filter(({ kind }) => kind === 'commit'), []);
  const second = onlyRow(step({ kind: 'committed', token: first.token }));
  const third = onlyRow(step({ kind: 'store-failed', token: second.token, failure: 'read-only', message: 'full' }));
  assert.deepEqual(answers(step({ kind: 'committed', token: third.token })).map(({ kind }) => kind), ['settings']);
  assert.deepEqual([node.core.buckets.settings('b'), node.core.buckets.settings('other').n], [{ ...DEFAULT_SETTINGS, n: 5 }, 2]);
  const fourth = onlyRow(ask(set({ sloppy: false })));
  step({ kind: 'committed', token: fourth.token });
  assert.deepEqual(node.core.buckets.settings('b'), { ...DEFAULT_SETTINGS, n: 5, sloppy: false });
});

test('MB-51 what others set while it is being written stays, and is written over only by what is changed', () => {
  const team = trio();
  const { node, ask, step } = team;
  const first = onlyRow(ask(set({ n: 5 })));
  heard(team, { bucket: 'b', version: 1, by: 'zoe', settings: { ...DEFAULT_SETTINGS, sloppy: false } });
  const again = step({ kind: 'committed', token: first.token });
  const settings = { ...DEFAULT_SETTINGS, n: 5, sloppy: false };
  assert.deepEqual(answers(again), []);
  assert.deepEqual(onlyRow(again).bytes, encodeBucketRecord({ bucket: 'b', version: 2, by: 'ada', settings }));
  assert.deepEqual(answers(step({ kind: 'committed', token: onlyRow(again).token })), [{ kind: 'settings', settings }]);
  assert.deepEqual(node.core.buckets.settings('b'), settings);
});

test('MB-51 settings that do not go together with what others set meanwhile are refused; one that always comes second gives up', () => {
  const team = trio();
  const { ask, step } = team;
  const first = onlyRow(ask(set({ r: 4, n: 4 })));
  heard(team, { bucket: 'b', version: 1, by: 'zoe', settings: { ...DEFAULT_SETTINGS, w: 5, n: 5 } });
  assert.deepEqual(answers(step({ kind: 'committed', token: first.token })).map(({ kind }) => kind), ['bad-request']);
  let { token } = onlyRow(ask(set({ n: 6 })));
  for (let version = 2; version < 9; version += 1) {
    heard(team, { bucket: 'b', version, by: 'zoe', settings: { ...DEFAULT_SETTINGS, n: 5 } });
    ({ token } = onlyRow(step({ kind: 'committed', token })));
  }
  heard(team, { bucket: 'b', version: 9, by: 'zoe', settings: DEFAULT_SETTINGS });
  assert.deepEqual(answers(step({ kind: 'committed', token })).map(({ kind }) => kind), ['overloaded']);
});

test('MB-52 a disk that stands still is answered for in time, keeps the room, and what it takes then counts', () => {
  const { node, ask, step, wait } = trio({ requestsMax: 2 });
  const { token } = onlyRow(ask(set({ n: 5 })));
  ask(set({ n: 5 }, 'other'));
  wait(5_001);
  assert.deepEqual(answers(step({ kind: 'wake' })).map(({ kind }) => kind), ['read-only', 'read-only']);
  assert.deepEqual(answers(ask(REMOVE)).map(({ kind }) => kind), ['overloaded']);
  const late = step({ kind: 'committed', token });
  assert.deepEqual([answers(late), node.core.buckets.settings('b').n], [[], 5]);
  step({ kind: 'committed', token: onlyRow(late).token });
  assert.deepEqual([node.core.buckets.settings('other').n, node.load().clientRequests], [5, 0]);
});
