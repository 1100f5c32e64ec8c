/** I4 for the whole team at once: lists and conflicts say what the reads of each key said. */
import { compareText } from '../../../p2p/bytes/text-order.ts';
import type { Outcome } from '../../../p2p/node/commands.ts';
import type { History } from '../history.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';

const ENOUGH = 200;
const ANSWERING_MS = 6_000;

export function checkLooks(sim: Simulator, history: History, shown: Shown): void {
  const [member] = sim.running();
  const answers: string[] = [];
  const ask = (command: Parameters<NonNullable<typeof member>['execute']>[0], wanted: readonly string[]): void => {
    member?.execute(command, (outcome) => {
      const found = rowsOf(outcome);
      answers.push(found.join(' '));
      demand(found.join(' ') === wanted.join(' '), 'I4', () => `${command.kind} shows ${found.join(' ')}, and reads show ${wanted.join(' ')}`);
    });
  };
  // Rows of a bucket that came to keep the latest only still count the siblings that it had.
  const buckets = sim.options.buckets.map(({ name }) => name).filter((name) => history.resolution(name) !== 'changed');
  const keys = [...shown.values()].flatMap((siblings) => {
    const [first] = siblings;
    return first === undefined ? [] : [{ ...first.ref, live: siblings.filter(({ value }) => value !== undefined).length, siblings: siblings.length }];
  });
  for (const name of buckets) {
    const live = keys.filter((key) => key.bucket === name && key.live > 0).sort((a, b) => compareText(a.key, b.key));
    ask({ kind: 'list', bucket: name, prefix: '', limit: ENOUGH }, live.map(({ key, live: count }) => `${key}:${count}`));
  }
  const conflicts = keys.filter(({ live, siblings }) => live > 0 && siblings > 1);
  const isUnchanged = buckets.length === sim.options.buckets.length;
  if (isUnchanged) ask({ kind: 'conflicts', limit: ENOUGH }, conflicts.map(({ bucket, key }) => `${bucket}/${key}`).sort());
  sim.run(ANSWERING_MS);
  demand(answers.length === buckets.length + Number(isUnchanged), 'replies', () => 'a list was left unanswered');
}

function rowsOf(outcome: Outcome | undefined): readonly string[] {
  if (outcome?.kind === 'listed') return outcome.entries.map(({ key, live }) => `${key}:${live}`);
  if (outcome?.kind === 'conflicts') return outcome.entries.map(({ bucket, entry }) => `${bucket}/${entry.key}`).sort();
  return [`(${outcome?.kind})`];
}
