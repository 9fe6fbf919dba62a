// Test files that share a process. Starting a process and loading the rooms again takes longer than most files run, so
// the files of a room whose tests stay in their process become the suites of one file; each keeps its own hooks.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Rooms whose tests start no process and leave none of their process changed. */
const ROOMS = [
  'config',
  'crypto',
  'http',
  'identity',
  'libraries',
  'markdown',
  'mesh',
  'ports',
  'store',
  'sync',
  'telemetry',
  'web',
  'wire',
  'workspace',
];

/** One process runs so many files; more processes are needed to keep two cores busy to the end. */
const MAX_FILES = 16;

/**
 * Writes the files of groups into `.build/tests` and returns what to give the test runner instead of `files`.
 * @param {string} root the folder of the project
 * @param {string[]} files test files, relative to it
 * @returns {string[]}
 */
export function groupTests(root, files) {
  const folder = path.join('.build', 'tests');
  rmSync(path.join(root, folder), { recursive: true, force: true });
  mkdirSync(path.join(root, folder), { recursive: true });
  const groups = [];
  for (const room of ROOMS) {
    const inRoom = files.filter((file) => file.startsWith(path.join('test', room) + path.sep));
    const size = Math.ceil(inRoom.length / Math.ceil(inRoom.length / MAX_FILES));
    for (let start = 0; start < inRoom.length; start += size) {
      const group = path.join(folder, `${room}-${1 + start / size}.mjs`);
      writeFileSync(path.join(root, group), groupText(root, inRoom.slice(start, start + size)));
      groups.push(group);
    }
  }
  const alone = files.filter(
    (file) => !ROOMS.some((room) => file.startsWith(path.join('test', room) + path.sep)),
  );
  return [...groups, ...alone];
}

function groupText(root, files) {
  const suites = files.map((file) => {
    const url = pathToFileURL(path.join(root, file)).href;
    return `describe(${JSON.stringify(file)}, () => import(${JSON.stringify(url)}));\n`;
  });
  return `import { describe } from 'node:test';\n\n${suites.join('')}`;
}
