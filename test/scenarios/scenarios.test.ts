/** Every `*.scenario` answers what it says. UPDATE=1 writes the answers anew: read the difference. */
import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { playScenario } from './scenario.ts';

for (const file of globSync(join(import.meta.dirname, '*.scenario')).sort()) {
  test(basename(file, '.scenario').replaceAll('-', ' '), () => {
    const text = readFileSync(file, 'utf8');
    const played = playScenario(text);
    if (process.env['UPDATE'] === '1') writeFileSync(file, played);
    else assert.equal(played, text);
  });
}
