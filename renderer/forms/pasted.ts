/** Lines that are pasted into a checklist: one item each, without the marks of other lists. */

export interface PastedItem {
  readonly text: string;
  readonly done: boolean;
}

const MARK = /^\s*(?:[-*+•–]\s+|\d+[.)]\s+)?(?:\[([ xX])\]\s+|([☐☑✓✔])\s*)?/u;
const ITEMS_MAX = 1_000;

/** Fewer than two lines with words: nothing to take apart, so an ordinary paste. */
export function pastedItems(text: string): readonly PastedItem[] | undefined {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '').slice(0, ITEMS_MAX);
  return lines.length < 2 ? undefined : lines.map(itemOf);
}

/** `- [x] milk` is milk, done. */
function itemOf(line: string): PastedItem {
  const [mark = '', box, sign] = MARK.exec(line) ?? [];
  const text = line.slice(mark.length).trim();
  return { text: text === '' ? line.trim() : text, done: (box ?? ' ') !== ' ' || /[☑✓✔]/.test(sign ?? '') };
}
