/** The kinds of record that the editor knows, and what a key's name suggests. */
import { faultWords, parseSource } from '../forms/json-source.ts';
import { visible } from '../names/visible.ts';

export type EditorLanguage = 'text' | 'markdown' | 'json';

export interface ContentKind {
  readonly contentType: string;
  readonly label: string;
  readonly language: EditorLanguage;
}

export const CONTENT_KINDS: readonly ContentKind[] = [
  { contentType: 'text/markdown', label: 'Markdown', language: 'markdown' },
  { contentType: 'application/json', label: 'JSON', language: 'json' },
  { contentType: 'text/plain', label: 'Plain text', language: 'text' },
];

export function languageOf(contentType: string): EditorLanguage {
  const essence = essenceOf(contentType);
  if (essence === 'application/json' || essence.endsWith('+json')) return 'json';
  return CONTENT_KINDS.find((kind) => kind.contentType === essence)?.language ?? 'text';
}

/** The word for a person: "Markdown", or the type itself when it is not one of ours. */
export function labelOf(contentType: string): string {
  const essence = essenceOf(contentType);
  return CONTENT_KINDS.find((kind) => kind.contentType === essence)?.label ?? visible(essence);
}

export function guessContentType(key: string): string {
  if (/\.json$/i.test(key)) return 'application/json';
  if (/\.txt$/i.test(key)) return 'text/plain';
  return 'text/markdown';
}

/** Why the text is no JSON, with line and column, or `null` when it is. */
export function jsonFault(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const read = parseSource(text);
    if ('fault' in read) return faultWords(text, read.fault);
    return error instanceof Error ? error.message : 'It does not parse.';
  }
}

export function essenceOf(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}
