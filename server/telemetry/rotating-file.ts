/**
 * A log file of bounded size (03 section 1.5): when the next line would not fit, `canopy.log` becomes `canopy.log.1`,
 * that one `canopy.log.2` and so on; the oldest goes. Lines are written at once, so the last words before a crash
 * are in the file. Whatever the file system refuses, the node goes on without.
 */
import { closeSync, existsSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** Lines name peers and addresses, which are nobody else's business. */
const LOG_FILE_MODE = 0o600;

export interface RotatingFileInit {
  /** Path of the newest file. */
  file: string;
  /** Size a file may reach, in bytes; a single longer line still gets a file of its own. */
  maxBytes: number;
  /** Files kept, the newest included. */
  generations: number;
  /** Told the first time something cannot be written. */
  failed: (error: unknown) => void;
}

export class RotatingFile {
  readonly #init: RotatingFileInit;
  #handle: number | null;
  #size: number;
  #failedBefore = false;

  /** @throws the `Error` of the file system when the file cannot be opened for writing. */
  constructor(init: RotatingFileInit) {
    this.#init = init;
    this.#handle = openSync(init.file, 'a', LOG_FILE_MODE);
    this.#size = fstatSync(this.#handle).size;
  }

  /** Appends one line, its end included. Never throws. */
  write(line: string): void {
    if (this.#handle === null) return;
    const bytes = Buffer.from(line);
    if (this.#size > 0 && this.#size + bytes.length > this.#init.maxBytes)
      this.#attempt(() => this.#rotate());
    const handle = this.#handle;
    if (handle !== null) this.#attempt(() => (this.#size += writeSync(handle, bytes)));
  }

  /** Idempotent; what is written afterwards goes nowhere. */
  close(): void {
    if (this.#handle !== null) closeSync(this.#handle);
    this.#handle = null;
  }

  #attempt(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!this.#failedBefore) this.#init.failed(error);
      this.#failedBefore = true;
    }
  }

  #rotate(): void {
    this.close();
    try {
      this.#shift();
    } finally {
      // Where a rename was refused this is the old file: it grows on rather than losing what is to be said.
      this.#handle = openSync(this.#init.file, 'a', LOG_FILE_MODE);
      this.#size = fstatSync(this.#handle).size;
    }
  }

  #shift(): void {
    const { file, generations } = this.#init;
    const name = (generation: number): string => (generation === 0 ? file : `${file}.${generation}`);
    rmSync(name(generations - 1), { force: true });
    for (let generation = generations - 2; generation >= 0; generation -= 1) {
      if (existsSync(name(generation))) renameSync(name(generation), name(generation + 1));
    }
  }
}
