/**
 * What makes the page installable (05 section 10.14, O-2), as a part of its build: the manifest, the icons it names, drawn from
 * the one sign of the product, and the service worker as one file.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import sharp from 'sharp';
import type { Plugin } from 'vite';

/** Colours of 11.4: accent, and the side in light. */
const GREEN = '#1F7A3F';
const SIDE = '#F5F6F4';

/** The two shapes of the sign. */
function shapes(sign: string): [bubble: string, leaf: string] {
  const [bubble = '', leaf = ''] = [...sign.matchAll(/ d="([^"]+)"/gu)].map(([, shape = '']) => shape);
  return [bubble, leaf];
}

const drawing = (content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${content}</svg>`;

/** Fills the whole square: platforms cut it to their own shape, 40 % from the middle are safe. */
function maskable(sign: string): string {
  const [bubble, leaf] = shapes(sign);
  return drawing(
    `<path fill="${GREEN}" d="M0 0h24v24H0z"/><g transform="translate(5.400 5.400) scale(.550)"><path fill="#fff" d="${bubble}"/><path fill="${GREEN}" d="${leaf}"/></g>`,
  );
}

/** Only what is opaque counts. */
function monochrome(sign: string): string {
  return drawing(`<path fill="#fff" fill-rule="evenodd" d="${shapes(sign).join('')}"/>`);
}

function png(svg: string, side: number): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: (72 * side) / 24 })
    .resize(side, side)
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
}

/** @param web folder of the page's sources. */
export function installable(web: string): Plugin {
  return {
    name: 'canopy-installable',
    apply: 'build',
    async generateBundle() {
      const sign = readFileSync(path.join(web, 'icon.svg'), 'utf8');
      const icon = async (svg: string, side: number, purpose: 'any' | 'maskable' | 'monochrome') => {
        const source = await png(svg, side);
        const id = this.emitFile({ type: 'asset', name: `icon-${purpose}-${side}.png`, source });
        return { src: `/${this.getFileName(id)}`, sizes: `${side}x${side}`, type: 'image/png', purpose };
      };
      const manifest = {
        name: 'Canopy',
        short_name: 'Canopy',
        description: 'Local-first, peer-to-peer, encrypted team communication.',
        id: '/',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: SIDE,
        theme_color: SIDE,
        icons: await Promise.all([
          icon(sign, 192, 'any'),
          icon(sign, 512, 'any'),
          icon(maskable(sign), 512, 'maskable'),
          icon(monochrome(sign), 512, 'monochrome'),
        ]),
        shortcuts: [
          { name: 'Messages', url: '/messages' },
          { name: 'Channels', url: '/channels' },
          { name: 'Connect', url: '/connect' },
        ],
      };
      this.emitFile({
        type: 'asset',
        fileName: 'manifest.webmanifest',
        source: JSON.stringify(manifest),
      });
      const worker = await build({
        entryPoints: [path.join(web, 'worker', 'service-worker.ts')],
        bundle: true,
        write: false,
        minify: true,
        format: 'iife',
        target: 'es2022',
      });
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: worker.outputFiles[0]?.text ?? '' });
    },
  };
}
