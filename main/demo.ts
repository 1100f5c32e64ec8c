/**
 * `npm run demo`: a team of three on this machine, loopback only, with records and two conflicts
 * that were really written apart: each writer ran while the two others were stopped.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Desk {
  readonly name: string;
  readonly person: string;
  readonly dir: string;
  readonly machine: string;
  /** Kept over restarts, so that the others find it again. */
  listen: string;
  process: ChildProcess;
  http: string;
  ui: string;
}

const LAUNCHER = fileURLToPath(new URL('./ringleaf.js', import.meta.url));
const READY_MS = 30_000;
const STOP_MS = 12_000;
const SETTLE_MS = 60_000;
const POLL_MS = 200;
const FOUNDER = { name: 'Front desk', person: 'Anna Berg' };
const JOINERS = [{ name: 'Workshop', person: 'Ben Ito' }, { name: 'Office', person: 'Cleo Diaz' }];
const NOTE = 'Shopping\n\n- Coffee\n- Paper\n';
const STOCK = { item: 'Desk lamp', count: 12, shelf: 'A3' };

const desks: Desk[] = [];
const dir = await mkdtemp(join(tmpdir(), 'ringleaf-demo-'));
const asked = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
});

try {
  await Promise.race([prepare(), asked]);
  await asked;
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await Promise.all(desks.map(stop));
  await rm(dir, { recursive: true, force: true });
}
process.exit();

async function prepare(): Promise<void> {
  say('Starting three members on this machine…');
  const first = await openDesk(FOUNDER, 1, ['--create-team', 'Demo', '--partitions', '256']);
  for (const [index, joiner] of JOINERS.entries()) {
    const { invite } = (await (await ask(first, 'POST', '/v1/invites')).json()) as { invite: string };
    await openDesk(joiner, index + 2, ['--join', invite]);
  }
  await until('the members know each other', everybodyUp);
  say(`Writing ${await writeCountries(first)} records…`);
  await write(first, 'notes/shopping.md', NOTE, 'text/markdown');
  await write(first, 'inventory/desk-lamp', JSON.stringify(STOCK), 'application/json');
  say('Two members now write the same keys while they are apart…');
  await writeApart();
  await until('both conflicts are there', async () => {
    const { conflicts } = (await (await ask(first, 'GET', '/v1/conflicts')).json()) as { conflicts: readonly unknown[] };
    // A read asks all copies and repairs them: it brings the two writes together at once.
    await read(first, 'notes/shopping.md');
    await read(first, 'inventory/desk-lamp');
    return conflicts.length >= 2;
  });
  for (const desk of desks) say(`${`${desk.person}, ${desk.name}`.padEnd(24)} ${desk.ui}`);
  say('Two conflicts wait to be merged: notes/shopping.md and inventory/desk-lamp. Ctrl-C stops all.');
}

async function writeApart(): Promise<void> {
  const [first, second, third] = desks;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three members are needed');
  const note = await read(first, 'notes/shopping.md');
  const stock = await read(first, 'inventory/desk-lamp');
  await Promise.all([stop(second), stop(third)]);
  await write(first, 'notes/shopping.md', `${NOTE}- Tea\n`, 'text/markdown', note);
  await write(first, 'inventory/desk-lamp', JSON.stringify({ ...STOCK, count: 10 }), 'application/json', stock);
  await stop(first);
  await restart(second);
  await write(second, 'notes/shopping.md', `${NOTE}- Envelopes\n`, 'text/markdown', note);
  await write(second, 'inventory/desk-lamp', JSON.stringify({ ...STOCK, count: 9, shelf: 'B1' }), 'application/json', stock);
  await restart(third);
  await restart(first);
  await until('the members found each other again', everybodyUp);
}

async function writeCountries(desk: Desk): Promise<number> {
  const path = createRequire(import.meta.url).resolve('world-countries/countries.json');
  const countries = JSON.parse(await readFile(path, 'utf8')) as readonly Record<string, unknown>[];
  const batch = 32;
  for (let from = 0; from < countries.length; from += batch) {
    await Promise.all(countries.slice(from, from + batch).map(({ cca3, name, capital, region, languages, area, borders }) => {
      const record = JSON.stringify({ name, capital, region, languages, area, borders });
      return write(desk, `countries/${String(cca3)}`, record, 'application/json');
    }));
  }
  return countries.length;
}

async function openDesk(who: Pick<Desk, 'name' | 'person'>, number: number, args: readonly string[]): Promise<Desk> {
  const place = { ...who, dir: join(dir, `member-${number}`), machine: `demo-${number}` };
  const started = await launch({ ...place, listen: '/ip4/127.0.0.1/tcp/0' }, args);
  const desk: Desk = { ...place, ...started };
  desks.push(desk);
  return desk;
}

async function restart(desk: Desk): Promise<void> {
  Object.assign(desk, await launch(desk, []));
}

async function launch(
  desk: Pick<Desk, 'name' | 'person' | 'dir' | 'machine' | 'listen'>,
  args: readonly string[],
): Promise<Pick<Desk, 'process' | 'http' | 'ui' | 'listen'>> {
  const fixed = ['--data-dir', desk.dir, '--name', desk.name, '--person', desk.person, '--machine', desk.machine, '--listen', desk.listen];
  const alone = ['--no-mdns', '--no-dht', '--http', '127.0.0.1:0'];
  const child = spawn(process.execPath, [LAUNCHER, 'start', ...fixed, ...alone, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // Ctrl-C reaches this process alone, which then stops its members in order.
    detached: process.platform !== 'win32',
  });
  const line = await firstLine(child, desk.name);
  const { http, ui, listen } = JSON.parse(line) as { http: string; ui: string; listen: readonly string[] };
  return { process: child, http, ui, listen: (listen[0] ?? desk.listen).replace(/\/p2p\/.*$/, '') };
}

function firstLine(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${name} ${why}`));
    };
    const timer = setTimeout(() => fail('did not start in time'), READY_MS);
    child.once('exit', (code) => fail(`ended with ${code ?? 'a signal'}`));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (!text.includes('\n')) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}

async function stop(desk: Desk): Promise<void> {
  const { process: child } = desk;
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  child.kill('SIGTERM');
  await ended;
  clearTimeout(killer);
}

async function everybodyUp(): Promise<boolean> {
  for (const desk of desks) {
    const members = (await (await ask(desk, 'GET', '/v1/members')).json()) as readonly { status: string; liveness: string }[];
    const up = members.filter(({ status, liveness }) => status === 'up' && liveness === 'alive');
    if (up.length !== desks.length) return false;
  }
  return true;
}

/** The context of a record, as a reader would hand it back. */
async function read(desk: Desk, record: string): Promise<string> {
  return (await ask(desk, 'GET', pathOf(record))).headers.get('x-causal-context') ?? '';
}

/** `w=any`: kept even by a member that is alone. */
async function write(desk: Desk, record: string, body: string, type: string, context?: string): Promise<void> {
  const headers = { 'content-type': type, ...(context === undefined ? {} : { 'x-causal-context': context }) };
  const query = context === undefined ? '' : '?w=any';
  const answer = await ask(desk, 'PUT', pathOf(record) + query, { headers, body });
  if (!answer.ok) throw new Error(`${desk.name} could not write ${record}: ${await answer.text()}`);
}

/** @param record A bucket and a key, with a slash between them. */
function pathOf(record: string): string {
  return `/v1/buckets/${record.replace('/', '/keys/')}`;
}

async function ask(desk: Desk, method: string, path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const token = new URL(desk.ui).searchParams.get('token') ?? '';
  return fetch(desk.http + path, { ...init, method, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
