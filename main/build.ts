import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build as viteBuild } from 'vite';
import { withLock } from './build-lock.ts';
import { packageCollector, writeThirdParty } from './licences.ts';

/**
 * Builds what Electron and a browser run: `dist/renderer` and `dist/main`. A part whose sources did
 * not change since its last build is left alone, so every start may call this.
 */
export const PROJECT_ROOT = resolve(import.meta.dirname, '..');

/** Node 20.18 is that of Electron 33 in the tests; Electron 45 has Node 24. */
const NODE_TARGET = 'node20.18';

/** What has to stay a package: the runtime's own module, and the one with a native binary. */
const EXTERNAL: readonly string[] = ['electron', 'classic-level'];

interface Part {
  readonly name: PartName;
  /** Files and folders whose change calls for a new build. */
  readonly sources: readonly string[];
  /** Absent yet = the part is skipped. */
  readonly needs: string;
  readonly build: (root: string, outDir: string) => Promise<void>;
}

/** What is started by itself, and the bundle that it becomes. */
const MAIN_ENTRIES = [
  ['index.ts', 'index.js'],
  ['preload.ts', 'preload.cjs'],
  ['member/utility.ts', 'member.js'],
  ['cli/index.ts', 'cli.js'],
] as const;

const PARTS: readonly Part[] = [
  {
    name: 'renderer',
    sources: ['renderer', 'main/api/contract.ts', 'vite.config.ts', 'package-lock.json'],
    needs: 'vite.config.ts',
    build: async (root, outDir) => {
      const packages = new Set<string>();
      const plugins = [packageCollector(packages)];
      await viteBuild({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn', plugins, build: { outDir, emptyOutDir: true } });
      writeThirdParty(outDir, packages);
    },
  },
  {
    name: 'main',
    sources: ['main', 'p2p', 'storage', 'build/tray', 'package-lock.json'],
    needs: 'main/index.ts',
    build: async (root, outDir) => {
      const packages = new Set<string>();
      for (const [entry, fileName] of MAIN_ENTRIES) {
        const file = join(root, 'main', entry);
        const format = fileName.endsWith('.cjs') ? 'cjs' : 'es';
        if (existsSync(file)) await bundle({ entry: file, outDir, fileName, format, packages });
      }
      writeThirdParty(outDir, packages);
      const icons = join(root, 'build/tray');
      if (existsSync(icons)) cpSync(icons, join(outDir, 'tray'), { recursive: true });
    },
  },
];

export type PartName = 'renderer' | 'main';

export interface BuildOptions {
  readonly root?: string;
  readonly only?: readonly PartName[];
  readonly force?: boolean;
}

/** @returns names of the parts that were built. */
export async function build(options: BuildOptions = {}): Promise<readonly PartName[]> {
  const { root = PROJECT_ROOT, only = ['renderer', 'main'], force = false } = options;
  const dist = join(root, 'dist');
  mkdirSync(dist, { recursive: true });
  return await withLock(join(dist, '.build-lock'), async () => {
    const done: PartName[] = [];
    for (const part of PARTS) {
      if (!only.includes(part.name)) continue;
      if (existsSync(join(root, part.needs)) && (await buildPart(part, root, force))) done.push(part.name);
    }
    return done;
  });
}

/** Builds beside the old one and swaps, so that a failed build leaves the last good one. */
async function buildPart(part: Part, root: string, force: boolean): Promise<boolean> {
  const outDir = join(root, 'dist', part.name);
  const stamp = join(outDir, '.stamp');
  const wanted = await fingerprint(root, part.sources);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  const fresh = `${outDir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  await part.build(root, fresh);
  writeFileSync(join(fresh, '.stamp'), wanted);
  rmSync(outDir, { recursive: true, force: true });
  renameSync(fresh, outDir);
  return true;
}

interface Bundle {
  readonly entry: string;
  readonly outDir: string;
  readonly fileName: string;
  readonly format: 'es' | 'cjs';
  /** Gets the folders of the packages that it holds. */
  readonly packages: Set<string>;
}

async function bundle({ entry, outDir, fileName, format, packages }: Bundle): Promise<void> {
  await viteBuild({
    configFile: false,
    publicDir: false,
    plugins: [packageCollector(packages)],
    logLevel: 'warn',
    ssr: { noExternal: true, external: [...EXTERNAL] },
    build: {
      ssr: entry,
      outDir,
      emptyOutDir: false,
      target: NODE_TARGET,
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        external: [...EXTERNAL],
        output: { format, entryFileNames: fileName, chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
}

/** Over names, sizes and times of change: a deleted file counts as a change too. */
async function fingerprint(root: string, sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesOf(join(root, source))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

if (import.meta.main) {
  const done = await build({ force: process.argv.includes('--force') });
  console.error(done.length === 0 ? 'dist is up to date' : `built ${done.join(' and ')}`);
}
