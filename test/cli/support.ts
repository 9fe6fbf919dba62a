/** A machine of its own for tests of the commands: a home, a data root, a password that somebody types. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../server/cli/cli.ts';
import type { Machine } from '../../server/cli/context.ts';

export const PASSWORD = 'Correct-horse-7';

export class TestMachine implements Machine {
  readonly root = mkdtempSync(path.join(tmpdir(), 'canopy-cli-'));
  readonly dataDir = path.join(this.root, 'node');
  readonly places = {
    home: path.join(this.root, 'home'),
    cwd: this.root,
    program: path.join(this.root, 'program'),
  };
  readonly hostname = 'test-machine';
  readonly platform = 'linux';
  readonly version = '0.0.0-test';
  env: Record<string, string> = { CANOPY_DATA_DIR: this.dataDir, CANOPY_DISABLE_MDNS: '1' };
  typed = PASSWORD;

  readSecret(): Promise<string> {
    return Promise.resolve(this.typed);
  }

  run(...argv: string[]) {
    return runCommand(argv, this);
  }

  /** Runs a command with `--json` and gives what it printed. */
  async json(...argv: string[]): Promise<{ code: number; body: Record<string, unknown> }> {
    const { out, err, code } = await this.run(...argv, '--json');
    assert.equal(err, '', 'with --json everything is on standard output');
    return { code, body: JSON.parse(out) as Record<string, unknown> };
  }

  dispose(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
