/**
 * Deliberate defects, each of a kind that once lost somebody's data. A checker that none of them
 * can trip proves nothing. Where two mechanisms cover for each other (a hint and an exchange), both
 * are broken: what one alone would do, the other makes good, as it should.
 *
 * `atSeed` is where it was noticed first; when draws change, `npm run sim -- mutants` finds it anew.
 */
import {
  arrivalTimes, asksOnlyThoseWhoAreHere, asPrimaries, blindScrub, boast, boastLater, claimAll, dropDeletions, dropsReplyRows, dropsWhatever, everySo, forgetContext, ignoresHorizons, isFromDisk, isUnaware,
  keepOwnSibling, keepsHintsUnsafely, keepsPeerWork, leaksRequests, mergedAcrossKeys, neverExchanges, neverHedges, neverTimesOut, onlyLastObject, pruneContext, refuseAsDone,
  sealsNothing, stopsBeingAlive, swallowsWrites, takeForDamage, withoutRecords,
} from './mutations.ts';
import type { Swarm } from './options.ts';
import type { DrawMore } from './swarm.ts';
import type { Tamper } from './tamper.ts';

export interface Mutant {
  readonly name: string;
  /** What it does to a team. */
  readonly breaks: string;
  /** The invariants whose checkers may notice it. */
  readonly caughtBy: readonly string[];
  readonly atSeed: number;
  readonly tamper: Tamper;
  /** Faults that have to be on for it to show. */
  readonly more?: DrawMore;
  /** The runs in which it can show. */
  readonly suits?: (swarm: Swarm) => boolean;
}

const many = ({ members }: Swarm): boolean => members > 2;
const withKey = (n: number) => ({ members, buckets }: Swarm): boolean => members > n && buckets.some(({ settings }) => settings.n !== 1);
const lww = ({ buckets, members }: Swarm): boolean => members > 1 && buckets.some(({ settings }) => settings.resolution === 'lww' && settings.n !== 1);
/** A whole reaping fits between a backup and its return. */
const fewAndHasty = ({ members, reapDayMs, reapQuietMs }: Swarm): boolean => members > 1 && members < 5 && reapDayMs < 50 && reapQuietMs === 2_000;
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'commits are answered before they are durable',
    breaks: 'a power cut takes what was acknowledged',
    caughtBy: ['I1', 'I5', 'I6'], atSeed: 1,
    tamper: { disk: { answersBeforeDurable: true } },
    more: { faults: { 'power-loss': 3_000 } },
  },
  {
    name: 'a store that lost its tail goes on under the same actor and counter',
    breaks: 'one dot names two writes, and one of them dies',
    caughtBy: ['dots', 'I1', 'I4', 'replies'], atSeed: 2,
    tamper: { disk: { keepsActorAndCounter: true } },
    more: { faults: { 'power-loss': 3_000 } },
  },
  {
    name: 'all stores write under one actor',
    breaks: 'one dot names two writes, and one of them dies',
    caughtBy: ['dots', 'I1', 'I4', 'replies'], atSeed: 1,
    tamper: { disk: { sharesActor: true } }, suits: many,
  },
  {
    name: 'a restored backup is trusted',
    breaks: 'counters roll back (riak_kv #679)',
    caughtBy: ['dots', 'I1', 'I3', 'I4', 'replies'], atSeed: 2,
    tamper: { disk: { trustsBackups: true, keepsActorAndCounter: true } },
    more: { faults: { backup: 4_000 } }, suits: many,
  },
  {
    name: 'a write replaces all siblings, whatever its writer had seen',
    breaks: 'what somebody else wrote meanwhile is gone',
    caughtBy: ['I1', 'I4', 'I5'], atSeed: 1,
    tamper: { effects: (effects) => effects.map(keepOwnSibling) },
  },
  {
    name: 'a sibling is dropped at a merge',
    breaks: 'a concurrent write is gone',
    caughtBy: ['I1', 'I3', 'I4', 'I5'], atSeed: 1,
    tamper: { message: onlyLastObject }, suits: many,
  },
  {
    name: 'contexts of writes are thrown away',
    breaks: 'every save makes a sibling',
    caughtBy: ['I4'], atSeed: 3,
    tamper: { event: forgetContext }, suits: ({ mix }) => mix.delete === 0,
  },
  {
    name: 'clocks are cut down to what is alive',
    breaks: 'what was replaced comes back (Riak’s clock pruning)',
    caughtBy: ['I3', 'I4', 'I1', 'I5'], atSeed: 8,
    tamper: { message: pruneContext }, suits: many,
  },
  {
    name: 'a deletion leaves nothing behind',
    breaks: 'the next repair brings the deleted back',
    caughtBy: ['I1', 'I3', 'I4', 'I5', 'I6'], atSeed: 1,
    tamper: { effects: (effects) => effects.map(dropDeletions) }, suits: ({ mix, members }) => mix.delete > 0 && members > 2,
  },
  {
    name: 'an object is merged into another key',
    breaks: 'a value stands where nobody wrote it',
    caughtBy: ['I6'], atSeed: 1,
    tamper: { message: mergedAcrossKeys }, suits: many,
  },
  {
    name: 'a corrupt record is served',
    breaks: 'a flipped byte spreads as a value',
    caughtBy: ['I6'], atSeed: 1,
    tamper: { disk: { servesDamage: true } },
    more: { faults: { flip: 1_500 } }, suits: many,
  },
  {
    name: 'a read error is taken for damage',
    breaks: 'a merge starts from nothing, over a record that is whole',
    caughtBy: ['I1', 'I2', 'I3', 'I4', 'I5'], atSeed: 14,
    tamper: { event: takeForDamage },
    more: { faults: { 'read-errors': 2_000 } }, suits: many,
  },
  {
    name: 'the scrub finds nothing',
    breaks: 'what nobody reads stays damaged, until no other copy is left',
    caughtBy: ['I2'], atSeed: 2,
    tamper: { event: blindScrub },
    more: { faults: { flip: 4_000 } }, suits: many,
  },
  {
    name: 'the latest write is the one that arrives last',
    breaks: 'replicas of a last-writer-wins key never agree',
    caughtBy: ['I2', 'I4'], atSeed: 2,
    tamper: { message: arrivalTimes() }, suits: lww,
  },
  {
    name: 'hints and exchanges come to nothing',
    breaks: 'whoever was away stays behind',
    caughtBy: ['I1', 'I2'], atSeed: 1,
    tamper: { disk: { forgetsHints: true }, node: neverExchanges },
    more: { joins: false }, suits: many,
  },
  {
    name: 'hints are lost at a restart, and exchanges come to nothing',
    breaks: 'whoever was away stays behind',
    caughtBy: ['I2'], atSeed: 1,
    tamper: { disk: { losesHintsAtStart: true }, node: neverExchanges },
    more: { faults: { stop: 2_000 }, joins: false }, suits: many,
  },
  {
    name: 'a hint is deleted before its target has it, and exchanges come to nothing',
    breaks: 'a lost frame is a lost copy',
    caughtBy: ['I2'], atSeed: 12,
    tamper: { node: (node) => [neverExchanges, keepsHintsUnsafely].forEach((change) => change(node)) },
    more: { faults: { 'power-loss': 3_000, partition: 4_000 }, joins: false }, suits: (swarm) => many(swarm) && swarm.loss > 0.05,
  },
  {
    name: 'roots are compared as they were once, and hints are forgotten',
    breaks: 'exchanges find nothing',
    caughtBy: ['I2'], atSeed: 3,
    tamper: { disk: { staleLeaves: true, forgetsHints: true } }, suits: many,
  },
  {
    name: 'read repair, hints and exchanges come to nothing',
    breaks: 'a stale replica stays stale though everybody reads it',
    caughtBy: ['I1', 'I2', 'I4'], atSeed: 1,
    tamper: { disk: { forgetsHints: true }, node: neverExchanges, message: (message) => (message.kind === 'replicate' && message.id === 0 ? undefined : message) },
    more: { joins: false }, suits: many,
  },
  {
    name: 'joining members get no new writes, and exchanges find nothing once they are in',
    breaks: 'a new owner lacks what was written while it joined',
    caughtBy: ['I2', 'I1', 'I4', 'I5'], atSeed: 3,
    tamper: { disk: { forgetsHints: true, staleLeaves: true }, node: swallowsWrites },
    suits: ({ joiners, members }) => joiners > 0 && members > 1,
  },
  {
    name: 'a copy is reported that was not made',
    breaks: 'a person trusts in a copy that does not exist',
    caughtBy: ['I5'], atSeed: 1,
    tamper: { effects: (effects) => effects.map(boast) }, suits: many,
  },
  {
    name: 'a later word on copies claims one too many',
    breaks: 'the window shows a copy that does not exist',
    caughtBy: ['I5'], atSeed: 1,
    tamper: { effects: (effects) => effects.map(boastLater) }, suits: many,
  },
  {
    name: 'a machine is counted twice',
    breaks: 'two copies die with one disk',
    caughtBy: ['I5'], atSeed: 60,
    tamper: { node: ({ core }) => Object.assign(core, { machineOf: (member: string) => member }) },
    suits: ({ sharedMachine }) => sharedMachine,
  },
  {
    name: 'stand-ins are reported as primaries',
    breaks: 'a sloppy quorum passes for a strict one',
    caughtBy: ['I5'], atSeed: 5,
    tamper: { effects: (effects) => effects.map(asPrimaries) }, suits: ({ members, joiners, mix }) => members > 3 && joiners === 0 && mix.settings === 0,
  },
  {
    name: 'a replica says that it has what its full disk refused',
    breaks: 'acknowledged means nothing',
    caughtBy: ['I5', 'I1', 'I4', 'I6'], atSeed: 1,
    tamper: { event: refuseAsDone },
    more: { faults: { 'disk-full': 2_000 } },
  },
  {
    name: 'requests are swallowed',
    breaks: 'somebody waits for ever',
    caughtBy: ['replies'], atSeed: 1,
    tamper: { effects: (effects) => effects.filter((effect) => effect.kind !== 'reply' || effect.token % 7 !== 0) },
  },
  {
    name: 'requests are answered twice',
    breaks: 'an answer is taken for that of another request',
    caughtBy: ['replies'], atSeed: 1,
    tamper: { effects: (effects) => effects.flatMap((effect) => (effect.kind === 'reply' && effect.token % 7 === 0 ? [effect, effect] : [effect])) },
  },
  {
    name: 'requests have no time-out',
    breaks: 'a silent peer holds its coordinator for ever',
    caughtBy: ['replies', 'I7', 'I8'], atSeed: 1,
    tamper: { node: neverTimesOut },
    more: { faults: { cut: 2_000 } }, suits: many,
  },
  {
    name: 'timers run by the wall clock',
    breaks: 'a corrected clock stops a member for days',
    caughtBy: ['replies', 'I2', 'I7', 'I8'], atSeed: 4,
    tamper: { now: ({ wallMs }) => ({ nowMs: wallMs, wallMs }) },
    more: { faults: { 'clock-jump': 2_000 } },
  },
  {
    name: 'a doubt is never cleared',
    breaks: 'one slow answer, and a member is never asked again',
    caughtBy: ['I2', 'I7'], atSeed: 7,
    tamper: { node: stopsBeingAlive },
    more: { faults: { cut: 3_000 } }, suits: many,
  },
  {
    name: 'nobody is asked instead of a silent replica',
    breaks: 'one dead direction stops work',
    caughtBy: ['I7', 'replies'], atSeed: 8,
    tamper: { node: neverHedges }, suits: ({ lastingCut }) => lastingCut !== undefined,
  },
  {
    name: 'requests that were given up are kept',
    breaks: 'memory grows with every lost frame',
    caughtBy: ['I8', 'replies'], atSeed: 12,
    tamper: { node: leaksRequests }, suits: (swarm) => many(swarm) && swarm.loss > 0.05,
  },
  {
    name: 'what a peer asked is never done with',
    breaks: 'in the end every request of it is refused',
    caughtBy: ['I7', 'I8'], atSeed: 1,
    tamper: { node: keepsPeerWork }, suits: many,
  },
  {
    name: 'every frame is sent a hundred times',
    breaks: 'a team drowns in its own traffic',
    caughtBy: ['I8'], atSeed: 1,
    tamper: { effects: (effects) => effects.flatMap((effect) => Array.from({ length: effect.kind === 'send' ? 100 : 1 }, () => effect)) },
    suits: many,
  },
  {
    name: 'the end of a commit gets lost',
    breaks: 'the lock of its key is never let go',
    caughtBy: ['I7', 'I8', 'replies', 'I2'], atSeed: 1,
    tamper: { event: everySo(20, ({ kind }) => kind === 'committed') },
    more: { joins: false },
  },
  {
    name: 'what others say of buckets is ignored',
    breaks: 'members keep different numbers of copies',
    caughtBy: ['I2'], atSeed: 16,
    tamper: { message: (message) => (message.kind === 'gossip-delta' ? { ...message, buckets: [] } : message) },
    suits: ({ mix, members }) => mix.settings > 0 && members > 1,
  },
  {
    name: 'what others say of members is ignored',
    breaks: 'members have different rings',
    caughtBy: ['I2'], atSeed: 1,
    tamper: { message: withoutRecords },
    suits: ({ joiners, members }) => joiners > 0 && members > 1,
  },
  {
    name: 'a list leaves out a key',
    breaks: 'a record cannot be found',
    caughtBy: ['I4', 'I5'], atSeed: 5,
    tamper: { message: dropsReplyRows }, suits: withKey(4),
  },
  {
    name: 'a page forgets the frontier of a member that has more',
    breaks: 'a page goes past keys that nobody has sent yet, and they are never shown',
    caughtBy: ['I4'], atSeed: 78,
    tamper: { message: (message) => (message.kind === 'list-reply' ? { ...message, isMore: false } : message) },
    suits: many,
  },
  {
    name: 'a list says that it is whole',
    breaks: 'what nobody could be asked about seems to be gone',
    caughtBy: ['I5'], atSeed: 62,
    tamper: {
      effects: (effects) =>
        effects.map((effect) => (effect.kind === 'reply' && effect.outcome.kind === 'listed' ? { ...effect, outcome: { ...effect.outcome, partial: [] } } : effect)),
    },
    suits: ({ mix, members }) => mix.look > 0 && members > 1,
  },
  {
    name: 'a read claims to have seen the writes still to come',
    breaks: 'what is written next counts as replaced',
    caughtBy: ['I1', 'I2', 'I3', 'I4', 'I5', 'replies'], atSeed: 1,
    tamper: { message: claimAll },
    more: { joins: false }, suits: many,
  },
  {
    name: 'what the own disk says is taken for nothing',
    breaks: 'a write starts from an empty key, and its siblings are gone',
    caughtBy: ['I1', 'I3', 'I4', 'I5', 'I2'], atSeed: 1,
    tamper: { event: isFromDisk },
  },
  {
    name: 'deletions are reaped without asking those who are away, and hints are forgotten',
    breaks: 'who was away is refused, and then brings the deleted back',
    caughtBy: ['I7', 'I4', 'I3', 'I1'], atSeed: 9,
    tamper: { disk: { forgetsHints: true }, node: asksOnlyThoseWhoAreHere },
    more: { reaping: true, faults: { crash: 4_000, partition: 4_000 } }, suits: many,
  },
  {
    name: 'deletions are reaped at the first consent',
    breaks: 'what was read before brings the deleted back',
    caughtBy: ['I3', 'I1', 'I4'], atSeed: 11,
    tamper: { node: sealsNothing },
    more: { reaping: true, faults: { backup: 12_000 } }, suits: fewAndHasty,
  },
  {
    name: 'a deletion is reaped with what was written since',
    breaks: 'a key that was created again is gone',
    caughtBy: ['I5', 'I1', 'I4', 'I2', 'I3'], atSeed: 8,
    tamper: { node: dropsWhatever },
    more: { reaping: true }, suits: many,
  },
  {
    name: 'an old backup does not care what was reaped since',
    breaks: 'a backup brings the deleted back, and nobody remembers that it was',
    caughtBy: ['I3', 'I4'], atSeed: 34,
    tamper: { node: ignoresHorizons },
    more: { reaping: true, faults: { backup: 12_000 } }, suits: fewAndHasty,
  },
  {
    name: 'deletions are reaped over older tables',
    breaks: 'where the block with the end of a key is lost, what it was before is back',
    caughtBy: ['I3', 'I4'], atSeed: 178,
    tamper: { disk: { purgesNothing: true } },
    more: { reaping: true, faults: { 'lost-block': 1_000 } }, suits: fewAndHasty,
  },
  {
    name: 'nobody is told that rows were lost',
    breaks: 'a context claims an own write that is gone here, and it goes elsewhere; roots are compared as they were',
    caughtBy: ['I2', 'I1', 'I4', 'I5'], atSeed: 5,
    tamper: { event: isUnaware },
    more: { faults: { 'lost-block': 1_500 } }, suits: many,
  },
];
