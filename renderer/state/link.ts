/**
 * The way to the member, below the calls: frames in, frames out, and whether it is there.
 * In the desktop it is a MessagePort that the preload hands over (again after every restart of the
 * engine); in a browser it is a WebSocket of the same origin that is dialled again with back-off.
 */
import type { ClientFrame, ServerFrame } from '../../main/api/contract.ts';

export type LinkState = 'connecting' | 'open' | 'lost';

export interface LinkHandlers {
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onState: (state: LinkState) => void;
}

export interface Link {
  /** False when it cannot be sent now. */
  send(frame: ClientFrame): boolean;
  retryNow(): void;
}

declare global {
  interface Window {
    readonly ringleaf?: { readonly desktop?: boolean };
  }
}

/** After so many events the member is told that they were taken: it sends some hundred more, and then none. */
const TAKEN_EVERY = 64;
const BACKOFF_FIRST_MS = 250;
const BACKOFF_MAX_MS = 5_000;
const TOKEN_KEY = 'ringleaf.token';

export function openLink(handlers: LinkHandlers): Link {
  return window.ringleaf?.desktop === true ? portLink(handlers) : socketLink(handlers);
}

function portLink({ onFrame, onState }: LinkHandlers): Link {
  let port: MessagePort | undefined;
  const announce = (): void => window.postMessage({ type: 'ringleaf-ready' }, '/');

  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const handed = event.ports[0];
    if (event.source !== window || !isPortMessage(event.data) || handed === undefined) return;
    port?.close();
    port = handed;
    let taken = 0;
    handed.onmessage = (message: MessageEvent<ServerFrame>) => {
      onFrame(message.data);
      if (!('event' in message.data)) return;
      taken += 1;
      if (taken % TAKEN_EVERY === 0) handed.postMessage({ taken } satisfies ClientFrame);
    };
    handed.addEventListener('close', () => {
      if (port !== handed) return;
      port = undefined;
      onState('lost');
    });
    onState('open');
  });
  announce();

  return {
    send(frame) {
      port?.postMessage(frame);
      return port !== undefined;
    },
    retryNow: announce,
  };
}

function isPortMessage(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'ringleaf-port';
}

function socketLink({ onFrame, onState }: LinkHandlers): Link {
  const url = socketUrl(takeToken());
  let socket: WebSocket | undefined;
  let backoffMs = BACKOFF_FIRST_MS;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const dial = (): void => {
    clearTimeout(timer);
    const dialled = new WebSocket(url);
    socket = dialled;
    dialled.onopen = () => {
      backoffMs = BACKOFF_FIRST_MS;
      onState('open');
    };
    dialled.onmessage = (message: MessageEvent<string>) => onFrame(JSON.parse(message.data) as ServerFrame);
    dialled.onclose = () => {
      if (socket !== dialled) return;
      socket = undefined;
      onState('lost');
      timer = setTimeout(dial, backoffMs);
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS);
    };
  };
  dial();

  return {
    send(frame) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    retryNow() {
      if (socket === undefined) dial();
    },
  };
}

/** The token leaves the address bar at once, so that it is in no history and no screenshot. */
function takeToken(): string {
  const address = new URL(window.location.href);
  const given = address.searchParams.get('token');
  if (given !== null) {
    sessionStorage.setItem(TOKEN_KEY, given);
    address.searchParams.delete('token');
    history.replaceState(history.state, '', address);
  }
  return given ?? sessionStorage.getItem(TOKEN_KEY) ?? '';
}

function socketUrl(token: string): string {
  const url = new URL('/v1/socket', window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('token', token);
  return url.href;
}
