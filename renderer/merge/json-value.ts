/**
 * JSON values as data: parsed without loss, compared by meaning, read and built so that a key
 * named `__proto__` stays a key.
 */

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
 */
export function parseLossless(text: string): Json | undefined {
  if (depthOf(text) > DEPTH_MAX) return undefined;
  try {
    const value = JSON.parse(text) as Json;
    return keepsNumbers(text) && countKeys(value) === keysWritten(text) ? value : undefined;
  } catch {
    return undefined;
  }
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

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function keepsNumbers(text: string): boolean {
  const numbers = text.replace(STRING, '""').match(NUMBER) ?? [];
  return numbers.every((written) => digits(written) === digits(String(Number(written))));
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

function keysWritten(text: string): number {
  return (text.match(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:/g) ?? []).length;
}

function countKeys(value: Json): number {
  if (isArray(value)) return value.reduce<number>((sum, item) => sum + countKeys(item), 0);
  if (!isObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, item) => sum + 1 + countKeys(item), 0);
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const sign of text.replace(STRING, '')) {
    if (sign === '[' || sign === '{') deepest = Math.max(deepest, (depth += 1));
    else if (sign === ']' || sign === '}') depth -= 1;
  }
  return deepest;
}
