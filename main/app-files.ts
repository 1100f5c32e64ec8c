import { posix } from 'node:path';

/** The window's only origin. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'ringleaf';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

const REQUEST_CHARS_MAX = 2_048;

/** What the interface is made of. A file of any other kind is not served. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

export interface AppFile {
  /** Relative to the interface's folder, `/` between segments, never leaving the folder. */
  readonly path: string;
  readonly contentType: string;
}

/**
 * The file that a request of the window names, or `null` when it names none that may be served.
 * The URL is hostile: it is decoded exactly once, and every segment is checked after decoding,
 * because `%2f` and `%5c` become separators only then.
 */
export function appFileOf(requestUrl: string): AppFile | null {
  if (requestUrl.length > REQUEST_CHARS_MAX || !isAppUrl(requestUrl)) return null;
  const decoded = decodeOnce(new URL(requestUrl).pathname);
  if (decoded === null) return null;
  const path = decoded === '/' ? 'index.html' : decoded.slice(1);
  if (!path.split('/').every(isPlainSegment)) return null;
  const contentType = CONTENT_TYPES[posix.extname(path)];
  return contentType === undefined ? null : { path, contentType };
}

/** Whether a URL belongs to the interface. `URL.origin` is `null` for own schemes, so compare parts. */
export function isAppUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return false;
  const anonymous = url.username === '' && url.password === '' && url.port === '';
  return anonymous && url.protocol === `${APP_SCHEME}:` && url.hostname === APP_HOST;
}

/** Whether a URL is the interface's own page, at any `#/route`. */
export function isHomeUrl(text: string): boolean {
  if (!isAppUrl(text)) return false;
  const { pathname, search } = new URL(text);
  return search === '' && (pathname === '/' || pathname === '/index.html');
}

function decodeOnce(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Letters, digits and the few marks that a bundler uses: no separator, drive, stream or control. */
function isPlainSegment(segment: string): boolean {
  return /^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]*$/.test(segment);
}
