/**
 * Stories that a person can read, played by the simulator. A file is a list of
 *
 *     # a comment, kept
 *     command
 *     ----
 *     what it answers
 *
 * with an empty line between. Commands:
 *
 *     team 5 n=3 w=quorum [lww]          members ada, ben, cleo, dan, eve, all up and connected
 *     put ada cart milk [seen=x] [as=y]  a write, with the context kept as x; its own is kept as y
 *     delete ada cart seen=x             [w=…] [id=…] [strict] go with put and delete
 *     get ada cart [as=x] [r=…]          siblings, and the context kept as x
 *     export ada cart as=x               a backup of the key, kept as x
 *     import ada cart from=x [edit=y] [dry]   with edit, as if somebody had changed its values to y
 *     interleave 50 ada ben cart         two clients write in turn, each with its own last context
 *     crash ben | stop ben | start ben | disk-full ben | disk-ok ben
 *     partition ada ben / cleo           the two sides cannot reach each other
 *     heal
 *     wait 30                            seconds
 *     show cart                          what is on each disk, hints included
 */
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { Command, ExportOutcome, Outcome } from '../../p2p/node/commands.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { BucketSettings, WriteQuorumSpec } from '../../p2p/types.ts';
import type { SimOptions } from '../sim/options.ts';
import { Simulator } from '../sim/simulator.ts';

const BUCKET = 'notes';
const PARTITIONS = 16;
const SETTLE_MS = 5_000;

interface Words {
  readonly plain: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

/** The file again, with the answers as they are now. */
export function playScenario(text: string): string {
  const player = new Player();
  const blocks = text.trim().split(/\n{2,}/);
  return `${blocks.map((block) => playBlock(player, block)).join('\n\n')}\n`;
}

function playBlock(player: Player, block: string): string {
  const head = block.split('\n----')[0] ?? '';
  const lines = head.split('\n');
  const answers = lines.filter((line) => !line.startsWith('#')).map((line) => player.play(wordsOf(line)));
  const answer = answers.filter((text) => text !== '').join('\n');
  return answer === '' ? head : `${head}\n----\n${answer}`;
}

function wordsOf(line: string): Words {
  const words = line.trim().split(/\s+/);
  const named = words.filter((word) => word.includes('=')).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  return { plain: words.filter((word) => !word.includes('=')), named: new Map(named) };
}

class Player {
  readonly #contexts = new Map<string, string>();
  readonly #backups = new Map<string, ExportOutcome>();
  #sim: Simulator | undefined;

  play(words: Words): string {
    const [verb, ...rest] = words.plain;
    switch (verb) {
      case 'team':
        return this.#team(Number(rest[0]), words);
      case 'put':
      case 'delete':
        return this.#put(verb, rest, words);
      case 'get':
        return this.#get(rest, words);
      case 'export':
        return this.#export(rest, words);
      case 'import':
        return this.#import(rest, words);
      case 'interleave':
        return this.#interleave(rest);
      case 'crash':
      case 'stop':
      case 'start':
        this.#running.member(rest[0] ?? '')[verb]();
        return '';
      case 'disk-full':
      case 'disk-ok':
        this.#running.member(rest[0] ?? '').disk.isFull = verb === 'disk-full';
        return '';
      case 'partition':
        this.#partition(rest);
        return '';
      case 'heal':
        this.#running.network.partition(new Map());
        return '';
      case 'wait':
        this.#running.run(Number(rest[0]) * 1_000);
        return '';
      case 'show':
        return this.#show(rest[0] ?? '');
      default:
        throw new Error(`no such command: ${words.plain.join(' ')}`);
    }
  }

  get #running(): Simulator {
    if (this.#sim === undefined) throw new Error('a scenario starts with a team');
    return this.#sim;
  }

  #team(members: number, { plain, named }: Words): string {
    const settings: BucketSettings = {
      n: Number(named.get('n') ?? 3), r: 'quorum', w: quorumOf(named.get('w')) ?? 'quorum', sloppy: true,
      resolution: plain.includes('lww') ? 'lww' : 'siblings',
    };
    this.#sim = new Simulator({ ...QUIET, members, sharedMachine: plain.includes('shared-machine'), buckets: [{ name: BUCKET, settings }] }, NOBODY);
    this.#sim.startAll();
    this.#sim.run(SETTLE_MS);
    return '';
  }

  #put(verb: 'put' | 'delete', [member = '', key = '', text = '']: readonly string[], { plain, named }: Words): string {
    const seen = named.get('seen');
    const w = quorumOf(named.get('w'));
    const command: Command = {
      kind: 'put', bucket: BUCKET, key, contentType: 'text/plain',
      value: verb === 'put' ? new TextEncoder().encode(text) : undefined,
      ...(seen !== undefined && { context: this.#context(seen) }),
      ...(w !== undefined && { w }),
      ...(named.has('id') && { writeId: named.get('id') ?? '' }),
      ...(plain.includes('strict') && { sloppy: false }),
    };
    const outcome = this.#ask(member, command);
    this.#keep(named.get('as'), outcome);
    return outcomeText(outcome);
  }

  #get([member = '', key = '']: readonly string[], { named }: Words): string {
    const r = quorumOf(named.get('r'));
    const outcome = this.#ask(member, { kind: 'get', bucket: BUCKET, key, ...(r !== undefined && r !== 'any' && { r }) });
    this.#keep(named.get('as'), outcome);
    return outcomeText(outcome);
  }

  #export([member = '', key = '']: readonly string[], { named }: Words): string {
    const outcome = this.#ask(member, { kind: 'export', bucket: BUCKET, key });
    if (outcome?.kind !== 'exported') return outcomeText(outcome);
    this.#backups.set(named.get('as') ?? '', outcome);
    return siblingsText(outcome.siblings);
  }

  #import([member = '', key = '']: readonly string[], { plain, named }: Words): string {
    const backup = this.#backups.get(named.get('from') ?? '');
    if (backup === undefined) throw new Error(`no backup was kept as ${named.get('from')}`);
    const edit = named.get('edit');
    const siblings = edit === undefined ? backup.siblings : backup.siblings.map((one) => ({ ...one, value: new TextEncoder().encode(edit) }));
    return outcomeText(this.#ask(member, { kind: 'import', bucket: BUCKET, key, context: backup.context, siblings, dryRun: plain.includes('dry') }));
  }

  #interleave([count = '', a = '', b = '', key = '']: readonly string[]): string {
    for (let turn = 1; turn <= Number(count); turn += 1) {
      for (const member of [a, b]) {
        const context = this.#contexts.get(`${member} of interleave`);
        const value = new TextEncoder().encode(`${member}-${turn}`);
        const outcome = this.#ask(member, { kind: 'put', bucket: BUCKET, key, contentType: 'text/plain', value, ...(context !== undefined && { context }) });
        this.#keep(`${member} of interleave`, outcome);
      }
    }
    return '';
  }

  #partition(words: readonly string[]): void {
    const middle = words.indexOf('/');
    this.#running.network.partition(new Map(words.slice(middle + 1).map((name) => [name, 1])));
  }

  #show(key: string): string {
    const ref = keyRef(BUCKET, key, PARTITIONS);
    const lines = [...this.#running.members.values()].map(({ name, disk, isRunning }) => {
      const bytes = disk.objects.get(ref.id)?.bytes;
      const held = bytes === undefined ? 'nothing' : siblingsText(decodeObject(bytes).siblings);
      const hints = [...disk.hints].filter(([, kept]) => kept.has(ref.id)).map(([target]) => `, a hint for ${target}`);
      return `${name}${isRunning ? '' : ' (away)'}: ${held}${hints.join('')}`;
    });
    return lines.join('\n');
  }

  #ask(member: string, command: Command): Outcome | undefined {
    let answer: { readonly outcome: Outcome | undefined } | undefined;
    this.#running.member(member).execute(command, (outcome) => {
      answer = { outcome };
    });
    while (answer === undefined) this.#running.run(1);
    return answer.outcome;
  }

  #keep(name: string | undefined, outcome: Outcome | undefined): void {
    if (name !== undefined && outcome !== undefined && 'context' in outcome) this.#contexts.set(name, outcome.context);
  }

  #context(name: string): string {
    const context = this.#contexts.get(name);
    if (context === undefined) throw new Error(`no context was kept as ${name}`);
    return context;
  }
}

const QUIET: SimOptions = {
  seed: 1, members: 3, sharedMachine: false, partitions: PARTITIONS, buckets: [], keys: 1, clients: 0, thinkMs: 0, safetyMs: 0,
  dotLease: 1_000, exchangeIntervalMs: 15_000, network: { latencyMs: 5, loss: 0, duplication: 0, reordering: 0 }, disk: { readMs: 1, syncMs: 2 },
  crashEveryMs: undefined, partitionEveryMs: undefined, diskFullEveryMs: undefined, oneWayEveryMs: undefined, clockSkewMs: 0,
};

const NOBODY = { object: () => undefined, notice: () => undefined };

function quorumOf(text: string | undefined): WriteQuorumSpec | undefined {
  if (text === undefined || text === 'any' || text === 'one' || text === 'quorum' || text === 'all') return text;
  return Number(text);
}

function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'no answer';
  switch (outcome.kind) {
    case 'read':
      return outcome.siblings.length === 0 ? 'nothing' : siblingsText(outcome.siblings);
    case 'written':
      return `written, ${outcome.acks} of ${outcome.needed} wanted, ${outcome.siblings} sibling${outcome.siblings === 1 ? '' : 's'}${outcome.hereOnly ? ', here only' : ''}`;
    case 'imported':
      return `${outcome.written} written, ${outcome.present} there already, ${outcome.superseded} replaced since`;
    case 'bad-request':
      return outcome.code;
    case 'unreachable':
      return `unreachable, ${outcome.acks} of ${outcome.needed} wanted, ${outcome.durable} durable`;
    default:
      return outcome.kind;
  }
}

function siblingsText(siblings: readonly { readonly value: Uint8Array | undefined }[]): string {
  const texts = siblings.map(({ value }) => (value === undefined ? '(deleted)' : new TextDecoder().decode(value)));
  return texts.sort().join(' | ');
}
