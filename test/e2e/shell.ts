/** Runs shell commands as documentation shows them, with curl as in a terminal. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';

/** Longest a command may run; an import dials for at most this long. */
const COMMAND_LIMIT_MS = 60_000;

/** Why the commands cannot be run here, or false. */
export function missingCurl(): string | false {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'curl is not installed';
  }
}

/** The commands of a shell block: continued lines joined, comments and empty lines left out. */
export function commandsOf(block: string): string[] {
  return block
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Runs one command in `sh`; what it printed must be a JSON object without `error`. */
export async function runJson(
  command: string,
  env: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(
      'sh',
      ['-c', command],
      { env: { PATH: process.env['PATH'], ...env }, timeout: COMMAND_LIMIT_MS },
      (error, stdout, stderr) =>
        error === null ? resolve(stdout) : reject(new Error(`${command}: ${stderr}`, { cause: error })),
    );
  });
  let answer: unknown;
  try {
    answer = JSON.parse(printed);
  } catch {
    assert.fail(`${command} printed no JSON: ${printed}`);
  }
  assert.ok(typeof answer === 'object' && answer !== null, `${command}: ${printed}`);
  assert.ok(!('error' in answer), `${command}: ${printed}`);
  return answer as Record<string, unknown>;
}

/** Runs a command that does not end by itself until it has printed `expected`. */
export async function runUntil(
  command: string,
  expected: string,
  env: Record<string, string> = {},
): Promise<void> {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    env: { PATH: process.env['PATH'], ...env },
    timeout: COMMAND_LIMIT_MS,
  });
  let printed = '';
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const seen = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes(expected)) resolve();
    });
  });
  await Promise.race([seen, ended]);
  child.kill();
  await ended;
  assert.ok(printed.includes(expected), `${command} printed: ${printed}`);
}
