/** The product, in one of three processes: engine, libp2p and classic-level as a member runs them. */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Admission, MemberRecord, Team } from '../../p2p/index.ts';
import { admitMember, DEFAULT_CONFIG, Driver, foundTeam, TEAM_NONCE_BYTES } from '../../p2p/index.ts';
import { signRecord } from '../../p2p/membership/admission.ts';
import type { Identity } from '../../p2p/libp2p/identity.ts';
import { identityOf } from '../../p2p/libp2p/identity.ts';
import { startHost } from '../../p2p/libp2p/host.ts';
import { systemClock, systemRandom } from '../../main/member/system-ports.ts';
import { openStore } from '../../storage/index.ts';
import type { Outcome } from '../../p2p/index.ts';
import type { BenchRequest, BenchResult, FloodRequest, FloodResult } from './bench-protocol.ts';
import { serveBench } from './bench-protocol.ts';
import { cpuMicros, drive, flood } from './load.ts';

const MEMBERS = 3;
const SEED_BYTES = 32;
const TRIES_MAX = 5_000;
const READY_WITHIN_MS = 20_000;

const [dir = '', indexText = '0'] = process.argv.slice(2);
const self = Number(indexText);
const identities = await Promise.all(
  Array.from({ length: MEMBERS }, async (_, index) =>
    identityOf(await generateKeyPairFromSeed('Ed25519', new Uint8Array(SEED_BYTES).fill(index + 1))),
  ),
);
const own = at(self);
const founder = at(0);
const team = foundTeam({ name: 'bench', partitions: 1024, founder: founder.peerId, nonce: new Uint8Array(TEAM_NONCE_BYTES) });
const store = await openStore({ dir });
const driver = await Driver.start({
  team,
  profile: {
    name: `m${self}`, machine: `m${self}`, zone: undefined, weight: 1, admission: admissionOf(own), firstStatus: 'up',
    introduced: identities.map((identity, index) => recordOf(team, identity, index)),
  },
  store,
  clock: systemClock(),
  random: systemRandom(),
  signer: own.signer,
  config: DEFAULT_CONFIG,
  setAside: () => undefined,
});
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const host = await startHost({
  identity: own, team, listen: ['/ip4/127.0.0.1/tcp/0'], peers: [], mdns: false, dht: false, gate: driver.gate,
  join: { redeem: () => Promise.resolve(undefined) }, bootNonce: store.identity.bootNonce, log: quiet,
});
driver.attach(host.transport, host.addresses());

function at(index: number): Identity {
  const identity = identities[index];
  if (identity === undefined) throw new Error(`no member ${index}`);
  return identity;
}

function admissionOf(identity: Identity): Admission {
  return admitMember(team, founder.signer, identity.peerId, 0);
}

function recordOf(of: Team, identity: Identity, index: number): MemberRecord {
  const admission = admitMember(of, founder.signer, identity.peerId, 0);
  const { peerId: member, signer } = identity;
  return signRecord({ member, incarnation: 1, status: 'up', name: `m${index}`, machine: `m${index}`, zone: undefined, weight: 1, addresses: [], admission }, signer);
}

async function connect(addresses: readonly string[]): Promise<void> {
  host.transport.introduce(addresses.map((address) => ({ member: address.split('/p2p/')[1] ?? '', addresses: [address] })));
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (driver.members().filter(({ liveness }) => liveness === 'alive').length < MEMBERS) {
    if (performance.now() > deadlineMs) throw new Error('the members do not find each other');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function run(request: BenchRequest): Promise<BenchResult> {
  const value = new Uint8Array(request.valueBytes).fill(7);
  const before = cpuMicros();
  const result = await drive(request.inFlight, request.operations, async (index) => {
    const key = `key${request.inFlight}-${index % request.keys}`;
    const outcome = await accepted(() =>
      request.op === 'put'
        ? driver.execute({ kind: 'put', bucket: 'bench', key, value, contentType: 'application/octet-stream', w: 2 })
        : driver.execute({ kind: 'get', bucket: 'bench', key, r: 2 }),
    );
    if (outcome.kind !== 'written' && outcome.kind !== 'read') throw new Error(JSON.stringify(outcome));
    if (outcome.kind === 'read' && outcome.siblings[0]?.value?.length !== request.valueBytes) throw new Error('a value is wrong');
  });
  return { ...result, cpuMicros: cpuMicros() - before };
}

/** A request keeps its room until this disk has it, which may be after its answer: then the next one has to wait a moment. */
async function accepted(ask: () => Promise<Outcome>): Promise<Outcome> {
  for (let tries = 1; ; tries += 1) {
    const outcome = await ask();
    if (outcome.kind !== 'overloaded' || tries === TRIES_MAX) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Always the same thousand keys, so that memory that grows is the queue's and not the store's. */
async function floodWith({ valueBytes, ...rate }: FloodRequest): Promise<FloodResult> {
  const value = new Uint8Array(valueBytes).fill(7);
  const put = (index: number): Promise<Outcome> =>
    driver.execute({ kind: 'put', bucket: 'flood', key: `key${index % 1_000}`, value, contentType: 'application/octet-stream', w: 2 });
  await driver.execute({ kind: 'set-bucket', bucket: 'flood', settings: { resolution: 'lww' } });
  return flood(rate, async (index) => (await put(index)).kind);
}

async function stop(): Promise<void> {
  driver.stop();
  await host.stop();
  await store.close();
}

const [address = ''] = host.addresses();
serveBench({ port: address, connect, run, flood: floodWith, stop });
