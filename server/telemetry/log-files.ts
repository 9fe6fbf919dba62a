/** The log files of a node (03 section 1.5): everything in `canopy.log`, errors once more in `errors.log`. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { RotatingFile } from './rotating-file.ts';

const MEBIBYTE = 1_048_576;
/** The reference's sizes: about 65 MiB of the newest lines at most. */
const EVERYTHING = { name: 'canopy.log', maxBytes: 10 * MEBIBYTE, generations: 5 };
const ERRORS = { name: 'errors.log', maxBytes: 5 * MEBIBYTE, generations: 3 };

/** The file that is written to, of the log files below `directory`. */
export function newestLogFile(directory: string): string {
  return path.join(directory, EVERYTHING.name);
}

export interface LogFiles {
  readonly everything: RotatingFile;
  readonly errors: RotatingFile;
  close(): void;
}

/**
 * Opens the files below `directory`, which is created (mode 0700).
 * @param failed told once per file when a line cannot be written later on.
 * @throws the `Error` of the file system when they cannot be had.
 */
export function openLogFiles(directory: string, failed: (error: unknown) => void): LogFiles {
  mkdirSync(path.dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const open = ({ name, ...limits }: typeof EVERYTHING) =>
    new RotatingFile({ file: path.join(directory, name), ...limits, failed });
  const everything = open(EVERYTHING);
  const errors = open(ERRORS);
  return {
    everything,
    errors,
    close: () => {
      everything.close();
      errors.close();
    },
  };
}
