/** Server-sent events to any number of watchers, each bounded: who does not read is cut off. */
import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.ts';
import type { ApiEvent } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import { setSafeHeaders } from './exchange.ts';

export interface WatchFilter {
  readonly bucket: string | undefined;
  readonly prefix: string;
}

export interface Watchers {
  /** Turns the response into a stream of events. @throws ApiError `OVERLOADED`. */
  add(response: ServerResponse, filter: WatchFilter): void;
  stop(): void;
}

const WATCHERS_MAX = 256;
const QUEUED_BYTES_MAX = 1024 * 1024;
/** Keeps proxies and dead-connection detection happy. */
const HEARTBEAT_MS = 15_000;

export function createWatchers(dispatch: Dispatch): Watchers {
  const watchers = new Map<ServerResponse, WatchFilter>();
  const write = (response: ServerResponse, text: string): void => {
    if (response.writableLength > QUEUED_BYTES_MAX) response.destroy();
    else response.write(text);
  };
  const stopEvents = dispatch.onEvent((event) => {
    const text = format(event);
    for (const [response, filter] of watchers) if (passes(event, filter)) write(response, text);
  });
  const heartbeat = setInterval(() => {
    for (const response of watchers.keys()) write(response, ': alive\n\n');
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    add(response, filter) {
      if (watchers.size >= WATCHERS_MAX) throw new ApiError('OVERLOADED', 'Too many watchers.');
      response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
      setSafeHeaders(response);
      response.statusCode = 200;
      response.write('retry: 1000\n: watching\n\n');
      watchers.set(response, filter);
      response.on('close', () => watchers.delete(response));
    },
    stop() {
      clearInterval(heartbeat);
      stopEvents();
      for (const response of watchers.keys()) response.end();
    },
  };
}

function passes(event: ApiEvent, { bucket, prefix }: WatchFilter): boolean {
  if (!('key' in event) || event.type === 'copies' || event.type === 'merging') return false;
  return (bucket === undefined || event.bucket === bucket) && event.key.startsWith(prefix);
}

/** JSON has no line feeds outside of strings, and inside they are escaped: one `data` line. */
function format({ type, ...data }: ApiEvent): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
