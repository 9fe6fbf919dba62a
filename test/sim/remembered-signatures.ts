/**
 * The crypto of simulated nodes. One process signs for all of them, so it knows which signatures are good: those are
 * looked up where each receiver would check them anew. All others are checked as ever, so every answer is the same.
 */
import type { CryptoBackend } from '../../server/crypto/backend.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';

/** Signatures remembered; when there are more all are forgotten. Most runs have fewer. */
const MAX_REMEMBERED = 8_192;
/** Longest message that is remembered, bytes: what is longer is rare. */
const MAX_MESSAGE = 16_384;

interface Signed {
  publicKey: Buffer;
  message: Buffer;
}

const signed = new Map<string, Signed>();
const publicKeys = new WeakMap<Uint8Array, Buffer>();

/** {@link nativeCrypto} that checks no signature of its own again. */
export const simulatedCrypto: CryptoBackend = {
  ...nativeCrypto,

  sign(seed, message) {
    const signature = nativeCrypto.sign(seed, message);
    let publicKey = publicKeys.get(seed);
    if (publicKey === undefined) {
      publicKey = Buffer.from(nativeCrypto.ed25519PublicKey(seed));
      publicKeys.set(seed, publicKey);
    }
    if (message.length > MAX_MESSAGE) return signature;
    if (signed.size >= MAX_REMEMBERED) signed.clear();
    signed.set(nameOf(signature), { publicKey, message: Buffer.from(message) });
    return signature;
  },

  verify(publicKey, message, signature) {
    const known = signed.get(nameOf(signature));
    return (
      (known?.publicKey.equals(publicKey) === true && known.message.equals(message)) ||
      nativeCrypto.verify(publicKey, message, signature)
    );
  },
};

function nameOf(signature: Uint8Array): string {
  return Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength).toString('latin1');
}
