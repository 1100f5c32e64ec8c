/** What a window reads before it shows anything. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build, PROJECT_ROOT } from '../../main/build.ts';

const DIST = join(PROJECT_ROOT, 'dist/renderer');
const FIRST_BYTES_MAX = 250_000;

before(async () => {
  await build({ only: ['renderer'] });
});

/** Files that the page names, and what those import at once. */
function firstFiles(): Set<string> {
  const named = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
  const files = new Set(named(readFileSync(join(DIST, 'index.html'), 'utf8'), /(?:src|href)="\.\/(assets\/[^"]+)"/g));
  for (const file of files) {
    if (!file.endsWith('.js')) continue;
    for (const other of named(readFileSync(join(DIST, file), 'utf8'), /(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) files.add(`assets/${other}`);
  }
  return files;
}

test('the first bundle is below 250 kB gzip, and what a screen needs comes later', () => {
  const files = firstFiles();
  assert.ok([...files].some((file) => file.endsWith('.js')), 'the page names a script');
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
  assert.ok(bytes < FIRST_BYTES_MAX, `${bytes} bytes gzip`);
  const later = readdirSync(join(DIST, 'assets')).filter((file) => !files.has(`assets/${file}`));
  for (const chunk of ['codemirror', 'MergeView', 'ConflictsView', 'RingView', 'SettingsView', 'ActivityView', 'FormArea', 'HistoryDrawer', 'TrashView', 'QrCode', 'read-picture', 'ExportDialog', 'ImportDialog']) {
    assert.ok(later.some((file) => file.startsWith(`${chunk}-`) && file.endsWith('.js')), `${chunk} is a chunk of its own`);
  }
});
