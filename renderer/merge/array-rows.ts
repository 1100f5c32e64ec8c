/**
 * Arrays of objects that all have an `id`: merged row by row, order kept apart from content.
 *
 *   base [a b c]   S1 [a x b c]   S2 [a b c y]   →   a x b c y
 */
import { canonical, isArray, isObject, member, type Json, type JsonObject } from './json-value.ts';

export type RowId = string | number;

/** Rows by canonical id, in order. `undefined`: not such an array. */
export function rowsById(value: Json): Map<string, JsonObject> | undefined {
  if (!isArray(value)) return undefined;
  const rows = new Map<string, JsonObject>();
  for (const item of value) {
    const id = isObject(item) ? member(item, 'id') : undefined;
    if (!isObject(item) || (typeof id !== 'string' && typeof id !== 'number')) return undefined;
    const key = canonical(id);
    if (rows.has(key)) return undefined;
    rows.set(key, item);
  }
  return rows;
}

/**
 * Who reordered: `same` when one order holds every list; the columns whose (like) order can be
 * taken because nobody else moved anything; else `choose`.
 */
export function decideOrder(
  base: readonly string[] | undefined,
  lists: readonly (readonly string[] | undefined)[],
): 'same' | 'choose' | readonly number[] {
  const given = lists.flatMap((list, index) => (list === undefined ? [] : [{ list, index }]));
  const merged = mergeOrder(base ?? given[0]?.list ?? [], given.map(({ list }) => list));
  if (given.every(({ list }) => agree(list, merged))) return 'same';
  if (base === undefined) return 'choose';
  const movers = given.filter(({ list }) => !agree(list, base));
  const [first] = movers;
  if (first === undefined || !movers.every(({ list }) => list.join('\n') === first.list.join('\n'))) return 'choose';
  const old = new Set(base);
  const added = (list: readonly string[]): string[] => list.filter((id) => !old.has(id));
  const others = given.filter((entry) => !movers.includes(entry));
  if (!others.every(({ list }) => agree(added(list), added(first.list)))) return 'choose';
  return movers.map(({ index }) => index);
}

/** The same order for the ids that both have. */
function agree(a: readonly string[], b: readonly string[]): boolean {
  const inA = new Set(a);
  const inB = new Set(b);
  return a.filter((id) => inB.has(id)).join('\n') === b.filter((id) => inA.has(id)).join('\n');
}

/**
 * `seed` keeps its order; each further id goes after its predecessor in the list it comes from,
 * behind what earlier lists put at the same place.
 */
export function mergeOrder(seed: readonly string[], lists: readonly (readonly string[])[]): string[] {
  const order = [...new Set(seed)];
  const seeded = new Set(order);
  const placed = new Set(order);
  for (const list of lists) {
    const own = new Set(list);
    let at = 0;
    for (const id of list) {
      if (placed.has(id)) {
        at = order.indexOf(id) + 1;
        continue;
      }
      while (at < order.length && isForeign(order[at], seeded, own)) at += 1;
      order.splice(at, 0, id);
      placed.add(id);
      at += 1;
    }
  }
  return order;
}

function isForeign(id: string | undefined, seeded: ReadonlySet<string>, own: ReadonlySet<string>): boolean {
  return id !== undefined && !seeded.has(id) && !own.has(id);
}
