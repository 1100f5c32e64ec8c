/** How long a connection may be silent, and who has to speak. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { Dispatch } from '../../../../main/api/dispatch.ts';
import { startHttp } from '../../../../main/api/http-server.ts';

const IDLE_MS = 150;
const REPORT = { partitions: 1, exchanged: 1, differing: 0, repaired: 0 };

async function withServer(run: (port: number) => Promise<void>): Promise<void> {
  const dispatch = { call: () => delay(6 * IDLE_MS, REPORT), onEvent: () => () => undefined } as unknown as Dispatch;
  const server = await startHttp({
    dispatch,
    backend: {} as never,
    serveFile: () => undefined as never,
    listen: { host: '127.0.0.1', port: 0 },
    guard: () => ({ checkSource: () => undefined, checkToken: () => undefined }) as never,
    onUnexpected: () => undefined,
    idleTimeoutMs: IDLE_MS,
  });
  try {
    await run(server.port);
  } finally {
    await server.stop();
  }
}

test('AE-11 a repair that takes longer than a connection may be silent is answered all the same', () =>
  withServer(async (port) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/repair`, { method: 'POST' });
    assert.deepEqual(await answer.json(), REPORT);
  }));

test('SC-4 who is silent where it is its turn to speak is cut off: no request, or half a body', () =>
  withServer(async (port) => {
    const silent = connect(port, '127.0.0.1');
    const half = httpRequest({ port, method: 'PUT', path: '/v1/buckets/b/keys/k', headers: { 'content-length': '10' } });
    half.write('12345');
    const ended = Promise.all([
      new Promise((resolve) => silent.once('close', resolve)),
      new Promise((resolve) => half.once('error', resolve)),
    ]);
    silent.resume();
    assert.ok(await Promise.race([ended.then(() => true), delay(3_000, false)]));
  }));
