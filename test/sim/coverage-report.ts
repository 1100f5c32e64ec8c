/**
 *     npm run sim -- coverage [keys …]
 *
 * What a page of a list costs the whole team: rows read in all stores, members asked, frames and
 * bytes by the real codec, round trips. One key in ten is deleted, twenty are in conflict.
 */
import type { Command, Outcome } from '../../p2p/node/commands.ts';
import type { Cost } from './coverage-team.ts';
import { CoverageTeam } from './coverage-team.ts';
import type { Row } from './row-store.ts';
import { makeRow } from './row-store.ts';

const PARTITIONS = 1_024;
const PAGE = 100;
const CONFLICTS = 20;
const FOLDERS = 50;
const ASKER = 'm2';

export interface PageCost extends Cost {
  readonly name: string;
  /** Rows in the answer. */
  readonly shown: number;
}

/** @param counts Of keys. @param teams Of members. */
export function printCoverageReport(counts: readonly number[], teams: readonly number[]): void {
  console.log('| keys | members | page | shown | rows read (most at one) | asked | frames | bytes | round trips |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const count of counts) {
    const rows = manyRows(count);
    for (const members of teams) {
      for (const cost of pageCosts(rows, members)) {
        const { name, shown, rows: read, rowsMost, asked, frames, bytes, tookMs } = cost;
        console.log(`| ${[count, members, name, shown, `${read} (${rowsMost})`, asked, frames, bytes, Math.ceil(tookMs / 2)].join(' | ')} |`);
      }
    }
  }
}

/** Fifty folders in which keys lie alike: `folder-07/key-000123`. */
export function manyRows(count: number): readonly Row[] {
  const conflictEvery = Math.floor(count / CONFLICTS);
  return Array.from({ length: count }, (_, number) => {
    const live = number % conflictEvery === 1 ? 2 : number % 10 === 0 ? 0 : 1;
    const folder = String(Math.floor((number * FOLDERS) / count)).padStart(2, '0');
    return makeRow('notes', `folder-${folder}/key-${String(number).padStart(6, '0')}`, PARTITIONS, live);
  });
}

export function pageCosts(rows: readonly Row[], members: number): readonly PageCost[] {
  const team = new CoverageTeam({ members, partitions: PARTITIONS });
  for (const row of rows) team.put(row);
  const middle = rows[Math.floor(rows.length / 2)]?.ref.key ?? '';
  const list = { kind: 'list', bucket: 'notes', prefix: '', limit: PAGE } as const;
  const pages: readonly (readonly [string, Command])[] = [
    ['first', list],
    ['middle', { ...list, after: middle }],
    ['prefix', { ...list, prefix: 'folder-31/' }],
    ['deleted too', { ...list, withDeleted: true }],
    ['conflicts', { kind: 'conflicts', limit: PAGE }],
  ];
  return pages.map(([name, command]) => {
    const { outcome, cost } = team.ask(ASKER, command);
    return { name, shown: shownIn(outcome), ...cost };
  });
}

function shownIn(outcome: Outcome): number {
  if (outcome.kind !== 'listed' && outcome.kind !== 'conflicts') throw new Error(`a page was answered with ${outcome.kind}`);
  if (outcome.partial.length > 0) throw new Error(`${outcome.partial.length} partitions were not reached`);
  return outcome.entries.length;
}
