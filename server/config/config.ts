/**
 * Flags, environment and YAML file become one frozen {@link Config} (03 sections 1.1 and 1.2). Whatever is wrong
 * ends as a {@link ConfigError}: one line that names the place, the value and what is allowed.
 */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { ConfigError } from './errors.ts';
import { splitFlags } from './flags.ts';
import { nearest } from './nearest.ts';
import { fileKey, SETTINGS } from './settings.ts';
import type { Config, Setting, SettingName } from './settings.ts';
import { isLoopbackHost } from './values.ts';

export type { Config } from './settings.ts';

/** Flags that are no settings: the file, and one the reference had that means nothing here. */
const OTHER_FLAGS = { '--config': 'YAML file with settings', '--threads': 'accepted and ignored' } as const;
/** Values of these settings are secrets and never shown in an error. */
const SECRET: ReadonlySet<SettingName> = new Set([
  'secretKey',
  'adminClaimSecret',
  'meshPassphrase',
  'syncApiKey',
]);
/** Longest part of a wrong value shown. */
const SHOWN_CHARACTERS = 60;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const fileSchema = z.record(
  z.string(),
  z.union([scalar, z.array(scalar).transform((items) => items.join(',')), z.null()]),
);

/** A value and where it stood. */
interface Source {
  place: string;
  value: string;
}

/**
 * @param argv arguments after the program's name.
 * @param env the environment; variables that are not settings are passed over, blank ones count as absent.
 * @param readFile reads the `--config` file; throws when it cannot.
 * @throws {ConfigError}
 */
export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const flags = splitFlags(argv, flagTable());
  const configPath = flags.get('--config');
  const file = configPath === undefined ? new Map<string, string>() : readSettingsFile(configPath, readFile);
  const values = Object.fromEntries(
    entries().map(([name, setting]) => [
      name,
      valueOf(name, setting, sourceOf(name, setting, flags, env, file)),
    ]),
  );
  // Every name has a value of its kind or its fallback; the type of Config says just that.
  const config = Object.freeze(values) as Config;
  checkTogether(config);
  return config;
}

/** The text of `--help`. */
export function usage(): string {
  const flags = entries().flatMap(([, setting]) =>
    setting.flag === undefined
      ? []
      : [line(setting.flag, setting.env ?? '', `${setting.help}${usually(setting)}`)],
  );
  const others = Object.entries(OTHER_FLAGS).map(([flag, help]) => line(flag, '', help));
  const variables = entries().flatMap(([, setting]) =>
    setting.flag === undefined && setting.env !== undefined
      ? [line(setting.env, '', `${setting.help}${usually(setting)}`)]
      : [],
  );
  const keys = entries().flatMap(([name, setting]) =>
    setting.flag === undefined && setting.env === undefined
      ? [line(fileKey(name), '', `${setting.help}${usually(setting)}`)]
      : [],
  );
  return [
    'Usage: npm start -- [--flag value] …',
    '',
    'A flag wins over its environment variable, the variable over the file of --config.',
    '',
    ...flags,
    ...others,
    '',
    'By environment variable or file only:',
    ...variables,
    '',
    'In the file of --config only:',
    ...keys,
  ].join('\n');
}

/** Two columns of names, then what it does. */
function line(name: string, other: string, help: string): string {
  return `  ${`${name.padEnd(14)} ${other}`.padEnd(42)} ${help}`;
}

/** What holds when nobody says anything, where that is worth a word. */
function usually({ fallback }: Setting<unknown>): string {
  return typeof fallback === 'string' || typeof fallback === 'number' ? ` [${fallback}]` : '';
}

function entries(): [SettingName, Setting<unknown>][] {
  return Object.entries(SETTINGS) as [SettingName, Setting<unknown>][];
}

function flagTable(): Map<string, { takesValue: boolean }> {
  const table = new Map(Object.keys(OTHER_FLAGS).map((flag) => [flag, { takesValue: true }]));
  for (const [name, { flag }] of entries()) {
    if (flag !== undefined) table.set(flag, { takesValue: name !== 'debug' });
  }
  return table;
}

function sourceOf(
  name: SettingName,
  setting: Setting<unknown>,
  flags: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, string>,
): Source | null {
  const flag = setting.flag === undefined ? undefined : flags.get(setting.flag);
  if (flag !== undefined) return { place: setting.flag ?? '', value: flag };
  const variable = setting.env === undefined ? undefined : env[setting.env];
  if (variable !== undefined && variable.trim() !== '') return { place: setting.env ?? '', value: variable };
  const key = fileKey(name);
  const written = file.get(key);
  return written === undefined ? null : { place: `${key} in the configuration file`, value: written };
}

function valueOf(name: SettingName, setting: Setting<unknown>, source: Source | null): unknown {
  if (source === null) return setting.fallback;
  const result = setting.kind.schema.safeParse(source.value);
  if (result.success) return result.data;
  const shown = SECRET.has(name) ? 'its value' : `"${oneLine(source.value)}"`;
  throw new ConfigError(`${source.place}: ${shown} cannot be used; allowed: ${setting.kind.allowed}.`);
}

function readSettingsFile(path: string, readFile: (path: string) => string): Map<string, string> {
  let content: unknown;
  try {
    content = parseYaml(readFile(path));
  } catch (error) {
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    throw new ConfigError(`--config: cannot read ${path}: ${reason}`);
  }
  const parsed = fileSchema.safeParse(withFilterAsText(content ?? {}));
  if (!parsed.success) {
    throw new ConfigError(
      `--config: ${path} must hold settings as "name: value" with texts, numbers, true/false or lists.`,
    );
  }
  const known = entries().map(([name]) => fileKey(name));
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed.data)) {
    if (!known.includes(key)) {
      const near = nearest(key, known);
      throw new ConfigError(
        `--config: unknown setting "${oneLine(key)}" in ${path}.${near === null ? '' : ` Did you mean ${near}?`}`,
      );
    }
    if (value !== null) found.set(key, value);
  }
  return found;
}

/** The filter of the meeting library may be written as what it is. */
function withFilterAsText(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || !('mesh_library_filter' in content)) return content;
  const filter = content.mesh_library_filter;
  return typeof filter === 'object' && filter !== null
    ? { ...content, mesh_library_filter: JSON.stringify(filter) }
    : content;
}

function checkTogether(config: Config): void {
  if (config.rateLimits === 'off' && !isLoopbackHost(config.host)) {
    throw new ConfigError(
      `CANOPY_RATE_LIMITS: "off" is allowed only with a loopback --host, not with ${config.host}.`,
    );
  }
}

function oneLine(value: string): string {
  const flat = value.replace(/\s+/g, ' ').trim();
  return flat.length > SHOWN_CHARACTERS ? `${flat.slice(0, SHOWN_CHARACTERS)}…` : flat;
}
