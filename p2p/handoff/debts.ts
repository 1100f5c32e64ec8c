/**
 * What a member owes: partitions that are its own by the ring and that it has not fetched yet. A
 * pure function of what it stood for before and what it stands for now (Dynamo, 2007, section 6.2:
 * nodes that gain ranges take them over from those who had them).
 *
 *     gained = owned(after) − owned(before)          owned = primary now, or once the ring changes
 *     source = the primaries of `before`: they have what was acknowledged
 *
 * A debt that is open when the ring changes again keeps its source; what is owned no more is owed
 * no more. Buckets that move to another `n` gain and carry debts of their own.
 *
 * A partition is paid when enough of its sources have given everything: a majority of them, or all
 * who are left. Sources that owe it themselves do not count, unless nobody else is left to ask.
 */
import type { Scope } from '../antientropy/scope.ts';
import { classOf, copiesOf, scopeName } from '../antientropy/scope.ts';
import { DEFAULT_SETTINGS } from '../membership/bucket-registry.ts';
import type { Placement } from '../ring/placement.ts';
import type { BucketName, MemberId, PartitionId } from '../types.ts';

/** What follows from the rings and settings of one moment. */
export interface Stand {
  readonly current: Placement;
  readonly pending: Placement;
  /** The class of each bucket with settings of its own. */
  readonly classes: ReadonlyMap<BucketName, number>;
}

export interface Debt {
  readonly scope: Scope;
  /** Whom to ask: the primaries at this class. */
  readonly source: Placement;
  readonly sourceClass: number;
  readonly partitions: ReadonlySet<PartitionId>;
}

export interface Heard {
  /** Gave everything, and owe nothing of it. */
  readonly whole: ReadonlySet<MemberId>;
  /** Gave everything that they had. */
  readonly partial: ReadonlySet<MemberId>;
}

const DEFAULT_CLASS = classOf(DEFAULT_SETTINGS.n);

/** Partitions that a member keeps, or is about to keep, at this class. */
export function owned({ current, pending }: Stand, member: MemberId, n: number): ReadonlySet<PartitionId> {
  const copies = copiesOf({ n });
  const partitions = new Set<PartitionId>();
  for (let partition = 0; partition < current.partitions; partition += 1) {
    if (current.isPrimary(member, partition, copies) || pending.isPrimary(member, partition, copies)) partitions.add(partition);
  }
  return partitions;
}

/** Of a store that has nothing: all that it owns. */
export function debtsOfNothing(stand: Stand, member: MemberId): readonly Debt[] {
  return joined(
    classesOf(stand).map((n) => ({
      scope: { n, bucket: undefined }, source: ringOf(stand), sourceClass: n, partitions: owned(stand, member, n),
    })),
  );
}

/** @param isNew the store began empty and never had everything: settings that it learns are no change. */
export function grow(debts: readonly Debt[], before: Stand, after: Stand, member: MemberId, isNew = false): readonly Debt[] {
  const carried = debts.flatMap((debt) => carry(debt, before, after, member));
  const gained = classesOf(before).map((n): Debt => {
    const known = union(carried.filter(({ scope }) => scope.n === n && scope.bucket === undefined));
    const partitions = minus(minus(owned(after, member, n), owned(before, member, n)), known);
    return { scope: { n, bucket: undefined }, source: ringOf(before), sourceClass: n, partitions };
  });
  const moved = movedBuckets(before, after).map(([bucket, from, to]): Debt => {
    const scope = { n: to, bucket };
    const known = union(carried.filter((debt) => debt.scope.bucket === bucket));
    if (isNew) return { scope, source: ringOf(after), sourceClass: to, partitions: minus(owned(after, member, to), known) };
    const partitions = minus(minus(owned(after, member, to), owned(before, member, from)), known);
    return { scope, source: ringOf(before), sourceClass: from, partitions };
  });
  return joined([...carried, ...gained, ...moved]);
}

/** Who has what there is: those who are up, or, when all are joining, all of them together. */
export function ringOf({ current, pending }: Pick<Stand, 'current' | 'pending'>): Placement {
  return current.members.length > 0 ? current : pending;
}

/** Without this partition. */
export function paid(debts: readonly Debt[], debt: Debt, partitions: ReadonlySet<PartitionId>): readonly Debt[] {
  const left = debts.map((one) => (one === debt ? { ...one, partitions: minus(one.partitions, partitions) } : one));
  return left.filter((one) => one.partitions.size > 0);
}

/** Those who can be asked for a partition, as far as they are members still. */
export function sourcesOf(debt: Debt, partition: PartitionId, member: MemberId, isMember: (other: MemberId) => boolean): readonly MemberId[] {
  return primariesOf(debt, partition).filter((other) => other !== member && isMember(other));
}

export function isPaid(debt: Debt, partition: PartitionId, sources: readonly MemberId[], heard: Heard): boolean {
  const majority = Math.floor(primariesOf(debt, partition).length / 2) + 1;
  const whole = sources.filter((source) => heard.whole.has(source)).length;
  if (whole >= Math.min(majority, sources.length)) return true;
  return sources.every((source) => heard.whole.has(source) || heard.partial.has(source));
}

function primariesOf({ source, sourceClass }: Debt, partition: PartitionId): readonly MemberId[] {
  return source.preferenceList(partition, copiesOf({ n: sourceClass })).primaries;
}

/** What is left of a debt, under the scopes that its keys have now. */
function carry(debt: Debt, before: Stand, after: Stand, member: MemberId): readonly Debt[] {
  const { n, bucket } = debt.scope;
  const still = (to: number): ReadonlySet<PartitionId> => {
    const mine = owned(after, member, to);
    return new Set([...debt.partitions].filter((partition) => mine.has(partition)));
  };
  if (bucket !== undefined) {
    const to = after.classes.get(bucket) ?? DEFAULT_CLASS;
    return [{ ...debt, scope: { n: to, bucket }, partitions: still(to) }];
  }
  const moved = movedBuckets(before, after).filter(([, from]) => from === n);
  return [
    { ...debt, partitions: still(n) },
    ...moved.map(([name, , to]): Debt => ({ ...debt, scope: { n: to, bucket: name }, partitions: still(to) })),
  ];
}

function movedBuckets(before: Stand, after: Stand): readonly (readonly [BucketName, number, number])[] {
  return [...new Set([...before.classes.keys(), ...after.classes.keys()])].flatMap((bucket) => {
    const from = before.classes.get(bucket) ?? DEFAULT_CLASS;
    const to = after.classes.get(bucket) ?? DEFAULT_CLASS;
    return from === to ? [] : [[bucket, from, to] as const];
  });
}

function classesOf({ classes }: Stand): readonly number[] {
  return [...new Set([DEFAULT_CLASS, ...classes.values()])].sort((a, b) => a - b);
}

/** Debts of one scope and source together; empty ones are gone. */
function joined(debts: readonly Debt[]): readonly Debt[] {
  const known = new Map<string, Debt>();
  for (const debt of debts) {
    const name = `${scopeName(debt.scope)}\0${debt.source.version}\0${debt.sourceClass}`;
    const other = known.get(name);
    known.set(name, other === undefined ? debt : { ...other, partitions: new Set([...other.partitions, ...debt.partitions]) });
  }
  return [...known.values()].filter(({ partitions }) => partitions.size > 0);
}

function union(debts: readonly Debt[]): ReadonlySet<PartitionId> {
  return new Set(debts.flatMap(({ partitions }) => [...partitions]));
}

function minus(a: ReadonlySet<PartitionId>, b: ReadonlySet<PartitionId>): ReadonlySet<PartitionId> {
  return new Set([...a].filter((partition) => !b.has(partition)));
}
