/** Pure: two JSON values as a list of the fields that differ. Rows with ids are compared by id. */
import { rowsById } from '../merge/array-rows.ts';
import { canonical, isArray, isObject, member, type Json } from '../merge/json-value.ts';

export interface FieldChange {
  /** `meta › owner`; empty for the value itself. */
  readonly path: string;
  /** `undefined`: there was no such field. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface FieldDiff {
  readonly fields: readonly FieldChange[];
  /** Fields beyond the bound, not shown. */
  readonly cut: number;
}

export const FIELDS_MAX = 500;

export function fieldDiff(before: Json, after: Json): FieldDiff {
  const all: FieldChange[] = [];
  walk([], before, after, all);
  return { fields: all.slice(0, FIELDS_MAX), cut: Math.max(0, all.length - FIELDS_MAX) };
}

function walk(path: readonly string[], before: Json | undefined, after: Json | undefined, found: FieldChange[]): void {
  if (before !== undefined && after !== undefined && canonical(before) === canonical(after)) return;
  const names = namesIn(before, after);
  if (names === undefined) {
    found.push({ path: path.join(' › '), before, after });
    return;
  }
  for (const { name, old, now } of names) walk([...path, name], old, now, found);
}

interface Pair {
  readonly name: string;
  readonly old: Json | undefined;
  readonly now: Json | undefined;
}

/** What stands in both, to be compared one by one; `undefined` when they are to be shown whole. */
function namesIn(before: Json | undefined, after: Json | undefined): readonly Pair[] | undefined {
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].map((name) => ({ name, old: member(before, name), now: member(after, name) }));
  }
  if (before === undefined || after === undefined || !isArray(before) || !isArray(after)) return undefined;
  const [old, now] = [rowsById(before), rowsById(after)];
  if (old !== undefined && now !== undefined && !isReordered([...old.keys()], [...now.keys()])) {
    return [...new Set([...old.keys(), ...now.keys()])].map((id) => ({ name: `#${id}`, old: old.get(id), now: now.get(id) }));
  }
  if (before.length !== after.length) return undefined;
  return before.map((item, index) => ({ name: `${index + 1}`, old: item, now: after[index] }));
}

function isReordered(before: readonly string[], after: readonly string[]): boolean {
  const [old, now] = [new Set(before), new Set(after)];
  const common = before.filter((id) => now.has(id));
  return after.filter((id) => old.has(id)).some((id, index) => id !== common[index]);
}
