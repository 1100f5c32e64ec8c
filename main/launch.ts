import { join, resolve } from 'node:path';
import { deepLinkIn, type DeepLink, looksLikeDeepLink } from './deep-link.ts';
import { HIDDEN_SWITCH } from './desktop/autostart.ts';

/** The options of `ringleaf start` that the desktop hands on to its member. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  '--name',
  '--person',
  '--create-team',
  '--join',
  '--listen',
  '--peer',
  '--http',
  '--zone',
  '--weight',
  '--machine',
  '--partitions',
]);
const ALONE: ReadonlySet<string> = new Set(['--no-mdns', '--no-dht']);

export interface Launch {
  readonly dataDir: string;
  readonly memberArgs: readonly string[];
  readonly link: DeepLink | null;
  /** Comes up in the tray, where there is one. */
  readonly hidden: boolean;
  /** Names the data folder to another start; empty when it is the usual one. */
  readonly dataDirArgs: readonly string[];
}

export interface LaunchSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The OS's per-user application data folder. */
  readonly appData: string;
}

/**
 * What the command line asks for. Chromium's own switches stand in it too, so only known options
 * are taken; and none after a deep link, because whoever made the link may have written those.
 */
export function launchOf(argv: readonly string[], surroundings: LaunchSurroundings): Launch {
  const linkAt = argv.findIndex(looksLikeDeepLink);
  const options = knownOptions(linkAt < 0 ? argv : argv.slice(0, linkAt));
  const asked = options.dataDir ?? surroundings.env['RINGLEAF_DATA_DIR'];
  const given = asked === undefined || asked === '' ? null : asked;
  const usual = join(surroundings.appData, 'Ringleaf');
  const dataDir = resolve(given ?? usual);
  return {
    dataDir,
    memberArgs: ['--data-dir', dataDir, ...options.rest],
    link: deepLinkIn(argv),
    hidden: argv.slice(0, linkAt < 0 ? argv.length : linkAt).includes(HIDDEN_SWITCH),
    dataDirArgs: dataDir === resolve(usual) ? [] : ['--data-dir', dataDir],
  };
}

function knownOptions(argv: readonly string[]): { dataDir: string | undefined; rest: string[] } {
  const rest: string[] = [];
  let dataDir: string | undefined;
  for (let at = 0; at < argv.length; at += 1) {
    const [name = '', inline] = splitOption(argv[at] ?? '');
    if (ALONE.has(name) && inline === undefined) rest.push(name);
    if (name !== '--data-dir' && !WITH_VALUE.has(name)) continue;
    const value = inline ?? argv[(at += 1)];
    if (value === undefined) continue;
    if (name === '--data-dir') dataDir = value;
    else rest.push(name, value);
  }
  return { dataDir, rest };
}

function splitOption(argument: string): readonly [string, string?] {
  const equals = argument.indexOf('=');
  if (!argument.startsWith('--') || equals < 0) return [argument];
  return [argument.slice(0, equals), argument.slice(equals + 1)];
}
