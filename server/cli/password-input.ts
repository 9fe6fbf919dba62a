/** Passwords come from standard input or a file, never from the command line, where every process could read them. */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';

/** Longer than any password; it also bounds what is read. */
const MAX_INPUT_BYTES = 4096;

/**
 * The password for `username`.
 * @throws {CliError} `usage` when there is none, `file` when the file cannot be read.
 */
export async function readPassword(context: Context, username: string): Promise<string> {
  const file = context.options.get('--password-file');
  const password =
    file === undefined ? await context.machine.readSecret(`Password for ${username}: `) : firstLine(file);
  if (password === '')
    throw new CliError('usage', 'No password was given: pipe it to standard input, or use --password-file.');
  return password;
}

function firstLine(file: string): string {
  const buffer = Buffer.alloc(MAX_INPUT_BYTES);
  let length: number;
  try {
    const handle = openSync(file, 'r');
    try {
      length = readSync(handle, buffer);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('file', `--password-file: cannot read ${file}: ${reason}`);
  }
  return cutLine(buffer.toString('utf8', 0, length));
}

/** The first line of `text`, without its end. */
function cutLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** Reads a line as {@link Context.machine.readSecret} promises, from the process's own standard input. */
export async function readSecretLine(
  prompt: string,
  input: NodeJS.ReadStream,
  show: (text: string) => void,
): Promise<string> {
  const onTerminal = input.isTTY;
  if (onTerminal) {
    show(prompt);
    input.setRawMode(true);
  }
  try {
    let text = '';
    input.setEncoding('utf8');
    for await (const chunk of input as AsyncIterable<string>) {
      for (const character of chunk) {
        if (onTerminal && character === '\u0003') throw new CliError('usage', 'Interrupted.');
        if (onTerminal && (character === '\u007f' || character === '\b')) text = text.slice(0, -1);
        else text += character;
      }
      if (/[\r\n\u0004]/.test(text) || text.length > MAX_INPUT_BYTES) break;
    }
    return text.split(/[\r\n\u0004]/, 1)[0] ?? '';
  } finally {
    if (onTerminal) {
      input.setRawMode(false);
      show('\n');
    }
    input.pause();
  }
}
