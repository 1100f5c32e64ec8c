/**
 * Every key that means something, for the help. A test holds it to the code that listens, and each
 * `command` to the palette.
 */

export interface Shortcut {
  /** `Mod` is Ctrl, or ⌘ on a Mac. */
  readonly keys: readonly string[];
  readonly words: string;
  /** The command of the palette that does the same; absent: it goes with the place one writes or stands at. */
  readonly command?: string;
}

export interface ShortcutGroup {
  readonly title: string;
  readonly rows: readonly Shortcut[];
}

const row = (keys: string, words: string, command?: string): Shortcut => ({
  keys: keys.split(' '),
  words,
  ...(command === undefined ? {} : { command }),
});

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: 'Everywhere',
    rows: [
      row('Mod K', 'Search, commands'),
      row('g k', 'Go to Keys', 'keys'),
      row('g c', 'Go to Conflicts', 'conflicts'),
      row('g t', 'Go to Team', 'team'),
      row('g r', 'Go to Ring', 'ring'),
      row('g a', 'Go to Activity', 'activity'),
      row('g s', 'Go to Settings', 'settings'),
      row('?', 'This help', 'help'),
    ],
  },
  {
    title: 'Editor',
    rows: [
      row('Mod S', 'Save', 'save'),
      row('Mod Z', 'Undo'),
      row('Mod Shift Z', 'Do again'),
      row('Mod Y', 'Do again'),
      row('Mod E', 'Form or source', 'form-or-source'),
      row('Ctrl H', 'History', 'history'),
      row('Esc', 'Back to the list'),
    ],
  },
  {
    title: 'Checklist',
    rows: [
      row('Enter', 'Next item'),
      row('Shift Enter', 'Line in an item'),
      row('Mod Enter', 'Tick, or not'),
      row('Alt ↑', 'Move up'),
      row('Alt ↓', 'Move down'),
      row('↑ ↓', 'Item above, below'),
      row('Backspace', 'Remove an empty item'),
      row('Del', 'Remove an empty item'),
      row('Mod Shift Backspace', 'Remove the item'),
    ],
  },
  {
    title: 'Keys',
    rows: [
      row('/', 'Find by the beginning'),
      row('j', 'Next; also ↓'),
      row('k', 'Previous; also ↑'),
      row('Home', 'First'),
      row('End', 'Last'),
      row('Enter', 'Open'),
      row('Esc', 'Show all keys again'),
      row('Backspace', 'Folder above', 'folder-above'),
      row('n', 'New key', 'new-key'),
      row('Del', 'Delete', 'delete'),
      row('c', 'Where its copies are', 'copies'),
      row('d', 'Deleted keys', 'trash'),
    ],
  },
  {
    title: 'History and deleted keys',
    rows: [
      row('j', 'Next; also ↓'),
      row('k', 'Previous; also ↑'),
      row('Home', 'First'),
      row('End', 'Last'),
      row('r', 'Restore, bring back', 'bring-back'),
      row('Enter', 'History of a deleted key', 'deleted-history'),
      row('d', 'Back to the keys', 'keys'),
      row('Esc', 'Back', 'keys'),
    ],
  },
  {
    title: 'Conflicts',
    rows: [
      row('j', 'Next; also ↓'),
      row('k', 'Previous; also ↑'),
      row('PgUp PgDn', 'Eight up, down'),
      row('Home End', 'First, last'),
      row('a', 'Apply all safe', 'apply-all-safe'),
    ],
  },
  {
    title: 'Merging',
    rows: [
      row('1 – 9', 'Take a version; 1 2 is the twelfth'),
      row('0', 'Take the common one'),
      row('b', 'Both, or all'),
      row('s', 'Sum of the changes; also +'),
      row('x', 'Leave it out'),
      row('e', 'Edit the result'),
      row('Backspace', 'Back to the rule'),
      row('j', 'Next; also ↓'),
      row('k', 'Previous; also ↑'),
      row('← →', 'Version to the left, right'),
      row('Enter', 'Unfold a passage'),
      row('n', 'Next open one'),
      row('v', 'Columns or variants', 'merge-layout'),
      row('a', 'Apply all safe', 'merge-safe'),
      row('[', 'Previous conflict', 'merge-previous'),
      row(']', 'Next conflict', 'merge-next'),
      row('u', 'Undo', 'merge-undo'),
      row('Mod Enter', 'Save', 'merge-save'),
      row('Esc', 'Leave, keeping the draft', 'conflicts'),
    ],
  },
  {
    title: 'Ring',
    rows: [
      row('/', 'Look up a key'),
      row('t', 'Drawing or table', 'ring-table'),
      row('← →', 'Go round the ring; also ↑ ↓'),
      row('PgUp PgDn', 'A sixteenth of it'),
      row('Home End', 'First partition, last'),
      row('Esc', 'Show no partition'),
    ],
  },
  { title: 'Team', rows: [row('i', 'Invite', 'invite'), row('a', 'Open invitations', 'invitations'), row('d', 'Network doctor', 'doctor')] },
  { title: 'Activity', rows: [row('f', 'Filter'), row('Esc', 'Filter by nothing')] },
];
