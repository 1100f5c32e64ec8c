/**
 * Steps and options as one line of text each, the language of `test/scenarios`:
 *
 *     team 5 seed=17 loss=0.1
 *     bucket notes n=3 r=quorum w=all lww
 *     at 1.25 put ada notes/k1 w12 as=c2 seen=c2 w=quorum
 *     at 2 partition ada ben / cleo for=3.5
 *     at 4 join fay
 *
 * Printing and reading are each other's inverse, so a failing run is a file that plays again.
 */
import type { BucketSettings, QuorumSpec, WriteQuorumSpec } from '../../p2p/types.ts';
import type { SimBucket, SimOptions } from './options.ts';
import { QUIET } from './options.ts';
import type { ChurnKind, FaultKind, Operation, Plan, Step, Verb } from './step.ts';
import { CHURN_KINDS, FAULT_KINDS } from './step.ts';

/** A line in words: those with `=` by name. */
export interface Words {
  readonly plain: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

const DEFAULT_BUCKET = 'notes';
const VERBS: readonly Verb[] = ['put', 'delete', 'merge', 'get', 'list', 'conflicts', 'buckets', 'where', 'set-bucket'];
const SETTINGS: BucketSettings = { n: 3, r: 'quorum', w: 'quorum', sloppy: true, resolution: 'siblings', historyVersions: 10, historyDays: 30 };

/** Options that are numbers, by their word. */
const NUMBERS = {
  seed: 'seed', joiners: 'joiners', partitions: 'partitions', lease: 'dotLease', exchange: 'exchangeIntervalMs', latency: 'latencyMs', loss: 'loss',
  duplication: 'duplication', reordering: 'reordering', read: 'readMs', sync: 'syncMs', skew: 'clockSkewMs', until: 'safetyMs', 'reap-day': 'reapDayMs', 'reap-quiet': 'reapQuietMs', 'hint-room': 'hintBytesMax',
} as const;

export function wordsOf(line: string): Words {
  const words = line.trim().split(/\s+/);
  const named = words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  return { plain: words.filter((word) => !word.includes('=')), named: new Map(named) };
}

export function planText({ options, steps }: Plan): string {
  return [teamText(options), ...options.buckets.map(bucketText), ...steps.map((step) => `at ${step.atMs / 1_000} ${stepText(step)}`), 'judge'].join('\n');
}

/** Without its time. */
export function stepText(step: Step): string {
  switch (step.type) {
    case 'churn':
      return `${step.kind} ${step.member}`;
    case 'fault':
      return join(step.kind, ...step.who, option('for', step.forMs === undefined ? undefined : step.forMs / 1_000), option('amount', step.amount));
    case 'operation':
      return operationText(step);
  }
}

/** @returns `undefined` when the line is no step. */
export function parseStep(atMs: number, { plain, named }: Words): Step | undefined {
  const [kind = '', ...who] = plain;
  if (CHURN_KINDS.includes(kind as ChurnKind)) return { type: 'churn', atMs, kind: kind as ChurnKind, member: who[0] ?? '' };
  if (FAULT_KINDS.includes(kind as FaultKind)) {
    const [forSeconds, amount] = [numberOf(named, 'for'), numberOf(named, 'amount')];
    return { type: 'fault', atMs, kind: kind as FaultKind, who, amount, forMs: forSeconds === undefined ? undefined : forSeconds * 1_000 };
  }
  return VERBS.includes(kind as Verb) ? parseOperation(atMs, { plain, named }) : undefined;
}

/** `named` settings and the words `strict` and `lww`. */
export function parseSettings({ plain, named }: Words): Partial<BucketSettings> {
  const [n, r, w] = ['n', 'r', 'w'].map((name) => quorumOf(named.get(name)));
  const historyVersions = numberOf(named, 'history');
  return {
    ...(historyVersions !== undefined && { historyVersions }),
    ...(n !== undefined && { n: n as BucketSettings['n'] }),
    ...(r !== undefined && { r: r as QuorumSpec }),
    ...(w !== undefined && { w }),
    ...(plain.includes('strict') && { sloppy: false }),
    ...(plain.includes('lww') && { resolution: 'lww' as const }),
    ...(plain.includes('siblings') && { resolution: 'siblings' as const }),
  };
}

export function parseBucket(words: Words): SimBucket {
  return { name: words.plain[1] ?? DEFAULT_BUCKET, settings: { ...SETTINGS, ...parseSettings(words) } };
}

/** `team 5 …`. Without bucket lines there is one bucket, of the settings that the line names. */
export function parseTeam(words: Words): SimOptions {
  const { plain, named } = words;
  const numbers = Object.entries(NUMBERS).flatMap(([word, name]) => (named.has(word) ? [[name, Number(named.get(word))] as const] : []));
  return {
    ...QUIET,
    members: Number(plain[1]),
    sharedMachine: plain.includes('shared-machine'),
    lastingCut: named.get('cut')?.replace('>', ' '),
    buckets: [parseBucket({ plain: ['bucket', DEFAULT_BUCKET, ...plain], named })],
    ...Object.fromEntries(numbers),
  };
}

function teamText(options: SimOptions): string {
  const numbers = Object.entries(NUMBERS).map(([word, name]) => (options[name] === QUIET[name] && name !== 'seed' ? '' : `${word}=${options[name]}`));
  return join('team', String(options.members), options.sharedMachine ? 'shared-machine' : '', ...numbers, option('cut', options.lastingCut?.replace(' ', '>')));
}

function bucketText({ name, settings }: SimBucket): string {
  return join('bucket', name, settingsText(settings));
}

function settingsText({ n, r, w, sloppy, resolution }: Partial<BucketSettings>): string {
  return join(option('n', n), option('r', r), option('w', w), sloppy === false ? 'strict' : '', resolution ?? '');
}

function operationText(operation: Operation): string {
  const { verb, member, bucket, key, value, as, seen, w, r, timeoutMs, sloppy, retries, hasId, settings } = operation;
  const place = key === '' ? bucket : `${bucket}/${key}`;
  return join(
    verb, member, place, verb === 'put' ? value : verb === 'get' ? '' : option('id', value === '' ? undefined : value), option('as', as), option('seen', seen), option('w', w), option('r', r),
    option('timeout', timeoutMs), option('retries', retries === 0 ? undefined : retries), hasId ? '' : 'no-id', sloppy === undefined ? '' : sloppy ? 'sloppy' : 'strict',
    settings === undefined ? '' : settingsText(settings),
  );
}

function parseOperation(atMs: number, words: Words): Operation {
  const { plain, named } = words;
  const [verb, member = '', place = '', text] = plain;
  const slash = place.indexOf('/');
  const isSetting = verb === 'set-bucket';
  const hasKey = !['list', 'conflicts', 'buckets', 'set-bucket'].includes(verb ?? '');
  const w = isSetting ? undefined : quorumOf(named.get('w'));
  const r = isSetting ? undefined : quorumOf(named.get('r'));
  return {
    type: 'operation', atMs, verb: verb as Verb, member,
    bucket: slash < 0 ? (hasKey ? DEFAULT_BUCKET : place || DEFAULT_BUCKET) : place.slice(0, slash),
    key: slash < 0 ? (hasKey ? place : '') : place.slice(slash + 1),
    value: verb === 'put' ? (text ?? '') : (named.get('id') ?? ''),
    as: named.get('as'), seen: named.get('seen'), w, r: r as QuorumSpec | undefined,
    timeoutMs: numberOf(named, 'timeout'), retries: numberOf(named, 'retries') ?? 0, hasId: !plain.includes('no-id'),
    sloppy: isSetting || !(plain.includes('strict') || plain.includes('sloppy')) ? undefined : plain.includes('sloppy'),
    settings: isSetting ? parseSettings(words) : undefined,
  };
}

export function quorumOf(text: string | undefined): WriteQuorumSpec | undefined {
  if (text === undefined || text === 'any' || text === 'one' || text === 'quorum' || text === 'all') return text;
  return Number(text);
}

function numberOf(named: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = named.get(name);
  return text === undefined ? undefined : Number(text);
}

function option(name: string, value: unknown): string {
  return value === undefined ? '' : `${name}=${String(value)}`;
}

function join(...words: readonly string[]): string {
  return words.filter((word) => word !== '').join(' ');
}
