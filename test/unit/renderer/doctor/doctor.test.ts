/** DR: the doctor in the window: what it says, when it speaks up, and an address tried by hand. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DialResult, DoctorReport, Status } from '../../../../main/api/contract.ts';
import { clockWarning, clockWords, layerWords, roundTripWords } from '../../../../renderer/doctor/words.ts';

const { Doctor } = await import('../../../../renderer/state/doctor.svelte.ts');
const { FirstSync } = await import('../../../../renderer/state/first-sync.svelte.ts');
const { Lone, LONE_AFTER_MS } = await import('../../../../renderer/state/lone.svelte.ts');

interface Over {
  readonly standing?: string | null;
  readonly members?: number;
  readonly alive?: number;
  readonly quarantine?: string;
  readonly owed?: number;
  readonly sources?: number;
}

function statusOf({ standing = 'up', members = 3, alive = 1, quarantine, owed = 0, sources = 0 }: Over = {}): Status {
  const underWay = Array.from({ length: sources }, () => ({ peer: 'p', direction: 'in', partitions: 1 }));
  return {
    team: standing === null ? null : { teamId: 't', name: 'T', partitions: 64 }, membership: standing === null ? null : { status: standing, removed: null },
    counts: { members, alive }, quarantine: quarantine ?? null, transfers: { owed, keysMoved: 5, underWay },
  } as unknown as Status;
}

test('DR-9 round trips and clocks in words; a clock over a minute off is named', () => {
  assert.deepEqual([null, 0, 0.44, 9.96, 12.4, 1_340].map(roundTripWords), ['–', '0.0 ms', '0.4 ms', '10.0 ms', '12 ms', '1.3 s']);
  assert.deepEqual([null, 0, -900, 4_000, -4_000, 180_000].map(clockWords), ['–', 'agrees', 'agrees', '4 s ahead', '4 s behind', '3 min ahead']);
  const ben = (clockOffsetMs: number | null) => clockWarning({ name: 'Ben', clockOffsetMs });
  assert.deepEqual([null, 0, 60_000, -60_000].map(ben), [null, null, null, null]);
  assert.match(ben(61_000) ?? '', /^The clock of Ben is 1 min ahead of this one/);
  assert.match(ben(-7_200_000) ?? '', /is 2 h behind this one/);
  assert.equal(layerWords('mdns'), 'Discovery (mDNS)');
});

test('DR-10 that nobody is reached is said once it has lasted, and where there is somebody to reach', () => {
  const shownAt = (over: Over, afterMs: number): boolean => {
    const lone = new Lone();
    lone.look(statusOf(over), 1_000);
    lone.look(statusOf(over), 1_000 + afterMs);
    return lone.isShown;
  };
  assert.equal(shownAt({}, LONE_AFTER_MS - 1), false);
  assert.equal(shownAt({}, LONE_AFTER_MS), true);
  for (const over of [{ standing: null }, { standing: 'removed' }, { members: 1 }, { alive: 2 }, { quarantine: 'twice' }]) assert.equal(shownAt(over, LONE_AFTER_MS), false, JSON.stringify(over));
  assert.equal(shownAt({ standing: 'joining' }, LONE_AFTER_MS), true);
});

test('DR-10 put away it stays so until somebody was reached', () => {
  const lone = new Lone();
  const look = (alive: number, nowMs: number): boolean => {
    lone.look(statusOf({ alive }), nowMs);
    return lone.isShown;
  };
  look(1, 0);
  assert.equal(look(1, LONE_AFTER_MS), true);
  lone.putAway();
  assert.deepEqual([look(1, 90_000), lone.isSo], [false, true]);
  assert.equal(look(2, 91_000), false);
  look(1, 92_000);
  assert.equal(look(1, 92_000 + LONE_AFTER_MS), true);
  lone.look(null, 200_000);
  assert.equal(lone.isShown, false);
});

test('DR-11 the first sync counts from the most that was owed, and ends with being a member like any other', () => {
  const sync = new FirstSync();
  sync.look(statusOf());
  assert.equal(sync.isShown, false);
  sync.look(statusOf({ standing: 'joining', owed: 10 }));
  sync.look(statusOf({ standing: 'joining', owed: 64, sources: 2 }));
  sync.look(statusOf({ standing: 'joining', owed: 16, sources: 1 }));
  assert.deepEqual([sync.isShown, sync.done, sync.most, sync.keysMoved, sync.sources], [true, 48, 64, 5, 1]);
  sync.skip();
  assert.equal(sync.isShown, false);
  sync.look(statusOf());
  sync.look(statusOf({ standing: 'joining', owed: 3 }));
  assert.deepEqual([sync.isShown, sync.most], [true, 3], 'another team, another sync');
});

const REPORT: DoctorReport = {
  at: '', verdict: 'problem', summary: 'Bad', findings: [],
  facts: { keptAddresses: ['/ip4/1.2.3.4/tcp/1'], network: { dials: [] } } as unknown as DoctorReport['facts'],
};
const dialled = (outcome: DialResult['outcome']): DialResult => ({ address: 'a', outcome, member: null, memberName: null, words: 'w', kept: true });

function opened(dial: (address: string) => Promise<DialResult>) {
  const asked: string[] = [];
  const tell = <T>(name: string, answer: T) => (): Promise<T> => Promise.resolve((asked.push(name), answer));
  const client = { doctor: tell('doctor', REPORT), forgetAddress: tell('forget', { keptAddresses: [] }), dial: ({ address }: { address: string }) => (asked.push(`dial ${address}`), dial(address)) };
  const doctor = new Doctor({ client, refreshTeam: () => Promise.resolve(void asked.push('team')) });
  return { doctor, asked };
}

test('DR-9 an address is tried once at a time, and what comes of it is asked for at once', async () => {
  const { doctor, asked } = opened(() => Promise.resolve(dialled('reached')));
  try {
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([doctor.report, doctor.keptAddresses, doctor.canDial], [REPORT, ['/ip4/1.2.3.4/tcp/1'], true]);
    await doctor.dial();
    assert.deepEqual(asked, ['doctor'], 'nothing was typed');
    doctor.address = ' desk:1 ';
    await Promise.all([doctor.dial(), doctor.dial()]);
    assert.deepEqual(asked, ['doctor', 'dial desk:1', 'doctor', 'team']);
    assert.deepEqual([doctor.address, doctor.result?.outcome, doctor.dialling], ['', 'reached', false]);
    await doctor.forget('desk:1');
    assert.deepEqual(asked.slice(-2), ['forget', 'doctor']);
  } finally {
    doctor.close();
  }
});

test('DR-9 what is no address is said beside it, and stays to be mended', async () => {
  const { doctor } = opened((address) => (address === 'x' ? Promise.reject(new Error('no address')) : Promise.resolve(dialled('refused'))));
  try {
    doctor.address = 'x';
    await doctor.dial();
    assert.deepEqual([doctor.refusal, doctor.result, doctor.address], ['no address', null, 'x']);
    doctor.address = 'desk:1';
    await doctor.dial();
    assert.deepEqual([doctor.refusal, doctor.result?.outcome, doctor.address], [null, 'refused', 'desk:1']);
  } finally {
    doctor.close();
  }
});
