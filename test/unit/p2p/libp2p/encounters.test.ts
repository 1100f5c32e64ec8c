/** DR: what a host has met with, and what an address that a person gives comes to. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { after, test } from 'node:test';
import { outcomeOf } from '../../../../p2p/libp2p/dial-failure.ts';
import type { DialOutcome } from '../../../../p2p/libp2p/dial-failure.ts';
import { Encounters } from '../../../../p2p/libp2p/encounters.ts';
import { introduce, isConnected, newIdentity, startPeer, teamOf, until } from './harness.ts';

const options = { timeout: 40_000 };
const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

/** A port of this machine; `undefined`: one where nobody listens. */
async function port(onConnection?: (server: Server) => void): Promise<number> {
  const server = createServer();
  onConnection?.(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (onConnection === undefined) await new Promise((resolve) => server.close(resolve));
  else servers.push(server);
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const coded = (code: string): Error => Object.assign(new Error(code), { code });
const named = (name: string, cause?: unknown): Error => Object.assign(new Error(name, { cause }), { name });

test('DR-5 errors of the network come down to kinds that a person can act on, however they are wrapped', () => {
  const table: readonly (readonly [unknown, DialOutcome])[] = [
    [coded('ECONNREFUSED'), 'refused'],
    [coded('EHOSTUNREACH'), 'unreachable'],
    [coded('ENETUNREACH'), 'unreachable'],
    [coded('ENOTFOUND'), 'no-such-name'],
    [named('TimeoutError'), 'timed-out'],
    [named('UnexpectedPeerError'), 'other-peer'],
    [named('EncryptionFailedError'), 'not-ringleaf'],
    [new AggregateError([coded('EHOSTUNREACH'), coded('ECONNREFUSED')], 'all failed'), 'refused'],
    [new AggregateError([coded('ECONNREFUSED'), named('X', named('UnexpectedPeerError'))]), 'other-peer'],
    [new Error('anything'), 'failed'],
    ['text', 'failed'],
    [undefined, 'failed'],
    [coded('__proto__'), 'failed'],
  ];
  for (const [error, outcome] of table) assert.equal(outcomeOf(error), outcome, String(error));
  const circle: Error & { cause?: unknown } = new Error('a');
  circle.cause = circle;
  assert.equal(outcomeOf(circle), 'failed');
});

test('DR-5 what is remembered is bounded, counts failures in a row, and ends with an admission', () => {
  let nowMs = 0;
  const encounters = new Encounters(() => nowMs, true);
  for (let at = 0; at < 500; at += 1) {
    nowMs += 1;
    encounters.dialled({ key: `k${at}`, member: `m${at}`, addresses: Array.from({ length: 40 }, () => 'a'), byHand: false }, 'refused');
    encounters.heard(`m${at}`);
    encounters.refused(`m${at}`, 'copy');
    encounters.stranger(`s${at}`);
  }
  const { dials, mdns, refusals, otherTeams } = encounters.seen();
  assert.deepEqual([dials.length, mdns.heard, refusals.length, otherTeams.devices], [64, 64, 64, 64]);
  assert.ok(dials.every(({ addresses }) => addresses.length <= 8));
  const last = { key: 'k499', member: 'm499', addresses: [], byHand: false };
  encounters.dialled(last, 'refused');
  nowMs += 10;
  const about = () => encounters.seen().dials.find(({ member }) => member === 'm499');
  assert.deepEqual([about()?.failures, about()?.agoMs], [2, 10]);
  encounters.dialled(last, 'knocking');
  encounters.shut('m499', 'turned-away');
  assert.deepEqual([about()?.outcome, about()?.failures], ['turned-away', 3]);
  encounters.admitted('m499');
  assert.deepEqual([about()?.outcome, about()?.failures], ['reached', 0]);
  assert.equal(encounters.seen().refusals.some(({ member }) => member === 'm499'), false);
  assert.deepEqual(new Encounters(() => 0, false).seen(), { sinceMs: 0, mdns: { on: false, heard: 0, lastAgoMs: null }, dials: [], refusals: [], otherTeams: { devices: 0, lastAgoMs: null } });
});

test('DR-6 an address given by hand: reached, refused, another peer, another team, no Ringleaf, this device', options, async () => {
  const members = new Set<string>();
  const [here, there] = [await startPeer(members), await startPeer(members)];
  members.add(here.id).add(there.id);
  const stranger = await startPeer(new Set(), { team: teamOf('team-2') });
  const plain = (address = ''): string => address.replace(/\/p2p\/.*/, '');
  const [address = ''] = there.host.addresses();
  const outcome = async (text: string): Promise<DialOutcome> => (await here.host.reach(text)).outcome;

  assert.equal(await outcome(`/ip4/127.0.0.1/tcp/${await port()}`), 'refused');
  assert.equal(await outcome(`${plain(address)}/p2p/${(await newIdentity()).peerId}`), 'other-peer');
  assert.equal(await outcome(plain(stranger.host.addresses()[0])), 'turned-away');
  await until(() => stranger.host.seen().otherTeams.devices === 1, 'the other team heard a stranger');
  assert.equal(await outcome(`/ip4/127.0.0.1/tcp/${await port((server) => server.on('connection', (socket) => socket.on('error', () => undefined).end('HTTP/1.1 400\r\n\r\n')))}`), 'not-ringleaf');
  assert.equal(await outcome(plain(here.host.addresses()[0])), 'self');
  assert.equal(await outcome(here.host.addresses()[0] ?? ''), 'self');
  assert.equal(await outcome('nonsense'), 'no-address');
  assert.deepEqual(await here.host.reach(plain(address)), { outcome: 'reached', member: there.id });
  assert.deepEqual(await here.host.reach(address), { outcome: 'reached', member: there.id }, 'also when it is connected already');
  assert.equal(here.host.seen().dials.find(({ member }) => member === there.id)?.outcome, 'reached');
  const before = here.host.seen().dials.length;
  here.host.forget(plain(stranger.host.addresses()[0]));
  assert.equal(here.host.seen().dials.length, before - 1);
});

test('DR-5 a host tells dials that were refused from a member that does not let it in', options, async () => {
  const [here, there] = [await startPeer(new Set(['x'])), await startPeer(new Set())];
  const gone = await startPeer(new Set());
  const hereMembers = new Set([there.id, gone.id]);
  const asker = await startPeer(hereMembers, { identity: here.identity });
  await gone.host.stop();
  introduce(asker, there, { ...gone, host: { ...gone.host, addresses: () => [`/ip4/127.0.0.1/tcp/1/p2p/${gone.id}`] } });
  const outcomeTo = (id: string) => asker.host.seen().dials.find(({ member }) => member === id)?.outcome;
  await until(() => outcomeTo(there.id) === 'turned-away' && outcomeTo(gone.id) === 'refused', 'both are known');
  assert.equal(isConnected(asker, there.id), false);
});
