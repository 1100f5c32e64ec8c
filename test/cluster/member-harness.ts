/**
 * Real member processes, each stopped by its own id: on 127.0.0.1 without mDNS, or, with a command
 * prefix, in a network namespace with everything on and asked over `ringleaf.sock`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const LAUNCHER = fileURLToPath(new URL('../../main/ringleaf.js', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 12_000;
const LOG_CHARS_MAX = 65_536;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws when it is not. */
  // The shape is what the test is about to assert.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json(): any;
}

/** A member that is asked over HTTP on a port of this machine. */
export interface RunningMember extends SeatedMember {
  readonly url: string;
  readonly port: number;
  readonly token: string;
}

/** A member anywhere on this machine, also in a namespace of its own. */
export interface SeatedMember {
  readonly child: ChildProcess;
  readonly memberId: string;
  readonly teamId: string | null;
  readonly listen: readonly string[];
  readonly dataDir: string;
  /** The end of what it wrote to stderr. */
  log(): string;
  /** One request, with the token where one is needed. A header set to `undefined` is left out. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
}

export function temporaryDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'ringleaf-test-'));
}

export async function removeDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}

/** On 127.0.0.1. @throws with the member's stderr when it does not get ready. */
export async function startMember(dataDir: string, machine: string, args: readonly string[] = [], launcher = LAUNCHER): Promise<RunningMember> {
  const listen = args.includes('--listen') ? [] : ['--listen', '/ip4/127.0.0.1/tcp/0'];
  const started = start([], dataDir, machine, ['--no-mdns', '--no-dht', '--http', '127.0.0.1:0', ...listen, ...args], launcher);
  const ready = await started.ready;
  const token = (await readFile(join(dataDir, 'http-token'), 'utf8')).trim();
  const port = Number(new URL(ready.http ?? '').port);
  return {
    ...handleOf(started, ready, dataDir), port, token, url: ready.http ?? '',
    ask: (method, path, { headers = {}, body } = {}) =>
      ask(port, method, path, { headers: { authorization: `Bearer ${token}`, ...headers }, ...(body === undefined ? {} : { body }) }),
  };
}

/**
 * In a network namespace: listens on all of its addresses, mDNS and DHT on unless `args` say no.
 * @param prefix The command that runs another one there (`NamespaceLab.prefix`).
 * @throws with the member's stderr when it does not get ready.
 */
export async function startMemberIn(prefix: readonly string[], dataDir: string, machine: string, args: readonly string[] = []): Promise<SeatedMember> {
  const started = start(prefix, dataDir, machine, args);
  const ready = await started.ready;
  const socketPath = join(dataDir, 'ringleaf.sock');
  return { ...handleOf(started, ready, dataDir), ask: (method, path, options) => ask(socketPath, method, path, options) };
}

function start(prefix: readonly string[], dataDir: string, machine: string, args: readonly string[], launcher = LAUNCHER): Started {
  const name = args.includes('--name') ? [] : ['--name', machine];
  const fixed = ['--data-dir', dataDir, '--machine', machine, ...name];
  const [command = '', ...rest] = [...prefix, process.execPath, launcher, 'start', ...fixed, ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + String(chunk)).slice(-LOG_CHARS_MAX)));
  return { child, exited, log: () => log, ready: readyLine(child, () => log) };
}

function handleOf({ child, exited, log }: Started, ready: Ready, dataDir: string): Omit<SeatedMember, 'ask'> {
  return {
    child, dataDir, log, memberId: ready.memberId, teamId: ready.teamId, listen: ready.listen,
    async stop() {
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const code = await exited;
      clearTimeout(killer);
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A request exactly as written, to a port or a socket file: no client rewrites path or headers. */
export function ask(door: number | string, method: string, path: string, options: AskOptions = {}): Promise<Answer> {
  const headers = Object.fromEntries(Object.entries(options.headers ?? {}).filter(([, value]) => value !== undefined));
  const to = typeof door === 'string' ? { socketPath: door } : { host: '127.0.0.1', port: door };
  return new Promise((resolve, reject) => {
    const sent = request({ ...to, method, path, headers: headers as Record<string, string>, agent: false }, (answer) => {
      buffer(answer).then((bytes) => {
        const text = bytes.toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text, json: () => JSON.parse(text) });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(options.body);
  });
}

/** A team of `count` members, the first its founder. All are stopped again when one fails. */
export async function startTeam(dir: string, count: number, team = 'Test', argsOf: (index: number) => readonly string[] = () => []): Promise<RunningMember[]> {
  const founder = await startMember(join(dir, 'm1'), 'm1', ['--create-team', team, '--partitions', '64', ...argsOf(0)]);
  const members = [founder];
  try {
    for (let number = 2; number <= count; number += 1) {
      const { invite } = (await founder.ask('POST', '/v1/invites')).json();
      members.push(await startMember(join(dir, `m${number}`), `m${number}`, ['--join', invite, ...argsOf(number - 1)]));
    }
    await until('all members are up', async () => {
      for (const member of members) {
        const known: { status: string; liveness: string }[] = (await member.ask('GET', '/v1/members')).json();
        const up = known.filter(({ status, liveness }) => status === 'up' && liveness === 'alive');
        if (up.length !== count) return false;
      }
      return true;
    });
    return members;
  } catch (error) {
    await Promise.all(members.map((member) => member.kill()));
    throw error;
  }
}

export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}

/** Options for a start at the address that it had: who knows it finds it there. */
export function samePlace({ listen }: SeatedMember): readonly string[] {
  return ['--listen', (listen[0] ?? '').split('/p2p/')[0] ?? ''];
}

interface Ready {
  readonly http: string | null;
  readonly memberId: string;
  readonly teamId: string | null;
  readonly listen: readonly string[];
}

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly ready: Promise<Ready>;
  log(): string;
}

function readyLine(child: ChildProcess, log: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    let out = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready in time\n${log()}`));
    }, READY_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      out += String(chunk);
      if (!out.includes('\n')) return;
      clearTimeout(timer);
      resolve(JSON.parse(out.slice(0, out.indexOf('\n'))));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before it was ready\n${log()}`));
    });
  });
}
