import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import type { DesktopCommand } from './desktop/contract.ts';

export interface MenuActions {
  readonly onRoute: (route: string) => void;
  readonly onCommand: (command: DesktopCommand) => void;
  readonly onSaveDiagnostics: () => void;
  readonly onShowLog: () => void;
}

/** Screens, in the order of the window's navigation. */
const SCREENS = [
  ['Keys', '#/keys'],
  ['Conflicts', '#/conflicts'],
  ['Team', '#/team'],
  ['Ring', '#/ring'],
  ['Activity', '#/activity'],
] as const;

/** The OS's commands with their standard roles, and the app's own with their shortcuts. */
export function setMenu(actions: MenuActions): void {
  const isMac = process.platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    label: 'Settings…',
    accelerator: 'CmdOrCtrl+,',
    click: () => actions.onRoute('#/settings'),
  };
  const macApp: MenuItemConstructorOptions = {
    role: 'appMenu',
    submenu: [{ role: 'about' }, { type: 'separator' }, settings, { type: 'separator' }, { role: 'services' }, { type: 'separator' }, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, { type: 'separator' }, { role: 'quit' }],
  };
  const file: MenuItemConstructorOptions[] = [
    { label: 'New Key…', accelerator: 'CmdOrCtrl+N', click: () => actions.onCommand('new-key') },
    { label: 'Import Records…', click: () => actions.onCommand('import') },
    { label: 'Export Records…', click: () => actions.onCommand('export') },
    { type: 'separator' },
    ...(isMac ? [{ role: 'close' } as const] : [settings, { type: 'separator' } as const, { role: 'close' } as const, { role: 'quit' } as const]),
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...(isMac ? [macApp] : []),
      { role: 'fileMenu', submenu: file },
      { role: 'editMenu' },
      { label: 'View', submenu: viewMenu() },
      { label: 'Go', submenu: goMenu(actions) },
      { role: 'windowMenu' },
      { role: 'help', submenu: helpMenu(actions) },
    ]),
  );
}

function viewMenu(): MenuItemConstructorOptions[] {
  const view: MenuItemConstructorOptions[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }];
  return app.isPackaged ? view : [...view, { role: 'reload' }, { role: 'toggleDevTools' }];
}

/** What the page's own keys do already is only shown beside the item. */
function goMenu({ onRoute, onCommand }: MenuActions): MenuItemConstructorOptions[] {
  return [
    { label: 'Find or Do…', accelerator: 'CmdOrCtrl+K', registerAccelerator: false, click: () => onCommand('palette') },
    { type: 'separator' },
    ...SCREENS.map(([label, route], at) => ({ label, accelerator: `CmdOrCtrl+${at + 1}`, click: () => onRoute(route) })),
  ];
}

function helpMenu({ onCommand, onSaveDiagnostics, onShowLog }: MenuActions): MenuItemConstructorOptions[] {
  return [
    { label: 'Keyboard Shortcuts', click: () => onCommand('help') },
    { type: 'separator' },
    { label: 'Save Diagnostics…', click: onSaveDiagnostics },
    { label: 'Show Log', click: onShowLog },
  ];
}
