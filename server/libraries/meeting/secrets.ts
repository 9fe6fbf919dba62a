/**
 * What a passphrase stands for (07 section 3.3): the secret of the meeting, and from it everything of the library that
 * all who meet share, so that it is the same wherever nodes start.
 */
import { scrypt } from 'node:crypto';
import type { CryptoBackend } from '../../crypto/backend.ts';
import { toHex, utf8 } from '../../crypto/bytes.ts';
import type { LibraryId } from '../../wire/ids.ts';
import { canonicalJson, fromPlain } from '../../wire/pyjson.ts';
import type { AssetFilter, MeetingSecrets } from '../types.ts';

/** A shorter passphrase is guessed; it is an error at the start. */
export const MIN_PASSPHRASE_CHARACTERS = 12;

const SALT = 'canopy-mesh-passphrase-v1';
/** 128 MiB and a third of a second for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const SECRET_BYTES = 32;
const ID_BYTES = 16;
/** Where the version stands in the text of a UUID. */
const UUID_VERSION_AT = 14;

/**
 * The secret both sides of a meeting hold, 32 bytes; takes 128 MiB and some time, beside the event loop.
 * @throws {RangeError} for a passphrase that is too short.
 */
export function passphraseSecret(passphrase: string): Promise<Uint8Array> {
  const normal = passphrase.normalize('NFC');
  if ([...normal].length < MIN_PASSPHRASE_CHARACTERS)
    throw new RangeError(`a passphrase has at least ${MIN_PASSPHRASE_CHARACTERS} characters`);
  return new Promise((resolve, reject) => {
    scrypt(utf8(normal), SALT, SECRET_BYTES, COST, (error, secret) =>
      error === null ? resolve(new Uint8Array(secret)) : reject(error),
    );
  });
}

/** Whether a library is one of a passphrase; all others have ids of version 4. */
export function isMeetingLibrary(id: LibraryId): boolean {
  return id[UUID_VERSION_AT] === '8';
}

/** The library of all who hold `secret` and chose the same filter. */
export function meetingLibrary(
  crypto: Pick<CryptoBackend, 'hkdf'>,
  secret: Uint8Array,
  filter: AssetFilter,
): MeetingSecrets {
  const derive = (info: string, length: number): Uint8Array => crypto.hkdf(secret, undefined, info, length);
  const id = derive(`canopy-meet-library-id:${canonicalJson(fromPlain(filter))}`, ID_BYTES);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  const hex = toHex(id);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return {
    libraryId: parts.join('-') as LibraryId,
    tagKey: derive('canopy-meet-library-tag', SECRET_BYTES),
    ownerSeed: derive('canopy-meet-library-owner', SECRET_BYTES),
    filter,
  };
}
