import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diagnosticsText, redactedLine, redactedOptions } from '../../../../main/desktop/diagnostics.ts';
import { LOG_FILES_KEPT, lineCutter, LogFile } from '../../../../main/desktop/log-file.ts';

function inFolder(check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'ringleaf-log-'));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('DM-9 the log never takes more than its files may, and goes on where it ended', () => {
  inFolder((folder) => {
    const file = join(folder, 'logs', 'ringleaf.log');
    for (let start = 0; start < 3; start += 1) {
      const log = new LogFile(file, 1_000);
      for (let nth = 0; nth < 200; nth += 1) log.write(`line ${start} ${nth}\n`);
    }
    const files = readdirSync(join(folder, 'logs'));
    assert.deepEqual(files.sort(), ['ringleaf.log', ...Array.from({ length: LOG_FILES_KEPT }, (_, nth) => `ringleaf.log.${nth + 1}`)]);
    for (const name of files) assert.ok(statSync(join(folder, 'logs', name)).size <= 1_000);
    const tail = new LogFile(file, 1_000).tail(1_500);
    assert.equal(tail.at(-1), 'line 2 199');
    assert.match(tail[0] ?? '', /^line 2 \d+$/, 'whole lines only');
    assert.ok(tail.join('\n').length <= 1_500 && tail.length > 90, 'it reaches into the file before');
  });
});

test('DM-9 a line is bounded, and a disk that refuses costs only the log', () => {
  inFolder((folder) => {
    const log = new LogFile(join(folder, 'a.log'), 100_000);
    log.write('x'.repeat(1_000_000));
    assert.ok(statSync(log.path).size < 20_000);
    writeFileSync(join(folder, 'file'), '');
    const refused = new LogFile(join(folder, 'file', 'b.log'));
    refused.write('lost');
    assert.deepEqual(refused.tail(100), []);
  });
});

test('DM-9 bytes are cut into lines, however they come', () => {
  const lines: string[] = [];
  const cut = lineCutter((line) => lines.push(line));
  for (const text of ['a', 'b\nc\n\nd', 'e\n', 'y'.repeat(40_000)]) cut(text);
  assert.deepEqual(lines.map((line) => line.slice(0, 3)), ['ab', 'c', '', 'de', 'yyy']);
});

const SECRETS = {
  key: 'payroll-2026', value: 'the-salary-of-cleo', token: '9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c', invite: 'rlABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789',
  team: 'Orchard Secret Team', home: '/home/cleopatra', device: 'Cleo laptop', bucket: 'wages-bucket',
};

test('DM-10 the diagnostics hold what helps, and no key, value, invite, token, name or path', () => {
  const { key, value, token, invite, team, home, device, bucket } = SECRETS;
  const line = (facts: object): string => JSON.stringify({ level: 50, time: 1, pid: 7, name: device, ...facts });
  const text = diagnosticsText({
    at: new Date(0),
    version: '1.2.3',
    versions: { electron: '45.0.0', node: '24.0.0', ...({ [token]: token } as object) },
    platform: 'linux',
    arch: 'x64',
    osRelease: '6.1',
    settings: { notifications: true },
    memberArgs: ['--data-dir', home, '--name', device, '--join', `ringleaf://join/${invite}`, '--listen', '/ip4/0.0.0.0/tcp/0', '--no-mdns', `--create-team=${team}`],
    status: {
      memberId: '12D3KooWMember', name: device, dataDir: home, version: '1.2.3', team: { teamId: 'tid', name: team, partitions: 1024 },
      membership: { status: 'removed', removed: { byName: device } }, hints: { '12D3KooWBen': 4 }, counts: { keys: 12 }, closing: { verdict: 'here-only', isSafe: false, detail: `${device} has it not` },
      disk: { readOnly: `${home}/store is full`, corruptRecords: 1 }, warnings: [`set aside ${home}`], [key]: value,
    },
    doctor: {
      at: 'then', verdict: 'problem', summary: `${device} is away`,
      findings: [{ id: 'away', severity: 'note', layer: 'network', title: `${device} is away`, seen: [`${device} at ${home}`], todo: [value] }],
      facts: {
        release: token, keptAddresses: [`/dns/${value}/tcp/1`], interfaces: [{ name: device, address: '192.168.1.5', prefix: 24, internal: false }],
        members: [{ memberId: '12D3KooWBen', name: device, self: false, status: 'up', liveness: 'down', addresses: [`/dns/${key}/tcp/1`], clockOffsetMs: 7, release: token }],
        disk: { readOnly: `${home}/store is full`, corruptRecords: 1, freeBytes: 5 },
        network: { sinceMs: 1, mdns: { on: true, heard: 0, lastAgoMs: null }, otherTeams: { devices: 0, lastAgoMs: null }, dials: [{ member: null, addresses: [`/dns/${value}/tcp/1`], byHand: true, outcome: 'refused', failures: 2, agoMs: 3 }], refusals: [] },
        [key]: value,
      },
    },
    logLines: [
      line({ msg: 'A call failed.', err: { type: 'TypeError', code: 'E1', message: `bad value ${value} of ${key}`, stack: `TypeError: ${value}\n    at put (file://${home}/app/put.js:10:5)\n    at node:internal/x:1:1` } }),
      line({ msg: `Joined by ringleaf://join/${invite} from ${home}/x with ${token}`, key, bucket, value, team }),
      line({ msg: `Another Ringleaf runs on "${value}"` }),
      line({ msg: 'fine', code: 'STORE_LOCKED', peer: '12D3KooWBenBenBen', by: value.repeat(9) }),
      `Uncaught ${value} ${key}`,
      `    at thing ${value}`,
      `{"level":30,"msg":"${key}`,
    ],
  });
  for (const [what, secret] of Object.entries(SECRETS)) assert.equal(text.includes(secret), false, `${what} leaked:\n${text}`);
  const bundle = JSON.parse(text) as { status: Record<string, unknown>; doctor: Record<string, unknown>; log: Record<string, unknown>[]; options: string[]; system: object };
  assert.deepEqual(bundle.system, { platform: 'linux', arch: 'x64', osRelease: '6.1', electron: '45.0.0', node: '24.0.0' });
  assert.deepEqual(bundle.status['counts'], { keys: 12 });
  assert.deepEqual(bundle.status['closing'], { verdict: 'here-only', isSafe: false });
  assert.deepEqual(bundle.status['disk'], { readOnly: true, corruptRecords: 1 });
  assert.deepEqual(bundle.doctor['findings'], [{ id: 'away', severity: 'note', layer: 'network' }]);
  assert.deepEqual((bundle.doctor['network'] as { dials: unknown }).dials, [{ member: null, byHand: true, outcome: 'refused', failures: 2, agoMs: 3 }]);
  assert.equal(bundle.log[0]?.['msg'], 'A call failed.');
  assert.deepEqual(bundle.log[0]?.['err'], { type: 'TypeError', code: 'E1', at: ['at put (put.js:10:5)', 'at node:internal/x:1:1'] });
  assert.deepEqual([bundle.log[3]?.['code'], bundle.log[3]?.['peer'], bundle.log[3]?.['by']], ['STORE_LOCKED', '12D3KooWBenBenBen', undefined]);
  assert.ok(bundle.options.includes('/ip4/0.0.0.0/tcp/0') && bundle.options.includes('--create-team'));
});

test('DM-10 a value of an option is shown only where it says nothing of anybody', () => {
  assert.deepEqual(redactedOptions(['--join', 'x', '--weight', '2', '--name=Cleo']), ['--join', '[left out]', '--weight', '2', '--name']);
  assert.equal(redactedLine('secret words'), '[left out: 12 characters]');
});
