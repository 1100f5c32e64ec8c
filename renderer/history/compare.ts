/** Pure: what became of a version since: from it to what is there now. */
import type { Sibling } from '../../main/api/contract.ts';
import { parseLossless, type Json } from '../merge/json-value.ts';
import { fingerprint } from '../merge/fingerprint.ts';
import { fieldDiff, type FieldDiff } from './field-diff.ts';
import { lineDiff, type LineDiff } from './line-diff.ts';

/** Bytes that are no text, as people can tell them apart. */
export interface BytesFacts {
  readonly bytes: number;
  /** 64 bits, hex: equal contents have equal ones. */
  readonly hash: string;
  readonly contentType: string;
}

export type Difference =
  | { readonly kind: 'same' }
  | ({ readonly kind: 'text' } & LineDiff)
  | ({ readonly kind: 'fields' } & FieldDiff)
  /** `null`: deleted. */
  | { readonly kind: 'bytes'; readonly then: BytesFacts | null; readonly now: BytesFacts | null };

export interface Comparison {
  readonly difference: Difference;
  /** Set when the content type is another one now. */
  readonly type: { readonly then: string; readonly now: string } | null;
  readonly thenDeleted: boolean;
  readonly nowDeleted: boolean;
}

/** @param now `null`: nothing was ever there. */
export function compare(then: Sibling, now: Sibling | null): Comparison {
  const nowDeleted = now === null || now.deleted;
  const isRetyped = !then.deleted && now !== null && !now.deleted && then.contentType !== now.contentType;
  return {
    difference: differenceOf(then, now),
    type: isRetyped ? { then: then.contentType, now: now.contentType } : null,
    thenDeleted: then.deleted,
    nowDeleted,
  };
}

function differenceOf(then: Sibling, now: Sibling | null): Difference {
  const [before, after] = [textOf(then), now === null ? '' : textOf(now)];
  if (before === undefined || after === undefined) return bytesDifference(then, now);
  if (before === after) return { kind: 'same' };
  const [old, current] = [jsonOf(then), now === null ? undefined : jsonOf(now)];
  if (old !== undefined && current !== undefined) {
    const diff = fieldDiff(old, current);
    if (diff.fields.length > 0) return { kind: 'fields', ...diff };
  }
  return { kind: 'text', ...lineDiff(before, after) };
}

function bytesDifference(then: Sibling, now: Sibling | null): Difference {
  const [before, after] = [factsOf(then), now === null ? null : factsOf(now)];
  const isSame = before !== null && before.hash === after?.hash && before.bytes === after.bytes;
  return isSame ? { kind: 'same' } : { kind: 'bytes', then: before, now: after };
}

/** `''` for a deletion, `undefined` for what is no text. */
function textOf({ deleted, encoding, value }: Sibling): string | undefined {
  if (deleted) return '';
  return encoding === 'utf8' ? (value ?? '') : undefined;
}

function jsonOf({ deleted, contentType, value }: Sibling): Json | undefined {
  return deleted || !/[/+]json\b/i.test(contentType) ? undefined : parseLossless(value ?? '');
}

function factsOf({ deleted, encoding, value, contentType }: Sibling): BytesFacts | null {
  if (deleted || value === null) return null;
  const bytes = encoding === 'base64' ? base64Bytes(value) : new TextEncoder().encode(value).length;
  return { bytes, hash: fingerprint(value), contentType };
}

function base64Bytes(value: string): number {
  return Math.floor((value.replace(/=+$/, '').length * 3) / 4);
}
