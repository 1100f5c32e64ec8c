import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, Tray } from 'electron';
import type { TrayAction, TrayItem, TrayModel } from './tray-model.ts';

/** The icon; made once there is a model, and changed only when the model did. */
export class TrayIcon {
  readonly #folder: string;
  readonly #onAction: (action: TrayAction) => void;
  #tray: Tray | null = null;
  #shown = '';

  /** @param folder With `fine.png`, `conflicts.png`, … and their `@2x`. */
  constructor(folder: string, onAction: (action: TrayAction) => void) {
    this.#folder = folder;
    this.#onAction = onAction;
  }

  /** @throws when the desktop refuses an icon. */
  show(model: TrayModel): void {
    const text = JSON.stringify(model);
    if (text === this.#shown) return;
    this.#shown = text;
    const image = join(this.#folder, `${model.state}.png`);
    if (this.#tray === null) {
      this.#tray = new Tray(image);
      this.#tray.on('click', () => this.#onAction('open'));
    } else this.#tray.setImage(image);
    this.#tray.setToolTip(model.tooltip);
    this.#tray.setContextMenu(Menu.buildFromTemplate(model.items.map((item) => this.#itemOf(item))));
  }

  #itemOf(item: TrayItem): MenuItemConstructorOptions {
    if (item.kind === 'separator') return { type: 'separator' };
    // An `&` marks a letter in menus: a name may hold one.
    const label = item.label.replaceAll('&', '&&');
    if (item.kind === 'words') return { label, enabled: false };
    const click = (): void => this.#onAction(item.action);
    return item.checked === undefined ? { label, click } : { label, click, type: 'checkbox', checked: item.checked };
  }
}
