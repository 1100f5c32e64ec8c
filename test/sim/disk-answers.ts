/** What a simulated disk answers to the questions of the Store port. */
import { compareText } from '../../p2p/bytes/text-order.ts';
import type { StoreAnswer, StoreQuery } from '../../p2p/node/events.ts';
import type { StoredHint } from '../../p2p/ports.ts';
import type { MemberId } from '../../p2p/types.ts';
import type { Deleted, KeptHistory, StoredObject } from './disk-image.ts';
import { pageOf } from './disk-image.ts';
import type { DiskLeaves } from './disk-leaves.ts';
import { conflictsOf, listOf } from './disk-lists.ts';
import { scanDisk } from './disk-scan.ts';

export interface DiskContent {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly hints: HintsOfAll;
  readonly damaged: ReadonlySet<string>;
  readonly leaves: DiskLeaves;
  readonly versions: ReadonlyMap<string, KeptHistory>;
  readonly deletions: ReadonlyMap<string, Deleted>;
}

type HintsOfAll = ReadonlyMap<MemberId, ReadonlyMap<string, StoredHint>>;
type AnsweredQuery = Exclude<StoreQuery, { readonly kind: 'leaves' }>;

export function answerFrom(disk: DiskContent, query: AnsweredQuery): StoreAnswer {
  const all = [...disk.objects.values()];
  switch (query.kind) {
    case 'list':
      return { kind: 'list', entries: listOf(all, query) };
    case 'buckets':
      return { kind: 'buckets', buckets: [...new Set(all.map(({ ref }) => ref.bucket))].sort(compareText) };
    case 'conflicts':
      return { kind: 'conflicts', entries: conflictsOf(all, query) };
    case 'leaf-entries': {
      const { first, last } = query.leaves;
      const under = all.filter(({ ref }) => ref.partition === query.partition && ref.leaf >= first && ref.leaf <= last && !disk.damaged.has(ref.id));
      return { kind: 'leaf-entries', entries: under.map(({ ref, summary }) => ({ ref, hash: summary.hash })) };
    }
    case 'scan':
      return { kind: 'scan', ...scanDisk(disk, query) };
    case 'hints': {
      const hints = [...(disk.hints.get(query.target)?.values() ?? [])]
        .filter(({ ref }) => query.afterId === undefined || compareText(ref.id, query.afterId) > 0)
        .sort((a, b) => compareText(a.ref.id, b.ref.id));
      return { kind: 'hints', hints: hints.slice(0, query.limit) };
    }
    case 'hint-targets':
      return { kind: 'hint-targets', members: [...disk.hints].flatMap(([target, kept]) => (kept.size > 0 ? [target] : [])) };
    case 'hint-bytes':
      return { kind: 'hint-bytes', bytes: hintBytesOf(disk.hints) };
    case 'history':
      return { kind: 'history', versions: (disk.versions.get(query.ref.id)?.versions ?? []).map(({ bytes }) => bytes).toReversed(), isWhole: true };
    case 'histories': {
      const rowOfHistory = ({ ref: { bucket, key }, versions }: KeptHistory) => ({ bucket, key, versions: versions.length, oldestKeptAt: Math.min(...versions.map(({ keptAt }) => keptAt)) });
      return { kind: 'histories', rows: pageOf(disk.versions, query).map(rowOfHistory) };
    }
    case 'deletions':
      return { kind: 'deletions', notes: pageOf(disk.deletions, query).map(({ ref: { bucket, key }, notedAt }) => ({ bucket, key, notedAt })) };
    case 'is-hinted':
      return { kind: 'is-hinted', isHinted: [...disk.hints.values()].some((kept) => kept.has(query.ref.id)) };
    case 'purge':
      return { kind: 'purged' };
  }
}

export function hintBytesOf(hints: HintsOfAll): number {
  let bytes = 0;
  for (const kept of hints.values()) for (const { object } of kept.values()) bytes += object.length;
  return bytes;
}
