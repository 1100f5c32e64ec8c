/**
 * Whose keys a tree is over. Buckets differ in how many copies they keep, so members that own a
 * partition at one `n` do not at another: an exchange is over the buckets of equal `n`, among the
 * primaries at that `n`, or over a single bucket of them.
 */
import type { BucketName, BucketSettings } from '../types.ts';

export interface Scope {
  /** Copies of each key; 0 = one at every member. */
  readonly n: number;
  /** Only this bucket. */
  readonly bucket: BucketName | undefined;
}

export function classOf(n: BucketSettings['n']): number {
  return n === 'all' ? 0 : n;
}

/** As placement understands it. */
export function copiesOf({ n }: Pick<Scope, 'n'>): BucketSettings['n'] {
  return n === 0 ? 'all' : n;
}

export function scopeName({ n, bucket }: Scope): string {
  return bucket === undefined ? `${n}` : `${n} ${bucket}`;
}

export function isInScope({ n, bucket }: Scope, name: BucketName, settings: Pick<BucketSettings, 'n'>): boolean {
  return bucket === undefined ? classOf(settings.n) === n : bucket === name;
}
