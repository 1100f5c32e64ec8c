/** What the keys of a checklist do: the source after it, and where the writing goes on. */
import { appendItems, insertItems, moveItem, removeItem, setItemDone, setItemText, type ChecklistItem, type NewItem } from './checklist.ts';

export interface Caret {
  readonly from: number;
  readonly to: number;
}

export interface Move {
  readonly source: string;
  /** The item to go on in, and the place in its text; `key` null: the field that adds. */
  readonly focus: { readonly key: string | null; readonly at: number };
  /** For ears. */
  readonly said: string;
}

/** Enter: the text behind the caret becomes the next item; at the very beginning an empty one comes before. */
export function enter(source: string, items: readonly ChecklistItem[], key: string, { from, to }: Caret, id: string): Move {
  const index = indexOf(items, key);
  const text = items[index]?.text ?? '';
  const focus = { key: JSON.stringify(id), at: 0 };
  if (from === 0 && to === 0 && text !== '') {
    const before = insertItems(source, items[index - 1]?.key ?? null, [{ id, text: '', done: false }]);
    return { source: before, focus, said: 'New item above' };
  }
  const kept = from === text.length ? source : setItemText(source, key, text.slice(0, from));
  return { source: insertItems(kept, key, [{ id, text: text.slice(to), done: false }]), focus, said: 'New item' };
}

/** Several lines into an item, or into the field that adds (`key` null): the first goes on there, each other is an item. */
export function paste(source: string, items: readonly ChecklistItem[], key: string | null, caret: Caret, fresh: readonly NewItem[]): Move {
  const said = `${fresh.length} items pasted`;
  const last = fresh.at(-1);
  const focus = { key: JSON.stringify(last?.id ?? ''), at: last?.text.length ?? 0 };
  const item = items[indexOf(items, key)];
  if (item === undefined || key === null) return { source: appendItems(source, fresh), focus, said };
  const [first, ...others] = fresh;
  const [head, tail] = [item.text.slice(0, caret.from), item.text.slice(caret.to)];
  const begun = setItemText(source, key, head + (first?.text ?? ''));
  const ticked = item.text === '' && first?.done === true ? setItemDone(begun, key, true) : begun;
  const ended = others.map((one) => (one === last ? { ...one, text: one.text + tail } : one));
  return { source: insertItems(ticked, key, ended), focus, said };
}

/** An item goes; the writing goes on in the neighbour. `shown` are those that can be seen. */
export function remove(source: string, shown: readonly ChecklistItem[], key: string, towards: 'before' | 'behind'): Move {
  const index = indexOf(shown, key);
  const [before, behind] = [shown[index - 1], shown[index + 1]];
  const next = towards === 'before' ? (before ?? behind) : (behind ?? before);
  const at = next === before ? (next?.text.length ?? 0) : 0;
  return { source: removeItem(source, key), focus: { key: next?.key ?? null, at }, said: 'Item removed' };
}

/** Past the next one that can be seen; `undefined` at the end. */
export function shift(source: string, items: readonly ChecklistItem[], shown: readonly ChecklistItem[], key: string, by: 1 | -1): string | undefined {
  const next = shown[indexOf(shown, key) + by];
  return next === undefined ? undefined : moveItem(source, key, indexOf(items, next.key));
}

/** "Place 2 of 5". */
export function placeWords(items: readonly ChecklistItem[], key: string): string {
  return `Place ${indexOf(items, key) + 1} of ${items.length}`;
}

function indexOf(items: readonly ChecklistItem[], key: string | null): number {
  return items.findIndex((item) => item.key === key);
}
