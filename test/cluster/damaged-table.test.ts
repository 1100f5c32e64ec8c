/** A byte of a table turned over while a member was stopped: it starts, serves, and gets back what was lost. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ClassicLevel } from 'classic-level';
import type { Handle } from '../../storage/tables/table-format.ts';
import { flipped, layoutOf, tablesOf } from '../unit/storage/tables/table-samples.ts';
import { type Answer, removeDir, samePlace, startMember, startTeam, temporaryDir, until } from './member-harness.ts';
import { allSeeAll, copyAt } from './team-steps.ts';

const KEYS = 60;
const VALUE_BYTES = 400;
const PLACES_MAX = 40;
const pathOf = (index: number) => `/v1/buckets/b/keys/key-${index}`;

/** @returns the names of all rows. */
async function compact(store: string): Promise<readonly string[]> {
  const level = new ClassicLevel(store, { keyEncoding: 'hex' });
  await level.open();
  const names = await level.keys().all();
  await level.compactRange('00', 'ff');
  await level.close();
  return names;
}

const READING = `
  import { ClassicLevel } from 'classic-level';
  const level = new ClassicLevel(process.argv[1], { keyEncoding: 'hex' });
  await level.open();
  for (const name of JSON.parse(process.argv[2])) level.getSync(name);
`;

/** In a process of its own, without a check. @returns whether reading the rows ended it. */
function endsAReader(store: string, rows: readonly string[]): boolean {
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', READING, store, JSON.stringify(rows)], { cwd: import.meta.dirname, timeout: 30_000 });
  return signal === 'SIGABRT';
}

/** A wrong byte at the beginning of a block, where the length of its first key is. */
function spoilUntilItAborts(store: string, rows: readonly string[], data: readonly Handle[]): Buffer {
  const path = join(store, tablesOf(store)[0] ?? '');
  const bytes = readFileSync(path);
  const places = data.flatMap(({ offset }) => [1, 5, 4, 6].map((step) => offset + step)).slice(0, PLACES_MAX);
  for (const at of places) {
    const wrong = Buffer.from(bytes);
    wrong[at] = 2;
    writeFileSync(path, wrong);
    if (endsAReader(store, rows)) return wrong;
  }
  throw new Error('no byte ends a reader');
}

describe('a damaged table', { timeout: 180_000 }, () => {
  test('ST-12 a member that would end at each start serves, and has all records again', { skip: process.platform === 'win32' }, async () => {
    const dir = await temporaryDir();
    const members = await startTeam(dir, 3);
    try {
      const [first, , last] = members;
      assert.ok(first !== undefined && last !== undefined);
      const valueOf = (index: number) => `${index}: `.padEnd(VALUE_BYTES, `${index * 7919}-`);
      for (let index = 0; index < KEYS; index += 1) {
        const put: Answer = await first.ask('PUT', `${pathOf(index)}?w=all`, { body: valueOf(index) });
        assert.equal(put.status, 200, put.text);
      }
      await last.stop();
      const store = join(last.dataDir, 'store');
      const rows = await compact(store);
      const name = tablesOf(store)[0] ?? '';
      const bytes = readFileSync(join(store, name));
      const { data } = layoutOf(bytes);
      const [wrongTwice] = data.slice(Math.floor(data.length / 2));
      assert.ok(wrongTwice !== undefined);
      const aborting = spoilUntilItAborts(store, rows, data.filter((handle) => handle !== wrongTwice));
      writeFileSync(join(store, name), flipped(aborting, [[wrongTwice.offset + 30, 0x35], [wrongTwice.offset + 90, 0x53]]));

      const again = await startMember(last.dataDir, 'm3', samePlace(last));
      members[2] = again;
      const { warnings } = (await again.ask('GET', '/v1/status')).json() as { warnings: string[] };
      assert.match(warnings.join('\n'), /a part of a file of the store cannot be read/);
      await allSeeAll(members);
      for (let index = 0; index < KEYS; index += 1) {
        const read = await again.ask('GET', pathOf(index));
        assert.deepEqual([read.status, read.text], [200, valueOf(index)]);
      }
      await until('it has all records again', async () => {
        for (let index = 0; index < KEYS; index += 1) if ((await copyAt(first, again.memberId, pathOf(index))) !== 1) return false;
        return true;
      }, 90_000);
    } finally {
      await Promise.all(members.map((member) => member.kill()));
      await removeDir(dir);
    }
  });
});
