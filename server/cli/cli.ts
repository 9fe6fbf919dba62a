/**
 * The headless commands of `canopy` (00, launch; 03 sections 1.1 and 1.8): finds the data with the same settings as a
 * start of the node, runs one command, prints text or JSON. Everything from outside comes in as {@link Machine}.
 */
import { parseConfig } from '../config/config.ts';
import { findDataDirectory } from '../config/data-directory.ts';
import { commandsUsage, findCommand } from './commands.ts';
import type { Context, Machine } from './context.ts';
import { printable } from './format.ts';
import { sortArguments } from './options.ts';
import { isLocked } from './stopped-node.ts';

/** What is to be printed, and the exit code. */
export interface Printed {
  out: string;
  err: string;
  code: 0 | 1;
}

/** Whether the arguments name a command; otherwise they are the settings of a node to start. */
export function isCommand(argv: readonly string[]): boolean {
  const [first] = argv;
  return first !== undefined && !first.startsWith('-');
}

/** Runs one command. Never throws: what goes wrong is one line, or with `--json` an object with `error` and `code`. */
export async function runCommand(argv: readonly string[], machine: Machine): Promise<Printed> {
  const json = argv.includes('--json');
  try {
    const { words, options, settings } = sortArguments(argv);
    if (words[0] === 'help' || options.has('--help')) return printed(commandsUsage());
    const { command, rest } = findCommand(words, options.keys());
    const config = parseConfig(settings, machine.env);
    const paths = findDataDirectory(config, machine.places);
    const context: Context = {
      config,
      machine,
      paths,
      running: paths !== null && isLocked(paths),
      words: rest,
      options,
    };
    const outcome = await command.run(context);
    return {
      ...printed(json ? JSON.stringify(outcome.json, null, 2) : printable(outcome.text)),
      code: outcome.ok === false ? 1 : 0,
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    if (json) return { out: `${JSON.stringify({ error: message, code }, null, 2)}\n`, err: '', code: 1 };
    return { out: '', err: `${printable(message)}\n`, code: 1 };
  }
}

function printed(text: string): Printed {
  return { out: `${text}\n`, err: '', code: 0 };
}
