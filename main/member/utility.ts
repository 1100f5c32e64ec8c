/** The member as Electron's utilityProcess: clients come as MessagePorts, the parent says stop. */
import { openSession } from '../api/frames.ts';
import { KeychainAtParent } from './keychain-at-parent.ts';
import { openLog } from './log.ts';
import { startMember, type Member } from './member.ts';
import { parseStartOptions } from './options.ts';
import { askGiven, takePassphrase } from './passphrase.ts';
import { PersonAtWindow } from './person-at-window.ts';
import { StartError } from './start-error.ts';

/** The parts of Electron's `MessagePortMain` and `ParentPort` that are used here. */
interface ClientPort {
  on(event: 'message', handler: (message: { readonly data: unknown }) => void): void;
  on(event: 'close', handler: () => void): void;
  postMessage(message: unknown): void;
  start(): void;
}
interface ParentPort {
  on(event: 'message', handler: (message: { readonly data: unknown; readonly ports: readonly ClientPort[] }) => void): void;
  postMessage(message: unknown): void;
}

/** Eight times what a client takes before it says so; some 100 kB, and 32 MiB were each about a key with the largest context. */
const EVENTS_UNTAKEN_MAX = 512;
const ORPHAN_CHECK_MS = 1_000;
const STOP_DEADLINE_MS = 8_000;

const log = openLog(process.env['RINGLEAF_LOG_LEVEL']);

await main();

async function main(): Promise<void> {
  const parent = parentPort();
  if (parent === undefined) {
    log('error', 'This is the member of the desktop app: run "ringleaf start" instead.');
    process.exit(1);
  }
  const person = new PersonAtWindow((message) => parent.postMessage(message));
  const keychain = new KeychainAtParent((message) => parent.postMessage(message));
  const passphrase = askGiven(takePassphrase(process.env), (wasWrong) => person.ask(wasWrong));
  const running = startMember(parseOptions(parent), log, { passphrase, keychain });
  parent.on('message', ({ data, ports }) => {
    if (typeof data !== 'object' || data === null || !('type' in data)) return;
    person.receive(data);
    keychain.receive(data);
    if (data.type === 'stop') void stop(running);
    if (data.type !== 'client') return;
    for (const port of ports) void running.then((member) => serve(member, port)).catch(() => undefined);
  });
  exitWithParent(running);
  try {
    const { event: type, ...ready } = (await running).ready;
    parent.postMessage({ type, ...ready });
  } catch (error) {
    fail(parent, error);
  }
}

function parseOptions(parent: ParentPort): ReturnType<typeof parseStartOptions> {
  try {
    return parseStartOptions(process.argv.slice(2), process.env);
  } catch (error) {
    return fail(parent, error);
  }
}

function serve(member: Member, port: ClientPort): void {
  const session = openSession(
    member.dispatch,
    (frame) => port.postMessage(frame),
    (error) => log('error', 'A call failed.', { err: error }),
    EVENTS_UNTAKEN_MAX,
  );
  port.on('message', ({ data }) => session.receive(data));
  port.on('close', () => session.close());
  port.start();
}

function fail(parent: ParentPort, error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  log('error', 'The member could not start.', { err: error });
  const exitCode = error instanceof StartError ? error.exitCode : 5;
  parent.postMessage({ type: 'failed', exitCode, message });
  process.exit(exitCode);
}

async function stop(running: Promise<Member>): Promise<void> {
  setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
  await running.then((member) => member.stop()).catch(() => undefined);
  process.exit(0);
}

/** A parent that was killed says nothing; being handed to another parent tells. */
function exitWithParent(running: Promise<Member>): void {
  const parentPid = process.ppid;
  setInterval(() => {
    if (process.ppid !== parentPid) void stop(running);
  }, ORPHAN_CHECK_MS).unref();
}

function parentPort(): ParentPort | undefined {
  return 'parentPort' in process ? (process.parentPort) : undefined;
}
