/**
 * The floor: what three processes can do at all with raw TCP and classic-level, 2 of 3, fsynced by
 * group commit, with no ring, no causality, no encryption. Runs as a child of `bench.ts`.
 */
import { ClassicLevel } from 'classic-level';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { cpuMicros, drive } from './load.ts';
import type { BenchRequest, BenchResult } from './bench-protocol.ts';
import { serveBench } from './bench-protocol.ts';

const HEADER_BYTES = 9;
const PUT = 1;
const GET = 2;
const REPLY = 3;

class FloorMember {
  readonly #db: ClassicLevel<string, Uint8Array>;
  readonly #peers: Socket[] = [];
  readonly #waiting = new Map<number, () => void>();
  #batch: { key: string; value: Uint8Array; done: () => void }[] = [];
  #isSyncing = false;
  #id = 0;

  constructor(db: ClassicLevel<string, Uint8Array>) {
    this.#db = db;
  }

  listen(): Promise<number> {
    const server = createServer((socket) => this.#read(socket));
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  async connect(ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      const socket = connect(port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      this.#read(socket);
      this.#peers.push(socket);
    }
  }

  put(key: string, value: Uint8Array): Promise<void> {
    return this.#quorum(PUT, key, value, (done) => void this.#commit(key, value).then(done));
  }

  get(key: string): Promise<void> {
    return this.#quorum(GET, key, new Uint8Array(), (done) => {
      this.#db.getSync(key);
      done();
    });
  }

  #quorum(op: number, key: string, value: Uint8Array, local: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      let acks = 0;
      const ack = (): void => {
        acks += 1;
        if (acks === 2) resolve();
      };
      for (const peer of this.#peers) {
        this.#id += 1;
        this.#waiting.set(this.#id, ack);
        peer.write(frame(op, this.#id, Buffer.concat([Buffer.from(key), value])));
      }
      local(ack);
    });
  }

  #commit(key: string, value: Uint8Array): Promise<void> {
    return new Promise((done) => {
      this.#batch.push({ key, value, done });
      if (!this.#isSyncing) void this.#sync();
    });
  }

  async #sync(): Promise<void> {
    this.#isSyncing = true;
    while (this.#batch.length > 0) {
      const batch = this.#batch;
      this.#batch = [];
      await this.#db.batch(batch.map(({ key, value }) => ({ type: 'put' as const, key, value })), { sync: true });
      for (const { done } of batch) done();
    }
    this.#isSyncing = false;
  }

  #read(socket: Socket): void {
    socket.setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUInt32BE(0)) {
        const end = HEADER_BYTES + rest.readUInt32BE(0);
        this.#handle(socket, rest[4] ?? 0, rest.readUInt32BE(5), rest.subarray(HEADER_BYTES, end));
        rest = rest.subarray(end);
      }
    });
  }

  #handle(socket: Socket, op: number, id: number, payload: Buffer): void {
    const key = payload.subarray(0, 16).toString();
    if (op === PUT) void this.#commit(key, payload.subarray(16)).then(() => socket.write(frame(REPLY, id, Buffer.alloc(0))));
    if (op === GET) socket.write(frame(REPLY, id, Buffer.from(this.#db.getSync(key) ?? new Uint8Array())));
    if (op === REPLY) {
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
    }
  }
}

function frame(op: number, id: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length, 0);
  header[4] = op;
  header.writeUInt32BE(id, 5);
  return Buffer.concat([header, payload]);
}

const [dir = ''] = process.argv.slice(2);
const db = new ClassicLevel<string, Uint8Array>(dir, { valueEncoding: 'view' });
await db.open();
const member = new FloorMember(db);
const port = await member.listen();

async function run(request: BenchRequest): Promise<BenchResult> {
  const value = new Uint8Array(request.valueBytes).fill(7);
  const keyOf = (index: number): string => `key${String(index % request.keys).padStart(13, '0')}`;
  const cpuBefore = cpuMicros();
  const result = await drive(request.inFlight, request.operations, (index) =>
    request.op === 'put' ? member.put(keyOf(index), value) : member.get(keyOf(index)),
  );
  return { ...result, cpuMicros: cpuMicros() - cpuBefore };
}

serveBench({ port: String(port), connect: (addresses) => member.connect(addresses.map(Number)), run, stop: () => db.close() });
