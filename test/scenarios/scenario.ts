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
 *     team 5 n=3 w=quorum                members ada, ben, cleo, dan, eve, all up and connected
 *     bucket notes n=2 strict lww        settings, after the team and before anything else
 *     put ada cart milk [seen=x] [as=y]  a write, with the context kept as x; its own is kept as y
 *     delete ada cart seen=x             [w=…] [id=…] [strict] go with put and delete
 *     get ada cart [as=x] [r=…] [base]   siblings, what they come from, and the context kept as x
 *     history ada cart [as=x]            earlier versions, newest first, and the context kept as x
 *     export ada cart as=x               a backup of the key, kept as x
 *     import ada cart from=x [edit=y] [dry]   with edit, as if somebody had changed its values to y
 *     interleave 50 ada ben cart         two clients write in turn, each with its own last context
 *     crash ben                          any fault of `test/sim/step.ts`; [for=seconds] [amount=…]
 *     start ben | disk-ok ben | heal     undo one, undo all
 *     join fay                           a member joins
 *     leave ada [force]                  hands over and goes
 *     remove ada ben                     ada takes ben out of the team
 *     members ada                        what ada says of each member
 *     wait 30                            seconds
 *     show cart                          what is on each disk, hints included
 *     clocks cart                        the causal context on each disk
 *     at 1.5 put …                       the same at a time of its own; nobody waits for the answer
 *     judge                              plays to the end, heals all, and says which invariant broke
 *
 * `team … seed=` is how a failing run is printed (`test/sim/shrink.ts`): nothing is waited for, and
 * times count from the start. What needs no team is in `tables.ts`.
 */
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { Command, ExportOutcome, Outcome } from '../../p2p/node/commands.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { Disk } from '../sim/disk.ts';
import type { SimOptions } from '../sim/options.ts';
import { Run } from '../sim/run-plan.ts';
import type { Operation, Step } from '../sim/step.ts';
import type { Words } from '../sim/step-text.ts';
import { parseBucket, parseStep, parseTeam, wordsOf } from '../sim/step-text.ts';
import { Violation } from '../sim/violation.ts';
import { Tables } from './tables.ts';

const BUCKET = 'notes';
const SETTLE_MS = 5_000;

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

class Player {
  readonly #tables = new Tables();
  readonly #steps: Step[] = [];
  readonly #backups = new Map<string, ExportOutcome>();
  #options: SimOptions | undefined;
  #isPlan = false;
  #run: Run | undefined;
  #writes = 0;

  play(words: Words): string {
    const [verb = '', name = ''] = words.plain;
    switch (verb) {
      case 'team':
        this.#options = { ...parseTeam(words), team: this.#options === undefined ? 0 : (this.#options.team ?? 0) + 1 };
        this.#isPlan = words.named.has('seed');
        this.#run = undefined;
        return '';
      case 'bucket':
        this.#setBucket(words);
        return '';
      case 'at':
        this.#steps.push(this.#parse(Number(name) * 1_000, { ...words, plain: words.plain.slice(2) }));
        return '';
      case 'judge':
        return this.#judge();
      case 'export':
        return this.#export(words);
      case 'import':
        return this.#import(words);
      case 'history':
        return this.#history(words);
      case 'interleave':
        return this.#interleave(words.plain.slice(1));
      case 'start':
        this.#team.sim.member(name).start();
        return '';
      case 'disk-ok':
        this.#team.sim.member(name).disk.isFull = false;
        return '';
      case 'heal':
        this.#team.faults.mend();
        return '';
      case 'leave':
        return outcomeText(this.#execute(name, { kind: 'leave', force: words.plain.includes('force') }));
      case 'remove':
        return outcomeText(this.#execute(name, { kind: 'remove-member', member: words.plain[2] ?? '' }));
      case 'members':
        return this.#members(name);
      case 'wait':
        this.#team.sim.run(Number(name) * 1_000);
        return '';
      case 'show':
        return this.#show(name);
      case 'clocks':
        return this.#clocks(name);
      default:
        return this.#tables.play(words) ?? this.#now(words);
    }
  }

  /** It starts when something is first asked of it. */
  get #team(): Run {
    if (this.#run !== undefined) return this.#run;
    if (this.#options === undefined) throw new Error('a scenario starts with a team');
    this.#run = new Run(this.#options);
    this.#run.start();
    if (!this.#isPlan) this.#run.sim.run(SETTLE_MS);
    return this.#run;
  }

  #setBucket(words: Words): void {
    if (this.#options === undefined) throw new Error('a scenario starts with a team');
    const bucket = parseBucket(words);
    const others = this.#options.buckets.filter(({ name }) => name !== bucket.name);
    this.#options = { ...this.#options, buckets: [...others, bucket] };
  }

  #parse(atMs: number, words: Words): Step {
    const step = parseStep(atMs, words);
    if (step === undefined) throw new Error(`no such command: ${words.plain.join(' ')}`);
    return step;
  }

  #judge(): string {
    try {
      this.#team.schedule(this.#steps);
      this.#team.sim.run(this.#team.sim.options.safetyMs);
      this.#team.judge();
    } catch (error) {
      if (error instanceof Violation) return error.message.split('\n')[0] ?? '';
      throw error;
    }
    return 'all holds';
  }

  #now(words: Words): string {
    const step = this.#parse(0, words);
    if (step.type !== 'operation') {
      this.#team.perform(step);
      return '';
    }
    const outcome = this.#ask(step);
    const isBaseWanted = outcome?.kind === 'read' && words.plain.includes('base');
    const base = isBaseWanted ? `, from ${outcome.base === undefined ? 'nothing known' : siblingsText([outcome.base])}` : '';
    return outcomeText(outcome) + base;
  }

  #history({ plain: [, member = '', key = ''], named }: Words): string {
    const outcome = this.#execute(member, { kind: 'history', bucket: BUCKET, key });
    const name = named.get('as');
    if (name !== undefined && outcome?.kind === 'history') this.#team.clients.keep(name, this.#refOf(key), outcome.context);
    return outcomeText(outcome);
  }

  #export({ plain: [, member = '', key = ''], named }: Words): string {
    const outcome = this.#execute(member, { kind: 'export', bucket: BUCKET, key });
    if (outcome?.kind !== 'exported') return outcomeText(outcome);
    this.#backups.set(named.get('as') ?? '', outcome);
    return siblingsText(outcome.siblings);
  }

  #import({ plain, named }: Words): string {
    const [, member = '', key = ''] = plain;
    const backup = this.#backups.get(named.get('from') ?? '');
    if (backup === undefined) throw new Error(`no backup was kept as ${named.get('from')}`);
    const edit = named.get('edit');
    this.#team.history.knowsAll = false;
    const siblings = edit === undefined ? backup.siblings : backup.siblings.map((one) => ({ ...one, value: new TextEncoder().encode(edit) }));
    return outcomeText(this.#execute(member, { kind: 'import', bucket: BUCKET, key, context: backup.context, siblings, dryRun: plain.includes('dry') }));
  }

  #interleave([count = '', a = '', b = '', key = '']: readonly string[]): string {
    for (let turn = 1; turn <= Number(count); turn += 1) {
      for (const member of [a, b]) {
        const client = `${member}-of-interleave`;
        const words = wordsOf(`put ${member} ${key} ${member}-${turn} as=${client} seen=${client}`);
        this.#ask(this.#parse(0, words) as Operation);
      }
    }
    return '';
  }

  #show(key: string): string {
    const { id } = this.#refOf(key);
    return this.#eachDisk(key, (bytes, { hints }) => {
      const held = bytes === undefined ? 'nothing' : siblingsText(decodeObject(bytes).siblings);
      return `${held}${[...hints].filter(([, kept]) => kept.has(id)).map(([target]) => `, a hint for ${target}`).join('')}`;
    });
  }

  #members(name: string): string {
    const known = this.#team.sim.member(name).node?.members.snapshot() ?? [];
    return known.map(({ record: { member, status, removal } }) => `${member} ${status}${removal === undefined ? '' : ` by ${removal.by}`}`).join(', ');
  }

  #clocks(key: string): string {
    return this.#eachDisk(key, (bytes) => {
      if (bytes === undefined) return 'nothing';
      const { context, siblings } = decodeObject(bytes);
      const held = siblings.map(({ dot, value }) => `${value === undefined ? '(deleted)' : new TextDecoder().decode(value)}@${dot.actor}:${dot.counter}`);
      return `[${[...context.upper].sort().map(([actor, counter]) => `${actor}:${counter}`).join(' ')}] ${held.join(' | ')}`;
    });
  }

  #eachDisk(key: string, text: (bytes: Uint8Array | undefined, disk: Disk) => string): string {
    const { id } = this.#refOf(key);
    const lines = [...this.#team.sim.members.values()].map(({ name, disk, isRunning }) => {
      const away = isRunning ? '' : ' (away)';
      return `${name}${away}: ${disk.damaged.has(id) ? 'damaged' : text(disk.objects.get(id)?.bytes, disk)}`;
    });
    return lines.join('\n');
  }

  #refOf(key: string): ReturnType<typeof keyRef> {
    return keyRef(BUCKET, key, this.#team.sim.options.partitions);
  }

  #ask(operation: Operation): Outcome | undefined {
    const run = this.#team;
    const ref = keyRef(operation.bucket, operation.key, run.sim.options.partitions);
    if (operation.seen !== undefined && operation.verb === 'delete' && !run.clients.hasKept(operation.seen, ref)) throw new Error(`no context was kept as ${operation.seen}`);
    this.#writes += 1;
    const id = operation.verb === 'get' ? '' : operation.value === '' ? `#${this.#writes}` : operation.value;
    return this.#answerTo((answer) => run.clients.perform({ ...operation, value: id }, answer));
  }

  #execute(member: string, command: Command): Outcome | undefined {
    return this.#answerTo((answer) => this.#team.sim.member(member).execute(command, answer));
  }

  #answerTo(ask: (answer: (outcome: Outcome | undefined) => void) => void): Outcome | undefined {
    let answer: { readonly outcome: Outcome | undefined } | undefined;
    ask((outcome) => {
      answer = { outcome };
    });
    while (answer === undefined) this.#team.sim.run(1);
    return answer.outcome;
  }
}

function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'no answer';
  switch (outcome.kind) {
    case 'read':
      return outcome.siblings.length === 0 ? 'nothing' : siblingsText(outcome.siblings);
    case 'history': {
      const texts = outcome.versions.map(({ value }) => siblingsText([{ value }]));
      return `${texts.length === 0 ? 'no earlier version' : texts.join(' < ')}${outcome.silent.length > 0 ? `, ${outcome.silent.join(' and ')} silent` : ''}`;
    }
    case 'written':
      return `written, ${outcome.acks} of ${outcome.needed} wanted, ${outcome.siblings} sibling${outcome.siblings === 1 ? '' : 's'}${outcome.hereOnly ? ', here only' : ''}`;
    case 'imported':
      return `${outcome.written} written, ${outcome.present} there already, ${outcome.superseded} replaced since`;
    case 'bad-request':
      return outcome.code;
    case 'unreachable':
      return `unreachable, ${outcome.acks} of ${outcome.needed} wanted, ${outcome.durable} durable`;
    case 'listed':
      return outcome.entries.map(({ key }) => key).join(' ') || 'nothing';
    case 'placed':
      return `${outcome.primaries.join(' ')} / ${outcome.fallbacks.join(' ')}`;
    default:
      return outcome.kind;
  }
}

function siblingsText(siblings: readonly { readonly value: Uint8Array | undefined }[]): string {
  const texts = siblings.map(({ value }) => (value === undefined ? '(deleted)' : new TextDecoder().decode(value)));
  return texts.sort().join(' | ');
}
