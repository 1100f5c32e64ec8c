/** How many copies the keys of a list have, asked only for what stays in sight. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ApiEvent, Placement } from '../../../../main/api/contract.ts';

const { ListCopies } = await import('../../../../renderer/state/list-copies.svelte.ts');

const PRIMARIES = ['ada', 'ben', 'cleo'];
const row = (key: string) => ({ key });

/** Holders that answer as told; time that goes by hand. */
function list(t: TestContext, held: (key: string) => readonly (readonly [member: string, ...dots: string[]])[] = () => PRIMARIES.map((member) => [member, 'x:2'] as const)) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const asked: string[] = [];
  const handlers = new Set<(event: ApiEvent) => void>();
  const waiting: (() => void)[] = [];
  const world = { isHidden: false, holds: false, fails: false };
  const copies = new ListCopies({
    api: {
      placement: async ({ key }): Promise<Placement> => {
        asked.push(key);
        if (world.holds) await new Promise<void>((resolve) => waiting.push(resolve));
        if (world.fails) throw new Error('away');
        const holders = held(key).map(([member, ...dots]) => ({ member, dots, durable: true }));
        return { partition: 1, position: '', primaries: PRIMARIES, fallbacks: [], holders, dots: ['x:2'], silent: [] };
      },
    },
    onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
    isHidden: () => world.isHidden,
  }, 'b');
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const tick = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await settle();
  };
  const tell = async (event: ApiEvent): Promise<void> => {
    for (const handler of handlers) handler(event);
    await settle();
  };
  return { copies, asked, handlers, waiting, world, tick, tell, settle };
}

test('TS-11 rows that rest in sight are asked for once, those that are passed are not', async (t) => {
  const { copies, asked, tick } = list(t);
  const stop = copies.watch(row('passed'));
  copies.watch(row('rests'));
  await tick(100);
  stop();
  await tick(300);
  assert.deepEqual(asked, ['rests']);
  assert.deepEqual([copies.of('rests')?.held, copies.of('rests')?.wanted, copies.of('passed')], [3, 3, undefined]);
  copies.watch(row('rests'));
  await tick(300);
  assert.equal(asked.length, 1, 'what is known is not asked again');
});

test('TS-11 what is older or not there is no copy, and a key that lacks one is asked for again', async (t) => {
  let last: readonly [string, ...string[]] = ['cleo', 'x:1'];
  const { copies, asked, tick, world } = list(t, () => [['ada', 'x:2'], ['ben', 'x:2'], last]);
  copies.watch(row('k'));
  await tick(300);
  assert.deepEqual([copies.of('k')?.held, asked.length], [2, 1]);
  last = ['cleo', 'x:2'];
  world.isHidden = true;
  await tick(30_000);
  assert.equal(asked.length, 1, 'nobody looks');
  world.isHidden = false;
  await tick(30_000);
  assert.deepEqual([copies.of('k')?.held, asked.length], [3, 2]);
  await tick(60_000);
  assert.equal(asked.length, 2, 'it is whole');
});

test('TS-11 an event asks for what is in sight and forgets the rest; a failure is not known', async (t) => {
  const { copies, asked, handlers, tick, tell, world } = list(t);
  const stop = copies.watch(row('gone'));
  copies.watch(row('k'));
  await tick(300);
  stop();
  for (const key of ['gone', 'k', 'never']) await tell({ type: 'put', bucket: 'b', key, context: '' });
  await tell({ type: 'put', bucket: 'other', key: 'k', context: '' });
  assert.deepEqual([asked, copies.of('gone')], [['gone', 'k', 'k'], undefined]);
  world.fails = true;
  await tell({ type: 'members' });
  assert.deepEqual([asked.length, copies.of('k')], [4, undefined]);
  copies.close();
  assert.equal(handlers.size, 0);
});

test('TS-11 four are asked at a time, and those that left the sight meanwhile are passed over', async (t) => {
  const { copies, asked, waiting, world, tick, settle } = list(t);
  world.holds = true;
  const stops = Array.from({ length: 10 }, (_, index) => copies.watch(row(`k${index}`)));
  await tick(300);
  assert.equal(asked.length, 4);
  for (const stop of stops.slice(4, 9)) stop();
  for (const answer of waiting.splice(0)) answer();
  await settle();
  assert.deepEqual(asked.slice(4), ['k9']);
});
