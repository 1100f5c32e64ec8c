/** Kinds of faults by name, from the command line: `--fault wipe=4000 --fault clone=8000 --no-joins`. */
import type { FaultKind } from '../step.ts';
import { FAULT_KINDS } from '../step.ts';
import type { DrawMore } from '../swarm.ts';

export const MORE_OPTIONS = {
  fault: { type: 'string', multiple: true, default: [] as string[] },
  'no-joins': { type: 'boolean', default: false },
  'no-settings': { type: 'boolean', default: false },
} as const;

export interface MoreValues {
  readonly fault: readonly string[];
  readonly 'no-joins': boolean;
  readonly 'no-settings': boolean;
}

/** @throws Error for a kind that does not exist. */
export function moreOf(values: MoreValues): DrawMore {
  const faults: Partial<Record<FaultKind, number>> = {};
  for (const text of values.fault) {
    const [kind = '', everyMs = '4000'] = text.split('=');
    if (!FAULT_KINDS.includes(kind as FaultKind)) throw new Error(`no such fault: ${kind}; there are ${FAULT_KINDS.join(', ')}`);
    faults[kind as FaultKind] = Number(everyMs);
  }
  return { faults, joins: !values['no-joins'], settings: !values['no-settings'] };
}
