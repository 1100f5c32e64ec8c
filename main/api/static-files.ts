/**
 * The interface's files for a browser, out of `dist/renderer`. The page needs no token (it holds
 * no data); what it asks for does. Each page answer carries a fresh nonce for its style sheets.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { contentSecurityPolicy, withNonce } from '../csp.ts';
import { ApiError } from './api-error.ts';
import { sendBytes } from './exchange.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

export type ServeFile = (segments: readonly string[], response: ServerResponse) => Promise<void>;

/** Serves files below `root`; every path without an extension is the page. */
export function serveFiles(root: string): ServeFile {
  return async (segments, response) => {
    const name = segments.at(-1) ?? '';
    if (extname(name) === '') return servePage(root, response);
    const type = TYPES[extname(name)];
    const path = within(root, segments);
    const bytes = type === undefined || path === undefined ? undefined : await readFile(path).catch(() => undefined);
    if (type === undefined || bytes === undefined) throw new ApiError('NOT_FOUND', 'There is no such file.');
    sendBytes(response, 200, type, bytes);
  };
}

async function servePage(root: string, response: ServerResponse): Promise<void> {
  const page = await readFile(join(root, 'index.html'), 'utf8').catch(() => undefined);
  if (page === undefined) {
    const hint = 'The interface is not built here: run "npm run build" in the checkout, then reload.\n';
    return sendBytes(response, 404, 'text/plain; charset=utf-8', Buffer.from(hint));
  }
  const nonce = randomBytes(16).toString('base64');
  response.setHeader('Content-Security-Policy', contentSecurityPolicy(nonce));
  sendBytes(response, 200, 'text/html; charset=utf-8', Buffer.from(withNonce(page, nonce)));
}

/** The file's path, or `undefined` for anything that is not plainly below the root. */
function within(root: string, segments: readonly string[]): string | undefined {
  const plain = segments.every((segment) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(segment));
  const path = resolve(root, ...segments);
  return plain && path.startsWith(resolve(root) + sep) ? path : undefined;
}
