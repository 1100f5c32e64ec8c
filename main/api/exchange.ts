/** One HTTP request and its answer: the target taken apart by hand, bodies bounded, plain answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, errorBody, statusOf } from './api-error.ts';
import { tooLarge } from './values.ts';

export interface Target {
  /** Percent-decoded, one a segment: a `%2F` is part of its segment, `..` is a name as any other. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

export interface Exchange extends Target {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
}

const URL_CHARS_MAX = 8_192;
const BODY_TIMEOUT_MS = 30_000;
/** Of all bodies that are being read, over all doors: one too many is refused as overloaded. */
export const BODIES_BYTES_MAX = 64 * 1024 * 1024;
/** A refused upload is read on this long, so that its sender gets to see the answer. */
const LINGER_MS = 1_000;

/** @throws ApiError `BAD_REQUEST`. */
export function parseTarget(url: string): Target {
  if (!url.startsWith('/') || url.length > URL_CHARS_MAX) {
    throw new ApiError('BAD_REQUEST', `A request target is a path of at most ${URL_CHARS_MAX} characters.`);
  }
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    return { segments, query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)) };
  } catch {
    throw new ApiError('BAD_REQUEST', 'The path is not percent-encoded UTF-8.');
  }
}

/** The whole body. @throws ApiError `VALUE_TOO_LARGE` as soon as it is known, `BAD_REQUEST`. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) {
    discard(request);
    return Promise.reject(tooLarge());
  }
  const room = Number.isSafeInteger(declared) && declared > 0 ? declared : bytesMax;
  if (bodiesBytes + room > BODIES_BYTES_MAX) {
    discard(request);
    return Promise.reject(new ApiError('OVERLOADED', 'Too many large requests at once; try again.'));
  }
  bodiesBytes += room;
  return collect(request, bytesMax).finally(() => (bodiesBytes -= room));
}

let bodiesBytes = 0;

function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => fail(new ApiError('BAD_REQUEST', 'The body did not arrive in time.')), BODY_TIMEOUT_MS);
    const fail = (error: ApiError): void => {
      clearTimeout(timer);
      request.removeAllListeners('data');
      discard(request);
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bytesMax) fail(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    request.on('error', () => fail(new ApiError('BAD_REQUEST', 'The body broke off.')));
  });
}

/** @throws ApiError `BAD_REQUEST`, `VALUE_TOO_LARGE`. */
export async function readJson(request: IncomingMessage, bytesMax: number): Promise<unknown> {
  const body = await readBody(request, bytesMax);
  if (body.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new ApiError('BAD_REQUEST', 'The body is not JSON.');
  }
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendBytes(response, status, 'application/json; charset=utf-8', Buffer.from(JSON.stringify(body)));
}

/** Bytes that nobody may sniff, run or keep. */
export function sendBytes(response: ServerResponse, status: number, contentType: string, bytes: Uint8Array): void {
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  setSafeHeaders(response);
  response.end(bytes);
}

/** No sniffing, no framing, no cache; a stored value opened as a page runs no script. */
export function setSafeHeaders(response: ServerResponse): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  if (!response.hasHeader('Content-Security-Policy')) {
    response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; sandbox");
  }
}

/** Any failure, cleanly; after the answer began it can only break off. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = errorBody(error);
  if (body.code === 'UNAUTHORIZED') response.setHeader('WWW-Authenticate', 'Bearer');
  if (body.code === 'OVERLOADED') response.setHeader('Retry-After', '1');
  sendJson(response, statusOf(body.code), body);
}

function discard(request: IncomingMessage): void {
  request.resume();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, LINGER_MS).unref();
}
