/** Readings for the tests of merging. */
import type { ReadResult, Sibling } from '../../../../main/api/contract.ts';

export function sibling(dot: string, value: string | null, over: Partial<Sibling> = {}): Sibling {
  const name = dot.split(':')[0] ?? '';
  return {
    value,
    encoding: 'utf8',
    contentType: 'text/plain',
    deleted: value === null,
    dot,
    writtenBy: `id-${name}`,
    writtenByName: name,
    writtenByPerson: null,
    writtenAt: '2026-11-20T14:02:00.000Z',
    ...over,
  };
}

export function json(dot: string, value: unknown): Sibling {
  return sibling(dot, value === undefined ? null : JSON.stringify(value), { contentType: 'application/json' });
}

export function reading(siblings: readonly Sibling[], base?: Sibling): ReadResult {
  return { context: 'c0', siblings, replies: [], needed: 2, acks: 2, ...(base === undefined ? {} : { base }) };
}

const ACTORS = ['ada', 'bo', 'cy', 'di', 'ed', 'flo', 'gus', 'hal'];

/** Siblings by ada, bo, cy… `undefined` as a value: a deletion; as a base: unknown. */
export function jsonReading(base: unknown, values: readonly unknown[]): ReadResult {
  const siblings = values.map((value, index) => json(`${ACTORS[index] ?? `z${index}`}:1`, value));
  return reading(siblings, base === undefined ? undefined : json('root:1', base));
}

export function textReading(base: string | undefined, values: readonly (string | null)[]): ReadResult {
  const siblings = values.map((value, index) => sibling(`${ACTORS[index] ?? `z${index}`}:1`, value));
  return reading(siblings, base === undefined ? undefined : sibling('root:1', base));
}
