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
  /** Test files at once. Each has its own ports, folders, displays and namespaces. */
  readonly atOnce: number;
  /** Files that take longest, begun before the others: at the end all hands have work. */
  readonly long?: readonly string[];
  /** Files that run one by one behind the others: what they measure another would spoil, or they it. */
  readonly alone?: readonly string[];
  readonly needsProvisions: boolean;
}

const TIERS: readonly Tier[] = [
  { name: 'unit', files: 'test/unit/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'property', files: 'test/property/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'contract', files: 'test/contract/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'scenarios', files: 'test/scenarios/**/*.test.ts', atOnce: 2, needsProvisions: false },
  { name: 'sim', files: 'test/sim/**/*.test.ts', atOnce: 2, needsProvisions: false },
  {
    name: 'cluster', files: 'test/cluster/**/*.test.ts', atOnce: 2, needsProvisions: true,
    long: ['copies', 'departures', 'subnets'],
    alone: ['flooding-peer', 'large-team', 'ring-change'],
  },
  {
    name: 'e2e', files: 'test/e2e/**/*.test.ts', atOnce: 2, needsProvisions: true,
    long: ['states', 'trust', 'screens', 'electron-shell', 'doctor', 'transfer', 'packed-app'],
  },
];

const SUMMARY = /^ℹ (tests|suites|pass|fail|skipped|cancelled|todo|duration_ms) ([\d.]+)$/;

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
  /** Files that did not end with 0. */
  readonly broken: string[];
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
  const totals: Totals = { passed: 0, failed: 0, skipped: 0, broken: [] };
  for (const tier of tiers) await runTier(tier, totals);
  for (const file of totals.broken) console.log(`✖ ${file}`);
  console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.broken.length > 0 || totals.failed > 0 || totals.passed === 0 ? 1 : 0;
}

async function runTier({ name, files: pattern, atOnce, long = [], alone = [] }: Tier, totals: Totals): Promise<void> {
  const files = globSync(pattern).sort();
  if (files.length === 0) throw new Error(`the tier ${name} has no tests`);
  const called = (names: readonly string[]): readonly string[] => names.map((one) => pattern.replace('**/*', one));
  const first = called(long);
  const last = called(alone);
  const strangers = [...first, ...last].filter((file) => !files.includes(file));
  if (strangers.length > 0) throw new Error(`the tier ${name} has no ${strangers.join(', ')}`);
  console.log(`\n# ${name}: ${files.length} files`);
  const beganMs = performance.now();
  await runFiles([...first, ...files.filter((file) => !first.includes(file) && !last.includes(file))], atOnce, totals);
  await runFiles(last, 1, totals);
  console.log(`# ${name}: ${seconds(beganMs)}`);
}

async function runFiles(files: readonly string[], atOnce: number, totals: Totals): Promise<void> {
  const left = [...files];
  const hand = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) await runFile(file, totals);
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
}

/** In a process of its own. What it says is shown when it has ended, so that two do not mix. */
function runFile(file: string, totals: Totals): Promise<void> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, ['--test-reporter=spec', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      if (code !== 0) totals.broken.push(file);
      const lines = said.split('\n').filter((line) => line !== '' && !isSummary(line, totals));
      console.log(`${lines.join('\n')}\n${code === 0 ? '' : '✖ '}${file}: ${seconds(beganMs)}`);
      resolve();
    });
  });
}

/** Counts what it says. */
function isSummary(line: string, totals: Totals): boolean {
  const [, kind, number] = SUMMARY.exec(line) ?? [];
  if (kind === 'pass') totals.passed += Number(number);
  if (kind === 'fail' || kind === 'cancelled') totals.failed += Number(number);
  if (kind === 'skipped' || kind === 'todo') totals.skipped += Number(number);
  return kind !== undefined;
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}

process.exitCode = await main();
