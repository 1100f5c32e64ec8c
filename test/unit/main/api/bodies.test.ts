/** What the HTTP door holds in memory at once. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { Dispatch } from '../../../../main/api/dispatch.ts';
import { BODIES_BYTES_MAX, readBody } from '../../../../main/api/exchange.ts';
import { transferRoutes } from '../../../../main/api/routes/transfer.ts';
import type { Watchers } from '../../../../main/api/watch.ts';

const MEBIBYTE = 1024 * 1024;

function requestOf(headers: Readonly<Record<string, string>>): IncomingMessage & PassThrough {
  return Object.assign(new PassThrough(), { headers, complete: true }) as unknown as IncomingMessage & PassThrough;
}

test('QP-18 bodies that are being read are bounded in bytes over all requests; one too many is refused, and the room comes back', async () => {
  const open = Array.from({ length: BODIES_BYTES_MAX / MEBIBYTE }, () => requestOf({ 'content-length': `${MEBIBYTE}` }));
  const read = open.map((request) => readBody(request, MEBIBYTE));
  await assert.rejects(readBody(requestOf({ 'content-length': '1000' }), MEBIBYTE), { code: 'OVERLOADED' });
  await assert.rejects(readBody(requestOf({}), MEBIBYTE), { code: 'OVERLOADED' }, 'one that does not say its length may be as long as it may');
  const [first, second, ...others] = open;
  first?.end('x');
  second?.destroy(new Error('gone'));
  await Promise.allSettled(read.slice(0, 2));
  const two = [requestOf({}), requestOf({ 'content-length': '1' })];
  const more = two.map((request) => readBody(request, MEBIBYTE));
  for (const request of [...two, ...others]) request.end('y');
  assert.deepEqual((await Promise.all([...more, ...read.slice(2)])).map(String), [...two, ...others].map(() => 'y'));
});

test('QP-18 exports and imports at once are bounded', async () => {
  const never = { engine: () => ({ execute: () => new Promise(() => undefined) }) } as unknown as Dispatch;
  const route = transferRoutes(never, {} as Watchers).find(({ path }) => path === '/v1/export');
  assert.ok(route !== undefined);
  const start = (): unknown => route.handle({ query: new URLSearchParams(), response: {} as ServerResponse, request: requestOf({}), segments: [], method: 'GET' }, {});
  for (let transfer = 0; transfer < 4; transfer += 1) void start();
  await assert.rejects(async () => start(), { code: 'OVERLOADED' });
});
