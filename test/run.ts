/**
 * `npm test`: everything, tier by tier, cheapest first. It provides what it needs (Chromium, Xvfb,
 * a real Electron) or says in one line what is missing, and never skips in silence.
 *
 *     node test/run.ts [tier …]
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { provideAll } from './provide/index.ts';

interface Tier {
  readonly name: string;
  readonly files: string;
  /** Test files at once: those that start processes or browsers run alone. */
  readonly atOnce: number;
  readonly needsProvisions: boolean;
}

const TIERS: readonly Tier[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'property', files: 'test/property/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'contract', files: 'test/contract/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'scenarios', files: 'test/scenarios/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'sim', files: 'test/sim/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'cluster', files: 'test/cluster/**/*.test.ts', atOnce: 1, needsProvisions: true },
  { name: 'e2e', files: 'test/e2e/**/*.test.ts', atOnce: 1, needsProvisions: true },
];

const SUMMARY = /^ℹ (pass|fail|skipped|cancelled|todo) (\d+)$/;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !TIERS.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    console.error(`no such tier: ${unknown.join(', ')}; there are ${TIERS.map(({ name }) => name).join(', ')}`);
    return 1;
  }
  const tiers = TIERS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (tiers.some(({ needsProvisions }) => needsProvisions)) await provideAll();
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  let isBroken = false;
  for (const tier of tiers) {
    const files = globSync(tier.files).sort();
    if (files.length === 0) throw new Error(`the tier ${tier.name} has no tests`);
    console.log(`\n# ${tier.name}: ${files.length} files`);
    const exitCode = await runTier(tier, files, totals);
    isBroken ||= exitCode !== 0;
  }
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return isBroken || totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}

function runTier(tier: Tier, files: readonly string[], totals: Totals): Promise<number> {
  const args = ['--test', '--test-reporter=spec', `--test-concurrency=${tier.atOnce}`, ...files];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) count(line, totals);
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

function count(line: string, totals: Totals): void {
  const [, kind, number] = SUMMARY.exec(line) ?? [];
  if (kind === 'pass') totals.passed += Number(number);
  if (kind === 'fail' || kind === 'cancelled') totals.failed += Number(number);
  if (kind === 'skipped' || kind === 'todo') totals.skipped += Number(number);
}

process.exitCode = await main();
