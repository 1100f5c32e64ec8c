/**
 * JSON as it was written: a tree over the text, in which every value knows its place. A form edits
 * the text at that place, so that what it does not touch keeps its order, spelling and blanks.
 *
 *   { "a" : 1.0 }        member a: key 2–5, value 8–11, spelled `1.0`
 *     └key┘ └value┘
 *
 * Accepts exactly what `JSON.parse` accepts, down to a depth. Source: RFC 8259.
 */

export interface Span {
  /** Offset of the first character. */
  readonly from: number;
  /** Offset behind the last character. */
  readonly to: number;
}

export interface SourceMember extends Span {
  readonly name: string;
  /** Behind the quoted name; the member itself begins with it. */
  readonly nameTo: number;
  readonly value: SourceNode;
}

export type SourceNode =
  | (Span & { readonly kind: 'object'; readonly parts: readonly SourceMember[] })
  | (Span & { readonly kind: 'array'; readonly parts: readonly SourceNode[] })
  | (Span & { readonly kind: 'string'; readonly text: string })
  | (Span & { readonly kind: 'number'; readonly value: number })
  | (Span & { readonly kind: 'boolean'; readonly flag: boolean })
  | (Span & { readonly kind: 'null' });

export type SourceObject = Extract<SourceNode, { kind: 'object' }>;
export type SourceArray = Extract<SourceNode, { kind: 'array' }>;

export interface SourceFault {
  readonly at: number;
  /** A sentence for people. */
  readonly why: string;
}

export type Parsed = { readonly root: SourceNode } | { readonly fault: SourceFault };

/** The walk recurses; deeper JSON stays text. */
const DEPTH_MAX = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}\p{N}_$'“”‘’+.-]+/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** What was parsed last: a form is read from a text, and the next letter edits the same text. */
let last: { readonly text: string; readonly parsed: Parsed } | undefined;

export function parseSource(text: string): Parsed {
  if (last?.text !== text) last = { text, parsed: parse(text) };
  return last.parsed;
}

function parse(text: string): Parsed {
  const reader = new Reader(text);
  try {
    return { root: reader.document() };
  } catch (error) {
    if (error instanceof Fault) return { fault: { at: error.at, why: error.message } };
    throw error;
  }
}

/** Where an offset is for people: both counted from 1. */
export function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** "Line 3, column 5: a comma or } is missing." */
export function faultWords(text: string, { at, why }: SourceFault): string {
  const { line, column } = placeOf(text, at);
  return `Line ${line}, column ${column}: ${why}`;
}

/** The member of this name, if it is there once; a name that is repeated has no one value. */
export function memberNamed(object: SourceObject, name: string): SourceMember | undefined {
  const isNamed = (part: SourceMember): boolean => part.name === name;
  const first = object.parts.findIndex(isNamed);
  return first === object.parts.findLastIndex(isNamed) ? object.parts[first] : undefined;
}

export function hasRepeatedNames(object: SourceObject): boolean {
  const names = new Set<string>();
  return object.parts.some(({ name }) => names.size === names.add(name).size);
}

class Fault extends Error {
  readonly at: number;

  constructor(at: number, why: string) {
    super(why);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): SourceNode {
    this.#blank();
    if (this.#at === this.#text.length) throw new Fault(this.#at, 'there is nothing yet.');
    const root = this.#value();
    this.#blank();
    if (this.#at < this.#text.length) throw new Fault(this.#at, 'the value has ended before this.');
    return root;
  }

  #value(): SourceNode {
    const from = this.#at;
    switch (this.#text[from]) {
      case '{':
        return this.#nested(() => ({ kind: 'object', parts: this.#list('}', () => this.#member()), from, to: this.#at }));
      case '[':
        return this.#nested(() => ({ kind: 'array', parts: this.#list(']', () => this.#value()), from, to: this.#at }));
      case '"':
        return { kind: 'string', text: this.#string(), from, to: this.#at };
      default:
        return this.#word(from);
    }
  }

  #nested(read: () => SourceNode): SourceNode {
    if ((this.#depth += 1) > DEPTH_MAX) throw new Fault(this.#at, `this is nested more than ${DEPTH_MAX} deep.`);
    const node = read();
    this.#depth -= 1;
    return node;
  }

  #list<T>(end: '}' | ']', read: () => T): readonly T[] {
    this.#at += 1;
    this.#blank();
    const parts: T[] = [];
    while (this.#text[this.#at] !== end) {
      if (parts.length > 0) this.#comma(end);
      parts.push(read());
      this.#blank();
    }
    this.#at += 1;
    return parts;
  }

  #comma(end: string): void {
    const at = this.#at;
    if (this.#text[at] !== ',') throw new Fault(at, at === this.#text.length ? `${end} is missing at the end.` : `a comma or ${end} is missing before this.`);
    this.#at += 1;
    this.#blank();
    if (this.#text[this.#at] === end) throw new Fault(at, 'this comma is one too many.');
  }

  #member(): SourceMember {
    const from = this.#at;
    if (this.#text[from] !== '"') throw new Fault(from, from === this.#text.length ? '} is missing at the end.' : 'a name in double quotes is missing here.');
    const name = this.#string();
    const nameTo = this.#at;
    this.#blank();
    if (this.#text[this.#at] !== ':') throw new Fault(this.#at, `a colon is missing after “${name}”.`);
    this.#at += 1;
    this.#blank();
    const value = this.#value();
    return { name, nameTo, value, from, to: value.to };
  }

  #string(): string {
    const from = this.#at;
    let isPlain = true;
    for (let at = from + 1; ; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (Number.isNaN(code)) throw new Fault(from, 'this text has no closing quote.');
      if (code === 0x22) {
        this.#at = at + 1;
        return isPlain ? this.#text.slice(from + 1, at) : (JSON.parse(this.#text.slice(from, this.#at)) as string);
      }
      if (code === 0x0a || code === 0x0d) throw new Fault(from, 'this text has no closing quote on its line; a line break in it is written \\n.');
      if (code < 0x20) throw new Fault(at, 'a control character is written as an escape, such as \\t.');
      if (code !== 0x5c) continue;
      isPlain = false;
      at = this.#escape(at) - 1;
    }
  }

  /** Behind the escape. */
  #escape(at: number): number {
    ESCAPE.lastIndex = at;
    if (!ESCAPE.test(this.#text)) throw new Fault(at, 'this escape is unknown; a backslash itself is written \\\\.');
    return ESCAPE.lastIndex;
  }

  #word(from: number): SourceNode {
    const to = this.#match(NUMBER, from);
    const word = this.#text.slice(from, Math.max(to, this.#match(WORD, from)));
    this.#at = from + word.length;
    if (word === 'true' || word === 'false') return { kind: 'boolean', flag: word === 'true', from, to: this.#at };
    if (word === 'null') return { kind: 'null', from, to: this.#at };
    if (to > from && to === this.#at) return { kind: 'number', value: Number(word), from, to };
    throw new Fault(from, this.#noValue(from, word));
  }

  #noValue(from: number, word: string): string {
    if (from === this.#text.length) return 'a value is missing at the end.';
    if (word === '') return 'a value is missing here.';
    if (/^[-+.]?\d/.test(word)) return `“${word}” is no number of JSON; write 1, -0.5 or 2e3.`;
    return `“${word}” is no value; text stands in double quotes.`;
  }

  #match(pattern: RegExp, at: number): number {
    pattern.lastIndex = at;
    return pattern.test(this.#text) ? pattern.lastIndex : at;
  }

  #blank(): void {
    for (; ; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }
}
