/** The licence texts of what is bundled: their packages go into the app without their folders. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export const THIRD_PARTY_FILE = 'THIRD-PARTY.txt';
const LICENCE_NAME = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i;

/** Notes the folders of packages whose code gets into a bundle. */
export function packageCollector(packages: Set<string>): Plugin {
  return {
    name: 'ringleaf-licences',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        for (const id of Object.keys(file.modules)) {
          const found = packageFolderOf(id);
          if (found !== null) packages.add(found);
        }
      }
    },
  };
}

/** `…/node_modules/@a/b/dist/x.js` → `…/node_modules/@a/b`. The innermost `node_modules` counts. */
export function packageFolderOf(moduleId: string): string | null {
  const path = moduleId.replace(/^\0+/, '').replace(/[?#].*$/, '').replaceAll('\\', '/');
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? null;
}

/** @throws when a package says nothing of its licence: it could not be shipped. */
export function writeThirdParty(outDir: string, packages: ReadonlySet<string>): void {
  const notices = new Map([...packages].map((folder) => noticeOf(folder)));
  const texts = [...notices].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, text]) => `${name}\n\n${text}\n`);
  const line = `\n${'-'.repeat(80)}\n\n`;
  writeFileSync(join(outDir, THIRD_PARTY_FILE), `Ringleaf holds code of these packages.\n${line}${texts.join(line)}`);
}

function noticeOf(folder: string): readonly [string, string] {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  const name = `${String(manifest['name'])} ${String(manifest['version'])}`;
  const texts = readdirSync(folder)
    .filter((file) => LICENCE_NAME.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length > 0) return [name, texts.join('\n\n')];
  const licence = manifest['license'];
  if (typeof licence !== 'string' || !existsSync(folder)) throw new Error(`${name} does not tell its licence`);
  return [name, `Licence: ${licence} (the package holds no text of it)${authorOf(manifest)}`];
}

function authorOf({ author }: Record<string, unknown>): string {
  const name = typeof author === 'object' && author !== null && 'name' in author ? author.name : author;
  return typeof name === 'string' && name !== '' ? `\nAuthor: ${name}` : '';
}
