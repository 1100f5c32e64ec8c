/** Carries out the operations of a plan, as clients do who know nothing but the answers they get. */
import { NO_RETRY } from '../../p2p/causality/replaced-writes.ts';
import type { Command, Outcome, ReadOutcome } from '../../p2p/node/commands.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { checkCopies, isRingMoving } from './checkers/copies.ts';
import { checkReading } from './checkers/corruption.ts';
import { watchPartial } from './checkers/partial.ts';
import type { Progress } from './checkers/progress.ts';
import type { History, WriteRecord } from './history.ts';
import type { SimMember } from './member.ts';
import type { PagedCommand } from './paging.ts';
import { pageThrough } from './paging.ts';
import type { Simulator } from './simulator.ts';
import type { Operation } from './step.ts';
import { demand } from './violation.ts';

/** What a client holds of a key: a context, and what it was shown with it. */
interface Known {
  readonly context: string;
  readonly seen: ReadonlySet<string>;
}

export type Done = (outcome: Outcome | undefined) => void;

const NOTHING: Known = { context: '', seen: new Set() };
/** A client that meets nobody tries again after this. */
const ALONE_MS = 500;
const RETRY_MS = 200;
/** Few, so that a list takes several pages. */
const PAGE = 2;

export class Clients {
  /** No retry, and no second half of a merge, begins any more. */
  isStopped = false;
  readonly #sim: Simulator;
  readonly #history: History;
  readonly #progress: Progress;
  readonly #known = new Map<string, Known>();

  constructor(sim: Simulator, history: History, progress: Progress) {
    this.#sim = sim;
    this.#history = history;
    this.#progress = progress;
    for (const { name, settings } of sim.options.buckets) history.settings.set(name, [settings]);
  }

  perform(operation: Operation, done: Done = () => undefined): void {
    const ref = keyRef(operation.bucket, operation.key, this.#sim.options.partitions);
    switch (operation.verb) {
      case 'get':
        return this.#get(operation, ref, done);
      case 'put':
      case 'delete':
        return this.#write(operation, ref, this.#knownOf(operation.seen, ref), done);
      case 'merge':
        return this.#get(operation, ref, (outcome) => {
          if (outcome?.kind === 'read' && !this.isStopped) this.#write(operation, ref, this.#knownOf(operation.as, ref), done);
          else done(outcome);
        });
      default:
        return this.#look(operation, done);
    }
  }

  /** Whether a context was kept under this name. */
  hasKept(name: string, ref: KeyRef): boolean {
    return this.#known.has(`${name} ${ref.id}`);
  }

  /** A context that came in another way than by a get or a put: it stands for all that is effective now. */
  keep(name: string, ref: KeyRef, context: string): void {
    this.#known.set(`${name} ${ref.id}`, { context, seen: new Set(this.#history.effective(ref).map(({ id }) => id)) });
  }

  #get(operation: Operation, ref: KeyRef, done: Done): void {
    const command: Command = { kind: 'get', bucket: ref.bucket, key: ref.key, ...(operation.r !== undefined && { r: operation.r }), ...limitsOf(operation) };
    this.#ask(operation, command, (outcome) => {
      demand(isRefused(outcome) || outcome?.kind === 'read', 'replies', () => `a read was answered with ${outcome?.kind}`);
      if (outcome?.kind === 'read') this.#keep(operation.as, ref, outcome);
      done(outcome);
    });
  }

  #write(operation: Operation, ref: KeyRef, known: Known, done: Done): void {
    const { verb, value } = operation;
    const write = this.#history.begin(value, ref, verb === 'delete' ? undefined : value, known.seen);
    this.#attempt(operation, write, known, done);
  }

  #attempt(operation: Operation, write: WriteRecord, known: Known, done: Done): void {
    write.attempts += 1;
    const { ref, id } = write;
    const command: Command = {
      kind: 'put', bucket: ref.bucket, key: ref.key, contentType: 'text/plain', writeId: operation.hasId ? id : `${NO_RETRY}${id}`,
      value: write.value === undefined ? undefined : new TextEncoder().encode(write.value),
      ...(operation.w !== undefined && { w: operation.w }),
      ...(known.context !== '' && { context: known.context }),
      ...limitsOf(operation),
    };
    const asked = { w: operation.w, wasMoving: isRingMoving(this.#sim) };
    this.#ask(operation, command, (outcome) => {
      demand(isRefused(outcome) || outcome?.kind === 'written' || outcome?.kind === 'read-only', 'replies', () => `a write was answered with ${JSON.stringify(outcome)}`);
      if (outcome?.kind === 'written') {
        write.isAcknowledged = true;
        checkCopies(this.#sim, this.#history, write, asked, outcome);
        this.#set(operation.as, ref, { context: outcome.context, seen: this.#history.closure([write]) });
      }
      const isOver = outcome?.kind === 'written' || write.attempts > operation.retries || !operation.hasId || this.isStopped;
      if (isOver) done(outcome);
      else this.#sim.queue.after(RETRY_MS, () => this.#attempt(operation, write, known, done));
    });
  }

  #look(operation: Operation, done: Done): void {
    const command = lookOf(operation);
    if (operation.verb === 'set-bucket') this.#history.changeBucket(operation.bucket, operation.settings ?? {});
    if (command.kind === 'list' || command.kind === 'conflicts') {
      this.#page(operation, command, done);
      return;
    }
    this.#ask(operation, command, (outcome) => {
      const wanted = { buckets: 'buckets', where: 'placed', 'set-bucket': 'settings' }[operation.verb as 'where'];
      // What the disk does not take is answered so (MB-50).
      const isUnsaved = operation.verb === 'set-bucket' && outcome?.kind === 'read-only';
      demand(isRefused(outcome) || isUnsaved || outcome?.kind === wanted, 'replies', () => `${operation.verb} was answered with ${JSON.stringify(outcome)}`);
      done(outcome);
    });
  }

  #page(operation: Operation, command: PagedCommand, done: Done): void {
    pageThrough(command, {
      ask: (page, answer) => this.#ask(operation, page, answer),
      onPage: ({ rows }) => {
        const unknown = rows.find(({ bucket, key }) => !this.#history.keys.has(keyRef(bucket, key, this.#sim.options.partitions).id));
        demand(unknown === undefined, 'I6', () => `${command.kind} names ${unknown?.key}, which nobody wrote`);
      },
      done: (rows, outcome) => {
        demand(rows !== undefined || isRefused(outcome), 'replies', () => `${operation.verb} was answered with ${JSON.stringify(outcome)}`);
        done(outcome);
      },
    });
  }

  #ask(operation: Operation, command: Command, done: Done): void {
    const member = this.#near(operation.member);
    if (member === undefined) {
      this.#sim.queue.after(ALONE_MS, () => this.#ask(operation, command, done));
      return;
    }
    const judge = this.#progress.begin(operation);
    const judgePartial = watchPartial(this.#sim, member, command.kind === 'list' ? command.bucket : undefined);
    member.execute(command, (outcome) => {
      const mayRefuse = this.#sim.hadClones || member.node?.core.horizon.isSure === false;
      demand(outcome?.kind !== 'quarantined' || mayRefuse, 'replies', () => `${member.name} takes itself for one of two, and nobody runs twice`);
      judge(outcome);
      if (outcome?.kind === 'listed') judgePartial(outcome.partial);
      done(outcome);
    });
  }

  /** The member that the client wants, or the next that runs. */
  #near(name: string): SimMember | undefined {
    const wanted = this.#sim.members.get(name);
    if (wanted?.isRunning === true) return wanted;
    const running = this.#sim.running();
    return running.find((member) => member.name > name) ?? running[0];
  }

  #keep(name: string | undefined, ref: KeyRef, outcome: ReadOutcome): void {
    const shown = checkReading(this.#history, ref, outcome);
    if (outcome.context !== '') this.#set(name, ref, { context: outcome.context, seen: this.#history.closure(shown) });
  }

  #set(name: string | undefined, ref: KeyRef, known: Known): void {
    if (name !== undefined) this.#known.set(`${name} ${ref.id}`, known);
  }

  #knownOf(name: string | undefined, ref: KeyRef): Known {
    return (name === undefined ? undefined : this.#known.get(`${name} ${ref.id}`)) ?? NOTHING;
  }
}

/** Its member ended, met too few, had too much to do, runs twice or did not know yet how old its store is: each may happen to any request. */
function isRefused(outcome: Outcome | undefined): boolean {
  return outcome === undefined || ['unreachable', 'overloaded', 'no-team', 'quarantined'].includes(outcome.kind);
}

function lookOf({ verb, bucket, key, settings }: Operation): Command {
  switch (verb) {
    case 'list':
      return { kind: 'list', bucket, prefix: '', limit: PAGE };
    case 'conflicts':
      return { kind: 'conflicts', limit: PAGE };
    case 'buckets':
      return { kind: 'buckets' };
    case 'set-bucket':
      return { kind: 'set-bucket', bucket, settings: settings ?? {} };
    default:
      return { kind: 'placement', bucket, key };
  }
}

function limitsOf({ timeoutMs, sloppy }: Operation): { readonly timeoutMs?: number; readonly sloppy?: boolean } {
  return { ...(timeoutMs !== undefined && { timeoutMs }), ...(sloppy !== undefined && { sloppy }) };
}
