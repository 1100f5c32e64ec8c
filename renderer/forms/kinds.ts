/** The kinds of a field, in words. */
import type { FieldKind } from './record.ts';

export const FIELD_KINDS: readonly { readonly kind: FieldKind; readonly label: string }[] = [
  { kind: 'text', label: 'Text' },
  { kind: 'number', label: 'Number' },
  { kind: 'yes-no', label: 'Yes or no' },
  { kind: 'date', label: 'Date' },
  { kind: 'json', label: 'JSON' },
  { kind: 'empty', label: 'Empty' },
];
