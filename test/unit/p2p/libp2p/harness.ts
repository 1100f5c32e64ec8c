/** Hosts on 127.0.0.1 with a Gate that a test can open and shut. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { startHost } from '../../../../p2p/libp2p/host.ts';
import type { Host, HostInit } from '../../../../p2p/libp2p/host.ts';
import { identityOf } from '../../../../p2p/libp2p/identity.ts';
import type { Identity } from '../../../../p2p/libp2p/identity.ts';
import type { Gate, PeerEvent } from '../../../../p2p/ports.ts';

export const WAIT_MAX_MS = 8_000;

export const quiet: HostInit['log'] = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** The nonce that it was founded with is told by its id here. */
export function teamOf(id: string): HostInit['team'] {
  return { id, nonce: new TextEncoder().encode(id) };
}

/** Members are the ids in the set; credentials are any bytes. */
export function fakeGate(members: Set<string>): Gate {
  return {
    credentials: () => new Uint8Array([1, 2, 3]),
    admit: (from, credentials) => members.has(from) && credentials.byteLength === 3,
    isMember: (member) => members.has(member),
    verdict: () => new Uint8Array(),
    refused: () => undefined,
  };
}

/** A test that fails half-way leaves hosts behind: their sockets would keep its process alive. */
const started = new Set<Host>();
after(() => Promise.all([...started].map((host) => host.stop())));

export interface Peer {
  readonly id: string;
  readonly identity: Identity;
  readonly host: Host;
  readonly events: PeerEvent[];
  readonly frames: { from: string; frame: Uint8Array }[];
}

export async function newIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair('Ed25519'));
}

export async function startPeer(members: Set<string>, init: Partial<HostInit> = {}): Promise<Peer> {
  const identity = init.identity ?? (await newIdentity());
  const host = await startHost({
    identity,
    team: teamOf('team-1'),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    peers: [],
    mdns: false,
    dht: false,
    gate: fakeGate(members),
    join: { redeem: async () => undefined },
    bootNonce: randomBytes(6).toString('hex'),
    log: quiet,
    ...init,
  });
  started.add(host);
  const events: PeerEvent[] = [];
  const frames: Peer['frames'] = [];
  host.transport.onPeer((event) => events.push(event));
  host.transport.onFrame((from, frame) => frames.push({ from, frame }));
  return { id: identity.peerId, identity, host, events, frames };
}

export function introduce(peer: Peer, ...others: Peer[]): void {
  peer.host.transport.introduce(others.map((other) => ({ member: other.id, addresses: other.host.addresses() })));
}

export function isConnected(peer: Peer, other: string): boolean {
  return peer.host.connections().some((connection) => connection.member === other && connection.admitted);
}

export async function until(condition: () => boolean, what: string, maxMs = WAIT_MAX_MS): Promise<void> {
  for (let waitedMs = 0; waitedMs < maxMs; waitedMs += 20) {
    if (condition()) return;
    await delay(20);
  }
  assert.fail(`timed out: ${what}`);
}
