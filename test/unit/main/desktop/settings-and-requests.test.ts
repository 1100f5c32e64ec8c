import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { cliArgsOf } from '../../../../main/desktop/cli-mode.ts';
import { MemberLink } from '../../../../main/desktop/member-link.ts';
import { pageRequestOf } from '../../../../main/desktop/page-request.ts';
import { SETTINGS_DEFAULT, SettingsFile, settingsOf } from '../../../../main/desktop/settings.ts';
import { packageFolderOf } from '../../../../main/licences.ts';

test('DM-11 settings are kept, and a broken file or field is its default', () => {
  for (const text of ['', '{', 'null', '[]', '{"notifications":"yes"}']) assert.deepEqual(settingsOf(text), SETTINGS_DEFAULT);
  assert.deepEqual(settingsOf('{"keyNames":false,"closeToTray":7}'), { ...SETTINGS_DEFAULT, keyNames: false });
  const folder = mkdtempSync(join(tmpdir(), 'ringleaf-settings-'));
  try {
    const file = join(folder, 'desktop.json');
    new SettingsFile(file).change({ closeToTray: true });
    assert.equal(new SettingsFile(file).now.closeToTray, true);
    assert.match(readFileSync(file, 'utf8'), /"closeToTray": true/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('DM-12 the page may ask for what its switches and buttons do, and for nothing else', () => {
  assert.deepEqual(pageRequestOf({ type: 'state' }), { type: 'state' });
  assert.deepEqual(pageRequestOf({ type: 'change', change: { keyNames: false, startAtLogin: undefined } }), { type: 'change', change: { keyNames: false } });
  for (const bad of [null, 'state', {}, { type: 'quit' }, { type: 'change' }, { type: 'change', change: { path: '/x' } }, { type: 'change', change: { keyNames: 1 } }, { type: 'state', path: '/etc' }]) {
    assert.equal(pageRequestOf(bad), null, JSON.stringify(bad));
  }
});

test('DM-13 the command line is asked for by the launcher only, and takes everything after it', () => {
  assert.deepEqual(cliArgsOf(['/opt/ringleaf', '--ringleaf-cli', '--', 'put', 'b', '--type', 't']), ['put', 'b', '--type', 't']);
  assert.deepEqual(cliArgsOf(['electron', '/app', '--ringleaf-cli', '--']), []);
  for (const argv of [['/opt/ringleaf'], ['/opt/ringleaf', '--ringleaf-cli'], ['/opt/ringleaf', '--', '--ringleaf-cli'], ['/opt/ringleaf', 'ringleaf://join/a', '--', 'start']]) {
    assert.equal(cliArgsOf(argv), null, argv.join(' '));
  }
});

test('DM-1 a link to the member ends every question: by its answer, the end of the member, or the time', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const sent: { id: number }[] = [];
    let receive = (_data: unknown): void => assert.fail('not listening');
    let end = (): void => assert.fail('not listening');
    const events: unknown[] = [];
    const link = new MemberLink(
      { onMessage: (handler) => (receive = handler), onClose: (handler) => (end = handler), send: (frame) => sent.push(frame as { id: number }), close: () => undefined },
      (event) => events.push(event),
    );
    const [answered, refused, silent, lost] = ['status', 'status', 'status', 'status'].map(() => link.call('status', {}));
    receive({ id: sent[0]!.id, result: 1 });
    receive({ id: sent[1]!.id, error: { code: 'NO_TEAM' } });
    receive({ event: { type: 'team' } });
    for (const junk of [null, 1, {}, { id: 99, result: 1 }]) receive(junk);
    assert.equal(await answered, 1);
    await assert.rejects(refused!, /refused/);
    assert.deepEqual(events, [{ type: 'team' }]);
    silent!.catch(() => undefined);
    lost!.catch(() => undefined);
    mock.timers.tick(60_000);
    await assert.rejects(silent!, /silent/);
    const pending = link.call('status', {});
    end();
    await assert.rejects(pending, /gone/);
    await assert.rejects(link.call('status', {}), /cannot be asked/);
  } finally {
    mock.timers.reset();
  }
});

test('DM-14 the package of a bundled module is the innermost', () => {
  assert.equal(packageFolderOf('/p/node_modules/a/node_modules/@s/b/x/y.js?v=1'), '/p/node_modules/a/node_modules/@s/b');
  assert.equal(packageFolderOf('\0/p/node_modules/a/x.js'), '/p/node_modules/a');
  assert.equal(packageFolderOf('/p/main/index.ts'), null);
});
