import { homedir } from 'node:os';
import { app } from 'electron';
import { autostartDir, HIDDEN_SWITCH, isAutostartOn, setAutostart } from './autostart.ts';

/** The command that starts this very app again, as it was installed. */
function ownCommand(dataDirArgs: readonly string[]): readonly string[] {
  // An AppImage runs from a folder that is gone at the next login.
  const program = process.env['APPIMAGE'] ?? process.execPath;
  return [program, ...(app.isPackaged ? [] : [app.getAppPath()]), ...dataDirArgs, HIDDEN_SWITCH];
}

export function startsAtLogin(): boolean {
  if (process.platform === 'linux') return isAutostartOn(autostartDir(process.env, homedir()));
  return app.getLoginItemSettings({ args: [HIDDEN_SWITCH] }).openAtLogin;
}

/** @param dataDirArgs Names the data folder when it is not the usual one. @throws when the system refuses. */
export function setStartsAtLogin(on: boolean, dataDirArgs: readonly string[]): void {
  if (process.platform === 'linux') setAutostart(autostartDir(process.env, homedir()), on ? ownCommand(dataDirArgs) : null);
  else app.setLoginItemSettings({ openAtLogin: on, args: [...dataDirArgs, HIDDEN_SWITCH] });
}
