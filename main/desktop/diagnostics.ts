/**
 * The diagnostics bundle: one JSON file that a person can read before sending it to somebody.
 * Nothing is cut out of it by looking for secrets: only what is named here gets in. So no key,
 * value, invite, token, name of a team, or path of a home is in it.
 */

/** Bytes of the log's end that are looked at. */
export const LOG_TAIL_BYTES = 256 * 1024;

export interface DiagnosticsInput {
  readonly version: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly arch: string;
  readonly osRelease: string;
  /** What the member answers to `status`; `null` when it does not answer. */
  readonly status: unknown;
  /** What it answers to `doctor`; `null` when it does not answer. */
  readonly doctor: unknown;
  readonly settings: unknown;
  /** The member's command line. */
  readonly memberArgs: readonly string[];
  readonly logLines: readonly string[];
  readonly at: Date;
}

export function diagnosticsText(input: DiagnosticsInput): string {
  const { version, platform, arch, osRelease } = input;
  const bundle = {
    about: 'Diagnostics of Ringleaf. It holds no keys, values, invites or names.',
    at: input.at.toISOString(),
    version,
    system: { platform, arch, osRelease, ...picked(input.versions, ['electron', 'chrome', 'node', 'v8']) },
    status: redactedStatus(input.status),
    doctor: redactedDoctor(input.doctor),
    settings: input.settings,
    options: redactedOptions(input.memberArgs),
    log: input.logLines.map(redactedLine),
  };
  return `${JSON.stringify(bundle, null, 1)}\n`;
}

const OPTIONS_SHOWN: readonly string[] = ['--listen', '--http', '--weight', '--partitions'];

/** Names of options, and the values of those that say nothing of anybody. */
export function redactedOptions(args: readonly string[]): readonly string[] {
  return args.map((arg, at) => {
    if (arg.startsWith('--')) return arg.split('=', 1)[0] ?? '';
    return OPTIONS_SHOWN.includes(args[at - 1] ?? '') ? arg : '[left out]';
  });
}

function redactedStatus(status: unknown): unknown {
  if (!isRecord(status)) return null;
  const shown = picked(status, ['memberId', 'version', 'listen', 'counts', 'hints', 'antiEntropy', 'transfers', 'quorum']);
  const team = isRecord(status['team']) ? picked(status['team'], ['teamId', 'partitions']) : null;
  const membership = isRecord(status['membership']) ? picked(status['membership'], ['status']) : null;
  const disk = isRecord(status['disk']) ? { readOnly: status['disk']['readOnly'] !== null, corruptRecords: status['disk']['corruptRecords'] } : null;
  const closing = isRecord(status['closing']) ? picked(status['closing'], ['verdict', 'isSafe', 'underWay', 'unconfirmed', 'hereOnly', 'inherited']) : null;
  const warnings = Array.isArray(status['warnings']) ? status['warnings'].length : 0;
  return { ...shown, team, membership, disk, closing, warnings };
}

/** What was found without its sentences, which name members; and what became of dials, by member id. */
function redactedDoctor(doctor: unknown): unknown {
  if (!isRecord(doctor)) return null;
  const facts = isRecord(doctor['facts']) ? doctor['facts'] : {};
  const network = isRecord(facts['network']) ? facts['network'] : null;
  const each = (list: unknown, names: readonly string[]): unknown => (Array.isArray(list) ? list.filter(isRecord).map((one) => picked(one, names)) : []);
  return {
    ...picked(doctor, ['at', 'verdict']),
    findings: each(doctor['findings'], ['id', 'severity', 'layer']),
    members: each(facts['members'], ['memberId', 'self', 'status', 'liveness', 'lastHeardMs', 'roundTripMs', 'clockOffsetMs']),
    interfaces: each(facts['interfaces'], ['address', 'prefix', 'internal']),
    disk: isRecord(facts['disk']) ? picked(facts['disk'], ['corruptRecords', 'refusedRecords', 'freeBytes']) : null,
    network: network === null ? null : { ...picked(network, ['sinceMs', 'mdns', 'otherTeams']), dials: each(network['dials'], ['member', 'byHand', 'outcome', 'failures', 'agoMs']), refusals: each(network['refusals'], ['member', 'reason', 'agoMs']) },
  };
}

const FACTS_SHOWN: readonly string[] = ['level', 'time', 'pid', 'peer', 'member', 'by', 'joiner', 'code', 'exitCode', 'scope'];
/** Texts of the program itself are short; what is longer was put together of something else. */
const MESSAGE_CHARS_MAX = 160;

/** A line of the log with its fixed text and harmless facts. Errors keep kind, code and places, not their words. */
export function redactedLine(line: string): unknown {
  const parsed = parsedLine(line);
  if (parsed === null) return /^\s+at [\w.<>$ [\]]+ \(?(?:node:|file:)/.test(line) ? placeOf(line) : `[left out: ${line.length} characters]`;
  const facts = Object.fromEntries(FACTS_SHOWN.filter((name) => isPlain(parsed[name])).map((name) => [name, parsed[name]]));
  const msg = typeof parsed['msg'] === 'string' ? withoutSecrets(parsed['msg'].slice(0, MESSAGE_CHARS_MAX)) : '';
  return { ...facts, msg, ...(isRecord(parsed['err']) && { err: redactedError(parsed['err']) }) };
}

function redactedError(error: Readonly<Record<string, unknown>>): unknown {
  const stack = typeof error['stack'] === 'string' ? error['stack'].split('\n').filter((line) => /^\s+at /.test(line)) : [];
  return { ...picked(error, ['type', 'code']), at: stack.slice(0, 20).map(placeOf) };
}

/** The place in the code, without the folder that it stands in. */
function placeOf(line: string): string {
  return line.trim().replace(/(?:file:\/\/)?\/[^\s()]*\/([^/\s()]+)/g, '$1');
}

/** A second lock: should a text hold a link or a long random word after all. */
function withoutSecrets(text: string): string {
  return text
    .replace(/ringleaf:\S*/gi, '[left out]')
    .replace(/[A-Za-z0-9_~-]{24,}/g, (word) => (/^(?:12D3|16Uiu)/.test(word) && word.length <= 56 ? word : '[left out]'))
    .replace(/"[^"]*"/g, '"[left out]"')
    .replace(/(?:\/[^\s/]+){2,}/g, '[path]');
}

function parsedLine(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(line);
    return isRecord(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[\w.:+-]{1,64}$/.test(value));
}

function picked(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
