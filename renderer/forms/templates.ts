/** What a new key may begin as. */

export type KeyKind = 'note' | 'checklist' | 'record' | 'json';

export interface Template {
  readonly kind: KeyKind;
  readonly label: string;
  readonly words: string;
  /** What the key begins with; saved only when a person saves. */
  readonly text: string;
}

export const TEMPLATES: readonly Template[] = [
  { kind: 'note', label: 'Note', words: 'Text, with Markdown', text: '' },
  { kind: 'checklist', label: 'Checklist', words: 'Things to tick off', text: '{\n  "items": []\n}' },
  { kind: 'record', label: 'Record', words: 'Fields with names', text: '{}' },
  { kind: 'json', label: 'JSON', words: 'As source', text: '{\n  \n}' },
];

export function templateOf(kind: KeyKind): Template {
  return TEMPLATES.find((template) => template.kind === kind) ?? { kind, label: kind, words: '', text: '' };
}

/** What a name suggests: `.json` is JSON, all else a note. */
export function kindOfName(key: string): KeyKind {
  return /\.json$/i.test(key) ? 'json' : 'note';
}

/** A note keeps the type that its name says; everything else is JSON. */
export function typeOf(kind: KeyKind, guessed: string): string {
  if (kind !== 'note') return 'application/json';
  return guessed === 'application/json' ? 'text/markdown' : guessed;
}
