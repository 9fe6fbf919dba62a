// `npm start` and `npm run dev`. Start: make sure a build of the present sources exists (in a process of its own, so
// that none of the build tools stay in memory), then become the built node. Dev: rebuild and restart on every change.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildFolder } from './build.mjs';

const root = path.join(import.meta.dirname, '..');

function startBuilt() {
  const folder = buildFolder();
  if (!existsSync(folder)) {
    const built = spawnSync(process.execPath, [path.join(import.meta.dirname, 'build.mjs')], {
      cwd: root,
      stdio: ['ignore', 2, 2], // what a command prints stays the only thing on standard output
    });
    if (built.status !== 0) process.exit(built.status ?? 1);
  }
  process.argv[1] = path.join(folder, 'run.js');
  return import(pathToFileURL(process.argv[1]).href);
}

function startDev(args) {
  const web = path.join(root, '.build', 'dev-web');
  const bin = (name) => path.join(root, 'node_modules', '.bin', name);
  const children = [
    spawn(
      bin('vite'),
      ['build', '--watch', '--config', 'web/vite.config.ts', '--outDir', web, '--emptyOutDir', 'web'],
      { cwd: root, stdio: 'inherit' },
    ),
    spawn(bin('tsx'), ['watch', 'run.ts', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, CANOPY_WEB_ROOT: web },
    }),
  ];
  const stop = () => children.forEach((child) => child.kill());
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

if (process.argv[2] === '--dev') startDev(process.argv.slice(3));
else await startBuilt();
