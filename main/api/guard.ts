/**
 * Who may use HTTP on loopback. Any page in any browser of this machine can send requests here, so
 * the host that it believes to talk to (DNS rebinding) and the page that it runs on must be ours,
 * and it must know the token. CVE-2018-5702 is the lesson.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { ApiError } from './api-error.ts';

export interface Guard {
  /** Exact Host and Origin. @throws ApiError `FORBIDDEN`. */
  checkSource(request: IncomingMessage): void;
  /** The bearer token. @throws ApiError `UNAUTHORIZED`. */
  checkToken(request: IncomingMessage): void;
  /** A token from elsewhere (the socket's query). @throws ApiError `UNAUTHORIZED`. */
  checkGivenToken(token: string | undefined): void;
}

/** For a TCP listener on `host:port`. */
export function tcpGuard(init: { readonly host: string; readonly port: number; readonly token: string }): Guard {
  const hosts = allowedHosts(init.host, init.port);
  const expected = digest(init.token);
  const checkGivenToken = (token: string | undefined): void => {
    if (token !== undefined && timingSafeEqual(digest(token), expected)) return;
    throw new ApiError('UNAUTHORIZED', 'A valid token is needed: see http-token in the data folder.');
  };
  return {
    checkSource({ headers }) {
      if (!hosts.has((headers.host ?? '').toLowerCase())) {
        throw new ApiError('FORBIDDEN', 'This Host is not served here.');
      }
      const { origin } = headers;
      if (origin === undefined) return;
      if (!origin.startsWith('http://') || !hosts.has(origin.slice('http://'.length).toLowerCase())) {
        throw new ApiError('FORBIDDEN', 'Requests from this Origin are not served.');
      }
    },
    checkToken: ({ headers }) => checkGivenToken(/^Bearer ([\x21-\x7e]{1,256})$/i.exec(headers.authorization ?? '')?.[1]),
    checkGivenToken,
  };
}

/** For the unix socket or pipe: the file's mode is the lock, and no browser can reach it. */
export function socketGuard(): Guard {
  return {
    checkSource({ headers }) {
      if (headers.origin !== undefined) throw new ApiError('FORBIDDEN', 'Browsers are not served here.');
    },
    checkToken: () => undefined,
    checkGivenToken: () => undefined,
  };
}

/** Names under which a listener on this address may be addressed, with the port. */
function allowedHosts(host: string, port: number): ReadonlySet<string> {
  const names = new Set([host]);
  if (host === '127.0.0.1' || host === '::1' || host === 'localhost') {
    for (const name of ['127.0.0.1', '::1', 'localhost']) names.add(name);
  }
  if (host === '0.0.0.0' || host === '::') {
    names.add('localhost');
    for (const { address } of Object.values(networkInterfaces()).flatMap((all) => all ?? [])) names.add(address);
  }
  const written = [...names].map((name) => (name.includes(':') ? `[${name}]` : name).toLowerCase());
  return new Set(written.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])));
}

/** Equal lengths for a comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
