/**
 * I7: with a healthy quorum reachable, work goes on. While nothing is wrong, and nothing was wrong
 * a moment ago, every request succeeds. And while one direction between two members is dead for
 * good, so does every request whose coordinator reaches enough machines both ways.
 */
import type { Outcome } from '../../../p2p/node/commands.ts';
import { keyRef } from '../../../p2p/ring/position.ts';
import type { Clients } from '../clients.ts';
import type { Faults } from '../faults.ts';
import type { Simulator } from '../simulator.ts';
import type { Operation } from '../step.ts';
import { demand } from '../violation.ts';

/** After the last fault ends: doubts are cleared, connections made again. */
const CALM_AFTER_MS = 6_000;
/** A request with less time than this may fail for want of time. */
const ENOUGH_MS = 3_000;
/** From a cut until everybody works around it. */
const USED_TO_IT_MS = 12_000;
const WAITS_MAX = 10;

export class Progress {
  readonly #sim: Simulator;
  readonly #faults: Faults;
  /** Requests that had to succeed. */
  demanded = 0;

  constructor(sim: Simulator, faults: Faults) {
    this.#sim = sim;
    this.#faults = faults;
  }

  /** Judges the outcome of a request that begins now. */
  begin({ timeoutMs }: Operation): (outcome: Outcome | undefined) => void {
    if (!this.#isCalm() || (timeoutMs ?? ENOUGH_MS) < ENOUGH_MS) return () => undefined;
    const { changes } = this.#faults;
    const { lateFrames } = this.#sim.network;
    return (outcome) => {
      if (this.#faults.changes !== changes || this.#sim.network.lateFrames !== lateFrames) return;
      this.demanded += 1;
      demand(hasWorked(outcome), 'I7', () => `with everybody well, a request came to ${describe(outcome)}`);
      const isPartial = outcome !== undefined && 'partial' in outcome && outcome.partial.length > 0;
      demand(!isPartial, 'I7', () => `with everybody well, a ${outcome?.kind} was partial`);
    };
  }

  #isCalm(): boolean {
    const { members, network, queue, options } = this.#sim;
    if (!network.isLossless || options.lastingCut !== undefined) return false;
    if (this.#faults.active > 0 || queue.nowMs - this.#faults.lastChangeMs < CALM_AFTER_MS || !network.isWhole) return false;
    return [...members.values()].every(({ isRunning, isFrozen, disk, node }) => isRunning && node?.ownership.isSettled === true && !node.core.life.isCopied && !isFrozen && !disk.isRefusing && !disk.isBehind && disk.damaged.size === 0);
  }
}

/** Everything is healed but one direction: everybody writes and reads all the same. */
export function checkProgressUnderCut(sim: Simulator, clients: Clients, cut: string): void {
  const [from = '', to = ''] = cut.split(' ');
  const undo = sim.network.mute(from, to);
  // A connection that is gone may be held on to for long, and a slow disk still has much to write: other faults than this one.
  const isCalm = (): boolean => sim.network.isWhole && sim.running().every(({ disk, node }) => disk.isIdle && node?.core.life.isCopied === false);
  for (let waits = 0; !isCalm() && waits < WAITS_MAX; waits += 1) sim.run(USED_TO_IT_MS);
  sim.run(USED_TO_IT_MS);
  let left = 0;
  for (const bucket of sim.options.buckets) {
    for (const { name } of sim.members.values()) {
      for (const verb of ['put', 'get'] as const) {
        const operation: Operation = {
          type: 'operation', atMs: 0, verb, member: name, bucket: bucket.name, key: `under-cut-${name}`, value: `cut-${bucket.name}-${name}`,
          as: undefined, seen: undefined, w: 'quorum', r: 'quorum', timeoutMs: undefined, sloppy: true, retries: 0, hasId: true, settings: undefined,
        };
        if (!canWork(sim, operation, [from, to])) continue;
        left += 1;
        clients.perform(operation, (outcome) => {
          left -= 1;
          demand(hasWorked(outcome), 'I7', () => `with ${from} unheard by ${to}, a ${verb} at ${name} came to ${describe(outcome)}`);
        });
      }
    }
  }
  sim.run(ENOUGH_MS * 2);
  demand(left === 0, 'I7', () => `with ${from} unheard by ${to}, ${left} requests were never answered`);
  undo();
}

/** Whoever may coordinate it reaches, both ways, as many machines as are needed. */
function canWork(sim: Simulator, { verb, member, bucket, key }: Operation, cut: readonly [string, string]): boolean {
  const core = sim.member(member).node?.core;
  if (core === undefined) return false;
  const { partition } = keyRef(bucket, key, sim.options.partitions);
  const { primaries, fallbacks } = core.placement.preferenceList(partition, core.buckets.settings(bucket).n);
  const needed = Math.floor(primaries.length / 2) + 1;
  const coordinators = verb === 'get' || primaries.includes(member) ? [member] : primaries;
  return coordinators.every((coordinator) => {
    const reached = [...primaries, ...fallbacks].filter((other) => {
      const isHeard = !(cut.includes(coordinator) && cut.includes(other)) || other === coordinator;
      // Who was put back from a backup may not reach enough of those it has to fetch from.
      return isHeard && (verb === 'put' || sim.member(other).node?.ownership.isSettled === true);
    });
    return new Set(reached.map((other) => sim.machines.get(other))).size >= needed;
  });
}

function hasWorked(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !['unreachable', 'overloaded', 'read-only', 'too-large', 'bad-request'].includes(outcome.kind);
}

function describe(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'nothing';
  return outcome.kind === 'unreachable' ? `${outcome.acks} of ${outcome.needed}` : outcome.kind;
}
