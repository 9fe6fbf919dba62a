/**
 * A node of ours that treats what it carries for others badly, within its secure sessions, where nobody else could: its
 * cryptography writes something else than it was given. What it says itself stays as it is.
 */
import type { CryptoBackend } from '../../../server/crypto/backend.ts';
import { CONTROL, ITEM } from '../../../server/wire/secure-frames.ts';

/** `type u8 ‖ flags u8 ‖ stream u32` and the number of an envelope, before its text (06 section 1.5). */
const TEXT_AT = 10;
/** The longest plaintext of one frame. */
const MAX_PLAIN = 65_535 - 16;
/** What stands in the place of something that is not passed on: nobody can leave a frame out. */
const NOTHING = Uint8Array.of(CONTROL.ping, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

/** @param tamper what is passed on in place of an envelope's text; `null`: nothing. */
export function lyingCrypto(honest: CryptoBackend, tamper: (text: string) => string | null): CryptoBackend {
  return {
    ...honest,
    seal: (key, nonce, plaintext, additionalData) =>
      honest.seal(key, nonce, tampered(plaintext, tamper), additionalData),
  };
}

function tampered(plaintext: Uint8Array, tamper: (text: string) => string | null): Uint8Array {
  if (plaintext[0] !== ITEM.envelope || plaintext[1] !== 0 || plaintext.length <= TEXT_AT) return plaintext;
  const text = Buffer.from(plaintext.subarray(TEXT_AT)).toString();
  const told = tamper(text);
  if (told === text) return plaintext;
  if (told === null) return NOTHING;
  const made = Buffer.concat([plaintext.subarray(0, TEXT_AT), Buffer.from(told)]);
  return made.length > MAX_PLAIN ? NOTHING : made;
}
