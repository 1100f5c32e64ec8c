/** The same story in a real Electron: the window, its member in a utilityProcess, and a teammate. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { request } from 'node:http';
import { join } from 'node:path';
import { build } from '../../main/build.ts';
import type { Answer, RunningMember } from '../cluster/member-harness.ts';
import { removeDir, startMember, temporaryDir, until } from '../cluster/member-harness.ts';
import { launchDesktop } from './electron-harness.ts';
import { assertMerged, makeConflicts, mergeNote, mergeRecord, screenshot, writeNote } from './story.ts';

before(async () => {
  await build();
});

/** The desktop's member, asked over its socket of a file as the command line does. */
function overSocket(dataDir: string): Pick<RunningMember, 'ask'> {
  return {
    ask: (method, path, { headers = {}, body } = {}) =>
      new Promise<Answer>((resolve, reject) => {
        const sent = request({ socketPath: join(dataDir, 'ringleaf.sock'), method, path, headers: headers as Record<string, string> }, (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const bytes = Buffer.concat(chunks);
            const text = bytes.toString('utf8');
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text, json: () => JSON.parse(text) });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
  };
}

test('a desktop makes a team, a teammate joins, a conflict is merged in the window', { timeout: 180_000 }, async () => {
  const dir = await temporaryDir();
  const desktop = await launchDesktop({ env: { RINGLEAF_NAME: 'Front desk', RINGLEAF_MACHINE: 'desktop', RINGLEAF_NO_DHT: '1' } });
  const members: RunningMember[] = [];
  try {
    const { page } = desktop;
    await page.getByTestId('team-name').fill('Lab');
    await page.getByTestId('welcome-submit').click();
    await page.getByTestId('nav-team').waitFor();
    const here = overSocket(desktop.dataDir) as RunningMember;
    const { invite } = (await here.ask('POST', '/v1/invites')).json() as { invite: string };
    members.push(await startMember(join(dir, 'bench'), 'bench', ['--join', invite]));
    await until('both are up', async () => {
      const known = (await here.ask('GET', '/v1/members')).json() as { status: string; liveness: string }[];
      return known.length === 2 && known.every(({ status, liveness }) => status === 'up' && liveness === 'alive');
    });
    const [mate] = members;
    assert.ok(mate !== undefined);
    await writeNote(page);
    await makeConflicts(here, mate);
    await page.getByTestId('nav-conflicts-count').filter({ hasText: '2' }).waitFor();
    await page.getByTestId('nav-conflicts').click();
    await screenshot(page, 'electron-conflicts');
    await mergeRecord(page);
    await screenshot(page, 'electron-merged');
    await mergeNote(page);
    await assertMerged([here, mate]);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await desktop.stop();
    await removeDir(dir);
  }
});
