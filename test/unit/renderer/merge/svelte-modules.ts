/** Lets Node load `*.svelte.ts`: types stripped, then compiled as Svelte does. Import it first. */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';
import { compileModule } from 'svelte/compiler';

registerHooks({
  load(url, context, next) {
    if (!url.endsWith('.svelte.ts')) return next(url, context);
    const filename = fileURLToPath(url);
    const source = stripTypeScriptTypes(readFileSync(filename, 'utf8'));
    return { format: 'module', shortCircuit: true, source: compileModule(source, { filename, generate: 'client' }).js.code };
  },
});
