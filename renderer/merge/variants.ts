/**
 * What there is to choose from at one place, each said once: columns that hold the same are one
 * variant, and those that left the base as it was stand with it.
 *
 *   Base 4 │ S1 5 │ S2 4 │ S3 5 │ S4 7      →   4 (Base, S2) · 5 (S1, S3) · 7 (S4)
 */
import { cellKey, type Cell, type Decision } from './decision.ts';

export interface Variant {
  readonly cell: Cell;
  /** Indices of the columns that hold it, ascending; none for a base that all changed. */
  readonly columns: readonly number[];
  /** It is what the base says. */
  readonly unchanged: boolean;
}

/** The base's first, then in the order of their first column; every column is in exactly one. */
export function variantsOf({ base, cells }: Decision): readonly Variant[] {
  const groups = new Map<string, { readonly cell: Cell; readonly columns: number[] }>();
  const baseKey = base === undefined ? undefined : cellKey(base);
  if (base !== undefined) groups.set(cellKey(base), { cell: base, columns: [] });
  for (const [index, cell] of cells.entries()) {
    const group = groups.get(cellKey(cell));
    if (group === undefined) groups.set(cellKey(cell), { cell, columns: [index] });
    else group.columns.push(index);
  }
  return [...groups].map(([key, group]) => ({ ...group, unchanged: key === baseKey }));
}
