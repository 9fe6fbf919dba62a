/** Every parser under the coverage-guided fuzzer, 10 s each; `CANOPY_FUZZ_SECONDS` gives it longer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..', '..');

test('no input makes a parser misbehave', () => {
  const seconds = process.env['CANOPY_FUZZ_SECONDS'] ?? '10';
  const run = spawnSync('npm', ['run', '--silent', 'fuzz', '--', '--seconds', seconds], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(run.status, 0, run.stdout + run.stderr);
});
