/**
 * The field matrix: siblings of a JSON record against their base, as a tree whose leaves are
 * settled values or decisions.
 *
 * Invariants: a value that no decision mentions is equal in every living sibling, or is the base's
 * and unchanged by all. Keys are data. The tree depends on the columns only, not on arrival.
 *
 *   {title, meta:{owner, rows:[{id:1}]}}
 *      │       │        └ rows by id ─ leaf a field of a row, and one for the order
 *      leaf    descend while every living sibling holds an object
 */
import { decideOrder, mergeOrder, rowsById } from './array-rows.ts';
import { ABSENT, cellOf, decide, DELETED, sameCell, sumOf, type Cell, type Decision, type DecisionKind } from './decision.ts';
import { canonical, isObject, member, objectOf, type Json, type JsonObject } from './json-value.ts';
import type { MergeInput } from './siblings.ts';
import { visible } from '../names/visible.ts';

type Path = readonly string[];

export type Tree =
  | { readonly is: 'settled'; readonly cell: Cell }
  | { readonly is: 'decision'; readonly decision: Decision }
  | { readonly is: 'object'; readonly members: readonly (readonly [string, Tree])[]; readonly held: boolean }
  | {
      readonly is: 'rows';
      readonly rows: ReadonlyMap<string, Tree>;
      readonly lists: readonly (readonly string[])[];
      readonly seed: readonly string[];
      readonly order?: Decision;
      readonly held: boolean;
    };

interface Versions {
  /** `undefined`: unknown. */
  readonly base: Cell | undefined;
  readonly cells: readonly Cell[];
}

export function mergeJson(input: MergeInput): Tree {
  const cells = input.columns.map((column) => (column.deleted ? DELETED : cellOf(column.json)));
  const base = input.base === undefined ? undefined : input.base.deleted ? ABSENT : cellOf(input.base.json);
  return walk([], { base, cells });
}

/** The decisions of a tree, in the order of the record. */
export function decisionsIn(tree: Tree): Decision[] {
  switch (tree.is) {
    case 'settled':
      return [];
    case 'decision':
      return [tree.decision];
    case 'object':
      return tree.members.flatMap(([, child]) => decisionsIn(child));
    case 'rows': {
      const inner = mergeOrder(tree.seed, tree.lists).flatMap((id) => {
        const child = tree.rows.get(id);
        return child === undefined ? [] : decisionsIn(child);
      });
      return tree.order === undefined ? inner : [tree.order, ...inner];
    }
  }
}

/** The record that the given cells make. `cellFor` answers every decision. */
export function buildJson(tree: Tree, cellFor: (decision: Decision) => Cell): Cell {
  switch (tree.is) {
    case 'settled':
      return tree.cell;
    case 'decision':
      return cellFor(tree.decision);
    case 'object': {
      const built = tree.members.map(([key, child]) => [key, buildJson(child, cellFor)] as const);
      const kept = built.flatMap(([key, cell]) => (cell.is === 'value' ? [[key, cell.value] as const] : []));
      return kept.length === 0 && !tree.held ? ABSENT : cellOf(objectOf(kept));
    }
    case 'rows': {
      const chosen = tree.order === undefined ? tree.seed : idsIn(cellFor(tree.order));
      const kept = mergeOrder(chosen, [tree.seed, ...tree.lists]).flatMap((id) => {
        const child = tree.rows.get(id);
        const cell = child === undefined ? ABSENT : buildJson(child, cellFor);
        return cell.is === 'value' ? [cell.value] : [];
      });
      return kept.length === 0 && !tree.held ? ABSENT : cellOf(kept);
    }
  }
}

function walk(path: Path, versions: Versions): Tree {
  const verdict = decide(versions.base, versions.cells);
  if (verdict === 'same') return { is: 'settled', cell: living(versions)[0] ?? versions.base ?? ABSENT };
  return (
    walkObject(path, versions) ??
    walkRows(path, versions) ?? { is: 'decision', decision: decisionAt(path, 'field', versions, verdict) }
  );
}

function walkObject(path: Path, versions: Versions): Tree | undefined {
  const views = viewAll(versions, (value) => (isObject(value) ? value : undefined));
  if (views === undefined) return undefined;
  const { base, cells } = views;
  const keys = new Set([base, ...cells].flatMap((view) => (isView(view) ? Object.keys(view) : [])));
  const members = [...keys].map((key) => {
    const pick = (view: JsonObject): Json | undefined => member(view, key);
    return [key, walk([...path, key], descend(versions, views, pick))] as const;
  });
  return { is: 'object', members, held: isHeld(versions) };
}

function walkRows(path: Path, versions: Versions): Tree | undefined {
  const views = viewAll(versions, rowsById);
  if (views === undefined) return undefined;
  const all = [...views.cells, views.base].filter(isView);
  const ids = new Set(all.flatMap((rows) => [...rows.keys()]));
  const rows = new Map(
    [...ids].map((id) => [id, walk([...path, `#${id}`], descend(versions, views, (view) => view.get(id)))]),
  );
  const lists = all.map((view) => [...view.keys()]);
  const order = orderOf(path, versions, views);
  const first = isView(views.base) ? [...views.base.keys()] : (lists[0] ?? []);
  const tree = { is: 'rows', rows, lists, seed: first, held: isHeld(versions) } as const;
  return order === undefined ? tree : { ...tree, order };
}

function orderOf(path: Path, versions: Versions, views: Views<ReadonlyMap<string, Json>>): Decision | undefined {
  const list = (view: View<ReadonlyMap<string, Json>> | undefined): string[] | undefined =>
    isView(view) ? [...view.keys()] : undefined;
  const verdict = decideOrder(list(views.base), views.cells.map(list));
  if (verdict === 'same') return undefined;
  const cells = views.cells.map((view, index) => (isView(view) ? idCell([...view.keys()]) : (versions.cells[index] ?? ABSENT)));
  const base = isView(views.base) ? idCell([...views.base.keys()]) : versions.base;
  if (verdict === 'choose') {
    const why = versions.base === undefined ? 'no-base' : 'changed-differently';
    return decisionAt(path, 'order', { base, cells }, { state: 'choose', why });
  }
  const rule = verdict.length === 1 ? 'one-changed' : 'changed-alike';
  const take = cells[verdict[0] ?? 0] ?? ABSENT;
  return decisionAt(path, 'order', { base, cells }, { state: 'auto', rule, by: verdict, take });
}

type View<T> = T | 'absent' | 'deleted';
interface Views<T> {
  readonly base: View<T> | undefined;
  readonly cells: readonly View<T>[];
}

/**
 * Every side seen as a container. A side may lack it only where the base is known to lack it and
 * whoever added it put something in: else its being there is itself the difference.
 */
function viewAll<T extends object>(versions: Versions, see: (value: Json) => T | undefined): Views<T> | undefined {
  const view = (cell: Cell): View<T> | undefined => (cell.is === 'value' ? see(cell.value) : cell.is);
  const base = versions.base === undefined ? undefined : view(versions.base);
  const cells = versions.cells.map(view).filter((cell) => cell !== undefined);
  if (cells.length < versions.cells.length || (versions.base !== undefined && base === undefined)) return undefined;
  if (!cells.includes('absent')) return { base, cells };
  const added = versions.cells.filter((cell) => cell.is === 'value');
  const alike = added.every((cell, _, [first]) => first !== undefined && sameCell(cell, first));
  return base !== 'absent' || alike || added.some(isEmpty) ? undefined : { base, cells };
}

function isEmpty(cell: Cell): boolean {
  return cell.is === 'value' && typeof cell.value === 'object' && Object.keys(cell.value ?? {}).length === 0;
}

function isView<T extends object>(view: View<T> | undefined): view is T {
  return typeof view === 'object';
}

function descend<T extends object>(versions: Versions, views: Views<T>, pick: (view: T) => Json | undefined): Versions {
  const at = (view: View<T> | undefined): Cell =>
    isView(view) ? cellOf(pick(view)) : view === 'deleted' ? DELETED : ABSENT;
  return { base: versions.base === undefined ? undefined : at(views.base), cells: views.cells.map(at) };
}

function living({ cells }: Versions): Cell[] {
  return cells.filter((cell) => cell.is !== 'deleted');
}

/** An empty container stays if every living sibling has the container. */
function isHeld(versions: Versions): boolean {
  return living(versions).every((cell) => cell.is === 'value');
}

function decisionAt(path: Path, kind: DecisionKind, { base, cells }: Versions, verdict: Decision['verdict']): Decision {
  const sum = sumOf(base, cells);
  return {
    id: `${kind}${JSON.stringify(path)}`,
    kind,
    label: labelOf(path, kind),
    cells,
    verdict,
    ...(base === undefined ? {} : { base }),
    ...(sum === undefined ? {} : { sum }),
  };
}

function labelOf(path: Path, kind: DecisionKind): string {
  const place = path.map(visible).join(' › ');
  if (kind === 'order') return place === '' ? 'order of rows' : `${place} › order of rows`;
  return place === '' ? 'the whole value' : place;
}

function idCell(ids: readonly string[]): Cell {
  return cellOf(ids.map((id) => JSON.parse(id) as Json));
}

function idsIn(cell: Cell): string[] {
  return cell.is === 'value' && Array.isArray(cell.value) ? cell.value.map((id: Json) => canonical(id)) : [];
}
