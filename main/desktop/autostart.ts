/**
 * Start at login on Linux: a file as the freedesktop.org Autostart and Desktop Entry specifications
 * say. Elsewhere Electron does it (`app.setLoginItemSettings`).
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../whole-file.ts';

export const AUTOSTART_FILE = 'ringleaf.desktop';
/** Comes up in the tray, without a window; without a tray the window opens all the same. */
export const HIDDEN_SWITCH = '--hidden';

type Env = Readonly<Record<string, string | undefined>>;

export function autostartDir(env: Env, home: string): string {
  const asked = env['XDG_CONFIG_HOME'];
  // The specification: what is not absolute is ignored.
  return join(asked?.startsWith('/') === true ? asked : join(home, '.config'), 'autostart');
}

/** @param command The program and its arguments, unquoted. @throws when one holds a control character. */
export function autostartText(command: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Ringleaf',
    'Comment=Keeps your team’s records in step',
    `Exec=${command.map(execArgument).join(' ')}`,
    'Icon=ringleaf',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * Quoted twice, as the specification asks: for the argument, and for the string that holds it.
 * A `%` begins a field code.
 */
function execArgument(argument: string): string {
  if (/\p{Cc}/u.test(argument)) throw new Error('a command of a desktop entry holds no control character');
  const quoted = argument.replace(/["`$\\]/g, '\\$&');
  return `"${quoted}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}

export function isAutostartOn(folder: string): boolean {
  return existsSync(join(folder, AUTOSTART_FILE));
}

/** @throws as `fs`, when the folder cannot be written. */
export function setAutostart(folder: string, command: readonly string[] | null): void {
  const file = join(folder, AUTOSTART_FILE);
  if (command === null) rmSync(file, { force: true });
  else writeWhole(file, autostartText(command), 0o644);
}
