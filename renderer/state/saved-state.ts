/** Pure: what the badge beside a key's name says. */
import type { CopyInfo } from '../../main/api/contract.ts';

export type SavedKind = 'new' | 'unsaved' | 'saving' | 'failed' | 'here' | 'spreading' | 'safe' | 'unknown';

export interface SavedState {
  readonly kind: SavedKind;
  readonly words: string;
}

export interface SavedFacts {
  readonly saving: boolean;
  readonly failed: boolean;
  readonly dirty: boolean;
  readonly isNew: boolean;
  /** `null` while nobody was asked yet. */
  readonly copies: readonly Pick<CopyInfo, 'member' | 'durable'>[] | null;
  /** How many copies there should be. */
  readonly copiesWanted: number;
  readonly selfId: string;
}

export function savedState(facts: SavedFacts): SavedState {
  if (facts.saving) return { kind: 'saving', words: 'Saving…' };
  if (facts.failed) return { kind: 'failed', words: 'Not saved' };
  if (facts.dirty) return { kind: 'unsaved', words: 'Unsaved changes' };
  if (facts.isNew) return { kind: 'new', words: 'New' };
  if (facts.copies === null) return { kind: 'unknown', words: 'Saved' };
  return copiesState(facts.copies, facts.copiesWanted, facts.selfId);
}

function copiesState(copies: NonNullable<SavedFacts['copies']>, wanted: number, selfId: string): SavedState {
  const durable = new Set(copies.filter((copy) => copy.durable).map((copy) => copy.member));
  if (durable.size <= 1 && durable.has(selfId) && wanted > 1) return { kind: 'here', words: 'On this device only' };
  const words = `${Math.min(durable.size, wanted)} of ${wanted} copies`;
  return { kind: durable.size >= wanted ? 'safe' : 'spreading', words };
}
