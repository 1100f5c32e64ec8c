/**
 * I4: siblings are exactly the concurrent writes. In a bucket that shows the latest only: exactly
 * the latest of all writes by (stamp, dot). In one that did so for a while: of the concurrent writes at
 * least those than which none is later.
 */
import type { BucketName, KeyRef } from '../../../p2p/types.ts';
import type { History, WriteRecord } from '../history.ts';
import { isRepeated } from '../history.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';

export function checkSiblings(history: History, shown: Shown, isLatestOnly: (bucket: BucketName) => boolean): void {
  for (const [keyId, siblings] of shown) {
    const ref = history.keys.get(keyId);
    if (ref === undefined) continue;
    checkConcurrent(history, ref, siblings);
    if (isLatestOnly(ref.bucket)) checkLatest(history, ref, siblings);
  }
}

function checkConcurrent(history: History, ref: KeyRef, siblings: readonly WriteRecord[]): void {
  const effective = history.effective(ref);
  const replaced = new Set(effective.flatMap(({ seen }) => [...seen]));
  for (const write of effective) {
    const isLive = !replaced.has(write.id) && !effective.some((other) => history.mayReplace(other, write));
    demand(!isLive || siblings.includes(write) || history.isReaped(write), 'I4', () => `${ref.key} lacks ${write.id}, which nobody replaced; it shows ${namesOf(siblings)}`);
  }
  // A write made twice (a retry that met another coordinator) may have been seen only once.
  for (const write of siblings) demand(!replaced.has(write.id) || isRepeated(write), 'I4', () => `${ref.key} shows ${write.id}, which was replaced`);
  demand(new Set(siblings).size === siblings.length, 'I4', () => `${ref.key} shows a write twice: ${namesOf(siblings)}`);
}

function checkLatest(history: History, ref: KeyRef, siblings: readonly WriteRecord[]): void {
  const effective = history.effective(ref);
  const latest = effective.filter((write) => !effective.some((other) => history.wins(other, write)));
  const wanted = latest.filter((write) => !history.isReaped(write));
  if (wanted.length === 0 && siblings.length === 0) return;
  const isLatest = siblings.length === 1 && siblings.every((write) => (wanted.length === 0 ? latest : wanted).includes(write));
  demand(isLatest, 'I4', () => `${ref.key} shows ${namesOf(siblings)}, and the latest is ${namesOf(latest)}`);
}

function namesOf(siblings: readonly WriteRecord[]): string {
  return siblings.map(({ id }) => id).join(' ') || 'nothing';
}
