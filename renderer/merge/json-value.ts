/**
 * JSON values as data: parsed without loss, compared by meaning, read and built so that a key
 * named `__proto__` stays a key.
 */
import { hasRepeatedNames, parseSource, type SourceNode, type SourceObject } from '../forms/json-source.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Deeper values are merged as text: the walks here recurse. */
const DEPTH_MAX = 100;

/**
 * Parses text whose meaning survives a round trip. Answers `undefined` for invalid JSON, numbers
 * that a double cannot hold, repeated keys and extreme depth: those are merged as text, so that
 * nothing is lost silently.
 *
 * Not by `JSON.parse`: in V8 13.6 it takes an escaped name for one that begins with a backslash,
 * if some text that was parsed before had that one at the same place. What somebody else wrote
 * would change what a person's record is read as.
 */
export function parseLossless(text: string): Json | undefined {
  const parsed = parseSource(text);
  return 'root' in parsed ? valueOf(parsed.root, text, DEPTH_MAX) : undefined;
}

/** `undefined` when something in it would not survive. */
function valueOf(node: SourceNode, text: string, depthLeft: number): Json | undefined {
  switch (node.kind) {
    case 'object':
      return depthLeft === 0 || hasRepeatedNames(node) ? undefined : wholeObject(node, text, depthLeft - 1);
    case 'array': {
      const items = depthLeft === 0 ? [undefined] : node.parts.map((part) => valueOf(part, text, depthLeft - 1));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case 'string':
      return node.text;
    case 'number':
      return digits(text.slice(node.from, node.to)) === digits(String(node.value)) ? node.value : undefined;
    case 'boolean':
      return node.flag;
    case 'null':
      return null;
  }
}

function wholeObject({ parts }: SourceObject, text: string, depthLeft: number): JsonObject | undefined {
  const entries: (readonly [string, Json])[] = [];
  for (const { name, value } of parts) {
    const read = valueOf(value, text, depthLeft);
    if (read === undefined) return undefined;
    entries.push([name, read]);
  }
  return objectOf(entries);
}

/** One spelling per meaning: keys sorted, no blanks. */
export function canonical(value: Json): string {
  if (isObject(value)) {
    const members = Object.keys(value).sort();
    return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`).join(',')}}`;
  }
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  return JSON.stringify(value);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** An own member, never something inherited. */
export function member(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** `Object.fromEntries` defines own properties, so no key reaches a prototype. */
export function objectOf(entries: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(entries);
}

/** Significant digits and magnitude, whatever the spelling: `1.50e2` and `150` are alike. */
function digits(written: string): string {
  const [mantissa = '', exponent = '0'] = written.toLowerCase().replace('-', '').split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = all.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${kept}e${Number(exponent) - fraction.length + all.length - kept.length}`;
}
