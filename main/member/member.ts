/**
 * The composition root: one member process. The store's lock comes first (it keeps a second
 * process out of everything else), then identity, then, if there is a team, the network and the
 * core, and at last the doors through which clients come in.
 */
import { chmod } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../p2p/index.ts';
import { createDispatch, type Dispatch } from '../api/dispatch.ts';
import { socketGuard, tcpGuard } from '../api/guard.ts';
import { startHttp, type HttpServer } from '../api/http-server.ts';
import { serveFiles } from '../api/static-files.ts';
import { httpToken, makeDataDir, removeStaleSocket, socketPath } from './data-dir.ts';
import type { Log, Parts } from './engine.ts';
import { type KeyAsking, openersOf } from './key-asking.ts';
import { machineId } from './machine-id.ts';
import { takeNewIdentity } from './new-identity.ts';
import { Seat, STORE_DIR } from './seat.ts';
import type { StartOptions } from './options.ts';
import { OwnNames } from './own-names.ts';
import { realParts } from './parts.ts';
import { StartError } from './start-error.ts';
import { openTeamDesk, type TeamDesk } from './team-desk.ts';

export interface ReadyLine {
  readonly event: 'ready';
  readonly pid: number;
  readonly memberId: string;
  readonly teamId: string | null;
  readonly http: string | null;
  readonly ui: string | null;
  readonly listen: readonly string[];
  readonly dataDir: string;
}

export interface Member {
  readonly ready: ReadyLine;
  readonly dispatch: Dispatch;
  /** Clean end; further calls wait for the same one. */
  stop(): Promise<void>;
}

// The same relative places from `main/member/` and from the bundle in `dist/main/`.
const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
const INTERFACE_DIR = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

/** @param asking Who opens the device's key, where it is encrypted. @throws StartError with the exit code. */
export async function startMember(options: StartOptions, log: Log, asking: KeyAsking, parts: Parts = realParts): Promise<Member> {
  const { dataDir } = options;
  await makeDataDir(dataDir);
  const store = await openOwnStore(dataDir, parts);
  const opened: (() => Promise<void>)[] = [];
  let closeStore = (): Promise<void> => store.close();
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) {
      await close().catch((error: unknown) => log('error', 'Closing failed.', { err: error }));
    }
    await closeStore().catch((error: unknown) => log('error', 'The store did not close.', { err: error }));
  };
  try {
    if (options.newIdentity) await takeNewIdentity(dataDir, store);
    const key = await parts.openKey(dataDir, openersOf(asking, dataDir));
    const machine = options.machine ?? (await machineId(dataDir));
    const { zone, weight } = options;
    const names = await OwnNames.open(dataDir, options);
    const seat = await Seat.open({ dataDir, parts, log, store, key });
    closeStore = () => seat.close();
    const desk = await openTeamDesk({ parts, options, seat, names, place: { machine, zone, weight }, keychain: asking.keychain, log, version: packageVersion() });
    opened.push(() => desk.stop());
    await enterTeam(desk, options, log);
    const dispatch = createDispatch(desk);
    const token = await httpToken(dataDir);
    const http = await openDoors({ options, dispatch, backend: desk, token, log, opened });
    const url = http?.address ?? null;
    if (url !== null) desk.servesAt(url);
    const ready: ReadyLine = {
      event: 'ready',
      pid: process.pid,
      memberId: desk.memberId,
      teamId: desk.team()?.teamId ?? null,
      http: url,
      ui: url === null ? null : `${url}/?token=${token}`,
      listen: desk.listen(),
      dataDir,
    };
    let stopping: Promise<void> | undefined;
    return { ready, dispatch, stop: () => (stopping ??= closeAll()) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openOwnStore(dataDir: string, parts: Parts): Promise<Store> {
  try {
    return await parts.openStore(join(dataDir, STORE_DIR));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'STORE_LOCKED') {
      throw new StartError(5, `Another Ringleaf runs on ${dataDir} already. Stop it first, or use another --data-dir.`);
    }
    throw new StartError(5, `The store in ${dataDir} cannot be opened: ${messageOf(error)}`);
  }
}

/** `--create-team` and `--join` at a later start, in a team already, change nothing; after a removal they do. */
async function enterTeam(desk: TeamDesk, options: StartOptions, log: Log): Promise<void> {
  const wanted = options.createTeam ?? options.join;
  if (wanted === undefined) return;
  const present = desk.team();
  const isOut = desk.membership()?.status === 'removed';
  if (present !== undefined && !isOut) {
    if (options.createTeam !== undefined && options.createTeam !== present.name) {
      throw new StartError(1, `This device is in the team "${present.name}" already.`);
    }
    log('info', 'This device is in its team already.', { team: present.name });
    return;
  }
  try {
    if (options.createTeam !== undefined) await desk.createTeam({ name: wanted, partitions: options.partitions });
    else await desk.join({ invite: wanted });
  } catch (error) {
    if (isOut) {
      // The invite of long ago stands in a service's settings: no reason to keep its owner from the data.
      log('warn', 'This device was removed from its team, and did not get into another.', { err: error });
      return;
    }
    const code = error instanceof Error && 'code' in error ? error.code : '';
    throw new StartError(code === 'INVITER_UNREACHABLE' ? 5 : 1, messageOf(error));
  }
}

interface Doors {
  readonly options: StartOptions;
  readonly dispatch: Dispatch;
  readonly backend: TeamDesk;
  readonly token: string;
  readonly log: Log;
  readonly opened: (() => Promise<void>)[];
}

/** The socket for the CLI, and HTTP over TCP when it is asked for. */
async function openDoors({ options, dispatch, backend, token, log, opened }: Doors): Promise<HttpServer | undefined> {
  const shared = {
    dispatch,
    backend,
    serveFile: serveFiles(INTERFACE_DIR),
    onUnexpected: (error: unknown) => log('error', 'A call failed.', { err: error }),
  };
  const path = socketPath(options.dataDir);
  if (path === undefined) log('warn', 'The path of the data folder is too long for a socket: the CLI cannot be used.');
  else {
    await removeStaleSocket(path);
    const local = await startHttp({ ...shared, listen: { path }, guard: socketGuard });
    opened.push(() => local.stop());
    if (process.platform !== 'win32') await chmod(path, 0o600);
  }
  if (options.http === undefined) return undefined;
  const { host, port } = options.http;
  try {
    const http = await startHttp({ ...shared, listen: { host, port }, guard: (bound) => tcpGuard({ host, port: bound, token }) });
    opened.push(() => http.stop());
    return http;
  } catch (error) {
    throw new StartError(5, `HTTP cannot listen on ${host}:${port}: ${messageOf(error)}`);
  }
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8'));
  const found = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  return typeof found === 'string' ? found : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
