/** Seeds that once failed, and what they found. They are run for ever. */
export interface Regression {
  readonly seed: number;
  readonly found: string;
}

export const REGRESSIONS: readonly Regression[] = [
  { seed: 4, found: 'a sibling vanished: its dot was claimed by the next write of an actor whose disk had refused it' },
  { seed: 5, found: 'a forwarded write tried one primary after another, past the time its client had given' },
  { seed: 7, found: 'a write that the own disk refused, but others had, was claimed as seen by the next write of that actor' },
  { seed: 12, found: 'two members on one machine counted as two copies' },
  { seed: 27, found: 'an acknowledged write was lost in the same way as in seed 7' },
  { seed: 152, found: 'an acknowledged write was lost in the same way as in seed 4' },
  { seed: 2222, found: 'a stand-in kept no hint for a primary that had come back between two looks at it' },
];
