/** Files in and out: the words for what came of them, and the state that hands them on. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode, ExportPart, ImportPart, ImportReport } from '../../../../main/api/contract.ts';
import type { SaveOutcome } from '../../../../renderer/components/save-file.ts';
import { CallError } from '../../../../renderer/state/client.ts';
import { codeTrouble, exportName, figuresOf, hopeless } from '../../../../renderer/transfer/words.ts';

const { FileImport } = await import('../../../../renderer/state/file-import.svelte.ts');
const { FileExport } = await import('../../../../renderer/state/file-export.svelte.ts');
const { Overlays } = await import('../../../../renderer/state/overlays.svelte.ts');

const NOTHING: ImportReport = { dryRun: true, lines: 0, written: 0, present: 0, superseded: 0, settings: { written: 0, kept: 0 }, failed: [], failures: 0 };
const failing = (count: number, code: ErrorCode = 'BAD_REQUEST'): ImportReport => ({
  ...NOTHING, lines: count, failures: count, failed: Array.from({ length: Math.min(count, 100) }, (_, index) => ({ line: index + 1, error: { code, message: 'm' } })),
});

test('WN-32 a file of which nothing is any good is given up early, one that has anything good is not', () => {
  assert.equal(hopeless(failing(19), false), null, 'too early to say');
  assert.match(hopeless(failing(20), false)?.title ?? '', /no export/);
  assert.match(hopeless(failing(1), true)?.text ?? '', /only line/);
  assert.match(hopeless(failing(40, 'QUORUM_UNREACHABLE'), false)?.title ?? '', /Too few devices/);
  assert.match(hopeless(failing(3, 'QUORUM_UNREACHABLE'), true)?.title ?? '', /Too few devices/);
  assert.match(hopeless({ ...NOTHING }, true)?.title ?? '', /empty/);
  assert.equal(hopeless({ ...NOTHING }, false), null);
  for (const good of [{ written: 1 }, { present: 1 }, { superseded: 1 }, { settings: { written: 1, kept: 0 } }, { settings: { written: 0, kept: 1 } }]) {
    assert.equal(hopeless({ ...failing(50), ...good }, true), null, JSON.stringify(good));
  }
});

test('WN-32 every failure that a person can do something about says what', () => {
  for (const code of ['QUORUM_UNREACHABLE', 'ENGINE_UNREACHABLE', 'ENGINE_SILENT', 'NOT_FOUND', 'OVERLOADED', 'NO_TEAM', 'STORE_READ_ONLY'] as const) {
    const trouble = codeTrouble(code) ?? assert.fail(code);
    assert.ok(trouble.text.endsWith('.') && trouble.text.length > 40, code);
  }
});

test('WN-31 a report is told in numbers, those that are nothing are left out', () => {
  const report = { ...NOTHING, written: 3, superseded: 2, settings: { written: 0, kept: 1 } };
  assert.deepEqual(figuresOf(report).map(({ id, count }) => [id, count]), [['written', 3], ['present', 0], ['superseded', 2], ['settings-kept', 1]]);
});

test('a file gets a name that any system takes', () => {
  assert.equal(exportName('notes', '2026-11-29T10:00:00.000Z'), 'ringleaf-notes-2026-11-29.jsonl');
  assert.equal(exportName('../a b/\u202e\\', '2026-11-29'), 'ringleaf--a-b--2026-11-29.jsonl');
  assert.equal(exportName(null, '2026-11-29'), 'ringleaf-team-2026-11-29.jsonl');
  assert.ok(exportName('x'.repeat(500), '2026-11-29').length < 100);
});

/** An engine that takes pieces, with or without room at once. */
function importer(script: (bytes: number, calls: number) => Partial<ImportPart> = () => ({})) {
  const pieces: Uint8Array[] = [];
  const stopped: string[] = [];
  let calls = 0;
  let isLast = false;
  let hasRoom = true;
  const api = {
    startImport: () => {
      [isLast, hasRoom] = [false, true];
      return Promise.resolve({ transferId: 't' });
    },
    feedImport: (params: { readonly bytes?: string; readonly isLast?: boolean }): Promise<ImportPart> => {
      calls += 1;
      assert.ok(params.bytes === undefined || hasRoom, 'nothing is handed on without room');
      if (params.bytes !== undefined) pieces.push(Buffer.from(params.bytes, 'base64'));
      isLast ||= params.isLast === true;
      const report = { ...NOTHING, lines: pieces.length, written: pieces.length };
      const part = { report, hasRoom: !isLast && calls % 3 !== 0, isDone: isLast && calls % 3 === 0, ...script(Buffer.concat(pieces).length, calls) };
      ({ hasRoom } = part);
      return Promise.resolve(part);
    },
    stopImport: ({ transferId }: { readonly transferId: string }) => {
      stopped.push(transferId);
      return Promise.resolve({ ...NOTHING, dryRun: false, lines: 7, written: 7 });
    },
  };
  return { api, pieces, stopped };
}

const fileOf = (bytes: Uint8Array<ArrayBuffer>): File => new File([bytes], 'f.jsonl');

test('WN-30 a file is handed on whole, in bounded pieces, and only when there is room', async () => {
  for (const size of [0, 1, 256 * 1024, 700_001]) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => index % 251);
    const { api, pieces, stopped } = importer();
    const state = new FileImport(api);
    await state.check(fileOf(bytes));
    assert.equal(state.stage, 'preview');
    assert.deepEqual(Buffer.concat(pieces), Buffer.from(bytes));
    assert.ok(pieces.every(({ length }) => length <= 256 * 1024));
    assert.equal(state.sent, size);
    assert.deepEqual(stopped, []);
    await state.importNow();
    assert.equal(state.stage, 'done');
  }
});

test('WN-31 a stop says what was written; what a lost engine or a hopeless file means is said too', async () => {
  const stopping = importer((_, calls) => (calls === 2 ? (queueMicrotask(() => state.stop()), {}) : {}));
  const state = new FileImport(stopping.api);
  await state.check(fileOf(new Uint8Array(3_000_000)));
  assert.deepEqual([state.stage, state.report?.written, stopping.stopped], ['stopped', 7, ['t']]);

  const lost = importer(() => { throw new CallError('ENGINE_UNREACHABLE', 'm'); });
  const without = new FileImport(lost.api);
  await without.check(fileOf(new Uint8Array(10)));
  assert.match(without.trouble?.title ?? '', /went away/);

  const foreign = importer(() => ({ report: failing(30) }));
  const kind = new FileImport(foreign.api);
  await kind.check(fileOf(new Uint8Array(3_000_000)));
  assert.deepEqual([kind.stage, kind.trouble?.title, foreign.stopped.length], ['failed', 'This is no export of Ringleaf', 1]);
  assert.equal(foreign.pieces.length, 1, 'nobody waits for the rest');
});

test('WN-32 a file that cannot be read says so', async () => {
  const { api, stopped } = importer();
  const state = new FileImport(api);
  const file = { name: 'f', size: 10, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }) } as unknown as File;
  await state.check(file);
  assert.deepEqual([state.stage, state.trouble?.title, stopped.length], ['failed', 'The file cannot be read', 1]);
});

interface Exporter {
  readonly state: InstanceType<typeof FileExport>;
  readonly script: (ExportPart | CallError)[];
  readonly saved: [string, Promise<string>][];
  /** What comes of saving; a browser tells nothing. */
  readonly outcomes: SaveOutcome[];
}

function exporter(): Exporter {
  const saved: [string, Promise<string>][] = [];
  const outcomes: SaveOutcome[] = [];
  const script: (ExportPart | CallError)[] = [{ text: 'a\n', keys: 1, isDone: false }, { text: 'é\n', keys: 2, isDone: true }];
  const ports = {
    api: {
      startExport: () => Promise.resolve({ transferId: 't' }),
      nextExport: () => {
        const next = script.shift() ?? assert.fail();
        return next instanceof CallError ? Promise.reject(next) : Promise.resolve(next);
      },
      stopExport: () => Promise.resolve({}),
    },
    save: (name: string, file: Blob) => {
      saved.push([name, file.text()]);
      return Promise.resolve<SaveOutcome>(outcomes.shift() ?? { outcome: 'given' });
    },
    now: () => '2026-11-29T00:00:00Z',
  };
  return { state: new FileExport(ports), script, saved, outcomes };
}

test('WN-30 an export is saved whole or not at all', async () => {
  const { state, script, saved } = exporter();
  await state.run('notes');
  assert.deepEqual([state.stage, state.keys, state.bytes], ['done', 2, 5]);
  assert.equal(await saved[0]?.[1], 'a\né\n');
  await state.save();
  assert.equal(saved.length, 2);
  script.push({ text: 'a\n', keys: 1, isDone: false }, new CallError('QUORUM_UNREACHABLE', 'm'));
  await state.run(null);
  assert.deepEqual([state.stage, saved.length], ['failed', 2]);
  assert.match(state.trouble?.text ?? '', /everything or is none/);
});

test('WN-35 a file that nobody said where to, or that could not be written, is at hand to be saved again', async () => {
  const { state, saved, outcomes } = exporter();
  outcomes.push({ outcome: 'cancelled', path: '' }, { outcome: 'failed', path: '/mnt/stick/x.jsonl' }, { outcome: 'saved', path: '/home/ada/x.jsonl' });
  await state.run('notes');
  assert.deepEqual([state.stage, state.trouble, state.path], ['unsaved', null, '']);
  await state.save();
  assert.equal(state.stage, 'unsaved');
  assert.match(state.trouble?.text ?? '', /at \/mnt\/stick\/x\.jsonl\. .*save it somewhere else/);
  await state.save();
  assert.deepEqual([state.stage, state.trouble, state.path], ['done', null, '/home/ada/x.jsonl']);
  outcomes.push({ outcome: 'cancelled', path: '' });
  await state.save();
  assert.deepEqual([state.stage, state.path], ['done', '/home/ada/x.jsonl'], 'it is still where it was saved before');
  outcomes.push({ outcome: 'failed', path: '/mnt/stick/x.jsonl' });
  await state.save();
  assert.deepEqual([state.stage, state.trouble?.title], ['unsaved', 'The file could not be written']);
  assert.deepEqual(await Promise.all(saved.map(([, text]) => text)), Array.from({ length: 5 }, () => 'a\né\n'), 'nothing is fetched again');
});

test('WN-35 while somebody is asked where to, nothing else is begun', async () => {
  const { promise, resolve } = Promise.withResolvers<SaveOutcome>();
  const asking = new FileExport({
    api: { startExport: () => Promise.resolve({ transferId: 't' }), nextExport: () => Promise.resolve({ text: 'a\n', keys: 1, isDone: true }), stopExport: () => Promise.resolve({}) },
    save: () => promise,
    now: () => '2026-11-29T00:00:00Z',
  });
  const running = asking.run(null);
  while (asking.stage !== 'saving') await Promise.resolve();
  await asking.run(null);
  await asking.save();
  assert.deepEqual([asking.stage, asking.isRunning], ['saving', true]);
  resolve({ outcome: 'cancelled', path: '' });
  await running;
  assert.equal(asking.stage, 'unsaved');
});

test('WN-35 what is under way is not replaced by what a menu asks for', () => {
  const overlays = new Overlays();
  overlays.show('import');
  const release = overlays.hold();
  overlays.show('export');
  overlays.showNewKey('');
  assert.equal(overlays.open, 'import');
  release();
  overlays.show('export');
  assert.equal(overlays.open, 'export');
});
