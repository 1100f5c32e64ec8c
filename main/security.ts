import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { app, protocol, type Session, type WebContents, type WebFrameMain } from 'electron';
import { APP_SCHEME, appFileOf, isAppUrl, isHomeUrl } from './app-files.ts';
import { contentSecurityPolicy, withNonce } from './csp.ts';
import { QUIT_URL } from './desktop/quit-page.ts';
import { SAFE_MODE_URL } from './safe-mode.ts';
import { passphraseIn, UNLOCK_BODY_BYTES_MAX, UNLOCK_URL } from './unlock-page.ts';

const NONCE_BYTES = 18;

/** Before `ready`: gives `app://` a real origin, so that `'self'`, modules and fetch work. */
export function registerAppScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true };
  protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges }]);
}

export interface AppPages {
  /** Folder of the built interface. */
  readonly root: string;
  readonly safeModePage: (nonce: string) => string;
  /** What is shown while quitting waits. */
  readonly quitPage: (nonce: string) => string;
  /** Asks for the passphrase of the device's key. */
  readonly unlockPage: (nonce: string) => string;
  readonly onPassphrase: (passphrase: string) => void;
}

export function serveApp(session: Session, pages: AppPages): void {
  session.protocol.handle(APP_SCHEME, async (request) => await answer(request, pages));
}

async function answer(request: Request, pages: AppPages): Promise<Response> {
  const nonce = randomBytes(NONCE_BYTES).toString('base64');
  if (request.method === 'POST' && request.url === UNLOCK_URL) return await unlock(request, pages, nonce);
  if (request.method !== 'GET') return plain(405, 'Method not allowed');
  if (request.url === SAFE_MODE_URL) return respond(pages.safeModePage(nonce), 'text/html; charset=utf-8', nonce);
  if (request.url === QUIT_URL) return respond(pages.quitPage(nonce), 'text/html; charset=utf-8', nonce);
  if (request.url === UNLOCK_URL) return respond(pages.unlockPage(nonce), 'text/html; charset=utf-8', nonce, 'forms');
  const file = appFileOf(request.url);
  if (file === null) return plain(404, 'Not found');
  try {
    const bytes = await readFile(join(pages.root, ...file.path.split('/')));
    const body = file.path.endsWith('.html') ? withNonce(bytes.toString('utf8'), nonce) : new Uint8Array(bytes);
    return respond(body, file.contentType, nonce);
  } catch {
    return plain(404, 'Not found');
  }
}

/** The form of the unlock page was sent. What it shows next says whether the passphrase is being tried. */
async function unlock(request: Request, pages: AppPages, nonce: string): Promise<Response> {
  const body = await request.arrayBuffer();
  const passphrase = body.byteLength > UNLOCK_BODY_BYTES_MAX ? null : passphraseIn(Buffer.from(body).toString('utf8'));
  if (passphrase !== null) pages.onPassphrase(passphrase);
  return respond(pages.unlockPage(nonce), 'text/html; charset=utf-8', nonce, 'forms');
}

function respond(body: string | Uint8Array<ArrayBuffer>, contentType: string, nonce: string, forms: 'forms' | 'no-forms' = 'no-forms'): Response {
  return new Response(body, {
    headers: {
      'Content-Type': contentType,
      'Content-Security-Policy': contentSecurityPolicy(nonce, forms),
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
  });
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}

/** Text to the clipboard, when a button for it was clicked: an invite is passed on like this. */
const OWN_PAGE_MAY = 'clipboard-sanitized-write';

/** The page needs no camera, location, notification or device, and no host but its own. */
export function closeSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl, isMainFrame }) => {
    decide(permission === OWN_PAGE_MAY && isMainFrame && isAppUrl(requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, _origin, { requestingUrl, isMainFrame }) => {
    return permission === OWN_PAGE_MAY && isMainFrame && isAppUrl(requestingUrl ?? '');
  });
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.webRequest.onBeforeRequest((details, decide) => decide({ cancel: !isLocal(details.url) }));
  session.on('will-download', (event, item) => {
    if (!isLocal(item.getURL())) event.preventDefault();
  });
}

function isLocal(url: string): boolean {
  if (isAppUrl(url)) return true;
  return ['blob:', 'data:', 'devtools:'].some((scheme) => url.startsWith(scheme));
}

export interface NavigationRules {
  /** A link of the safe-mode page or of the quit page was followed. */
  readonly onAction: (url: string) => void;
}

/** Every web contents that ever comes to be, also those that no code here makes. */
export function hardenWebContents(rules: NavigationRules): void {
  app.on('web-contents-created', (_event, contents) => harden(contents, rules));
}

function harden(contents: WebContents, rules: NavigationRules): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => {
    const isPlainPage = [SAFE_MODE_URL, QUIT_URL].includes(contents.getURL());
    // Its form is sent to itself.
    if (event.isMainFrame && event.url === UNLOCK_URL && contents.getURL() === UNLOCK_URL) return;
    if (event.isMainFrame && isHomeUrl(event.url) && contents.getURL() !== QUIT_URL) return;
    event.preventDefault();
    if (event.isMainFrame && isPlainPage) rules.onAction(event.url);
  });
  contents.on('will-redirect', (event) => event.preventDefault());
}

/** IPC is taken from the window's own page only: not from a subframe, nor from a foreign page. */
export function isTrustedSender(sender: WebFrameMain | null, window: WebContents): boolean {
  return sender !== null && sender === window.mainFrame && isHomeUrl(sender.url);
}
