import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** Lucide's icons are data and a component that draws them; the drawing is ours, and quicker. */
const ownIcon: Plugin = {
  name: 'ringleaf-icon',
  enforce: 'pre',
  resolveId(source, importer) {
    if (!source.endsWith('/Icon.svelte') || importer?.includes('/@lucide/svelte/') !== true) return null;
    return fileURLToPath(new URL('renderer/components/Icon.svelte', import.meta.url));
  },
};

/** The window, built as static files that the member serves and Electron loads by `app://`. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [ownIcon, svelte()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // Chromium of the chosen Electron, and browsers that know `light-dark()`.
    target: ['chrome130', 'firefox130', 'safari18'],
    // The content security policy allows no inlined scripts, and images only as files or data.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_500,
    // One file of what every window needs: a dozen small ones cost a dozen requests before anything shows.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
});
