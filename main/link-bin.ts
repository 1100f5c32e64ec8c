/**
 * Makes `npx ringleaf` run this checkout: npm links the bins of dependencies into
 * node_modules/.bin, but not the package's own.
 */
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const launcher = join('..', '..', 'main', 'ringleaf.js');
const bin = new URL('../node_modules/.bin/', import.meta.url).pathname;

await mkdir(bin, { recursive: true });
if (process.platform === 'win32') {
  await writeFile(join(bin, 'ringleaf.cmd'), `@node "%~dp0\\${launcher.replaceAll('/', '\\')}" %*\r\n`);
} else {
  const link = join(bin, 'ringleaf');
  await rm(link, { force: true });
  await symlink(launcher, link);
  await chmod(new URL('ringleaf.js', import.meta.url), 0o755);
}
