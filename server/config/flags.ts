/** The command line, split (03 section 1.1): `--name value` or `--name=value`; the last of several wins. */
import { ConfigError } from './errors.ts';
import { nearest } from './nearest.ts';

/** A flag: does it take a value. */
export type FlagTable = ReadonlyMap<string, { takesValue: boolean }>;

/**
 * @param argv arguments after the program's name.
 * @returns flag to its text; `true` for one without value.
 * @throws {ConfigError} for an unknown flag, a missing value, or anything that is no flag.
 */
export function splitFlags(argv: readonly string[], flags: FlagTable): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < argv.length; i += 1) {
    const argument = argv[i] ?? '';
    const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const flag = flags.get(name);
    if (flag === undefined) throw unknown(name, flags);
    if (equals >= 0) {
      found.set(name, argument.slice(equals + 1));
    } else if (!flag.takesValue) {
      found.set(name, 'true');
    } else {
      i += 1;
      const value = argv[i];
      if (value === undefined || flags.has(value)) throw new ConfigError(`${name} needs a value.`);
      found.set(name, value);
    }
  }
  return found;
}

function unknown(name: string, flags: FlagTable): ConfigError {
  if (!name.startsWith('-'))
    return new ConfigError(`Unexpected argument "${name}": settings are given as --flag value.`);
  const near = nearest(name, [...flags.keys()]);
  return new ConfigError(`Unknown flag ${name}.${near === null ? ' See --help.' : ` Did you mean ${near}?`}`);
}
