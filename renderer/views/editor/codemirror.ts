/** The editor itself, outside of Svelte: languages, colours from the tokens, and the keys. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { markdown } from '@codemirror/lang-markdown';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, StateEffect, StateField, type Extension, type Text } from '@codemirror/state';
import { Decoration, drawSelection, EditorView, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers, placeholder, type DecorationSet } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { EditorLanguage } from '../../state/content-type.ts';

export interface TextEditorOptions {
  readonly parent: HTMLElement;
  readonly label: string;
  readonly onEdit: (text: string) => void;
  readonly onSave: () => void;
  readonly onLeave: () => void;
}

export interface TextEditorState {
  readonly text: string;
  readonly language: EditorLanguage;
  readonly readOnly: boolean;
}

/** An editor that is told what to show, and tells what a person types. */
export class TextEditor {
  readonly #view: EditorView;
  readonly #language = new Compartment();
  readonly #readOnly = new Compartment();
  #shown: TextEditorState = { text: '', language: 'text', readOnly: false };
  #telling = true;
  /** Made of a document last: it is long, and asked for twice at each letter. */
  #made: { readonly doc: Text; readonly text: string } | undefined;

  constructor(options: TextEditorOptions) {
    this.#view = new EditorView({
      parent: options.parent,
      state: EditorState.create({ extensions: [this.#fixed(options), this.#language.of([]), this.#readOnly.of([])] }),
    });
  }

  show(next: TextEditorState): void {
    if (next.language !== this.#shown.language) {
      this.#view.dispatch({ effects: this.#language.reconfigure(languageExtension(next.language)) });
    }
    if (next.readOnly !== this.#shown.readOnly) {
      const extension = next.readOnly ? EditorState.readOnly.of(true) : [];
      this.#view.dispatch({ effects: this.#readOnly.reconfigure(extension) });
    }
    this.#shown = next;
    if (next.text === this.#text()) return;
    this.#telling = false;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: next.text } });
    this.#telling = true;
  }

  focus(): void {
    this.#view.focus();
  }

  /** Underlines where the text breaks off; `null`: nowhere. */
  mark(at: number | null): void {
    this.#view.dispatch({ effects: markFault.of(at) });
  }

  goTo(at: number): void {
    const anchor = Math.min(at, this.#view.state.doc.length);
    this.#view.dispatch({ selection: { anchor }, scrollIntoView: true });
    this.#view.focus();
  }

  destroy(): void {
    this.#view.destroy();
  }

  #text(): string {
    const { doc } = this.#view.state;
    if (this.#made?.doc !== doc) this.#made = { doc, text: doc.toString() };
    return this.#made.text;
  }

  #fixed({ label, onEdit, onSave, onLeave }: TextEditorOptions): Extension {
    return [
      nonceExtension(),
      lineNumbers(),
      highlightSpecialChars(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      indentOnInput(),
      bracketMatching(),
      EditorView.lineWrapping,
      placeholder('Write something…'),
      syntaxHighlighting(highlight),
      theme,
      faultMark,
      EditorView.contentAttributes.of({ 'aria-label': label, 'data-testid': 'editor-text' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && this.#telling) onEdit(this.#text());
      }),
      keymap.of([
        { key: 'Mod-s', preventDefault: true, run: () => (onSave(), true) },
        { key: 'Escape', run: (view) => (view.contentDOM.blur(), onLeave(), true) },
        indentWithTab,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
    ];
  }
}

const markFault = StateEffect.define<number | null>();

/** One character, or at the end the one before it. */
const faultMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, { effects, changes, state }) {
    const effect = effects.find((one) => one.is(markFault));
    if (effect === undefined) return marks.map(changes);
    const { length } = state.doc;
    if (effect.value === null || length === 0) return Decoration.none;
    const from = Math.min(effect.value, length - 1);
    return Decoration.set([Decoration.mark({ class: 'cm-fault' }).range(from, from + 1)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function nonceExtension(): Extension {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
  return nonce === '' ? [] : EditorView.cspNonce.of(nonce);
}

function languageExtension(language: EditorLanguage): Extension {
  switch (language) {
    case 'markdown':
      return markdown();
    case 'json':
      return json();
    case 'text':
      return [];
  }
}

const highlight = HighlightStyle.define([
  { tag: tags.heading, color: 'var(--syntax-heading)', fontWeight: '650' },
  { tag: tags.strong, fontWeight: '650' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: [tags.link, tags.url], color: 'var(--syntax-key)' },
  { tag: [tags.propertyName, tags.labelName], color: 'var(--syntax-key)' },
  { tag: [tags.string, tags.monospace], color: 'var(--syntax-string)' },
  { tag: tags.number, color: 'var(--syntax-number)' },
  { tag: [tags.bool, tags.null, tags.keyword], color: 'var(--syntax-word)' },
  { tag: [tags.processingInstruction, tags.punctuation, tags.comment, tags.quote], color: 'var(--syntax-mark)' },
]);

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '0.9375rem', color: 'var(--text)', background: 'var(--bg)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.65', padding: '0.75rem 0' },
  '.cm-content': { caretColor: 'var(--accent)', padding: '0 1.5rem 4rem 0', boxShadow: 'none' },
  '.cm-gutters': { background: 'none', border: '0', color: 'var(--text-faint)', fontSize: '0.75rem' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '3rem', padding: '0 1rem 0 0', lineHeight: '2.0625' },
  '.cm-activeLine': { background: 'color-mix(in oklab, var(--surface-hover) 55%, transparent)' },
  '.cm-activeLineGutter': { background: 'none', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in oklab, var(--accent) 26%, transparent)',
  },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { background: 'var(--accent-soft)', outline: '1px solid var(--accent)' },
  '.cm-fault': { background: 'var(--danger-soft)', borderBottom: '2px solid var(--danger)' },
  '.cm-placeholder': { color: 'var(--text-faint)' },
});
