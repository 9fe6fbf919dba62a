/** What a command gets and gives. */
import type { Config } from '../config/config.ts';
import type { DataPaths } from '../config/data-directory.ts';
import type { Places } from '../config/data-root.ts';
import type { Option } from './options.ts';

/** What commands take from the process around them; tests hand in their own. */
export interface Machine {
  readonly places: Places;
  readonly hostname: string;
  /** `process.platform`. */
  readonly platform: string;
  /** Of this program. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line a person types or a program pipes in, without its line end; a terminal does not show it. */
  readSecret(prompt: string): Promise<string>;
}

/** Everything a command needs to know. */
export interface Context {
  readonly config: Config;
  readonly machine: Machine;
  /** Where the data is; null when no node ever ran here. */
  readonly paths: DataPaths | null;
  /** Whether a node is running on it. */
  readonly running: boolean;
  /** What stood after the command's own words. */
  readonly words: readonly string[];
  readonly options: ReadonlyMap<Option, string>;
}

/** What a command has to say. */
export interface Outcome {
  /** For people; lines without a final line end. */
  text: string;
  /** For programs (`--json`). */
  json: object;
  /** False makes the exit code 1. */
  ok?: boolean;
}
