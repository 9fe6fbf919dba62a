/**
 * Starts a Canopy node: settings, start, one line of greeting, signals, exit codes (03 sections 1.1 and 1.8); or runs
 * one headless command, when the first argument names one.
 * Whatever keeps it from starting is one clear line on standard error and exit code 1.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { isCommand, runCommand } from './server/cli/cli.ts';
import { readSecretLine } from './server/cli/password-input.ts';
import { parseConfig, usage } from './server/config/config.ts';
import { startNode } from './server/node.ts';

/** A node that does not stop within this time is ended the hard way. */
const STOP_LIMIT_MS = 8_000;

/** The folder that holds package.json, seen from the sources or from a build. */
function programFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json')) && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  return folder;
}

/** The built page: beside a built server, or where the development build put it. */
function webFolder(): string {
  return process.env['CANOPY_WEB_ROOT'] ?? path.join(import.meta.dirname, 'web');
}

function fail(error: unknown, debug: boolean): never {
  console.error(debug ? error : error instanceof Error ? error.message : String(error));
  process.exit(1);
}

/** Runs a headless command. The process ends by itself, so that all of its output gets where it is piped to. */
async function runHeadless(argv: string[]): Promise<void> {
  const program = programFolder();
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(path.join(program, 'package.json'), 'utf8')));
  const { out, err, code } = await runCommand(argv, {
    places: { home: process.env['HOME'] ?? homedir(), cwd: process.cwd(), program },
    hostname: hostname(),
    platform: process.platform,
    version,
    env: process.env,
    readSecret: (prompt) => readSecretLine(prompt, process.stdin, (text) => process.stderr.write(text)),
  });
  process.stdout.write(out);
  process.stderr.write(err);
  process.exitCode = code;
}

async function main(): Promise<void> {
  if (isCommand(process.argv.slice(2))) return runHeadless(process.argv.slice(2));
  if (process.argv.includes('--help')) {
    console.log(`${usage()}\n\nHeadless commands: canopy help`);
    return;
  }
  const config = parseConfig(process.argv.slice(2), process.env);
  const node = await startNode(config, { programFolder: programFolder(), webFolder: webFolder() });
  console.log(`Canopy ${node.version}: ${node.url}  (${node.meshLine}; data in ${node.dataFolder})`);

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1); // a second signal means now
    stopping = true;
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
    node.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error, config.debug),
    );
  };
  process.on('uncaughtException', (error) => {
    if (!node.survives(error)) fail(error, config.debug);
  });
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

main().catch((error: unknown) => fail(error, process.argv.includes('--debug')));
