/** Dots: names of single writes (Preguiça et al., Dotted Version Vectors, 2010, section 4). */
import type { Dot } from '../types.ts';

export const ACTOR_BYTES_MAX = 32;

/** `actor:counter`, as people and clients see it. */
export function dotName(dot: Dot): string {
  return `${dot.actor}:${dot.counter}`;
}

/** The dot of that name; `undefined` for anything that `dotName` would not have written. */
export function parseDot(name: string): Dot | undefined {
  const cut = name.lastIndexOf(':');
  const [actor, digits] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  const counter = Number(digits);
  if (actor === '' || !/^[1-9]\d{0,15}$/.test(digits) || !Number.isSafeInteger(counter)) return undefined;
  return { actor, counter };
}

/** By actor, then counter: the canonical order of siblings. */
export function compareDots(a: Dot, b: Dot): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1;
  return a.counter - b.counter;
}

export function sameDot(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.actor === b.actor;
}
