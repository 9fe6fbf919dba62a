/** Options of the headless commands; every other `--name` is a setting, as for `npm start`. */
import { CliError } from './errors.ts';

export const OPTIONS = {
  '--json': { takesValue: false, help: 'print JSON' },
  '--key': { takesValue: true, help: 'API key for the running node (CANOPY_API_KEY)' },
  '--url': { takesValue: true, help: 'address of the running node; by default from --host and --port' },
  '--password-file': { takesValue: true, help: 'file whose first line is the password' },
  '--display-name': { takesValue: true, help: 'name shown to others' },
  '--agent': { takesValue: false, help: 'an account for a program; its first API key is printed' },
  '--user': { takesValue: true, help: 'user name; the owner when absent' },
  '--permissions': { takesValue: true, help: 'names separated by commas, or all' },
  '--expires-days': { takesValue: true, help: 'days until the key expires' },
  '--name': { takesValue: true, help: 'what the key is for' },
  '--public-host': { takesValue: true, help: 'address under which this node is reached from outside' },
  '--public-port': { takesValue: true, help: 'its port' },
  '--external-endpoint': { takesValue: true, help: 'complete endpoint, such as wss://example.org' },
  '--without-assets': { takesValue: false, help: 'leave out the bytes of assets' },
  '--force': { takesValue: false, help: 'put what is there aside' },
  '--help': { takesValue: false, help: 'this text' },
} as const;

export type Option = keyof typeof OPTIONS;

/** Settings without a value; of the other settings the next word is the value. */
const SETTINGS_WITHOUT_VALUE: ReadonlySet<string> = new Set(['--debug']);

/** A command line, sorted. */
export interface CommandLine {
  words: string[];
  options: Map<Option, string>;
  /** For the settings parser. */
  settings: string[];
}

function isOption(name: string): name is Option {
  return Object.hasOwn(OPTIONS, name);
}

/**
 * Sorts the arguments after the program's name into words, options and settings.
 * @throws {CliError} `usage` when an option lacks its value.
 */
export function sortArguments(argv: readonly string[]): CommandLine {
  const line: CommandLine = { words: [], options: new Map(), settings: [] };
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i] ?? '';
    if (!argument.startsWith('--')) {
      line.words.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const inline = equals < 0 ? undefined : argument.slice(equals + 1);
    if (isOption(name)) {
      if (!OPTIONS[name].takesValue) {
        if (inline !== undefined) throw new CliError('usage', `${name} takes no value.`);
        line.options.set(name, '');
        continue;
      }
      const value = inline ?? argv[(i += 1)];
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw new CliError('usage', `${name} needs a value.`);
      line.options.set(name, value);
      continue;
    }
    line.settings.push(argument);
    const next = argv[i + 1];
    if (inline === undefined && !SETTINGS_WITHOUT_VALUE.has(name) && next !== undefined) {
      line.settings.push(next);
      i += 1;
    }
  }
  return line;
}
