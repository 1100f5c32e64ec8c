import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, type BrowserWindow, ipcMain, type IpcMainEvent, MessageChannelMain, type MessagePortMain, powerMonitor, safeStorage, session, shell } from 'electron';
import type { DesktopCommand } from './desktop/contract.ts';
import { type DeepLink, deepLinkIn, parseDeepLink, welcomeRoute } from './deep-link.ts';
import { cliArgsOf } from './desktop/cli-mode.ts';
import { closeMove } from './desktop/close-move.ts';
import { Companion } from './desktop/companion.ts';
import { SystemKeychain } from './desktop/keychain.ts';
import { MemberLink } from './desktop/member-link.ts';
import { pageRequestOf } from './desktop/page-request.ts';
import { quitPage } from './desktop/quit-page.ts';
import { Quitting } from './desktop/quitting.ts';
import { watchSaving } from './desktop/saving.ts';
import { ShellLog } from './desktop/shell-log.ts';
import { Unlocking } from './desktop/unlocking.ts';
import { type Launch, launchOf } from './launch.ts';
import { MemberHost } from './member-host.ts';
import { linkPortOf, spawnMember, systemClock } from './member-utility.ts';
import { setMenu } from './menu.ts';
import { RETRY_URL, safeModePage, SHOW_DATA_URL } from './safe-mode.ts';
import { closeSession, hardenWebContents, isTrustedSender, registerAppScheme, serveApp } from './security.ts';
import { unlockPage } from './unlock-page.ts';
import { bringToFront, forgetUnlock, openWindow, showHome, showSafeMode, showUnlock } from './window.ts';

const built = import.meta.dirname;

/** The one window, the one member, and the way between them. */
class Desktop {
  readonly #launch: Launch;
  readonly #log: ShellLog;
  readonly #host: MemberHost<MessagePortMain>;
  readonly #companion: Companion;
  readonly #quitting: Quitting;
  readonly #unlocking: Unlocking;
  #window: BrowserWindow | null = null;
  #pageListens = false;
  #safeModeReason: string | null = null;
  /** Where the window is to open: a link, or what a notification was about. */
  #route: string;

  constructor(launch: Launch) {
    this.#launch = launch;
    const keychain = new SystemKeychain(process.platform, safeStorage);
    this.#log = new ShellLog(join(launch.dataDir, 'logs', 'ringleaf.log'));
    this.#route = launch.link === null ? '' : welcomeRoute(launch.link);
    this.#host = new MemberHost<MessagePortMain>({
      spawn: (events) =>
        spawnMember({ file: join(built, 'member.js'), args: launch.memberArgs, onOutput: (text) => this.#log.take(text) }, events),
      clock: systemClock,
      onReady: () => this.#onMemberReady(),
      onDown: () => this.#onMemberDown(),
      onLocked: (wasWrong) => this.#unlocking.onLocked(wasWrong),
      onKeychain: (ask) => keychain.answer(ask),
      onSafeMode: (reason) => this.#enterSafeMode(reason),
    });
    this.#unlocking = new Unlocking({ send: (passphrase) => this.#host.unlock(passphrase), onAsk: () => this.#askPassphrase() });
    this.#companion = new Companion({
      launch,
      log: this.#log,
      keychain,
      icons: join(built, 'tray'),
      onOpen: (route) => this.show(route),
      onQuit: () => app.quit(),
      onState: (state) => this.#toPage('ringleaf-desktop-state', state),
    });
    this.#quitting = new Quitting({
      waiting: () => this.#companion.watch.waiting(),
      onQuit: () => app.quit(),
      onStay: () => this.show(null),
    });
  }

  async start(): Promise<void> {
    closeSession(session.defaultSession);
    watchSaving(session.defaultSession, { folder: () => app.getPath('downloads'), onEnd: (saved) => this.#toPage('ringleaf-desktop-saved', saved) });
    serveApp(session.defaultSession, {
      root: join(built, '..', 'renderer'),
      safeModePage: (nonce) =>
        safeModePage({ reason: this.#safeModeReason ?? 'None any more: try again.', dataDir: this.#launch.dataDir, nonce }),
      quitPage: (nonce) => quitPage({ ...this.#quitting.shown, nonce }),
      unlockPage: (nonce) => unlockPage({ phase: this.#unlocking.phase, nonce }),
      onPassphrase: (passphrase) => this.#unlocking.onPassphrase(passphrase),
    });
    ipcMain.on('ringleaf-port-wanted', (event) => {
      if (!this.#isFromPage(event)) return;
      this.#pageListens = true;
      this.#connectPage();
    });
    ipcMain.on('ringleaf-desktop-ask', (event, raw: unknown) => {
      const request = this.#isFromPage(event) ? pageRequestOf(raw) : null;
      if (request !== null && this.#window !== null) this.#companion.onRequest(request, this.#window);
    });
    setMenu({
      onRoute: (route) => this.show(route),
      onCommand: (command) => this.#command(command),
      onSaveDiagnostics: () => void this.#companion.saveDiagnostics(this.#window),
      onShowLog: () => this.#companion.showLog(),
    });
    powerMonitor.on('shutdown', () => this.#quitting.begin(false));
    this.#host.start();
    // Whether to come up hidden hangs on whether there is a tray to come up in.
    if (this.#launch.hidden) await this.#companion.start();
    this.#open(this.#launch.hidden && this.#companion.hasTray);
    if (!this.#launch.hidden) await this.#companion.start();
  }

  /** Somebody started the app once more, clicked its icon, or followed a link. `null`: where it was. */
  show(route: string | null): void {
    this.#route = route ?? this.#route;
    if (!app.isReady()) return;
    if (this.#window === null) this.#open(false);
    else {
      bringToFront(this.#window);
      if (this.#route !== '' && this.#safeModeReason === null && !this.#unlocking.isShown) this.#showHome();
    }
  }

  onPlainPageAction(url: string): void {
    this.#quitting.onAction(url);
    if (url === SHOW_DATA_URL) void shell.openPath(this.#launch.dataDir);
    if (url !== RETRY_URL || this.#safeModeReason === null) return;
    this.#safeModeReason = null;
    this.#companion.watch.detach('starting');
    this.#showHome();
    this.#host.start();
  }

  /** @param visible Whether a person looks on. @returns whether the app may end now. */
  mayQuit(visible: boolean): boolean {
    if (!this.#quitting.allowed) this.#quitting.begin(visible);
    return this.#quitting.allowed;
  }

  get memberEnded(): boolean {
    return this.#host.ended;
  }

  async stopMember(): Promise<void> {
    await this.#host.stop();
  }

  #open(hidden: boolean): void {
    const window = openWindow({ preload: join(built, 'preload.cjs'), dataDir: this.#launch.dataDir, hidden });
    this.#window = window;
    window.webContents.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) this.#pageListens = false;
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      this.#pageListens = false;
      this.#log.say('error', 'The page went away.', { code: reason });
      if (reason !== 'clean-exit' && !window.isDestroyed()) window.reload();
    });
    window.on('close', (event) => this.#onClose(event, window));
    window.on('closed', () => {
      this.#window = null;
      this.#pageListens = false;
    });
    if (this.#safeModeReason !== null) showSafeMode(window);
    else if (this.#unlocking.isShown) showUnlock(window);
    else this.#showHome();
  }

  #onClose(event: Electron.Event, window: BrowserWindow): void {
    const { hasTray, closeToTray } = this.#companion;
    const move = closeMove({ hasTray, closeToTray, quitting: this.#quitting.allowed });
    if (move === 'close') return;
    event.preventDefault();
    if (move === 'hide') window.hide();
    else {
      void this.#companion.askCloseToTray(window).then((stays) => {
        if (stays !== null && !window.isDestroyed()) window.close();
      });
    }
  }

  /** A link is shown once; the page asks before it uses the invite. */
  #showHome(): void {
    if (this.#window === null) return;
    const route = this.#route;
    this.#route = '';
    showHome(this.#window, route);
  }

  #enterSafeMode(reason: string): void {
    this.#safeModeReason = reason;
    this.#unlocking.onEnd();
    this.#log.say('error', 'The member cannot run: safe mode.', { reason });
    this.#companion.watch.detach('stopped', reason);
    if (this.#window !== null) showSafeMode(this.#window);
  }

  /** Also where it came up hidden: without the passphrase nothing goes on. */
  #askPassphrase(): void {
    this.show(null);
    if (this.#window !== null) showUnlock(this.#window);
  }

  #onMemberReady(): void {
    if (this.#unlocking.isShown) {
      this.#unlocking.onEnd();
      if (this.#window !== null) forgetUnlock(this.#window);
      this.#showHome();
    }
    this.#connectPage();
    const { port1, port2 } = new MessageChannelMain();
    const { watch } = this.#companion;
    if (this.#host.addClient(port1)) watch.attach(new MemberLink(linkPortOf(port2), (event) => watch.onEvent(event)));
  }

  #onMemberDown(): void {
    this.#log.say('warn', 'The member went away.');
    this.#companion.watch.detach('starting');
  }

  #command(command: DesktopCommand): void {
    this.show(null);
    this.#toPage('ringleaf-desktop-command', command);
  }

  #toPage(channel: string, detail: unknown): void {
    if (this.#pageListens) this.#window?.webContents.send(channel, detail);
  }

  #isFromPage(event: IpcMainEvent): boolean {
    return this.#window !== null && isTrustedSender(event.senderFrame, this.#window.webContents);
  }

  /** When both sides are there, each gets one end of a channel; main hears nothing of it. */
  #connectPage(): void {
    if (this.#window === null || !this.#pageListens || !this.#host.serving) return;
    const { port1, port2 } = new MessageChannelMain();
    if (this.#host.addClient(port1)) this.#window.webContents.postMessage('ringleaf-port', null, [port2]);
  }
}

function run(launch: Launch): void {
  const desktop = new Desktop(launch);
  const routeOf = (link: DeepLink | null): string | null => (link === null ? null : welcomeRoute(link));
  registerAppScheme();
  hardenWebContents({ onAction: (url) => desktop.onPlainPageAction(url) });
  // Electron honours `--no-sandbox` only without this: root in a container has no other way.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  if (app.isPackaged) app.setAsDefaultProtocolClient('ringleaf');
  app.setAppUserModelId('org.ringleaf.desktop');
  app.on('second-instance', (_event, argv) => desktop.show(routeOf(deepLinkIn(argv))));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    desktop.show(routeOf(parseDeepLink(url)));
  });
  app.on('activate', () => desktop.show(null));
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', (event) => {
    if (!desktop.mayQuit(true)) event.preventDefault();
  });
  app.on('will-quit', (event) => {
    if (desktop.memberEnded) return;
    event.preventDefault();
    // In a later turn: Electron ignores a quit while it is still being told that this one is off.
    void desktop.stopMember().then(() => setImmediate(() => app.quit()));
  });
  void app.whenReady().then(async () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => desktop.mayQuit(false));
    await desktop.start();
  });
}

/** @param args Of the command line, its command first. */
async function runCommandLine(args: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'ringleaf-'));
  app.setPath('userData', scratch);
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  process.argv = [process.execPath, 'ringleaf', ...args];
  await import(pathToFileURL(join(built, 'cli.js')).href);
  app.exit(Number(process.exitCode ?? 0));
}

const cliArgs = cliArgsOf(process.argv);
if (cliArgs !== null) void runCommandLine(cliArgs);
else {
  const launch = launchOf(process.argv, { env: process.env, appData: app.getPath('appData') });
  mkdirSync(launch.dataDir, { recursive: true, mode: 0o700 });
  // The lock lives in this folder: one desktop a data dir, and as many as there are data dirs.
  app.setPath('userData', join(launch.dataDir, 'window'));
  if (app.requestSingleInstanceLock()) run(launch);
  else app.quit();
}
