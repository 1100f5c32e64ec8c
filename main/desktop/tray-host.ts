/** Whether this desktop has a place for tray icons. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ASK_TIMEOUT_MS = 2_000;
const WATCHER = 'org.kde.StatusNotifierWatcher';
const DBUS_SEND = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', `string:${WATCHER}`];
const GDBUS = ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.NameHasOwner', WATCHER];

/**
 * On Linux a tray is a service on the session bus, which many desktops do not have; Electron makes an
 * icon all the same, and nobody sees it. When nobody can be asked there is none: a window that was
 * closed into nothing is worse than one that ends the app.
 */
export async function hasTrayHost(platform: NodeJS.Platform): Promise<boolean> {
  if (platform !== 'linux') return true;
  for (const [program, args] of [['dbus-send', DBUS_SEND], ['gdbus', GDBUS]] as const) {
    try {
      const { stdout } = await promisify(execFile)(program, args, { timeout: ASK_TIMEOUT_MS });
      return /\btrue\b/.test(stdout);
    } catch {
      // Not installed, or no bus: the next one may know.
    }
  }
  return false;
}
