/**
 * I4 for the whole team at once: lists and conflicts say what the reads of each key said, in one
 * page and in small ones, whoever is asked.
 */
import { compareText } from '../../../p2p/bytes/text-order.ts';
import type { History } from '../history.ts';
import { isRepeated } from '../history.ts';
import type { SimMember } from '../member.ts';
import type { PagedCommand } from '../paging.ts';
import { pageThrough } from '../paging.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';

const ENOUGH = 200;
/** Pages are asked for one after the other. */
const ANSWERING_MS = 60_000;
const LOOK_EVERY_MS = 250;

export function checkLooks(sim: Simulator, history: History, shown: Shown): void {
  const running = sim.running();
  const [first, last] = [running[0], running.at(-1)];
  const small = 1 + (sim.options.seed % 3);
  let left = 0;
  const ask = (member: SimMember | undefined, command: PagedCommand, wanted: readonly string[]): void => {
    left += 1;
    pageThrough(command, {
      ask: (page, done) => member?.execute(page, done),
      onPage: ({ partial }) => demand(partial.length === 0, 'I5', () => `with all healed, ${member?.name} cannot list partitions ${partial.join(', ')}`),
      done: (rows, outcome) => {
        left -= 1;
        const found = rows?.filter((row) => !isDoubled(history, row)).map(({ bucket, key, entry }) => (command.kind === 'list' ? `${key}:${entry.live}` : `${bucket}/${key}`)) ?? [`(${outcome?.kind})`];
        demand(found.join(' ') === wanted.join(' '), 'I4', () => `${command.kind} of ${command.limit} at ${member?.name} shows ${found.join(' ')}, and reads show ${wanted.join(' ')}`);
      },
    });
  };
  const buckets = sim.options.buckets.map(({ name }) => name);
  const keys = [...shown.values()].flatMap((siblings) => {
    const [one] = siblings;
    return one === undefined || isDoubled(history, { bucket: one.ref.bucket, key: one.ref.key }) ? [] : [{ ...one.ref, live: siblings.filter(({ value }) => value !== undefined).length, siblings: siblings.length }];
  });
  const inConflict = keys.filter(({ live, siblings }) => live > 0 && siblings > 1).sort((a, b) => compareText(a.bucket, b.bucket) || compareText(a.key, b.key));
  const conflicts = inConflict.map(({ bucket, key }) => `${bucket}/${key}`);
  for (const [member, limit] of [[first, ENOUGH], [last, small]] as const) {
    for (const name of buckets) {
      const live = keys.filter((key) => key.bucket === name && key.live > 0).sort((a, b) => compareText(a.key, b.key));
      ask(member, { kind: 'list', bucket: name, prefix: '', limit }, live.map(({ key, live: count }) => `${key}:${count}`));
    }
    ask(member, { kind: 'conflicts', limit }, conflicts);
  }
  for (let waited = 0; left > 0 && waited < ANSWERING_MS; waited += LOOK_EVERY_MS) sim.run(LOOK_EVERY_MS);
  demand(left === 0, 'replies', () => 'a list was left unanswered');
}

/** The row of a key with a late retry is of the time when it was written: it shows where the latest only is shown, and nowhere else. */
function isDoubled(history: History, { bucket, key }: { readonly bucket: string; readonly key: string }): boolean {
  return history.hasChanged(bucket) && [...history.writes.values()].some((write) => write.ref.bucket === bucket && write.ref.key === key && isRepeated(write));
}
