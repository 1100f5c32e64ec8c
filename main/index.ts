import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, ipcMain, MessageChannelMain, type MessagePortMain, session, shell } from 'electron';
import { type DeepLink, deepLinkIn, parseDeepLink, welcomeRoute } from './deep-link.ts';
import { launchOf } from './launch.ts';
import { MemberHost } from './member-host.ts';
import { spawnMember, systemClock } from './member-utility.ts';
import { setMenu } from './menu.ts';
import { RETRY_URL, safeModePage, SHOW_DATA_URL } from './safe-mode.ts';
import { closeSession, hardenWebContents, isTrustedSender, registerAppScheme, serveApp } from './security.ts';
import { bringToFront, openWindow, showHome, showSafeMode } from './window.ts';

const built = import.meta.dirname;
const launch = launchOf(process.argv, { env: process.env, appData: app.getPath('appData') });

/** The one window, the one member, and the way between them. */
class Desktop {
  readonly #host = new MemberHost<MessagePortMain>({
    spawn: (events) => spawnMember({ file: join(built, 'member.js'), args: launch.memberArgs }, events),
    clock: systemClock,
    onReady: () => this.#connectPage(),
    onDown: () => console.error('the member went away'),
    onSafeMode: (reason) => this.#enterSafeMode(reason),
  });
  #window: BrowserWindow | null = null;
  #pageListens = false;
  #safeModeReason: string | null = null;
  #link: DeepLink | null = launch.link;

  start(): void {
    closeSession(session.defaultSession);
    serveApp(session.defaultSession, {
      root: join(built, '..', 'renderer'),
      safeModePage: (nonce) =>
        safeModePage({ reason: this.#safeModeReason ?? 'None any more: try again.', dataDir: launch.dataDir, nonce }),
    });
    ipcMain.on('ringleaf-port-wanted', (event) => {
      if (this.#window === null || !isTrustedSender(event.senderFrame, this.#window.webContents)) return;
      this.#pageListens = true;
      this.#connectPage();
    });
    this.#open();
    this.#host.start();
  }

  /** Somebody started the app once more, clicked its icon, or followed a link. */
  show(link: DeepLink | null): void {
    this.#link = link ?? this.#link;
    if (!app.isReady()) return;
    if (this.#window === null) this.#open();
    else {
      bringToFront(this.#window);
      if (this.#link !== null && this.#safeModeReason === null) this.#showHome();
    }
  }

  onSafeModeAction(url: string): void {
    if (url === SHOW_DATA_URL) void shell.openPath(launch.dataDir);
    if (url !== RETRY_URL || this.#safeModeReason === null) return;
    this.#safeModeReason = null;
    this.#showHome();
    this.#host.start();
  }

  get memberEnded(): boolean {
    return this.#host.ended;
  }

  async stopMember(): Promise<void> {
    await this.#host.stop();
  }

  #open(): void {
    const window = openWindow({ preload: join(built, 'preload.cjs'), dataDir: launch.dataDir });
    this.#window = window;
    window.webContents.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) this.#pageListens = false;
    });
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      this.#pageListens = false;
      console.error(`the page went away: ${reason}`);
      if (reason !== 'clean-exit' && !window.isDestroyed()) window.reload();
    });
    window.on('closed', () => {
      this.#window = null;
      this.#pageListens = false;
    });
    if (this.#safeModeReason === null) this.#showHome();
    else showSafeMode(window);
  }

  /** A link is shown once; the page asks before it uses the invite. */
  #showHome(): void {
    if (this.#window === null) return;
    const link = this.#link;
    this.#link = null;
    showHome(this.#window, link === null ? '' : welcomeRoute(link));
  }

  #enterSafeMode(reason: string): void {
    this.#safeModeReason = reason;
    console.error(`safe mode: ${reason}`);
    if (this.#window !== null) showSafeMode(this.#window);
  }

  /** When both sides are there, each gets one end of a channel; main hears nothing of it. */
  #connectPage(): void {
    if (this.#window === null || !this.#pageListens || !this.#host.serving) return;
    const { port1, port2 } = new MessageChannelMain();
    if (this.#host.addClient(port1)) this.#window.webContents.postMessage('ringleaf-port', null, [port2]);
  }
}

function run(): void {
  const desktop = new Desktop();
  registerAppScheme();
  hardenWebContents({ onAction: (url) => desktop.onSafeModeAction(url) });
  // Electron honours `--no-sandbox` only without this: root in a container has no other way.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  if (app.isPackaged) app.setAsDefaultProtocolClient('ringleaf');
  app.on('second-instance', (_event, argv) => desktop.show(deepLinkIn(argv)));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    desktop.show(parseDeepLink(url));
  });
  app.on('activate', () => desktop.show(null));
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', (event) => {
    if (desktop.memberEnded) return;
    event.preventDefault();
    // In a later turn: Electron ignores a quit while it is still being told that this one is off.
    void desktop.stopMember().then(() => setImmediate(() => app.quit()));
  });
  void app.whenReady().then(() => {
    setMenu();
    desktop.start();
  });
}

mkdirSync(launch.dataDir, { recursive: true, mode: 0o700 });
// The lock lives in this folder: one desktop a data dir, and as many as there are data dirs.
app.setPath('userData', join(launch.dataDir, 'window'));
if (app.requestSingleInstanceLock()) run();
else app.quit();
