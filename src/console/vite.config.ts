import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// The page runs under a policy without inline scripts, inline styles or code from strings, and asks no other host.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2_000, // ELK, which is loaded when the first chart is looked at
  },
});
