import { app, Menu, type MenuItemConstructorOptions } from 'electron';

/** Editing and window commands of the OS. Every command of the interface is in its own palette. */
export function setMenu(): void {
  const mac: MenuItemConstructorOptions[] = process.platform === 'darwin' ? [{ role: 'appMenu' }] : [];
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
  ];
  const debugging: MenuItemConstructorOptions[] = [{ role: 'reload' }, { role: 'toggleDevTools' }];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      ...mac,
      { role: 'fileMenu' },
      { role: 'editMenu' },
      { label: 'View', submenu: app.isPackaged ? view : [...view, ...debugging] },
      { role: 'windowMenu' },
    ]),
  );
}
