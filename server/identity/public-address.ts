/**
 * The public address a person gave this node for its invites (05 section 10.4, C-2), kept in `public_address.json`: in the
 * words of `GET /api/v1/p2p/invite`, so that the code can be made again.
 */
import * as z from 'zod';
import { readJsonFile, writeFileAtomic } from './atomic-file.ts';

/** A host name with a port comes nowhere near it. */
const MAX_LENGTH = 2048;

const text = z.string().max(MAX_LENGTH).default('');
const publicAddressSchema = z.object({ public_host: text, public_port: text, external_endpoint: text });

/** All empty: none was given. */
export type PublicAddress = z.output<typeof publicAddressSchema>;

const NONE: PublicAddress = { public_host: '', public_port: '', external_endpoint: '' };

/** The address in force. */
export class KeptPublicAddress {
  readonly #file: string;
  #address: PublicAddress;

  constructor(file: string) {
    this.#file = file;
    this.#address = load(file);
  }

  get(): PublicAddress {
    return this.#address;
  }

  /** Survives a restart. */
  set(address: PublicAddress): void {
    writeFileAtomic(this.#file, JSON.stringify(address));
    this.#address = address;
  }
}

function load(file: string): PublicAddress {
  try {
    return readJsonFile(file, publicAddressSchema) ?? NONE;
  } catch {
    return NONE; // A damaged file is no reason not to start; the next address replaces it.
  }
}
