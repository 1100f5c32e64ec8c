import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { importCommand, keyLine, settingsLine } from '../../../../main/api/backup-line.ts';
import { exportLines } from '../../../../main/api/transfer-export.ts';
import { importLines } from '../../../../main/api/transfer-import.ts';
import type { Engine } from '../../../../main/member/engine.ts';
import type { BackupSibling, Command, IndexEntry, Outcome } from '../../../../p2p/index.ts';
import { STAMP_MAX } from '../../../../p2p/index.ts';

const SETTINGS = { n: 1, r: 'one', w: 'any', sloppy: false, resolution: 'lww', historyVersions: 5, historyDays: 60 } as const;

function engineOf(answer: (command: Command) => Outcome | Promise<Outcome>): Engine {
  return { execute: (command: Command) => Promise.resolve(answer(command)) } as unknown as Engine;
}

function sibling(key: string): BackupSibling {
  return { dot: 'a:1', value: Buffer.from(key), contentType: 't/x', writtenBy: 'm1', writtenAt: 1_000, writeId: 'w', seen: '' };
}

const entry = (key: string, live = 1): IndexEntry => ({
  key, live, siblings: 1, contentType: 't/x', size: 1, writtenBy: 'm1', writtenAt: 0, hash: new Uint8Array(8),
});

/** A team with these keys, two a page. */
function holding(keys: readonly string[], change: (command: Command) => Outcome | undefined = () => undefined): Engine {
  return engineOf((command) => {
    const changed = change(command);
    if (changed !== undefined) return changed;
    switch (command.kind) {
      case 'buckets':
        return { kind: 'buckets', buckets: ['b'], configured: [{ bucket: 'z', settings: SETTINGS }], partial: [] };
      case 'list': {
        const all = command.bucket === 'b' && command.withDeleted === true ? keys.filter((key) => command.after === undefined || key > command.after) : [];
        const [page, next] = [all.slice(0, 2), all.length > 2 ? all[1] : undefined];
        return { kind: 'listed', entries: page.map((key) => entry(key, key === 'gone' ? 0 : 1)), next, partial: [] };
      }
      case 'export': {
        const one = sibling(command.key);
        return { kind: 'exported', context: 'ctx', siblings: [command.key === 'gone' ? { ...one, value: undefined, contentType: '' } : one] };
      }
      default:
        throw new Error(command.kind);
    }
  });
}

async function exported(engine: Engine, bucket?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of exportLines(engine, bucket)) lines.push(text);
  return lines;
}

async function* bodyOf(...lines: readonly string[]): AsyncGenerator<Buffer, void> {
  for (const line of lines) yield await Promise.resolve(Buffer.from(line.endsWith('\n') ? line : `${line}\n`));
}

const keyLineOf = (key: string, change: object = {}): string =>
  JSON.stringify({ ...JSON.parse(keyLine('b', key, { kind: 'exported', context: 'ctx', siblings: [sibling(key)] })), ...change });

test('BK-8 an export has all pages in order, deleted keys, and settings of buckets without keys', async () => {
  const lines = (await exported(holding(['a', 'b', 'c', 'gone', 'x']))).map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ key, bucket }) => key ?? bucket), ['a', 'b', 'c', 'gone', 'x', 'z']);
  assert.deepEqual(lines[3].siblings[0].deleted, true);
  assert.deepEqual(lines[5].settings, SETTINGS);
});

test('BK-8 an export breaks off at what cannot be reached', async () => {
  const refused: Outcome = { kind: 'unreachable', needed: 2, acks: 1, durable: 0 };
  const broken: ((command: Command) => Outcome | undefined)[] = [
    (command) => (command.kind === 'export' && command.key === 'c' ? refused : undefined),
    (command) => (command.kind === 'buckets' ? { kind: 'buckets', buckets: ['b'], configured: [], partial: [3] } : undefined),
    (command) => (command.kind === 'list' ? { kind: 'listed', entries: [], next: undefined, partial: [3] } : undefined),
  ];
  for (const change of broken) await assert.rejects(exported(holding(['a', 'b', 'c'], change)), { code: 'QUORUM_UNREACHABLE' });
});

test('BK-2 a line says all that there was: any bytes, types, times and ids', () => {
  const one = fc.record<BackupSibling>({
    dot: fc.integer({ min: 1 }).map((count) => `a:${count}`),
    value: fc.option(fc.oneof(fc.uint8Array(), fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text))), { nil: undefined }),
    contentType: fc.constantFrom('t/x', 'a'),
    writtenBy: fc.constantFrom('m1', '12D3KooW'),
    writtenAt: fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    writeId: fc.string({ unit: 'grapheme', maxLength: 8 }),
    seen: fc.constantFrom('', 'AbC-_1'),
    stamp: fc.integer({ min: 0, max: STAMP_MAX }),
  }, { requiredKeys: ['dot', 'value', 'contentType', 'writtenBy', 'writtenAt', 'writeId', 'seen'] });
  fc.assert(fc.property(fc.array(one, { minLength: 1 }), (siblings) => {
    const line = keyLine('b', 'k', { kind: 'exported', context: 'ctx', siblings });
    const command = importCommand({ number: 1, bytes: Buffer.from(line) }, true);
    const plain = siblings.map(({ value, contentType, ...rest }) => ({
      ...rest, value: value && Buffer.from(value), contentType: value === undefined ? '' : contentType,
    }));
    assert.deepEqual(command, { kind: 'import', bucket: 'b', key: 'k', context: 'ctx', siblings: plain, dryRun: true });
  }));
  const nulls = keyLine('b', 'k', { kind: 'exported', context: 'ctx', siblings: [{ ...sibling('k'), value: Buffer.alloc(1_000) }] });
  assert.ok(nulls.length < 2_000, 'escapes do not blow a line up');
  assert.deepEqual(importCommand({ number: 1, bytes: Buffer.from(settingsLine('b', SETTINGS)) }, false), {
    kind: 'import-bucket', bucket: 'b', settings: SETTINGS, dryRun: false,
  });
});

test('BK-11 lines of another shape fail, each on its own', async () => {
  const good = JSON.parse(keyLineOf('k')).siblings[0];
  const bad = [
    'null', '[]', '"x"', '1', '{}', 'not json', '{"bucket":"b","key":"k"}',
    keyLineOf('k', { key: '' }), keyLineOf('k', { key: 'a\u0000' }), keyLineOf('k', { bucket: 1 }), keyLineOf('k', { context: '!' }),
    keyLineOf('k', { context: 'x'.repeat(70_000) }), keyLineOf('k', { siblings: [] }), keyLineOf('k', { siblings: {} }),
    ...[
      { deleted: true }, { value: null }, { value: 1 }, { encoding: 'hex' }, { value: '!', encoding: 'base64' }, { contentType: '' },
      { writtenBy: 'a\r\nb' }, { writtenBy: '' }, { writtenAt: 'yesterday' }, { writtenAt: '2026-13-99T00:00:00Z' }, { writtenAt: 5 },
      { dot: 7 }, { dot: 'a'.repeat(100) }, { writeId: 'x'.repeat(65) }, { writeId: '\ud800' }, { seen: '?' }, { value: 'x'.repeat(1_048_577) },
      { stamp: STAMP_MAX + 1 }, { stamp: -1 }, { stamp: 0.5 },
    ].map((change) => keyLineOf('k', { siblings: [{ ...good, ...change }] })),
    '{"bucket":"b","settings":{}}', `{"bucket":"b","settings":${JSON.stringify({ ...SETTINGS, n: 0 })}}`,
    `{"bucket":"b","settings":${JSON.stringify({ ...SETTINGS, more: 1 })}}`,
  ];
  const asked: Command[] = [];
  const engine = engineOf((command) => {
    asked.push(command);
    return { kind: 'imported', written: 1, present: 2, superseded: 3 };
  });
  const report = await importLines(engine, bodyOf(...bad, '', keyLineOf('fine')), false);
  assert.deepEqual(report.failed.map(({ line }) => line), bad.map((_, index) => index + 1));
  assert.ok(report.failed.every(({ error }) => ['BAD_REQUEST', 'VALUE_TOO_LARGE'].includes(error.code)));
  assert.deepEqual([report.lines, report.failures, report.written, report.present, report.superseded], [bad.length + 1, bad.length, 1, 2, 3]);
  assert.deepEqual(asked.map((command) => command.kind === 'import' && command.key), ['fine']);
});

test('lines of one key go in turn, others together and no more than 16; settings alone', async () => {
  const underWay = new Set<string>();
  let most = 0;
  const engine = engineOf(async (command) => {
    assert.ok(command.kind === 'import' || command.kind === 'import-bucket');
    const id = command.kind === 'import' ? command.key : 'settings';
    assert.ok(!underWay.has(id), `${id} twice at once`);
    if (id === 'settings') assert.equal(underWay.size, 0);
    underWay.add(id);
    most = Math.max(most, underWay.size);
    await new Promise((resolve) => setTimeout(resolve, 1));
    underWay.delete(id);
    return command.kind === 'import' ? { kind: 'imported', written: 1, present: 0, superseded: 0 } : { kind: 'bucket-imported', isTaken: true };
  });
  const keys = Array.from({ length: 100 }, (_, index) => keyLineOf(`k${index}`));
  const report = await importLines(engine, bodyOf(...keys, ...Array.from({ length: 5 }, () => keyLineOf('same')), settingsLine('b', SETTINGS), ...keys), false);
  assert.deepEqual([report.lines, report.written, report.failures, report.settings.written], [206, 205, 0, 1]);
  assert.ok(most > 8 && most <= 16, String(most));
});

test('a core that is full is asked again', async () => {
  let times = 0;
  const engine = engineOf(() => {
    times += 1;
    return times % 3 === 0 ? { kind: 'imported', written: 1, present: 0, superseded: 0 } : { kind: 'overloaded', message: 'm' };
  });
  const report = await importLines(engine, bodyOf(keyLineOf('a'), keyLineOf('b')), false);
  assert.deepEqual([report.written, report.failures], [2, 0]);
});

test('BK-10 what the core refuses is said with its line, 100 times at most', async () => {
  const engine = engineOf(() => ({ kind: 'unreachable', needed: 2, acks: 1, durable: 0 }));
  const report = await importLines(engine, bodyOf(...Array.from({ length: 150 }, (_, index) => keyLineOf(`k${index}`))), true);
  assert.deepEqual([report.failures, report.failed.length, report.failed[0]?.line, report.failed[0]?.error.code], [150, 100, 1, 'QUORUM_UNREACHABLE']);
});
