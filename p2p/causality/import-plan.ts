/**
 * What a backup of a key means to the key as it is now. A backup is an old state, and the file that
 * holds it may have been changed, so it is never merged as a replica's state would be: what is
 * lacking is written anew, each sibling under a fresh dot. For each sibling of the backup:
 *
 *     its dot is not known now      → written; replaces what the backup had seen, but not the
 *                                     backup's other siblings, so siblings stay siblings
 *     known, and still there        → present
 *     known, there with other bytes → the file was changed: written beside, replacing nothing
 *     known, no longer there        → replaced since by a write that had seen it: superseded
 *
 *     backup  context {x:3}    siblings x2, x3       now  context {x:2, y:1}  siblings y1
 *     x2: known, gone → superseded                   x3: unknown → written as z1, seen {x:2}
 *     afterwards  context {x:2, y:1, z:1} and x3 covered: a second import finds nothing to do
 *
 * The result is what a merge would give, and a fresh dot can not name two values (I4, TRAPS 2).
 * In a last-writer-wins bucket only a sibling that is later than all others is written.
 *
 * Invariants: the backup's context covers its siblings; no write of the plan replaces another one; applied to its own result the plan
 * has nothing to write.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64url } from '../bytes/base64url.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { Dot } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { covers, difference, EMPTY_CONTEXT, only, unionOf } from './causal-context.ts';
import { sameDot } from './dot.ts';
import type { KeyObject, StoredSibling } from './key-object.ts';
import { encodeSibling } from './object-codec.ts';
import { isLater, stampOf } from './stamp.ts';

export interface PlannedWrite {
  /** As in the backup; its dot is a fresh one once it is written. */
  readonly sibling: StoredSibling;
  /** What it replaces. */
  readonly replaces: CausalContext;
  /** The dot that the key has seen once this is written. `undefined` = it has seen it already. */
  readonly origin: Dot | undefined;
}

export interface ImportPlan {
  readonly present: number;
  readonly superseded: number;
  readonly writes: readonly PlannedWrite[];
}

const WRITE_ID_HASH_BYTES = 16;

export function planImport(now: KeyObject, backup: KeyObject, isLww: boolean): ImportPlan {
  const writes: PlannedWrite[] = [];
  let present = 0;
  let superseded = 0;
  for (const sibling of backup.siblings) {
    const verdict = isLww ? judgeByTime(now, backup, sibling) : judge(now, sibling);
    if (verdict === 'present') present += 1;
    else if (verdict === 'superseded') superseded += 1;
    else writes.push(verdict === 'lacking' ? asWritten(now, backup, sibling) : asChanged(sibling));
  }
  return { present, superseded, writes };
}

type Verdict = 'present' | 'superseded' | 'lacking' | 'changed';

function judge(now: KeyObject, sibling: StoredSibling): Verdict {
  if (!covers(now.context, sibling.dot)) return 'lacking';
  if (now.siblings.some((other) => isSameValue(other, sibling))) return 'present';
  return now.siblings.some((other) => isSameWrite(other, sibling)) ? 'changed' : 'superseded';
}

function judgeByTime(now: KeyObject, backup: KeyObject, sibling: StoredSibling): Verdict {
  if (now.siblings.some((other) => isSameValue(other, sibling) && stampOf(other) >= stampOf(sibling))) return 'present';
  if (now.siblings.some((other) => stampOf(other) >= stampOf(sibling))) return 'superseded';
  if (backup.siblings.some((other) => isLater(other, sibling))) return 'superseded';
  return judge(now, sibling);
}

function asWritten(now: KeyObject, backup: KeyObject, sibling: StoredSibling): PlannedWrite {
  const others = unionOf(backup.siblings.filter(({ dot }) => !sameDot(dot, sibling.dot)).map(({ dot }) => only(dot)));
  const renamed = { ...sibling, writeId: writeIdOf(now, backup, sibling) };
  return { sibling: renamed, replaces: difference(backup.context, others), origin: sibling.dot };
}

function asChanged(sibling: StoredSibling): PlannedWrite {
  return { sibling: { ...sibling, seen: EMPTY_CONTEXT, writeId: hashOf(sibling) }, replaces: EMPTY_CONTEXT, origin: undefined };
}

/** The id tells retries of one write apart from other writes: under one id there is one value. */
function writeIdOf(now: KeyObject, backup: KeyObject, sibling: StoredSibling): string {
  const { writeId } = sibling;
  const namesakes = [...now.siblings, ...backup.siblings].filter((other) => other.writeId === writeId);
  return writeId !== '' && namesakes.every((other) => isSameValue(other, sibling)) ? writeId : hashOf(sibling);
}

function hashOf(sibling: StoredSibling): string {
  return toBase64url(sha256(encodeSibling(sibling)).subarray(0, WRITE_ID_HASH_BYTES));
}

/** By its dot, or, where it came by an import, by its id. */
function isSameWrite(a: StoredSibling, b: StoredSibling): boolean {
  return sameDot(a.dot, b.dot) || (a.writeId !== '' && a.writeId === b.writeId);
}

function isSameValue(a: StoredSibling, b: StoredSibling): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return a.contentType === b.contentType && bytesEqual(a.value, b.value);
}
