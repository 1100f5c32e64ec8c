import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import type { Arrival } from '../../../../p2p/libp2p/arrivals.ts';
import { Arrivals } from '../../../../p2p/libp2p/arrivals.ts';

const ROOM = 8;
const isMembers = (host: string): boolean => host === '10.0.0.1' || host === '10.0.0.11';

function roomFor(): { readonly arrivals: Arrivals; readonly knock: (host: string) => { readonly isIn: boolean }; readonly out: string[] } {
  const arrivals = new Arrivals({ max: ROOM, isMembers });
  const out: string[] = [];
  let at = 0;
  const knock = (host: string) => {
    const name = `${host} ${at}`;
    const arrival = new EventTarget() as unknown as Arrival & { abort: () => void };
    Object.assign(arrival, { remoteAddr: multiaddr(`/ip4/${host}/tcp/${1000 + at}`), abort: () => out.push(name) });
    at += 1;
    return { isIn: arrivals.came(arrival) };
  };
  return { arrivals, knock, out };
}

test('SC-4 one address may have all the room; a newcomer from another takes the place of its oldest', () => {
  const { arrivals, knock, out } = roomFor();
  for (let at = 0; at < ROOM; at += 1) assert.ok(knock('10.0.0.9').isIn);
  assert.deepEqual(out, []);
  assert.ok(knock('10.0.0.2').isIn);
  assert.ok(knock('10.0.0.9').isIn, 'and a new one of its own does');
  assert.deepEqual(out, ['10.0.0.9 0', '10.0.0.9 1']);
  assert.equal(arrivals.count, ROOM);
});

test('SC-4 strangers from everywhere push each other out, and nobody who comes from an address of a member', () => {
  const { arrivals, knock, out } = roomFor();
  assert.ok(knock('10.0.0.1').isIn);
  assert.ok(knock('10.0.0.1').isIn);
  for (let at = 0; at < 100; at += 1) knock(`10.1.0.${at}`);
  assert.equal(arrivals.count, ROOM);
  assert.equal(out.length, 100 - (ROOM - 2));
  assert.deepEqual(out.filter((name) => name.startsWith('10.0.0.1 ')), []);
});

test('SC-4 a stranger finds no room where only members wait', () => {
  const { knock, out } = roomFor();
  for (let at = 0; at < ROOM; at += 1) knock(at % 2 === 0 ? '10.0.0.1' : '10.0.0.11');
  assert.equal(knock('10.0.0.8').isIn, false);
  assert.deepEqual(out, []);
});
