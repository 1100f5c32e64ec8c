/** Addresses of the contract that this version answers plainly with 501. */
import { notYet } from '../api-error.ts';
import type { Route } from '../router.ts';

export function laterRoutes(): readonly Route[] {
  return [
    later('GET', '/v1/buckets/:bucket/keys/:key/history', 'History over HTTP'),
  ];
}

function later(method: 'GET' | 'POST', path: string, what: string): Route {
  return {
    method,
    path,
    handle() {
      throw notYet(what);
    },
  };
}
