/**
 * The Debian package, made of the packed folder with dpkg-deb alone: electron-builder's own way
 * fetches a tool from the network first.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PROJECT_ROOT } from './build.ts';
import { APP_FOLDER, controlText, copyrightText, desktopEntry, launcherText, postinstText, postrmText } from './deb-files.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const PLAIN = 0o644;
const PROGRAM = 0o755;
const SETUID = 0o4755;

export interface DebOptions {
  /** The packed app: `linux-unpacked`. */
  readonly appDir: string;
  readonly outDir: string;
}

/** @returns the package's path. @throws when dpkg-deb is not there. */
export async function makeDeb({ appDir, outDir }: DebOptions): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const root = mkdtempSync(join(tmpdir(), 'ringleaf-deb-'));
  try {
    layOut(root, appDir);
    const files = filesBelow(root);
    const installedKib = Math.ceil(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1_024);
    put(root, 'DEBIAN/control', controlText({ version, architecture, installedKib }));
    put(root, 'DEBIAN/md5sums', files.map((file) => `${md5Of(file)}  ${relative(root, file)}\n`).join(''));
    put(root, 'DEBIAN/postinst', postinstText(), PROGRAM);
    put(root, 'DEBIAN/postrm', postrmText(), PROGRAM);
    mkdirSync(outDir, { recursive: true });
    const made = join(outDir, `ringleaf_${version}_${architecture}.deb`);
    await promisify(execFile)('dpkg-deb', ['--root-owner-group', '-Zxz', '-z1', '--build', root, made]);
    return made;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function layOut(root: string, appDir: string): void {
  chmodSync(root, PROGRAM);
  const app = join(root, APP_FOLDER);
  mkdirSync(app, { recursive: true, mode: PROGRAM });
  cpSync(appDir, app, { recursive: true });
  for (const file of filesBelow(app)) chmodSync(file, (statSync(file).mode & 0o111) === 0 ? PLAIN : PROGRAM);
  for (const folder of foldersBelow(app)) chmodSync(folder, PROGRAM);
  chmodSync(join(app, 'chrome-sandbox'), SETUID);
  put(root, 'usr/bin/ringleaf', launcherText(), PROGRAM);
  put(root, 'usr/share/applications/ringleaf.desktop', desktopEntry());
  put(root, 'usr/share/doc/ringleaf/copyright', copyrightText(readFileSync(join(PROJECT_ROOT, 'LICENSE'), 'utf8')));
  put(root, 'usr/share/doc/ringleaf/changelog.gz', gzipSync(readFileSync(join(PROJECT_ROOT, 'CHANGELOG.md')), { level: 9 }));
  const icons = join(PROJECT_ROOT, 'build/icons');
  for (const icon of readdirSync(icons)) {
    put(root, `usr/share/icons/hicolor/${icon.replace('.png', '')}/apps/ringleaf.png`, readFileSync(join(icons, icon)));
  }
}

function put(root: string, path: string, content: string | Uint8Array, mode = PLAIN): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true, mode: PROGRAM });
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

function foldersBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

function md5Of(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}
