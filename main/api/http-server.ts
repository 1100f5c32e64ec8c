/** HTTP over one listener (TCP or the data dir's socket): limits first, then guard, then routes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError } from './api-error.ts';
import type { Backend } from './backend.ts';
import type { Dispatch } from './dispatch.ts';
import { parseTarget, sendError, sendJson, type Exchange } from './exchange.ts';
import type { Guard } from './guard.ts';
import { route, type Route } from './router.ts';
import { keyRoutes } from './routes/keys.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { teamRoutes } from './routes/team.ts';
import { transferRoutes } from './routes/transfer.ts';
import { createSocketDoor } from './socket.ts';
import type { ServeFile } from './static-files.ts';
import { createWatchers } from './watch.ts';

export interface HttpServer {
  /** Where it listens: a URL for TCP, the path for a socket. */
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface HttpInit {
  readonly dispatch: Dispatch;
  readonly backend: Pick<Backend, 'metrics' | 'engine' | 'membership'>;
  readonly serveFile: ServeFile;
  readonly listen: { readonly path: string } | { readonly host: string; readonly port: number };
  /** Made once the port is known. */
  readonly guard: (port: number) => Guard;
  readonly onUnexpected: (error: unknown) => void;
  /** Shorter in tests. */
  readonly idleTimeoutMs?: number;
}

/** A context stands in a header. */
const HEADER_BYTES_MAX = 80 * 1024;
/** More than the engine takes requests at once, so that one too many is answered, not cut off. */
const CONNECTIONS_MAX = 1_024;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;
/** Nothing moved on the connection this long, and it is the client's turn. Watchers get a heartbeat more often. */
const IDLE_TIMEOUT_MS = 120_000;

/** @throws the listener's error, such as `EADDRINUSE`. */
export async function startHttp(init: HttpInit): Promise<HttpServer> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_TIMEOUT_MS });
  server.maxConnections = CONNECTIONS_MAX;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  // Whole requests have no deadline of their own (an import may be long): bodies have.
  server.requestTimeout = 0;
  server.setTimeout(init.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  const served = new WeakMap<Socket, Served>();
  server.on('timeout', (socket: Socket) => {
    if (!isOurTurn(served.get(socket))) socket.destroy();
  });
  const port = await listen(server, init.listen);
  const guard = init.guard(port);
  const watchers = createWatchers(init.dispatch);
  const door = createSocketDoor(init.dispatch, guard, init.onUnexpected);
  const routes = [
    ...keyRoutes(init.dispatch),
    ...teamRoutes(init.dispatch),
    ...transferRoutes(init.dispatch, watchers),
    ...metricsRoutes(init.backend),
  ];

  server.on('request', (request, response) => {
    served.set(request.socket, { request, response });
    serve(request, response, { routes, guard, serveFile: init.serveFile, backend: init.backend }).catch((error: unknown) => {
      if (!(error instanceof ApiError)) init.onUnexpected(error);
      sendError(response, error);
    });
  });
  server.on('upgrade', (request, socket, head) => door.upgrade(request, socket, head));
  server.on('clientError', refuseGarbage);

  return {
    address: 'path' in init.listen ? init.listen.path : `http://${bracketed(init.listen.host)}:${port}`,
    port,
    async stop() {
      watchers.stop();
      door.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 1_000).unref();
      await closed;
    },
  };
}

/** The latest request of a connection. */
interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** All of the request is here and no answer yet: a repair may take as long as it takes. */
function isOurTurn(served: Served | undefined): boolean {
  return served !== undefined && served.request.complete && !served.response.headersSent;
}

interface Serving {
  readonly backend: HttpInit['backend'];
  readonly routes: readonly Route[];
  readonly guard: Guard;
  readonly serveFile: ServeFile;
}

async function serve(request: IncomingMessage, response: ServerResponse, { routes, guard, serveFile, backend }: Serving): Promise<void> {
  guard.checkSource(request);
  const method = request.method ?? '';
  const exchange: Exchange = { request, response, method, ...parseTarget(request.url ?? '') };
  const [first = ''] = exchange.segments;
  if (first !== 'v1' && first !== 'metrics') {
    if (method !== 'GET' && method !== 'HEAD') throw new ApiError('METHOD_NOT_ALLOWED', 'This address takes GET.');
    if (first === 'healthz') return sendHealth(response, backend);
    return serveFile(exchange.segments, response);
  }
  guard.checkToken(request);
  return route(routes, exchange);
}

/** No more than whether it serves: whoever asks has shown no token. A removed member serves only its own owner. */
function sendHealth(response: ServerResponse, backend: HttpInit['backend']): void {
  const membership = backend.membership();
  if (membership?.status === 'removed') {
    const by = membership.removed?.byName ?? '';
    sendJson(response, 503, { status: 'removed', message: `removed from the team${by === '' ? '' : ` by ${by}`}` });
  } else if (backend.engine()?.condition().quarantine === undefined) sendJson(response, 200, { status: 'serving' });
  else sendJson(response, 503, { status: 'quarantined' });
}

/** What is not HTTP, or too much of it: an answer in the same shape, then the end. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: NodeJS.WritableStream & Partial<Socket>): void {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify({ code: 'BAD_REQUEST', message: 'The request is not valid HTTP, too large or too slow.' });
  if (error.code === 'ECONNRESET' || socket.writable === false) socket.destroy?.();
  else socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
}

function listen(server: Server, where: HttpInit['listen']): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
