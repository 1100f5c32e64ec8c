/** The CLI's line to the member on a data dir: HTTP over its socket. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { socketPath } from '../member/data-dir.ts';
import { CliError, exitCodeOf } from './exit-codes.ts';

export interface Ask {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Without it an answer may take as long as it likes. */
  readonly timeoutMs?: number;
  readonly body?: Uint8Array | string | NodeJS.ReadableStream;
}

export interface MemberClient {
  /** The answer as it comes. @throws CliError when there is nobody, or the answer is an error. */
  stream(ask: Ask): Promise<IncomingMessage>;
  /** The answer as JSON. @throws CliError as above. */
  json(ask: Ask): Promise<unknown>;
}

/** @throws CliError when the path of the data dir is too long for a socket. */
export function memberClient(dataDir: string): MemberClient {
  const path = socketPath(dataDir);
  if (path === undefined) throw new CliError(5, `the path ${dataDir} is too long for a socket`);
  const stream = async (ask: Ask): Promise<IncomingMessage> => {
    const answer = await send(path, dataDir, ask);
    if ((answer.statusCode ?? 500) >= 400) throw await failureOf(answer);
    return answer;
  };
  return { stream, json: async (ask) => JSON.parse(await text(await stream(ask))) as unknown };
}

/** As the member's own: a context stands in a header. */
const HEADER_BYTES_MAX = 80 * 1024;

/** `/v1/…` with each part percent-encoded. */
export function at(...parts: readonly string[]): string {
  return `/v1/${parts.map(encodeURIComponent).join('/')}`;
}

function send(socket: string, dataDir: string, ask: Ask): Promise<IncomingMessage> {
  const given = Object.entries(ask.query ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const query = given.length === 0 ? '' : `?${String(new URLSearchParams(given))}`;
  const headers = Object.fromEntries(Object.entries(ask.headers ?? {}).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { socketPath: socket, maxHeaderSize: HEADER_BYTES_MAX, path: ask.path + query, method: ask.method ?? 'GET', headers: { host: 'localhost', ...headers } },
      resolve,
    );
    if (ask.timeoutMs !== undefined) request.setTimeout(ask.timeoutMs, () => request.destroy(new Error('no answer in time')));
    request.on('error', () => reject(new CliError(5, `no member runs on ${dataDir}: start one with "ringleaf start"`)));
    if (ask.body === undefined || typeof ask.body === 'string' || ask.body instanceof Uint8Array) request.end(ask.body);
    else ask.body.pipe(request);
  });
}

async function failureOf(answer: IncomingMessage): Promise<CliError> {
  const body = await text(answer);
  try {
    const failure = JSON.parse(body) as { code?: unknown; message?: unknown };
    const code = String(failure.code);
    return new CliError(exitCodeOf(code), String(failure.message), { code, body });
  } catch {
    return new CliError(5, `the member answered ${answer.statusCode ?? 0}`);
  }
}
