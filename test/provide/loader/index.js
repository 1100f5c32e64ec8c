/**
 * The stand-in Electron has no default_app.asar, which starts the app named on the command line:
 * this does. A top-level await, so that the app runs before `ready`.
 */
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (folder === undefined) throw new Error('usage: electron [switches] APP [options]');
const path = resolve(folder);
const { main, name, version } = JSON.parse(readFileSync(resolve(path, 'package.json'), 'utf8'));
app.setAppPath(path);
app.setName(name);
app.setVersion(version ?? '0.0.0');
await import(pathToFileURL(resolve(path, main)).href);
