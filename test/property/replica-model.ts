/**
 * A tiny team with one key: replicas that mint dots, clients with contexts that may be stale, and
 * merges in any order. Beside each real value stands a dumb one that keeps whole sets of writes.
 */
import fc from 'fast-check';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { dotName } from '../../p2p/causality/dot.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, merge, write } from '../../p2p/causality/key-object.ts';
import type { Dot } from '../../p2p/types.ts';

const ACTORS = ['x', 'y', 'z'];
const NOTHING_SEEN = { real: EMPTY_CONTEXT, seen: new Set() as ReadonlySet<string> };

export type Action =
  /** A client reads a replica and remembers what it saw. */
  | { readonly kind: 'read'; readonly replica: number }
  /** A write through one of the contexts that any client ever got; 0 is none. */
  | { readonly kind: 'write'; readonly replica: number; readonly context: number; readonly gap: number }
  | { readonly kind: 'merge'; readonly from: number; readonly to: number };

const replica = fc.nat(ACTORS.length - 1);
export const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('read' as const), replica }),
    fc.record({ kind: fc.constant('write' as const), replica, context: fc.nat(), gap: fc.nat(2) }),
    fc.record({ kind: fc.constant('merge' as const), from: replica, to: replica }),
  ),
  { maxLength: 40, size: 'max' },
);

export interface Written {
  readonly dot: Dot;
  /** Names of all writes that its writer had seen, whole history. */
  readonly seen: ReadonlySet<string>;
  readonly before: KeyObject;
  readonly handedIn: CausalContext;
  readonly answered: CausalContext;
}

export interface Run {
  readonly replicas: readonly KeyObject[];
  /** Every object that some replica ever held. */
  readonly reached: readonly KeyObject[];
  readonly writes: readonly Written[];
  readonly contexts: readonly CausalContext[];
}

export function run(script: readonly Action[]): Run {
  const replicas = ACTORS.map(() => EMPTY_OBJECT);
  const histories = ACTORS.map((): ReadonlySet<string> => new Set());
  const counters = ACTORS.map(() => 0);
  const reached: KeyObject[] = [EMPTY_OBJECT];
  const writes: Written[] = [];
  const contexts = [NOTHING_SEEN];
  const keep = (at: number, object: KeyObject, history: ReadonlySet<string>): void => {
    replicas[at] = object;
    histories[at] = history;
    reached.push(object);
  };
  for (const action of script) {
    if (action.kind === 'read') {
      contexts.push({ real: replicas[action.replica]!.context, seen: histories[action.replica]! });
    } else if (action.kind === 'merge') {
      const { from, to } = action;
      keep(to, merge(replicas[to]!, replicas[from]!), new Set([...histories[to]!, ...histories[from]!]));
    } else {
      const at = action.replica;
      const { real: handedIn, seen } = contexts[action.context % contexts.length] ?? NOTHING_SEEN;
      counters[at] = counters[at]! + 1 + action.gap;
      const dot = { actor: ACTORS[at]!, counter: counters[at] };
      const before = replicas[at]!;
      const written = write(before, handedIn, { dot, value: new Uint8Array([writes.length]), contentType: 't', writtenBy: 'm', writtenAt: writes.length, writeId: dotName(dot) });
      writes.push({ dot, seen, before, handedIn, answered: written.context });
      keep(at, written.object, new Set([...histories[at]!, ...seen, dotName(dot)]));
      contexts.push({ real: written.context, seen: new Set([...seen, dotName(dot)]) });
    }
  }
  return { replicas, reached, writes, contexts: contexts.map(({ real }) => real) };
}

/** The dumb answer: writes that nobody overwrote knowingly. */
export function survivors(writes: readonly Written[]): string[] {
  return writes
    .map(({ dot }) => dotName(dot))
    .filter((name) => !writes.some(({ seen }) => seen.has(name)))
    .sort();
}
