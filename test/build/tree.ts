/**
 * A copy of the project in a temporary folder, for tests that build and start it as a newcomer does, without touching
 * the builds of the folder the tests run in. The installed packages are shared by a link.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..');
/** What a build and a start need. */
const NEEDED = ['run.ts', 'server', 'web', 'package.json', 'package-lock.json', 'tsconfig.json', '.config'];

/** How a command ended, and what it said on both outputs. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** A running command. */
export class Command {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  output = '';

  constructor(child: ChildProcess) {
    this.child = child;
    const hear = (chunk: Buffer): void => void (this.output += chunk.toString());
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, output: this.output }));
    });
  }
}

export class Tree {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'canopy-tree-'));
  readonly #commands: Command[] = [];

  /** @param more further files and folders of the project to copy. */
  constructor(more: readonly string[] = []) {
    for (const part of [...NEEDED, ...more])
      cpSync(path.join(root, part), path.join(this.folder, part), { recursive: true });
    symlinkSync(path.join(root, 'node_modules'), path.join(this.folder, 'node_modules'));
    mkdirSync(path.join(this.folder, 'home'));
  }

  /** Everything below `.build`, hidden folders too. */
  builds(): string[] {
    const folder = path.join(this.folder, '.build');
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Starts a command in the tree, with a home of its own and none of this test run's settings. */
  run(command: string, args: readonly string[], env: Record<string, string> = {}): Command {
    const child = spawn(command, args, {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: path.join(this.folder, 'home'),
        CANOPY_DISABLE_MDNS: '1',
        ...env,
      },
    });
    const running = new Command(child);
    this.#commands.push(running);
    return running;
  }

  /** Ends what still runs and removes the tree. */
  async dispose(): Promise<void> {
    for (const { child, ended } of this.#commands) {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
