import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { socketGuard, tcpGuard } from '../../../../main/api/guard.ts';

const guard = tcpGuard({ host: '127.0.0.1', port: 4000, token: 'secret' });
const from = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage;

test('only the names of this listener are its Host', () => {
  for (const host of ['127.0.0.1:4000', 'localhost:4000', 'LOCALHOST:4000', '[::1]:4000']) guard.checkSource(from({ host }));
  for (const host of ['', '127.0.0.1', '127.0.0.1:4001', 'localhost.evil:4000', '127.0.0.2:4000']) {
    assert.throws(() => guard.checkSource(from({ host })), { code: 'FORBIDDEN' }, host);
  }
});

test('an Origin is ours or refused, null too', () => {
  const host = '127.0.0.1:4000';
  guard.checkSource(from({ host, origin: 'http://localhost:4000' }));
  for (const origin of ['null', '', 'file://', 'https://127.0.0.1:4000', 'http://127.0.0.1', 'http://x@127.0.0.1:4000']) {
    assert.throws(() => guard.checkSource(from({ host, origin })), { code: 'FORBIDDEN' }, origin);
  }
});

test('a token is whole and exact', () => {
  guard.checkToken(from({ authorization: 'Bearer secret' }));
  for (const authorization of ['', 'Bearer', 'Bearer ', 'Bearer secre', 'Bearer secrets', 'secret', 'Basic secret']) {
    assert.throws(() => guard.checkToken(from({ authorization })), { code: 'UNAUTHORIZED' });
  }
  assert.throws(() => guard.checkGivenToken(undefined), { code: 'UNAUTHORIZED' });
});

test('a listener on all addresses takes no invented name', () => {
  assert.throws(() => tcpGuard({ host: '0.0.0.0', port: 1, token: 't' }).checkSource(from({ host: 'evil.example:1' })), { code: 'FORBIDDEN' });
});

test('the socket needs no token, and serves no browser', () => {
  socketGuard().checkToken(from({}));
  assert.throws(() => socketGuard().checkSource(from({ origin: 'http://localhost' })), { code: 'FORBIDDEN' });
});
