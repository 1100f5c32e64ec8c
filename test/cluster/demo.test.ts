/** `npm run demo`, as somebody runs it who has just met Ringleaf. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const DEMO = fileURLToPath(new URL('../../main/demo.ts', import.meta.url));
const URL_LINE = /(http:\/\/127\.0\.0\.1:\d+)\/\?token=([0-9a-f]+)/;

test('the demo shows three members, their records and two conflicts, and a Ctrl-C stops all', { timeout: 300_000 }, async () => {
  const demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'pipe'] });
  let trouble = '';
  demo.stderr.on('data', (chunk: Buffer) => (trouble += String(chunk)));
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  try {
    const members: { url: string; token: string }[] = [];
    for await (const line of createInterface({ input: demo.stdout })) {
      const [, url, token] = URL_LINE.exec(line) ?? [];
      if (url !== undefined && token !== undefined) members.push({ url, token });
      if (line.includes('Ctrl-C')) break;
    }
    assert.equal(members.length, 3, trouble);
    for (const { url, token } of members) {
      const ask = async (path: string) => (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json();
      const { conflicts } = (await ask('/v1/conflicts')) as { conflicts: { bucket: string; key: string }[] };
      assert.deepEqual(conflicts.map(({ bucket, key }) => `${bucket}/${key}`), ['inventory/desk-lamp', 'notes/shopping.md']);
      const { keys } = (await ask('/v1/buckets/countries/keys?limit=1000')) as { keys: unknown[] };
      assert.equal(keys.length, 250);
    }
    demo.kill('SIGINT');
    assert.equal(await ended, 0);
    for (const { url } of members) await assert.rejects(fetch(url), 'nobody is left');
  } finally {
    demo.kill('SIGKILL');
  }
});
