/** The browser's way to the calls: a WebSocket at `/v1/socket?token=…`, JSON text frames. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { errorBody, statusOf } from './api-error.ts';
import type { Dispatch } from './dispatch.ts';
import { parseTarget } from './exchange.ts';
import { openSession } from './frames.ts';
import type { Guard } from './guard.ts';

export interface SocketDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stop(): void;
}

/** A value of 1 MiB whose every character JSON escapes, and room. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
const QUEUED_BYTES_MAX = 32 * 1024 * 1024;
const SOCKETS_MAX = 64;
const PING_MS = 30_000;

export function createSocketDoor(
  dispatch: Dispatch,
  guard: Guard,
  onUnexpected: (error: unknown) => void,
): SocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES_MAX, perMessageDeflate: false });
  const answered = new WeakSet<WebSocket>();
  const ping = setInterval(() => {
    for (const client of server.clients) {
      if (!answered.delete(client)) client.terminate();
      else client.ping();
    }
  }, PING_MS);
  ping.unref();

  const serve = (client: WebSocket): void => {
    const session = openSession(
      dispatch,
      (frame) => {
        if (client.bufferedAmount > QUEUED_BYTES_MAX) client.terminate();
        else client.send(JSON.stringify(frame));
      },
      onUnexpected,
    );
    answered.add(client);
    client.on('pong', () => answered.add(client));
    client.on('message', (data, isBinary) => {
      const frame = isBinary ? undefined : parse(String(data));
      if (frame === undefined) client.close(1003, 'JSON text frames only');
      else session.receive(frame);
    });
    client.on('error', () => client.terminate());
    client.on('close', () => session.close());
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      try {
        guard.checkSource(request);
        const { segments, query } = parseTarget(request.url ?? '');
        if (segments.join('/') !== 'v1/socket') return refuse(socket, 404);
        guard.checkGivenToken(query.get('token') ?? undefined);
      } catch (error) {
        return refuse(socket, statusOf(errorBody(error).code));
      }
      if (server.clients.size >= SOCKETS_MAX) return refuse(socket, 429);
      server.handleUpgrade(request, socket, head, serve);
    },
    stop() {
      clearInterval(ping);
      for (const client of server.clients) client.close(1001);
      setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 500).unref();
      server.close();
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function parse(text: string): object | undefined {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === 'object' && frame !== null ? frame : undefined;
  } catch {
    return undefined;
  }
}
