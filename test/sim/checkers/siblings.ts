/**
 * I4: siblings are exactly the concurrent writes. In a bucket that keeps the latest only: exactly
 * the latest of all writes by (stamp, dot).
 */
import { compareDots } from '../../../p2p/causality/dot.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import type { History, WriteRecord } from '../history.ts';
import { isRepeated, lastingDots } from '../history.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';

export function checkSiblings(history: History, shown: Shown): void {
  for (const [keyId, siblings] of shown) {
    const ref = history.keys.get(keyId);
    if (ref === undefined) continue;
    const resolution = history.resolution(ref.bucket);
    if (resolution === 'siblings') checkConcurrent(history, ref, siblings);
    if (resolution === 'lww') checkLatest(history, ref, siblings);
  }
}

function checkConcurrent(history: History, ref: KeyRef, siblings: readonly WriteRecord[]): void {
  const effective = history.effective(ref);
  const replaced = new Set(effective.flatMap(({ seen }) => [...seen]));
  for (const write of effective) {
    const isLive = !replaced.has(write.id);
    demand(!isLive || siblings.includes(write) || history.isReaped(write), 'I4', () => `${ref.key} lacks ${write.id}, which nobody replaced; it shows ${namesOf(siblings)}`);
  }
  // A write made twice (a retry that met another coordinator) may have been seen only once.
  for (const write of siblings) demand(!replaced.has(write.id) || isRepeated(write), 'I4', () => `${ref.key} shows ${write.id}, which was replaced`);
  demand(new Set(siblings).size === siblings.length, 'I4', () => `${ref.key} shows a write twice: ${namesOf(siblings)}`);
}

function checkLatest(history: History, ref: KeyRef, siblings: readonly WriteRecord[]): void {
  const [first, ...rest] = history.effective(ref);
  if (first === undefined) return;
  const latest = rest.reduce((best, next) => (isLaterWrite(next, best) ? next : best), first);
  if (siblings.length === 0 && history.isReaped(latest)) return;
  demand(siblings.length === 1 && siblings[0] === latest, 'I4', () => `${ref.key} shows ${namesOf(siblings)}, and the latest is ${latest.id}`);
}

/** By the latest of its dots that lasted. */
export function isLaterWrite(a: WriteRecord, b: WriteRecord): boolean {
  const [x, y] = [latestDot(a), latestDot(b)];
  if (x === undefined || y === undefined) return x !== undefined;
  return x.stamp === y.stamp ? compareDots(x.dot, y.dot) > 0 : x.stamp > y.stamp;
}

function latestDot({ dots }: WriteRecord): { readonly dot: { readonly actor: string; readonly counter: number }; readonly stamp: number } | undefined {
  return [...lastingDots(dots)].sort((a, b) => b.stamp - a.stamp || compareDots(b.dot, a.dot))[0];
}

function namesOf(siblings: readonly WriteRecord[]): string {
  return siblings.map(({ id }) => id).join(' ') || 'nothing';
}
