/**
 * Requests a second over the transport: two processes on loopback, 1 KiB out and back, at 1, 16
 * and 64 in flight. Prints req/s and this process's CPU µs a request (both sides do equal work).
 *
 *     node test/bench/transport-bench.ts
 */
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fakeGate, newIdentity, quiet, startPeer } from '../unit/p2p/libp2p/harness.ts';

const PAYLOAD_BYTES = 1_024;
const IN_FLIGHT = [1, 16, 64];
const WARM_UP_MS = 1_000;
const MEASURE_MS = 3_000;

const openGate = { ...fakeGate(new Set()), admit: () => true, isMember: () => true };

if (process.argv[2] === 'echo') await echo();
else await measure();

async function echo(): Promise<void> {
  const peer = await startPeer(new Set(), { gate: openGate, log: quiet });
  peer.host.transport.onFrame((from, frame) => {
    peer.host.transport.send(from, 'quorum', frame);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ id: peer.id, addresses: peer.host.addresses() });
}

async function measure(): Promise<void> {
  const child = fork(import.meta.filename, ['echo']);
  const where = await new Promise<{ id: string; addresses: string[] }>((resolve) => {
    child.once('message', (message) => {
      resolve(message as { id: string; addresses: string[] });
    });
  });
  const peer = await startPeer(new Set(), { gate: openGate, identity: await newIdentity() });
  const connected = new Promise<void>((resolve) => {
    peer.host.transport.onPeer((event) => {
      if (event.kind === 'connected') resolve();
    });
  });
  peer.host.transport.introduce([{ member: where.id, addresses: where.addresses }]);
  await connected;
  for (const inFlight of IN_FLIGHT) await run(inFlight);
  await peer.host.stop();
  child.disconnect();

  async function run(inFlight: number): Promise<void> {
    const frame = new Uint8Array(PAYLOAD_BYTES).fill(1);
    let answered = 0;
    let running = true;
    const ask = (): void => {
      peer.host.transport.send(where.id, 'quorum', frame);
    };
    peer.host.transport.onFrame(() => {
      answered += 1;
      if (running) ask();
    });
    for (let index = 0; index < inFlight; index += 1) ask();
    await delay(WARM_UP_MS);
    answered = 0;
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    await delay(MEASURE_MS);
    const requestsPerSecond = (answered / (performance.now() - startMs)) * 1_000;
    const cpu = process.cpuUsage(cpuBefore);
    const cpuPerRequestUs = (cpu.user + cpu.system) / answered;
    running = false;
    console.log(`${inFlight} in flight: ${requestsPerSecond.toFixed(0)} req/s, ${cpuPerRequestUs.toFixed(1)} µs CPU/req`);
    await delay(200);
  }
}
