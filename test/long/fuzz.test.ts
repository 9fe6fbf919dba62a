/** Every parser under the coverage-guided fuzzer, a minute each, two at a time; `CANOPY_FUZZ_SECONDS` changes that. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, test } from 'node:test';
import { targetNames } from '../fuzz/targets.ts';

const root = path.join(import.meta.dirname, '..', '..');
const SECONDS = process.env['CANOPY_FUZZ_SECONDS'] ?? '60';
/** One for each core of the smallest machine the tests are meant for. */
const AT_ONCE = 2;

function fuzz(target: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', path.join('test', 'fuzz', 'run.ts'), target, '--seconds', SECONDS];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const hear = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('no input makes a parser misbehave', { concurrency: AT_ONCE }, () => {
  for (const target of targetNames) {
    test(target, async () => {
      const { code, output } = await fuzz(target);
      process.stderr.write(`# fuzz: ${output.split('\n', 1)[0] ?? ''}\n`);
      assert.equal(code, 0, output);
      assert.match(output, /^\S+: [1-9]\d* runs, /);
    });
  }
});
