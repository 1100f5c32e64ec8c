/** Exports and imports in pieces, as a window asks for them. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import type { ImportPart } from '../../../../main/api/contract.ts';
import { FORGOTTEN_AFTER_MS, transferCalls, WINDOW_TRANSFERS_MAX, type TransferCalls } from '../../../../main/api/transfer-calls.ts';
import { keyLine } from '../../../../main/api/backup-line.ts';
import type { Engine } from '../../../../main/member/engine.ts';
import type { BackupSibling, Command, IndexEntry, Outcome } from '../../../../p2p/index.ts';

const sibling = (text: string): BackupSibling => ({ dot: 'a:1', value: Buffer.from(text), contentType: 't/x', writtenBy: 'm1', writtenAt: 1_000, writeId: 'w', seen: '' });
const lineOf = (key: string, text = key): string => keyLine('b', key, { kind: 'exported', context: 'ctx', siblings: [sibling(text)] });
const entryOf = (key: string): IndexEntry => ({ key, live: 1, siblings: 1, contentType: 't/x', size: 1, writtenBy: 'm1', writtenAt: 0, hash: new Uint8Array(8) });

function engineOf(answer: (command: Command) => Outcome | Promise<Outcome>): Engine {
  return { execute: (command: Command) => Promise.resolve(answer(command)) } as unknown as Engine;
}

/** One bucket with these values, by key. */
function holding(values: ReadonlyMap<string, string>): Engine {
  return engineOf((command) => {
    if (command.kind === 'buckets') return { kind: 'buckets', buckets: ['b'], configured: [], partial: [] };
    if (command.kind === 'list') return { kind: 'listed', entries: [...values.keys()].map(entryOf), next: undefined, partial: [] };
    if (command.kind === 'export') return { kind: 'exported', context: 'ctx', siblings: [sibling(values.get(command.key) ?? '')] };
    throw new Error(command.kind);
  });
}

const taking = (): { engine: Engine; keys: string[] } => {
  const keys: string[] = [];
  const engine = engineOf((command) => {
    if (command.kind === 'import') keys.push(command.key);
    return { kind: 'imported', written: 1, present: 0, superseded: 0 };
  });
  return { engine, keys };
};

async function feedAll(calls: TransferCalls, transferId: string, pieces: readonly Uint8Array[]): Promise<ImportPart> {
  let part: ImportPart = await calls.feedImport({ transferId });
  for (const [index, bytes] of pieces.entries()) {
    while (!part.hasRoom) part = await calls.feedImport({ transferId });
    part = await calls.feedImport({ transferId, bytes, isLast: index === pieces.length - 1 });
  }
  while (!part.isDone) part = await calls.feedImport({ transferId });
  return part;
}

test('WN-30 the pieces of an export are the file, cut between characters and never long', async () => {
  for (const before of ['', 'x']) {
    const values = new Map([['a', before + '🍃'.repeat(300_000)], ['b', 'x'], ['c', 'é'.repeat(500_000)]]);
    const calls = transferCalls(() => holding(values));
    const { transferId } = await calls.startExport({});
    let file = '';
    for (let parts = 0, isDone = false; !isDone; parts += 1) {
      assert.ok(parts < 100);
      const part = await calls.nextExport({ transferId });
      assert.ok(part.text.length <= 256 * 1024 && part.text.isWellFormed());
      file += part.text;
      if (part.isDone) assert.equal(part.keys, 3);
      ({ isDone } = part);
    }
    assert.equal(file, [...values].map(([key, text]) => lineOf(key, text)).join(''));
    await assert.rejects(async () => calls.nextExport({ transferId }), { code: 'NOT_FOUND' });
  }
});

test('WN-30 an export that cannot go on says why, and is over', async () => {
  const calls = transferCalls(() => engineOf(() => ({ kind: 'buckets', buckets: [], configured: [], partial: [7] })));
  const { transferId } = await calls.startExport({});
  await assert.rejects(async () => calls.nextExport({ transferId }), { code: 'QUORUM_UNREACHABLE' });
  await assert.rejects(async () => calls.nextExport({ transferId }), { code: 'NOT_FOUND' });
});

test('WN-30 an import takes a file in pieces of any size, and its numbers are those of the whole', async () => {
  const file = Buffer.from(Array.from({ length: 200 }, (_, index) => lineOf(`k${index}`, '🍃')).join('') + 'no json\n');
  for (const size of [1_000, 101, file.length]) {
    const { engine, keys } = taking();
    const calls = transferCalls(() => engine);
    const { transferId } = await calls.startImport({ dryRun: false });
    const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, index) => file.subarray(index * size, (index + 1) * size));
    const { report } = await feedAll(calls, transferId, pieces);
    assert.deepEqual([report.lines, report.written, report.failures, report.failed[0]?.line], [201, 200, 1, 201]);
    assert.equal(keys.length, 200);
  }
});

test('WN-30 a page that hands on more than there is room for is refused, and what waits stays bounded', async () => {
  const calls = transferCalls(() => engineOf(() => new Promise<Outcome>(() => undefined)));
  const { transferId } = await calls.startImport({ dryRun: false });
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, index) => lineOf(`k${index}`, 'x'.repeat(20_000))).join(''));
  let part = await calls.feedImport({ transferId, bytes });
  let handedOn = 1;
  while (part.hasRoom) {
    part = await calls.feedImport({ transferId, bytes });
    handedOn += 1;
    assert.ok(handedOn < 5);
  }
  await assert.rejects(async () => calls.feedImport({ transferId, bytes }), { code: 'BAD_REQUEST' });
});

test('WN-31 a stopped import says what was written until then, and takes no more', async () => {
  const waiting: (() => void)[] = [];
  const engine = engineOf(() => new Promise<Outcome>((resolve) => waiting.push(() => resolve({ kind: 'imported', written: 1, present: 0, superseded: 0 }))));
  const calls = transferCalls(() => engine);
  const { transferId } = await calls.startImport({ dryRun: false });
  const bytes = Buffer.from(Array.from({ length: 40 }, (_, index) => lineOf(`k${index}`)).join(''));
  await calls.feedImport({ transferId, bytes });
  await sleep(20);
  const stopped = calls.stopImport({ transferId });
  for (let turn = 0; turn < 200; turn += 1) {
    waiting.shift()?.();
    await sleep(0);
  }
  const report = await stopped;
  assert.ok(report.written >= 16, String(report.written));
  assert.equal(report.failures, 0, 'what was broken off is no faulty line');
  assert.deepEqual(waiting, []);
  await assert.rejects(async () => calls.feedImport({ transferId }), { code: 'NOT_FOUND' });
});

test('WN-30 only so many at once; a page that is gone keeps no place', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const calls = transferCalls(() => taking().engine);
  const start = async (): Promise<unknown> => calls.startImport({ dryRun: true });
  for (let count = 0; count < WINDOW_TRANSFERS_MAX; count += 1) await start();
  await assert.rejects(start(), { code: 'OVERLOADED' });
  await assert.rejects(async () => calls.startExport({}), { code: 'OVERLOADED' });
  t.mock.timers.tick(FORGOTTEN_AFTER_MS);
  await start();
});
