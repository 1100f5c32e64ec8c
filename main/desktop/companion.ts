/** What the desktop does beside its window: tray, notifications, start at login, log, diagnostics. */
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { app, type BrowserWindow, dialog, Notification, shell } from 'electron';
import type { DesktopRequest, DesktopState, KeychainStanding } from './contract.ts';
import type { Launch } from '../launch.ts';
import { type ConflictKey, notificationWords } from './conflict-news.ts';
import { diagnosticsText, LOG_TAIL_BYTES } from './diagnostics.ts';
import { setStartsAtLogin, startsAtLogin } from './login-item.ts';
import { MemberWatch } from './member-watch.ts';
import { SettingsFile } from './settings.ts';
import { errorFacts, type ShellLog } from './shell-log.ts';
import { TrayIcon } from './tray.ts';
import { hasTrayHost } from './tray-host.ts';
import { type TrayAction, trayModel } from './tray-model.ts';

const NOTIFICATIONS_KEPT = 8;

export interface CompanionParts {
  readonly launch: Launch;
  readonly log: ShellLog;
  readonly keychain: { readonly standing: KeychainStanding };
  /** Folder of the tray's images. */
  readonly icons: string;
  /** Brings the window up, at a route or where it was. */
  readonly onOpen: (route: string | null) => void;
  readonly onQuit: () => void;
  /** The page's switches changed, or something was done for it. */
  readonly onState: (state: DesktopState) => void;
}

export class Companion {
  readonly watch: MemberWatch;
  readonly #parts: CompanionParts;
  readonly #settings: SettingsFile;
  readonly #shownNotifications: Notification[] = [];
  #tray: TrayIcon | null = null;
  #said = '';

  constructor(parts: CompanionParts) {
    this.#parts = parts;
    this.#settings = new SettingsFile(join(parts.launch.dataDir, 'desktop.json'));
    this.watch = new MemberWatch({ onFacts: () => this.#drawTray(), onNews: (keys) => this.#notify(keys) });
  }

  get hasTray(): boolean {
    return this.#tray !== null;
  }

  get closeToTray(): boolean | null {
    return this.#settings.now.closeToTray;
  }

  /** Looks for a tray. Without one nothing is missing but the icon. */
  async start(): Promise<void> {
    if (!(await hasTrayHost(process.platform))) return;
    this.#tray = new TrayIcon(this.#parts.icons, (action) => this.#onTray(action));
    this.#drawTray();
    this.#tell();
  }

  /** Said once, when it matters for the first time. `null` = no answer. */
  async askCloseToTray(window: BrowserWindow): Promise<boolean | null> {
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: 'Keep Ringleaf running when its window is closed?',
      detail:
        'It stays in the tray, so that your team’s changes keep arriving and yours reach the others. You can change this under Settings.',
      buttons: ['Keep running', 'Quit when closed', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
      noLink: true,
    });
    if (response > 1) return null;
    this.#change({ closeToTray: response === 0 });
    return response === 0;
  }

  state(): DesktopState {
    const { notifications, keyNames, closeToTray } = this.#settings.now;
    return { tray: this.hasTray, closeToTray: closeToTray ?? true, startAtLogin: startsAtLogin(), notifications, keyNames, keychain: this.#parts.keychain.standing, said: this.#said };
  }

  onRequest(request: DesktopRequest, window: BrowserWindow): void {
    if (request.type === 'change') this.#change(request.change);
    if (request.type === 'state') this.#tell();
    if (request.type === 'show-log') this.showLog();
    if (request.type === 'save-diagnostics') void this.saveDiagnostics(window);
  }

  showLog(): void {
    shell.showItemInFolder(this.#parts.log.file.path);
  }

  async saveDiagnostics(window: BrowserWindow | null): Promise<void> {
    const at = new Date();
    const options = {
      title: 'Save diagnostics',
      defaultPath: join(app.getPath('documents'), `ringleaf-diagnostics-${at.toISOString().slice(0, 10)}.json`),
      filters: [{ name: 'JSON', extensions: ['json'] }],
    };
    const { canceled, filePath } = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options));
    if (canceled || filePath === '') return;
    try {
      await writeFile(filePath, await this.#diagnostics(at), { mode: 0o600 });
      this.#tell('The diagnostics were saved. Look through them before you pass them on.');
    } catch (error) {
      this.#failed('The diagnostics could not be saved.', error);
    }
  }

  async #diagnostics(at: Date): Promise<string> {
    return diagnosticsText({
      at,
      version: app.getVersion(),
      versions: process.versions,
      platform: process.platform,
      arch: process.arch,
      osRelease: release(),
      status: await this.watch.rawStatus(),
      doctor: await this.watch.rawDoctor(),
      settings: this.#settings.now,
      memberArgs: this.#parts.launch.memberArgs,
      logLines: this.#parts.log.file.tail(LOG_TAIL_BYTES),
    });
  }

  #change({ startAtLogin, ...settings }: Partial<Omit<DesktopState, 'tray' | 'keychain' | 'said'>>): void {
    try {
      if (startAtLogin !== undefined) setStartsAtLogin(startAtLogin, this.#parts.launch.dataDirArgs);
      if (Object.keys(settings).length > 0) this.#settings.change(settings);
      this.#tell('');
    } catch (error) {
      this.#failed('The setting could not be kept.', error);
    }
    this.#drawTray();
  }

  #failed(words: string, error: unknown): void {
    this.#parts.log.say('error', words, errorFacts(error));
    this.#tell(`${words} ${error instanceof Error ? error.message : String(error)}`);
  }

  #tell(said = this.#said): void {
    this.#said = said;
    this.#parts.onState(this.state());
  }

  #drawTray(): void {
    try {
      this.#tray?.show(trayModel(this.watch.facts, !this.#settings.now.notifications));
    } catch (error) {
      this.#tray = null;
      this.#parts.log.say('warn', 'The tray took no icon.', errorFacts(error));
    }
  }

  #onTray(action: TrayAction): void {
    if (action === 'open') this.#parts.onOpen(null);
    if (action === 'conflicts') this.#parts.onOpen('#/conflicts');
    if (action === 'notifications') this.#change({ notifications: !this.#settings.now.notifications });
    if (action === 'quit') this.#parts.onQuit();
  }

  #notify(keys: readonly ConflictKey[]): void {
    const { notifications, keyNames } = this.#settings.now;
    if (!notifications || !Notification.isSupported()) return;
    const { title, body, route } = notificationWords(keys, keyNames);
    const notification = new Notification({ title, body });
    notification.on('click', () => this.#parts.onOpen(route));
    // What nobody holds is collected, and its click with it.
    this.#shownNotifications.push(notification);
    this.#shownNotifications.splice(0, this.#shownNotifications.length - NOTIFICATIONS_KEPT);
    notification.show();
  }
}
