import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

/** The window, built as static files that the member serves and Electron loads by `app://`. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [svelte()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // Chromium of the chosen Electron, and browsers that know `light-dark()`.
    target: ['chrome130', 'firefox130', 'safari18'],
    // The content security policy allows no inlined scripts, and images only as files or data.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_500,
  },
});
