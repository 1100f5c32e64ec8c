/**
 * Which field of a record is which while one edits: a field keeps its place on the page through a
 * new name, and its kind through what is typed in it, though the text "2026-11-20" be a date.
 */
import { staysAs, type FieldKind, type RecordField } from './record.ts';

export interface ShownField extends RecordField {
  /** The same as long as the form is open. */
  readonly key: string;
  /** What it is shown as. */
  readonly shown: FieldKind;
}

interface Known {
  readonly key: string;
  readonly shown: FieldKind;
}

export class FieldMemory {
  #known: ReadonlyMap<string, Known> = new Map();
  #shown: ReadonlyMap<string, ShownField> = new Map();
  #next = 0;

  /** Forgets what is gone; a field that is what it was is the same object. */
  show(fields: readonly RecordField[]): readonly ShownField[] {
    const shown = fields.map((field) => this.#kept({ ...field, ...this.#recall(field) }));
    this.#shown = new Map(shown.map((field) => [field.key, field]));
    this.#known = new Map(shown.map(({ name, key, shown: kind }) => [name, { key, shown: kind }]));
    return shown;
  }

  rename(name: string, next: string): void {
    const known = this.#known.get(name);
    if (known !== undefined) this.#known = new Map([...this.#known, [next, known]]);
  }

  /** Before the edit that gives the field a value of this kind. */
  choose(name: string, shown: FieldKind): void {
    const key = this.#known.get(name)?.key ?? this.#key();
    this.#known = new Map([...this.#known, [name, { key, shown }]]);
  }

  #kept(field: ShownField): ShownField {
    const was = this.#shown.get(field.key);
    const isSame = was !== undefined && was.name === field.name && was.written === field.written && was.kind === field.kind && was.shown === field.shown;
    return isSame ? was : field;
  }

  #recall(field: RecordField): Known {
    const known = this.#known.get(field.name);
    if (known === undefined) return { key: this.#key(), shown: field.kind };
    return staysAs(known.shown, field) ? known : { ...known, shown: field.kind };
  }

  #key(): string {
    return `field-${(this.#next += 1)}`;
  }
}
