import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { autostartDir, autostartText, isAutostartOn, setAutostart } from '../../../../main/desktop/autostart.ts';
import { launchOf } from '../../../../main/launch.ts';

test('DM-8 the folder is that of the XDG specification', () => {
  assert.equal(autostartDir({}, '/home/ada'), '/home/ada/.config/autostart');
  assert.equal(autostartDir({ XDG_CONFIG_HOME: '/x' }, '/home/ada'), '/x/autostart');
  assert.equal(autostartDir({ XDG_CONFIG_HOME: 'relative' }, '/home/ada'), '/home/ada/.config/autostart');
});

test('DM-8 a command is quoted for both readers of the entry', () => {
  const text = autostartText(['/opt/Ring "leaf"/a$b`c\\d', '100%', '--hidden']);
  assert.match(text, /^\[Desktop Entry\]\nType=Application\nName=Ringleaf\n/);
  const exec = /^Exec=(.*)$/m.exec(text)?.[1] ?? '';
  // The reverse, as a desktop does it: the string's escapes, then the quoted arguments.
  const args = [...exec.replaceAll('\\\\', '\\').matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) => quoted.replace(/\\(.)/g, '$1').replaceAll('%%', '%'));
  assert.deepEqual(args, ['/opt/Ring "leaf"/a$b`c\\d', '100%', '--hidden']);
  assert.match(exec, / "100%%" /, 'a percent sign is no field code');
  assert.throws(() => autostartText(['a\nExec=evil']));
});

test('DM-8 switched on the file is there whole, switched off it is gone', () => {
  const home = mkdtempSync(join(tmpdir(), 'ringleaf-autostart-'));
  try {
    const folder = autostartDir({}, home);
    assert.equal(isAutostartOn(folder), false);
    setAutostart(folder, ['/usr/bin/ringleaf', '--hidden']);
    assert.equal(isAutostartOn(folder), true);
    assert.deepEqual(readdirSync(folder), ['ringleaf.desktop'], 'nothing half-written is left');
    assert.match(readFileSync(join(folder, 'ringleaf.desktop'), 'utf8'), /^Exec="\/usr\/bin\/ringleaf" "--hidden"$/m);
    setAutostart(folder, null);
    setAutostart(folder, null);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('DM-8 a start at login comes up hidden, on the same data folder, and no link can ask for it', () => {
  const surroundings = { env: {}, appData: '/app' };
  assert.equal(launchOf(['ringleaf', '--hidden'], surroundings).hidden, true);
  assert.equal(launchOf(['ringleaf', 'ringleaf://join/a', '--hidden'], surroundings).hidden, false);
  assert.deepEqual(launchOf(['ringleaf'], surroundings).dataDirArgs, []);
  assert.deepEqual(launchOf(['ringleaf', '--data-dir', '/d'], surroundings).dataDirArgs, ['--data-dir', '/d']);
});
