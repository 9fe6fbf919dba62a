/**
 * How the page is built (05 section 10.12): one document, hashed files, nothing inline, nothing from elsewhere.
 * `CANOPY_WEB_OUT` names the output folder; the default is the ignored build folder of the checkout.
 */
import path from 'node:path';
import { defineConfig } from 'vite';
import { installable } from './installable.ts';

const web = import.meta.dirname;

export default defineConfig({
  root: web,
  base: '/',
  publicDir: false,
  plugins: [installable(web)],
  // Only `markdown-it` asks for it, for its references to characters by name.
  resolve: { alias: { entities: path.join(web, 'entities.ts') } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: process.env['CANOPY_WEB_OUT'] ?? path.join(web, '..', '.build', 'web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsDir: 'assets',
    // The content security policy has no room for data: scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The names of all emoji are larger than the default, in kB, and come on first use.
    chunkSizeWarningLimit: 700,
  },
});
