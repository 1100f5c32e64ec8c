/**
 * People at work: puts and gets through one member, which remember what was acknowledged.
 *
 * A put hands in the context of the last acknowledged write of its key, so each attempt has one
 * parent, and an acknowledged write may only disappear behind an attempt that descends from it.
 */
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningMember } from './member-harness.ts';

type Kind = 'get' | 'put';

/** What came of the requests of one stretch of time. */
export interface Stretch {
  readonly startMs: number;
  endMs: number;
  /** Milliseconds each took that was answered. */
  readonly tookMs: Readonly<Record<Kind, number[]>>;
  /** Answered 429, and anything else but the answer. */
  refused: number;
  failed: number;
  /** The answers that were none, by their words: how often. */
  readonly failures: Map<string, number>;
}

interface Key {
  readonly name: string;
  /** By attempt: the acknowledged attempt that it had seen, or -1. */
  readonly parents: number[];
  acknowledged: number;
  context: string | undefined;
  isBusy: boolean;
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

const BUCKET_PATH = '/v1/buckets/load/keys/';
const TICK_MS = 5;
const TIMEOUT_MS = 5_000;
const SOCKETS_MAX = 256;
const WORDS_MAX = 200;

export class SteadyLoad {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SOCKETS_MAX });
  readonly #member: RunningMember;
  readonly #valueBytes: number;
  readonly #keys: readonly Key[];
  readonly #underWay = new Set<Promise<void>>();
  #stretch = newStretch();
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();

  constructor(member: RunningMember, { keys, valueBytes }: { readonly keys: number; readonly valueBytes: number }) {
    this.#member = member;
    this.#valueBytes = valueBytes;
    this.#keys = Array.from({ length: keys }, (_, index) => ({ name: `k${index}`, parents: [], acknowledged: -1, context: undefined, isBusy: false }));
  }

  get acknowledged(): number {
    return this.#keys.reduce((sum, { acknowledged }) => sum + Number(acknowledged >= 0), 0);
  }

  /** Writes every key once. @throws when one is not taken. */
  async fill(inFlight: number): Promise<void> {
    await inLanes(this.#keys, inFlight, async (key) => {
      for (let tries = 0; key.acknowledged < 0; tries += 1) {
        if (tries > 20) throw new Error(`${key.name} is not taken`);
        await this.#put(key);
      }
    });
  }

  /** Requests a second when so many are always under way. */
  async capacity(inFlight: number, forMs: number): Promise<number> {
    const stretch = this.next();
    const untilMs = performance.now() + forMs;
    await Promise.all(Array.from({ length: inFlight }, async () => {
      while (performance.now() < untilMs) await this.#one();
    }));
    this.next();
    return (stretch.tookMs.get.length + stretch.tookMs.put.length) / (forMs / 1_000);
  }

  /** Half puts, half gets, at a fixed rate, however many are under way, until `stop`. */
  start(perSecond: number): void {
    this.#isRunning = true;
    this.#running = this.#run(perSecond);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#running;
    await Promise.all(this.#underWay);
  }

  /** Begins another stretch; the one that ends here counts what was begun in it. */
  next(): Stretch {
    this.#stretch.endMs = performance.now();
    this.#stretch = newStretch();
    return this.#stretch;
  }

  /** Keys whose last acknowledged write is neither there nor behind one that had seen it. */
  async lost(inFlight: number): Promise<readonly string[]> {
    const lost: string[] = [];
    await inLanes(this.#keys, inFlight, async (key) => {
      if (key.acknowledged < 0) return;
      let reply = await this.#ask('GET', key);
      for (let tries = 0; reply.status !== 200 && reply.status !== 300 && tries < 20; tries += 1) {
        await delay(100);
        reply = await this.#ask('GET', key);
      }
      const attempts = attemptsIn(reply);
      if (!attempts.some((attempt) => descends(key, attempt))) lost.push(`${key.name}: ${key.acknowledged} is gone, there is ${attempts.join()} (${reply.status})`);
    });
    return lost;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #run(perSecond: number): Promise<void> {
    const startMs = performance.now();
    let started = 0;
    while (this.#isRunning) {
      for (const due = ((performance.now() - startMs) / 1_000) * perSecond; started < due; started += 1) {
        const running: Promise<void> = this.#one().finally(() => this.#underWay.delete(running));
        this.#underWay.add(running);
      }
      await delay(TICK_MS);
    }
  }

  async #one(): Promise<void> {
    const key = this.#keys[Math.floor(Math.random() * this.#keys.length)];
    if (key === undefined) return;
    const kind: Kind = key.isBusy || Math.random() < 0.5 ? 'get' : 'put';
    const stretch = this.#stretch;
    const startMs = performance.now();
    const { status, body } = kind === 'get' ? await this.#ask('GET', key) : await this.#put(key);
    if (status === 429) stretch.refused += 1;
    else if (status === 200 || status === 300) stretch.tookMs[kind].push(performance.now() - startMs);
    else {
      stretch.failed += 1;
      const words = `${kind} ${status} ${body.slice(0, WORDS_MAX)}`;
      stretch.failures.set(words, (stretch.failures.get(words) ?? 0) + 1);
    }
  }

  async #put(key: Key): Promise<Reply> {
    const attempt = key.parents.push(key.acknowledged) - 1;
    key.isBusy = true;
    const reply = await this.#ask('PUT', key, `${attempt}`.padEnd(this.#valueBytes));
    key.isBusy = false;
    if (reply.status !== 200) return reply;
    key.acknowledged = attempt;
    key.context = (JSON.parse(reply.body) as { readonly context: string }).context;
    return reply;
  }

  async #ask(method: 'GET' | 'PUT', { name, context }: Key, body?: string): Promise<Reply> {
    const { port, token } = this.#member;
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'text/plain';
    if (body !== undefined && context !== undefined) headers['x-causal-context'] = context;
    return new Promise((resolve) => {
      const failed = (error: Error): void => resolve({ status: 0, body: error.message });
      const path = `${BUCKET_PATH}${name}?timeoutMs=${TIMEOUT_MS}`;
      const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: this.#agent }, (answer) => {
        buffer(answer).then((bytes) => resolve({ status: answer.statusCode ?? 0, body: String(bytes) }), failed);
      });
      sent.on('error', failed);
      sent.end(body);
    });
  }
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
}

function newStretch(): Stretch {
  return { startMs: performance.now(), endMs: Number.NaN, tookMs: { get: [], put: [] }, refused: 0, failed: 0, failures: new Map() };
}

function attemptsIn({ status, body }: Reply): readonly number[] {
  if (status !== 200 && status !== 300) return [];
  const { siblings } = JSON.parse(body) as { readonly siblings: readonly { readonly value: string }[] };
  return siblings.map(({ value }) => Number(value));
}

/** Is the acknowledged attempt this one, or one that it had seen? */
function descends({ parents, acknowledged }: Key, attempt: number): boolean {
  let at: number | undefined = attempt;
  while (at !== undefined && at > acknowledged) at = parents[at];
  return at === acknowledged;
}

async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const left = [...items].reverse();
  await Promise.all(Array.from({ length: lanes }, async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await run(item);
  }));
}
