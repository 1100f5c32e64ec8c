/**
 * A merge that was begun, written down: the answers, and a fingerprint of each question they
 * answer. A draft is one a key, whatever was read meanwhile: when the versions changed, answers to
 * questions that stayed the same still hold, the others are asked again.
 *
 * What is read back is hostile text.
 */
import * as v from 'valibot';
import type { MergeModel } from './merge-model.ts';
import { choiceSchema, questionOf, type Choices, type Resolution } from './resolution.ts';

const answers = v.array(v.tuple([v.string(), choiceSchema]));
const draftSchema = v.strictObject({
  context: v.string(),
  choices: answers,
  questions: v.array(v.tuple([v.string(), v.string()])),
  past: v.pipe(v.array(answers), v.maxLength(100)),
});

export interface Draft {
  /** Of the reading that was answered. */
  readonly context: string;
  readonly choices: Choices;
  /** Fingerprint by decision. */
  readonly questions: ReadonlyMap<string, string>;
  /** Oldest first. */
  readonly past: readonly Choices[];
}

export interface Restored {
  readonly resolution: Resolution;
  /** Answers that no longer fit. */
  readonly lost: number;
}

const CHARS_MAX = 2_000_000;

export function writeDraft(context: string, model: MergeModel, { choices, past }: Resolution): string {
  const asked = model.decisions.filter(({ id }) => Object.hasOwn(choices, id));
  const questions = asked.map((decision) => [decision.id, questionOf(decision)]);
  const draft = { context, choices: Object.entries(choices), questions, past: past.map(Object.entries) };
  const whole = JSON.stringify(draft);
  return whole.length <= CHARS_MAX ? whole : JSON.stringify({ ...draft, past: [] });
}

/** `undefined` for anything that is not a draft. */
export function readDraft(text: string): Draft | undefined {
  try {
    const draft = v.safeParse(draftSchema, JSON.parse(text));
    if (!draft.success) return undefined;
    const { context, choices, questions, past } = draft.output;
    return { context, choices: Object.fromEntries(choices), questions: new Map(questions), past: past.map((step) => Object.fromEntries(step)) };
  } catch {
    return undefined;
  }
}

/** A draft on a reading: whole when it is the one that was answered, else what still fits. */
export function restore(draft: Draft, context: string, model: MergeModel): Restored {
  if (draft.context === context) {
    return { resolution: { choices: draft.choices, past: draft.past, typing: null }, lost: 0 };
  }
  const same = model.decisions.filter((decision) => draft.questions.get(decision.id) === questionOf(decision));
  const kept = same.flatMap(({ id }) => {
    const choice = draft.choices[id];
    return choice === undefined ? [] : [[id, choice] as const];
  });
  const lost = Object.keys(draft.choices).length - kept.length;
  return { resolution: { choices: Object.fromEntries(kept), past: [], typing: null }, lost };
}
