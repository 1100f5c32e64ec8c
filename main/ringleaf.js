#!/usr/bin/env node
// The launcher, in plain JavaScript: an old Node must be able to read it. Node 24 runs the sources.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Node strips no types below node_modules: there the built command line runs.
  const built = new URL('../dist/main/cli.js', import.meta.url);
  const isPackaged = import.meta.url.includes('/node_modules/');
  await import(isPackaged ? built.href : new URL('./cli/index.ts', import.meta.url).href);
} else {
  const node = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(node)) {
    process.stderr.write(`ringleaf: Node ${NODE_MAJOR_MIN} is needed; run "npm ci" in the checkout.\n`);
    process.exit(5);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 5 : 1)));
}
