/** The headless commands, as data: words, arguments, options, what they do. */
import { makeBackup } from './backup-command.ts';
import type { Context, Outcome } from './context.ts';
import { runDoctor } from './doctor-command.ts';
import { CliError } from './errors.ts';
import { createKey, listKeys, revokeKey } from './key-commands.ts';
import { importInvite, listPeers, showInvite, showStatus } from './mesh-commands.ts';
import { OPTIONS } from './options.ts';
import type { Option } from './options.ts';
import { restoreBackup } from './restore-command.ts';
import { decryptStorage, encryptStorage, storageStatus } from './storage-command.ts';
import { createUser, listUsers, setPassword } from './user-commands.ts';

export interface Command {
  /** `user create`. */
  readonly name: string;
  /** Words that must follow. */
  readonly takes: readonly string[];
  readonly options: readonly Option[];
  readonly help: string;
  readonly run: (context: Context) => Outcome | Promise<Outcome>;
}

const REST = ['--key', '--url'] as const;
/** Options every command takes. */
const COMMON: readonly Option[] = ['--json', '--help'];

export const COMMANDS: readonly Command[] = [
  {
    name: 'user create',
    takes: ['NAME'],
    options: ['--password-file', '--display-name', '--agent'],
    help: 'make an account; the first one owns the node; the password is read from standard input',
    run: createUser,
  },
  { name: 'user list', takes: [], options: [], help: 'accounts of this node', run: listUsers },
  {
    name: 'user password',
    takes: ['NAME'],
    options: ['--password-file'],
    help: 'set a new password, read from standard input, and end the sessions',
    run: setPassword,
  },
  {
    name: 'key create',
    takes: [],
    options: [...REST, '--user', '--permissions', '--expires-days', '--name'],
    help: 'make an API key and print it, this once',
    run: createKey,
  },
  {
    name: 'key list',
    takes: [],
    options: ['--user', '--key'],
    help: 'API keys and their state, read from the data directory: no key is needed',
    run: listKeys,
  },
  { name: 'key revoke', takes: ['ID'], options: [...REST], help: 'end an API key', run: revokeKey },
  {
    name: 'invite',
    takes: [],
    options: [...REST, '--public-host', '--public-port', '--external-endpoint'],
    help: 'print the invite code of the running node',
    run: showInvite,
  },
  {
    name: 'import',
    takes: ['CODE'],
    options: [...REST],
    help: 'import the invite code of a friend and connect',
    run: importInvite,
  },
  { name: 'peers', takes: [], options: [...REST], help: 'connected, seen and known peers', run: listPeers },
  {
    name: 'status',
    takes: [],
    options: [...REST],
    help: 'whether the node runs, and how it is',
    run: showStatus,
  },
  {
    name: 'backup',
    takes: ['DIRECTORY'],
    options: ['--without-assets'],
    help: 'save everything of this node in a new directory, also while it runs, and verify it',
    run: makeBackup,
  },
  {
    name: 'restore',
    takes: ['DIRECTORY'],
    options: ['--force'],
    help: 'verify a backup and put it in place of the data directory of a stopped node',
    run: restoreBackup,
  },
  {
    name: 'storage status',
    takes: [],
    options: [],
    help: 'what is encrypted on the disk',
    run: storageStatus,
  },
  {
    name: 'storage encrypt',
    takes: [],
    options: [],
    help: 'encrypt everything people wrote, and files, in the data of a stopped node',
    run: encryptStorage,
  },
  {
    name: 'storage decrypt',
    takes: [],
    options: [],
    help: "make of it what Python's Canopy reads: before going back to that",
    run: decryptStorage,
  },
  {
    name: 'doctor',
    takes: [],
    options: [],
    help: 'look at directory, database, ports, addresses, clock, mDNS and known peers, and say what to do',
    run: runDoctor,
  },
];

/**
 * The command that `words` begin with, and the words behind its name.
 * @throws {CliError} `usage`.
 */
export function findCommand(
  words: readonly string[],
  options: Iterable<Option>,
): { command: Command; rest: readonly string[] } {
  const command = COMMANDS.find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `));
  if (command === undefined) {
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${words[0] ?? ''} `));
    const known = (group.length > 0 ? group : COMMANDS).map(({ name }) => name).join(', ');
    throw new CliError(
      'usage',
      `Unknown command "${words.join(' ')}". Commands: ${known}. See "canopy help".`,
    );
  }
  const rest = words.slice(command.name.split(' ').length);
  if (rest.length !== command.takes.length)
    throw new CliError('usage', `Usage: canopy ${commandLine(command)}`);
  for (const option of options) {
    if (!command.options.includes(option) && !COMMON.includes(option))
      throw new CliError('usage', `"canopy ${command.name}" does not take ${option}.`);
  }
  return { command, rest };
}

/** `user create NAME [--agent]`. */
function commandLine(command: Command): string {
  return [command.name, ...command.takes, ...command.options.map((option) => `[${spelled(option)}]`)].join(
    ' ',
  );
}

function spelled(option: Option): string {
  return OPTIONS[option].takesValue ? `${option} …` : option;
}

/** The text of `canopy help`. */
export function commandsUsage(): string {
  const commands = COMMANDS.map((command) => `  ${commandLine(command)}\n      ${command.help}`);
  const options = Object.entries(OPTIONS).map(([name, { help }]) => `  ${name.padEnd(22)} ${help}`);
  return [
    'Usage: canopy [--flag value] …            starts a node, as npm start does',
    '       canopy COMMAND [--flag value] …    with the same flags and variables to find the data',
    '',
    ...commands,
    '',
    ...options,
    '',
    'Exit code 0: done. Exit code 1: not, and one line says why (with --json: error and code).',
  ].join('\n');
}
