/** Clients: each reads, writes, deletes and retries at whichever member it meets. */
import { keyRef } from '../../p2p/ring/position.ts';
import type { Outcome } from '../../p2p/node/commands.ts';
import type { KeyRef, WriteQuorumSpec } from '../../p2p/types.ts';
import { checkCopies } from './checkers/copies.ts';
import type { History, WriteRecord } from './history.ts';
import type { SeededRandom } from './random.ts';
import type { Simulator } from './simulator.ts';
import { demand } from './violation.ts';

/** What a client holds of a key: a context, and what it was shown with it. */
interface Known {
  readonly context: string;
  readonly seen: ReadonlySet<string>;
}

const RETRIES_MAX = 3;
const OPERATIONS_MAX = 60;
/** A client that meets nobody tries again after this. */
const ALONE_MS = 500;

export class Client {
  readonly #sim: Simulator;
  readonly #history: History;
  readonly #random: SeededRandom;
  readonly #known = new Map<string, Known>();
  #left = OPERATIONS_MAX;
  isStopped = false;
  isIdle = true;

  constructor(sim: Simulator, history: History, random: SeededRandom) {
    this.#sim = sim;
    this.#history = history;
    this.#random = random;
  }

  start(): void {
    this.#sim.queue.after(this.#random.exponential(this.#sim.options.thinkMs), () => this.#act());
  }

  #act(): void {
    if (this.isStopped || this.#left === 0) return;
    this.#left -= 1;
    const { name } = this.#random.pick(this.#sim.options.buckets);
    const ref = keyRef(name, `k${this.#random.between(1, this.#sim.options.keys)}`, this.#sim.options.partitions);
    const known = this.#known.get(ref.id);
    const dice = this.#random.unit();
    if (dice < 0.1) this.#put(ref, false, undefined);
    else if (dice < 0.45 || known === undefined) this.#get(ref);
    else this.#put(ref, this.#random.chance(0.2), known);
  }

  #get(ref: KeyRef): void {
    const r = this.#random.chance(0.7) ? undefined : this.#random.pick(['one', 'quorum', 'all'] as const);
    const command = { kind: 'get', bucket: ref.bucket, key: ref.key, ...(r && { r }), ...this.#limits() } as const;
    this.#ask(command, (outcome) => {
      if (outcome?.kind === 'read' && outcome.context !== '') {
        const shown = outcome.siblings.map(({ dot }) => this.#history.writeOf(ref, dot));
        this.#known.set(ref.id, { context: outcome.context, seen: this.#history.closure(shown) });
      }
      demand(outcome === undefined || outcome.kind === 'read' || outcome.kind === 'unreachable', 'replies', () => `a read was answered with ${outcome?.kind}`);
      this.start();
    });
  }

  #put(ref: KeyRef, isDelete: boolean, known: Known | undefined): void {
    const settings = this.#sim.options.buckets.find(({ name }) => name === ref.bucket)?.settings;
    const w: WriteQuorumSpec = this.#random.chance(0.6) ? (settings?.w ?? 'quorum') : this.#random.pick(['any', 'one', 'quorum', 'all', 1] as const);
    this.#attempt(ref, this.#history.begin(ref, isDelete, known?.seen ?? new Set()), known, w);
  }

  #attempt(ref: KeyRef, write: WriteRecord, known: Known | undefined, w: WriteQuorumSpec): void {
    write.attempts += 1;
    const { bucket, key } = ref;
    const value = write.isDelete ? undefined : new TextEncoder().encode(write.id);
    const context = known === undefined ? {} : { context: known.context };
    const command = { kind: 'put', bucket, key, value, contentType: 'text/plain', writeId: write.id, w, ...context, ...this.#limits() } as const;
    this.#ask(command, (outcome) => {
      if (outcome?.kind === 'written') {
        write.isAcknowledged = true;
        checkCopies(this.#sim, ref, write, w, outcome);
        this.#known.set(ref.id, { context: outcome.context, seen: this.#history.closure([write.id]) });
      }
      const isExpected = outcome === undefined || ['written', 'unreachable', 'read-only'].includes(outcome.kind);
      demand(isExpected, 'replies', () => `a write was answered with ${JSON.stringify(outcome)}`);
      const retries = outcome?.kind !== 'written' || this.#random.chance(0.05);
      if (retries && write.attempts < RETRIES_MAX && this.#random.chance(0.6)) {
        this.#sim.queue.after(this.#random.exponential(200), () => this.#attempt(ref, write, known, w));
      } else this.start();
    });
  }

  #limits(): { readonly timeoutMs?: number; readonly sloppy?: boolean } {
    return {
      ...(this.#random.chance(0.3) && { timeoutMs: this.#random.pick([200, 1_000, 3_000]) }),
      ...(this.#random.chance(0.2) && { sloppy: this.#random.chance(0.5) }),
    };
  }

  #ask(command: Parameters<ReturnType<Simulator['running']>[number]['execute']>[0], done: (outcome: Outcome | undefined) => void): void {
    const running = this.#sim.running();
    if (running.length === 0) {
      this.#sim.queue.after(ALONE_MS, () => this.#ask(command, done));
      return;
    }
    this.isIdle = false;
    this.#random.pick(running).execute(command, (outcome) => {
      this.isIdle = true;
      done(outcome);
    });
  }
}
