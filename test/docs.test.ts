/** What the documents point at exists, and what is generated is up to date. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

const root = path.join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', '.build', '.git', 'data', 'logs', 'coverage']);

function documentsBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : documentsBelow(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

const documents = documentsBelow('.');
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** The anchors of a document's headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

for (const document of documents) {
  test(`${document}: links lead somewhere, commands exist`, () => {
    const text = read(document);
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:)/.test(target)) continue;
      const [file = '', anchor] = target.split('#');
      const name = file === '' ? document : path.join(path.dirname(document), file);
      assert.ok(existsSync(path.join(root, name)), `${target} is not there`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(read(name)).includes(anchor), `${target}: no such heading`);
    }
    for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:]+)/g))
      assert.ok(scripts[script], `npm run ${script}`);
  });
}

describe('CONTRIBUTING.md', () => {
  const text = read('CONTRIBUTING.md');

  test('names every room, and no other', () => {
    const rooms = readdirSync(path.join(root, 'server'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `server/${entry.name}`);
    const named = [...text.matchAll(/^(server\/[a-z]+)\/ /gm)].map(([, room]) => room);
    assert.deepEqual(named.toSorted(), rooms.toSorted());
  });

  test('names files and folders that exist', () => {
    for (const [, name = ''] of text.matchAll(/`((?:server|test|web|\.config)\/[\w./-]+)`/g))
      assert.ok(existsSync(path.join(root, name)), name);
  });
});

test('LIMITS.md is what the constants say, and each has a reason', () => {
  const { status, stderr } = spawnSync(process.execPath, ['.config/limits.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const text = read('LIMITS.md');
  for (const row of [/`MAX_MESSAGE_BYTES` \| 20 MiB \| \S/, /`HANDSHAKE_TIMEOUT` \| 10 s \| \S/])
    assert.match(text, row);
});
