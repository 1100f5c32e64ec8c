/** The house rules that no compiler knows. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');
const LINES_MAX = 400;
const SOURCE = /\.(ts|js|cjs|svelte|css|html)$/;

const FORBIDDEN = ['Date', 'Math.random', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'Promise', 'await', 'async', 'process.', 'require(', 'import('];
/** Ports describe promises of the world; the driver is where they are kept. */
const IMPURE = ['p2p/ports.ts', 'p2p/node/driver.ts'];

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name) && !entry.parentPath.includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** Without comments and quoted text. */
const codeOf = (file: string): string => textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*/g, ' ');

const everything = ['p2p', 'storage', 'main', 'renderer', 'test'].flatMap(filesUnder);

test('pure rooms know no clock, chance, timer or promise', () => {
  const pure = filesUnder('p2p').filter((file) => !file.startsWith('p2p/libp2p/') && !IMPURE.includes(file));
  assert.ok(pure.length > 40, 'the rooms were found');
  const words = FORBIDDEN.map((word) => new RegExp(`(?<![\\w.$#])${word.replaceAll(/[.(]/g, '\\$&')}${/\w$/.test(word) ? '\\b' : ''}`));
  const broken = pure.flatMap((file) => FORBIDDEN.filter((_, index) => words[index]?.test(codeOf(file))).map((word) => `${file}: ${word}`));
  assert.deepEqual(broken, []);
});

test('no file is longer than a person reads at once', () => {
  const long = everything.filter((file) => textOf(file).split('\n').length - 1 > LINES_MAX);
  assert.deepEqual(long, []);
});

test('nothing is left to be done later in a comment', () => {
  const marks = new RegExp(`\\b(${['TO', 'FIX', 'XX'].join('|')})(?:DO|ME|X)\\b`);
  assert.deepEqual(everything.filter((file) => marks.test(textOf(file))), []);
});

test('the product never sets HTML from text', () => {
  const unsafe = /\{@html|\.innerHTML\s*=|insertAdjacentHTML|document\.write/;
  assert.deepEqual(everything.filter((file) => /^(renderer|main)\//.test(file) && unsafe.test(textOf(file))), []);
});

test('every id in a test title is a rule of SPEC.md, and the rules of the pure rooms are tested', () => {
  const rules = new Set([...textOf('SPEC.md').matchAll(/^- \*\*([A-Z]{2}-\d+)\*\*/gm)].map(([, id]) => id));
  const tested = new Set(everything.filter((file) => file.endsWith('.test.ts')).flatMap((file) => [...textOf(file).matchAll(/(?:test|it)\(\s*['`]([A-Z]{2}-\d+)\b/g)].map(([, id]) => id)));
  assert.deepEqual([...tested].filter((id) => !rules.has(id)), [], 'titles without a rule');
  // Rules of the whole node: the simulator's checkers hold them.
  const elsewhere = new Set(['CV-1', 'QP-6', 'QP-7', 'QP-8', 'QP-9', 'MB-11', 'MB-12', 'AE-5']);
  const core = [...rules].filter((id) => /^(RG|CV|QP|MB|AE|TR|CQ|WR)-/.test(id ?? '') && !elsewhere.has(id ?? ''));
  assert.deepEqual(core.filter((id) => !tested.has(id)), [], 'rules without a test');
});

test('no test waits for a time instead of what it means', () => {
  const waits = new RegExp(`\\bwaitFor${'Timeout'}\\(`);
  assert.deepEqual(everything.filter((file) => file.startsWith('test/') && waits.test(textOf(file))), []);
});
