/** MB-9 with whole nodes: who is taken for what when frames vanish and connections stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS } from '../../p2p/membership/bucket-registry.ts';
import type { Outcome } from '../../p2p/node/commands.ts';
import type { Liveness } from '../../p2p/types.ts';
import type { SimOptions } from './options.ts';
import { QUIET } from './options.ts';
import { Simulator, UNWATCHED } from './simulator.ts';

const SETTLE_MS = 6_000;

interface Change {
  readonly by: string;
  readonly of: string;
  readonly to: Liveness;
  readonly atMs: number;
}

class Team {
  readonly sim: Simulator;
  readonly outcomes: (Outcome | undefined)[] = [];
  readonly #begunMs: number;

  constructor(options: Partial<SimOptions>) {
    const quiet = { ...QUIET, buckets: [{ name: 'notes', settings: { ...DEFAULT_SETTINGS } }] };
    this.sim = new Simulator({ ...quiet, ...options }, UNWATCHED, {}, 'kept');
    this.sim.startAll();
    this.sim.run(SETTLE_MS);
    this.#begunMs = this.sim.queue.nowMs;
  }

  /** Runs on, while a member writes twice a second. */
  writing(member: string, ms: number): void {
    for (let at = 0; at < ms; at += 500) {
      const value = new TextEncoder().encode(`${member} ${at}`);
      this.sim.member(member).execute({ kind: 'put', bucket: 'notes', key: `${member}-${at % 7}`, value, contentType: 'text/plain' }, (outcome) => this.outcomes.push(outcome));
      this.sim.run(500);
    }
    this.sim.run(6_000);
  }

  /** Since the team had settled. */
  changes(): readonly Change[] {
    return this.sim.trace.lines.flatMap((line) => {
      const [, atMs, by, json] = /^\s*([\d.]+) (\w+)\s+· (\{"kind":"liveness".*)$/.exec(line) ?? [];
      if (json === undefined || by === undefined || Number(atMs) < this.#begunMs) return [];
      const { member, to } = JSON.parse(json) as { member: string; to: Liveness };
      return [{ by, of: member, to, atMs: Number(atMs) - this.#begunMs }];
    });
  }

  of(by: string, of: string): readonly Liveness[] {
    return this.changes().filter((change) => change.by === by && change.of === of).map(({ to }) => to);
  }
}

test('MB-9 nobody is doubted in a team that works', () => {
  const team = new Team({ members: 6 });
  team.writing('ada', 60_000);
  assert.deepEqual(team.changes(), []);
});

test('MB-9 a hung peer is suspected by silence, then down, though its connections stand; then it wakes', () => {
  const team = new Team({});
  const undo = ['ada', 'ben'].flatMap((other) => [team.sim.network.mute('cleo', other), team.sim.network.mute(other, 'cleo')]);
  team.sim.run(45_000);
  for (const by of ['ada', 'ben']) {
    const seen = team.changes().filter((change) => change.by === by && change.of === 'cleo');
    assert.deepEqual(seen.map(({ to }) => to), ['suspect', 'down']);
    assert.ok((seen[0]?.atMs ?? 0) > 3_000 && (seen[0]?.atMs ?? 0) < 8_000, `suspected after ${seen[0]?.atMs} ms`);
    assert.ok((seen[1]?.atMs ?? 0) < 34_000, `down after ${seen[1]?.atMs} ms`);
    assert.deepEqual(team.of(by, by === 'ada' ? 'ben' : 'ada'), [], 'the others are not');
  }
  for (const once of undo) once();
  team.sim.run(5_000);
  assert.deepEqual([team.of('ada', 'cleo').at(-1), team.of('ben', 'cleo').at(-1)], ['alive', 'alive']);
});

test('MB-9 a hung peer is doubted by the first request that it leaves unanswered, before its silence tells', () => {
  const team = new Team({});
  for (const other of ['ada', 'ben']) {
    team.sim.network.mute('cleo', other);
    team.sim.network.mute(other, 'cleo');
  }
  team.writing('ada', 2_500);
  const seen = team.changes().find((change) => change.by === 'ada' && change.of === 'cleo');
  assert.equal(seen?.to, 'suspect');
  assert.ok((seen?.atMs ?? 0) < 3_500, `suspected after ${seen?.atMs} ms`);
});

test('MB-9 one-way: who hears and is not heard changes its mind once, and work goes on', () => {
  const team = new Team({ members: 5 });
  // ben no longer hears ada; ada hears ben.
  const undo = team.sim.network.mute('ada', 'ben');
  team.writing('ada', 60_000);
  team.writing('ben', 20_000);
  assert.ok(team.outcomes.length >= 160 && team.outcomes.every((outcome) => outcome?.kind === 'written'));
  assert.deepEqual(team.of('ada', 'ben'), ['suspect']);
  assert.deepEqual(team.of('ben', 'ada'), ['suspect']);
  assert.equal(team.changes().length, 2, 'nobody else is doubted');
  undo();
  team.sim.run(6_000);
  assert.deepEqual([team.of('ada', 'ben').at(-1), team.of('ben', 'ada').at(-1)], ['alive', 'alive']);
});

test('MB-9 one-way and idle: the cut is noticed without any request', () => {
  const team = new Team({});
  team.sim.network.mute('ada', 'ben');
  team.sim.run(60_000);
  assert.deepEqual([team.of('ada', 'ben'), team.of('ben', 'ada')], [['suspect'], ['suspect']]);
});

for (const [name, directions] of [['one way', [['cleo', 'ada']]], ['both ways', [['cleo', 'ada'], ['ada', 'cleo']]]] as const) {
  test(`MB-25 a connection that is cut ${name} is dropped after suspectAfter by whoever hears nothing`, () => {
    const team = new Team({});
    for (const [from, to] of directions) team.sim.network.mute(from, to);
    const ends = (): number => team.sim.trace.lines.filter((line) => /disconnected (ada|cleo)/.test(line)).length;
    team.sim.run(4_500);
    assert.equal(ends(), 0);
    team.sim.run(4_500);
    assert.equal(ends(), 2, 'both sides know');
  });
}

test('MB-9 a slow disk is not doubted: it answers probes, and every write is answered', () => {
  const team = new Team({ readMs: 30, syncMs: 900 });
  team.writing('ada', 30_000);
  assert.deepEqual(team.changes(), []);
  assert.ok(team.outcomes.every((outcome) => outcome?.kind === 'written'));
});
