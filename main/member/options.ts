/** The options of `start`: command line first, then `RINGLEAF_<NAME>`, then the default. */
import { homedir, hostname } from 'node:os';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ADDRESS_BYTES_MAX, MACHINE_BYTES_MAX, MEMBER_NAME_BYTES_MAX, PARTITIONS_FOUNDED_MAX, TEAM_NAME_BYTES_MAX, WEIGHT_MAX, ZONE_BYTES_MAX } from '../../p2p/bounds.ts';
import { isPersonName } from '../../p2p/index.ts';
import { isTitle, PERSON_ERROR, spelled, titleError } from '../api/names.ts';
import { StartError } from './start-error.ts';

export interface StartOptions {
  readonly dataDir: string;
  readonly name: string;
  /** Somebody has said `name`: it is not the host's. */
  readonly isNamed: boolean;
  /** Who works at this device; `null`: nobody, `undefined`: not said. */
  readonly person: string | null | undefined;
  readonly createTeam: string | undefined;
  readonly join: string | undefined;
  readonly listen: readonly string[];
  readonly peers: readonly string[];
  readonly mdns: boolean;
  readonly dht: boolean;
  readonly http: { readonly host: string; readonly port: number } | undefined;
  readonly zone: string | undefined;
  readonly weight: number;
  /** `undefined` = this computer's own id. */
  readonly machine: string | undefined;
  readonly partitions: number;
  readonly open: boolean;
  /** Become another member, with the records that are here. Only from the command line: it is done once. */
  readonly newIdentity: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

const TEXT_OPTIONS = ['data-dir', 'name', 'person', 'create-team', 'join', 'http', 'zone', 'weight', 'machine', 'partitions'] as const;
const LIST_OPTIONS = ['listen', 'peer'] as const;
const FLAG_OPTIONS = ['no-mdns', 'no-dht', 'open', 'new-identity'] as const;

const LISTEN_DEFAULT = '/ip4/0.0.0.0/tcp/0';
const PARTITIONS_DEFAULT = 1_024;

/** @throws StartError (exit code 1) that names the option. */
export function parseStartOptions(argv: readonly string[], env: Env): StartOptions {
  const given = readArgv(argv);
  const text = (name: (typeof TEXT_OPTIONS)[number]): string | undefined => given.texts[name] ?? fromEnv(env, name);
  const list = (name: (typeof LIST_OPTIONS)[number]): readonly string[] =>
    given.lists[name] ?? fromEnv(env, name)?.split(',').map((part) => part.trim()).filter((part) => part !== '') ?? [];
  const flag = (name: (typeof FLAG_OPTIONS)[number]): boolean => given.flags[name] ?? toFlag(name, fromEnv(env, name));

  const listen = list('listen');
  const options: StartOptions = {
    dataDir: dataDirOf(text('data-dir'), env),
    name: toTitle('name', text('name') ?? (hostname() || 'this device'), MEMBER_NAME_BYTES_MAX),
    isNamed: text('name') !== undefined,
    person: toPerson(text('person')),
    createTeam: optionalTitle('create-team', text('create-team'), TEAM_NAME_BYTES_MAX),
    join: text('join'),
    listen: (listen.length > 0 ? listen : [LISTEN_DEFAULT]).map((address) => toMultiaddr('listen', address)),
    peers: list('peer').map((address) => toMultiaddr('peer', address)),
    mdns: !flag('no-mdns'),
    dht: !flag('no-dht'),
    http: toHostPort(text('http')),
    zone: optionalTitle('zone', text('zone'), ZONE_BYTES_MAX),
    weight: toWeight(text('weight')),
    machine: optionalTitle('machine', text('machine'), MACHINE_BYTES_MAX),
    partitions: toPartitions(text('partitions')),
    open: flag('open'),
    newIdentity: given.flags['new-identity'] ?? false,
  };
  if (options.createTeam !== undefined && options.join !== undefined) {
    throw new StartError(1, '--create-team and --join exclude each other');
  }
  return options;
}

/** The one way in which a data folder is named, by the member and by the command line that looks for it. */
export function dataDirOf(given: string | undefined, env: Env): string {
  return resolve(given ?? defaultDataDir(env));
}

/** The OS's folder for a person's application data, and `Ringleaf` in it. */
export function defaultDataDir(env: Env): string {
  const home = homedir();
  if (process.platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Ringleaf');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'Ringleaf');
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'Ringleaf');
}

interface Given {
  readonly texts: Readonly<Record<string, string | undefined>>;
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
  readonly flags: Readonly<Record<string, boolean | undefined>>;
}

function readArgv(argv: readonly string[]): Given {
  const spec = Object.fromEntries([
    ...TEXT_OPTIONS.map((name) => [name, { type: 'string' as const, multiple: true }]),
    ...LIST_OPTIONS.map((name) => [name, { type: 'string' as const, multiple: true }]),
    ...FLAG_OPTIONS.map((name) => [name, { type: 'boolean' as const }]),
  ]) as Record<string, { type: 'string' | 'boolean'; multiple?: true }>;
  const values = parseStrictly(argv, spec);
  const texts: Record<string, string> = {};
  const lists: Record<string, readonly string[]> = {};
  const flags: Record<string, boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'boolean') flags[name] = value;
    else if (Array.isArray(value)) collect(name, value.map(String), texts, lists);
  }
  return { texts, lists, flags };
}

function collect(
  name: string,
  values: readonly string[],
  texts: Record<string, string>,
  lists: Record<string, readonly string[]>,
): void {
  const [first = '', ...more] = values;
  if (LIST_OPTIONS.some((listed) => listed === name)) lists[name] = values;
  else if (more.length > 0) throw new StartError(1, `--${name} is given more than once`);
  else texts[name] = first;
}

function parseStrictly(
  argv: readonly string[],
  options: Record<string, { type: 'string' | 'boolean'; multiple?: true }>,
): Readonly<Record<string, unknown>> {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StartError(1, error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function fromEnv(env: Env, name: string): string | undefined {
  const value = env[`RINGLEAF_${name.replaceAll('-', '_').toUpperCase()}`];
  return value === '' ? undefined : value;
}

function toFlag(name: string, text: string | undefined): boolean {
  if (text === undefined || ['0', 'false', 'no'].includes(text.toLowerCase())) return false;
  if (['1', 'true', 'yes'].includes(text.toLowerCase())) return true;
  throw new StartError(1, `--${name}: "${text}" is neither 1 nor 0`);
}

function toTitle(option: string, text: string, bytesMax: number): string {
  const title = spelled(text);
  if (isTitle(title, bytesMax)) return title;
  throw new StartError(1, `--${option}: ${titleError(bytesMax)}`);
}

function optionalTitle(option: string, text: string | undefined, bytesMax: number): string | undefined {
  return text === undefined ? undefined : toTitle(option, text, bytesMax);
}

/** An empty one takes off what was said before. */
function toPerson(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  const person = spelled(text);
  if (person === '') return null;
  if (isPersonName(person)) return person;
  throw new StartError(1, `--person: ${PERSON_ERROR}`);
}

function toMultiaddr(option: string, text: string): string {
  if (text.length <= ADDRESS_BYTES_MAX && /^(\/[^/\s]+)+$/.test(text)) return text;
  throw new StartError(1, `--${option}: "${text}" is no multiaddr such as /ip4/192.168.1.20/tcp/4001`);
}

function toHostPort(text: string | undefined): StartOptions['http'] {
  if (text === undefined) return undefined;
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = parts?.[1] ?? parts?.[2] ?? '';
  const port = Number(parts?.[3] ?? Number.NaN);
  if (port <= 65_535 && (host === 'localhost' || isIP(host) !== 0)) return { host, port };
  throw new StartError(1, `--http: "${text}" is no HOST:PORT such as 127.0.0.1:0`);
}

function toWeight(text: string | undefined): number {
  const weight = text === undefined ? 1 : text.trim() === '' ? Number.NaN : Number(text);
  if (weight >= 0 && weight <= WEIGHT_MAX) return weight;
  throw new StartError(1, `--weight: a number from 0 to ${WEIGHT_MAX}`);
}

function toPartitions(text: string | undefined): number {
  const count = text === undefined ? PARTITIONS_DEFAULT : /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= PARTITIONS_FOUNDED_MAX && Number.isInteger(Math.log2(count))) return count;
  throw new StartError(1, `--partitions: a power of two from 1 to ${PARTITIONS_FOUNDED_MAX}`);
}
