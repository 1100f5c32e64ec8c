/** Addresses that people type, and that others would have them type. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../../../main/api/api-error.ts';
import { toDialAddress } from '../../../../main/api/dial-address.ts';
import { parseAddress } from '../../../../p2p/libp2p/addresses.ts';

const PEER = '12D3KooWKQvw3s1TfE5iMVd2BGZnbuzxBkpQP67TjkHCcxHLpwx6';

test('DR-6 what people type becomes one form that can be dialled', () => {
  const table: readonly (readonly [string, string])[] = [
    ['192.168.1.20:4001', '/ip4/192.168.1.20/tcp/4001'],
    ['  192.168.1.20:04001 ', '/ip4/192.168.1.20/tcp/4001'],
    ['[FD00::1]:4001', '/ip6/fd00::1/tcp/4001'],
    ['Front-Desk.local:4001', '/dns/front-desk.local/tcp/4001'],
    ['localhost:1', '/dns/localhost/tcp/1'],
    ['/ip4/10.0.0.1/tcp/4001/', '/ip4/10.0.0.1/tcp/4001'],
    [`/ip4/10.0.0.1/tcp/4001/p2p/${PEER}`, `/ip4/10.0.0.1/tcp/4001/p2p/${PEER}`],
    ['/dns4/desk/tcp/65535', '/dns4/desk/tcp/65535'],
  ];
  for (const [typed, address] of table) {
    assert.equal(toDialAddress(typed), address);
    assert.ok(parseAddress(address) !== undefined, `${address} is a multiaddr`);
    assert.equal(toDialAddress(address), address, 'again the same');
  }
});

test('DR-6 what is no address of a device is refused before anything is dialled', () => {
  const wrong = [
    '', ':', 'desk', 'desk:', 'desk:0', 'desk:65536', 'desk:4001/x', '192.168.1:4001', '300.1.1.1:4001', '0.0.0.0:4001', '224.0.0.1:1', '255.255.255.255:1', '[::]:1', '[ff02::1]:1',
    '[desk]:1', '::1:4001', 'http://desk:80', 'user@desk:80', '/ip4/10.0.0.1/udp/1', '/ip4/10.0.0.1/tcp/1/ws', '/ip4/fd00::1/tcp/1', '/ip6/10.0.0.1/tcp/1', '/unix/tmp/x', '/ip4/10.0.0.1/tcp/1/p2p-circuit',
    `/p2p/${PEER}`, '/ip4/10.0.0.1/tcp/1/p2p/short', '-desk:1', 'de sk:1', 'desk\u0000:1', `${'a'.repeat(64)}:1`, `${'a.'.repeat(127)}:1`, '/dns/../tcp/1',
  ];
  for (const typed of wrong) assert.throws(() => toDialAddress(typed), (error) => error instanceof ApiError && error.code === 'BAD_REQUEST', typed);
});

test('DR-6 whatever is typed, it is refused or can be dialled', () => {
  const part = fc.constantFrom('/', ':', 'ip4', 'tcp', 'dns', 'p2p', '1', '192.168.1.4', '::1', '[', ']', 'desk', '%', PEER, '.');
  fc.assert(fc.property(fc.oneof(fc.string(), fc.array(part, { maxLength: 9 }).map((parts) => parts.join('')), fc.array(part, { maxLength: 9 }).map((parts) => `/${parts.join('/')}`)), (typed) => {
    try {
      const address = toDialAddress(typed);
      assert.ok(parseAddress(address) !== undefined, address);
    } catch (error) {
      assert.ok(error instanceof ApiError);
    }
  }), { numRuns: 2_000 });
});
