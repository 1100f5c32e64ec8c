/** The steps of a form, there and back. Typing on in one place is one step. */

export interface Steps {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

interface Step {
  readonly text: string;
  /** What was edited; the same again within a run of typing adds no step. */
  readonly what: string;
}

export interface Turned {
  readonly steps: Steps;
  readonly text: string;
}

export const NO_STEPS: Steps = { past: [], future: [] };

const STEPS_MAX = 200;
/** All texts together: a long value keeps fewer steps. */
const CHARACTERS_MAX = 4_000_000;

/** `typing`: goes on with the step before, if that was of the same `what`. */
export function stepFrom(steps: Steps, text: string, what: string, typing: boolean): Steps {
  const goesOn = typing && steps.future.length === 0 && steps.past.at(-1)?.what === what;
  return goesOn ? steps : { past: bounded([...steps.past, { text, what }]), future: [] };
}

export function back({ past, future }: Steps, now: string): Turned | undefined {
  const step = past.at(-1);
  if (step === undefined) return undefined;
  return { text: step.text, steps: { past: past.slice(0, -1), future: [...future, { text: now, what: step.what }] } };
}

export function forth({ past, future }: Steps, now: string): Turned | undefined {
  const step = future.at(-1);
  if (step === undefined) return undefined;
  return { text: step.text, steps: { past: [...past, { text: now, what: step.what }], future: future.slice(0, -1) } };
}

function bounded(past: readonly Step[]): readonly Step[] {
  let characters = 0;
  const keep = past.toReversed().findIndex(({ text }) => (characters += text.length) > CHARACTERS_MAX);
  return past.slice(-Math.min(STEPS_MAX, keep < 1 ? STEPS_MAX : keep));
}
