/** SC: places for strangers, who have proved a key that is no member's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { networkOf } from '../../../../p2p/libp2p/addresses.ts';
import { Links } from '../../../../p2p/libp2p/links.ts';
import { fakeGate, quiet } from './harness.ts';

const ROOM = 4;

class Knock extends EventTarget {
  readonly id: string;
  readonly remotePeer: string;
  readonly remoteAddr: ReturnType<typeof multiaddr>;
  readonly direction: 'inbound' | 'outbound';
  status = 'open';

  constructor(at: number, address: string, direction: 'inbound' | 'outbound') {
    super();
    [this.id, this.remotePeer, this.remoteAddr, this.direction] = [`connection ${at}`, `peer ${at}`, multiaddr(address), direction];
  }

  abort(): void {
    this.status = 'aborted';
    this.dispatchEvent(new Event('close'));
  }

  newStream(): Promise<never> {
    return Promise.reject(new Error('nobody answers'));
  }
}

function door(members = new Set<string>()) {
  const links = new Links({
    self: 'host', teamSecret: new Uint8Array(32), bootNonce: 'n', gate: fakeGate(members), log: quiet,
    limits: { admissionTimeoutMs: 5_000, strangersMax: ROOM }, nowMs: () => 0,
    onFrame: () => undefined, onPeer: () => undefined, onShut: () => undefined, onRefused: () => undefined,
    onStranger: () => undefined, onReady: () => undefined,
  });
  let at = 0;
  const knock = (address: string, direction: 'inbound' | 'outbound' = 'inbound'): Knock => {
    const one = new Knock((at += 1), address, direction);
    const connection = one as unknown as Connection;
    one.addEventListener('close', () => {
      links.closed(connection);
    });
    links.opened(connection);
    return one;
  };
  return { links, knock };
}

const from = (host: string, port = 1): string => `/ip4/${host}/tcp/${port}`;
const from6 = (host: string): string => `/ip6/${host}/tcp/1`;
const openOf = (knocks: readonly Knock[]): number => knocks.filter(({ status }) => status === 'open').length;

test('SC-19 one address that holds all places for strangers makes room for a stranger from another', () => {
  const { links, knock } = door();
  const crowd = Array.from({ length: 3 * ROOM }, (_, port) => knock(from('10.0.0.9', port + 1)));
  assert.equal(openOf(crowd), ROOM, 'with nobody else about it may have them all');
  const joiners = ['10.0.0.2', '10.0.0.3'].map((host) => knock(from(host)));
  const more = Array.from({ length: 3 * ROOM }, (_, port) => knock(from('10.0.0.9', port + 99)));
  assert.deepEqual([openOf(joiners), openOf([...crowd, ...more]), links.all().length], [2, ROOM - 2, ROOM]);
});

test('SC-19 an IPv6 network of 64 bits is one address', () => {
  const { knock } = door();
  const crowd = Array.from({ length: 3 * ROOM }, (_, at) => knock(from6(`2001:db8:0:7::${(at + 1).toString(16)}`)));
  const joiner = knock(from6('2001:db8:0:8::1'));
  const more = Array.from({ length: 3 * ROOM }, (_, at) => knock(from6(`2001:db8:0:7:${(at + 1).toString(16)}::1`)));
  assert.deepEqual([joiner.status, openOf([...crowd, ...more])], ['open', ROOM - 1]);
});

test('SC-19 members, whom this device dials and who is gone take no place of a stranger', () => {
  const { links, knock } = door(new Set(['peer 1', 'peer 2', 'peer 3']));
  const members = [1, 2, 3].map(() => knock(from('10.0.0.1')));
  const dialled = knock(from('10.0.0.4'), 'outbound');
  const strangers = Array.from({ length: ROOM }, (_, at) => knock(from(`10.0.1.${at}`)));
  assert.deepEqual([openOf(members), openOf(strangers), dialled.status], [3, ROOM, 'open']);
  strangers[0]?.abort();
  const next = knock(from('10.0.2.1'));
  assert.deepEqual([next.status, openOf(strangers), links.all().length], ['open', ROOM - 1, 3 + 1 + ROOM]);
  assert.equal(openOf([...members, ...strangers, next, knock(from('10.0.3.1'))]), 3 + ROOM, 'one a place');
});

test('SC-19 the network of an address is what one device can have all of', () => {
  const networks: readonly (readonly [string, string])[] = [
    [from('10.0.0.9'), '10.0.0.9'],
    [from6('2001:db8::1'), '2001:db8:0:0::/64'],
    [from6('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64'],
    [from6('2001:db8:0:0:1::'), '2001:db8:0:0::/64'],
    [from6('::1'), '0:0:0:0::/64'],
    [from6('::ffff:10.0.0.9'), '::ffff:a00:9'],
    ['/dns4/desk.example/tcp/1', 'desk.example'],
  ];
  for (const [address, network] of networks) assert.equal(networkOf(multiaddr(address)), network, address);
});
