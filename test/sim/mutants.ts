/**
 * Deliberate defects, each of a kind that once lost somebody's data. A checker that none of them
 * can trip proves nothing.
 */
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import type { Effect, Event } from '../../p2p/node/events.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { SimOptions } from './options.ts';
import type { Tamper } from './tamper.ts';

export interface Mutant {
  readonly name: string;
  /** The invariants whose checkers may notice it. */
  readonly caughtBy: readonly string[];
  readonly tamper: Tamper;
  /** The runs in which it can show. */
  readonly suits: (options: SimOptions) => boolean;
}

const crashes = (options: SimOptions): boolean => options.crashEveryMs !== undefined && options.members > 1;
const team = (options: SimOptions): boolean => options.members > 2;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'commits are answered before they are durable',
    caughtBy: ['I1', 'I5', 'phantom'],
    tamper: { disk: { answersBeforeDurable: true } },
    suits: crashes,
  },
  {
    name: 'a store that lost its tail goes on under the same actor and counter',
    caughtBy: ['dots', 'I1', 'I4', 'replies'],
    tamper: { disk: { keepsActorAndCounter: true } },
    suits: crashes,
  },
  {
    name: 'a write replaces all siblings, whatever its writer had seen',
    caughtBy: ['I1', 'I4', 'I5'],
    tamper: { effects: (effects) => effects.map(keepOwnSiblingOnly) },
    suits: () => true,
  },
  {
    name: 'hints and exchanges come to nothing',
    caughtBy: ['I2'],
    tamper: { disk: { forgetsHints: true }, message: (message) => (message.kind.startsWith('tree-') ? undefined : message) },
    suits: team,
  },
  {
    name: 'a copy is reported that was not made',
    caughtBy: ['I5'],
    tamper: { effects: (effects) => effects.map(boast) },
    suits: team,
  },
  {
    name: 'siblings are dropped at a merge',
    caughtBy: ['I1', 'I4'],
    tamper: { message: dropSiblings },
    suits: team,
  },
  {
    name: 'a replica says that it has what it has not',
    caughtBy: ['I5'],
    tamper: { event: refuseAsDone },
    suits: (options) => options.diskFullEveryMs !== undefined,
  },
  {
    name: 'contexts of writes are thrown away',
    caughtBy: ['I4'],
    tamper: { event: forgetContext },
    suits: () => true,
  },
  {
    name: 'requests are swallowed',
    caughtBy: ['replies'],
    tamper: { effects: (effects) => effects.filter((effect) => effect.kind !== 'reply' || effect.token % 7 !== 0) },
    suits: () => true,
  },
  {
    name: 'requests are answered twice',
    caughtBy: ['replies'],
    tamper: { effects: (effects) => effects.flatMap((effect) => (effect.kind === 'reply' && effect.token % 7 === 0 ? [effect, effect] : [effect])) },
    suits: () => true,
  },
];

function keepOwnSiblingOnly(effect: Effect): Effect {
  if (effect.kind !== 'commit') return effect;
  const batch = effect.batch.map((mutation) => (mutation.kind === 'object' ? { ...mutation, object: onlyLast(mutation.object) } : mutation));
  return { ...effect, batch };
}

function onlyLast(bytes: Uint8Array): Uint8Array {
  const object = decodeObject(bytes);
  return object.siblings.length < 2 ? bytes : encodeObject({ ...object, siblings: object.siblings.slice(-1) } satisfies KeyObject);
}

function boast(effect: Effect): Effect {
  if (effect.kind !== 'reply' || effect.outcome.kind !== 'written') return effect;
  const missing = ['ada', 'ben', 'cleo'].find((name) => !copiesHave(effect.outcome, name));
  if (missing === undefined) return effect;
  const { outcome } = effect;
  const copies = [...outcome.copies, { member: missing, role: 'primary', durable: true } as const];
  return { ...effect, outcome: { ...outcome, copies, acks: outcome.acks + 1 } };
}

function copiesHave(outcome: Extract<Effect, { readonly kind: 'reply' }>['outcome'], member: string): boolean {
  return outcome.kind === 'written' && outcome.copies.some((copy) => copy.member === member);
}

function dropSiblings(message: Message): Message {
  if (message.kind !== 'replicate') return message;
  return { ...message, object: onlyLast(message.object) };
}

function refuseAsDone(event: Event): Event {
  return event.kind === 'store-failed' ? { kind: 'committed', token: event.token } : event;
}

function forgetContext(event: Event): Event {
  if (event.kind !== 'client' || event.command.kind !== 'put') return event;
  const { context: _, ...command } = event.command;
  return { ...event, command };
}
