/** Dots: names of single writes (Preguiça et al., Dotted Version Vectors, 2010, section 4). */
import { ACTOR_BYTES_MAX } from '../bounds.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import type { Dot } from '../types.ts';

/** `actor:counter`, as people and clients see it. */
export function dotName(dot: Dot): string {
  return `${dot.actor}:${dot.counter}`;
}

/** The dot of that name; `undefined` for anything that `dotName` would not have written. */
export function parseDot(name: string): Dot | undefined {
  const cut = name.lastIndexOf(':');
  const [actor, digits] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  const counter = Number(digits);
  if (actor === '' || !isActor(actor) || !/^[1-9]\d{0,15}$/.test(digits) || !Number.isSafeInteger(counter)) return undefined;
  return { actor, counter };
}

/** Well-formed, and no longer than a stored dot may have it. */
function isActor(name: string): boolean {
  const bytes = utf8Encode(name);
  return bytes.length <= ACTOR_BYTES_MAX && utf8Decode(bytes) === name;
}

/** By actor, then counter: the canonical order of siblings. */
export function compareDots(a: Dot, b: Dot): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1;
  return a.counter - b.counter;
}

export function sameDot(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.actor === b.actor;
}
