/** What the crypto and wire tests share: both backends, a repeatable random source, and ready-made keys. */
import fc from 'fast-check';
import type { CryptoBackend, KeyPair, RandomBytes } from '../../server/crypto/backend.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { nobleCrypto } from '../../server/crypto/noble.ts';
import { generateEd25519, generateX25519 } from '../../server/crypto/keys.ts';

export const backends: readonly (readonly [name: string, crypto: CryptoBackend])[] = [
  ['native', nativeCrypto],
  ['noble', nobleCrypto],
];

/** Repeatable bytes; the same `seed` gives the same sequence. */
export function seededRandom(seed: number): RandomBytes {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return {
    bytes: (length) =>
      Uint8Array.from({ length }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state >>> 24;
      }),
  };
}

/** A source that says how much was asked of it. */
export function countingRandom(seed: number): RandomBytes & { asked: number[] } {
  const random = seededRandom(seed);
  const asked: number[] = [];
  return {
    asked,
    bytes: (length) => {
      asked.push(length);
      return random.bytes(length);
    },
  };
}

/** The two key pairs of a node. */
export function testKeys(seed: number): { ed25519: KeyPair; x25519: KeyPair } {
  const random = seededRandom(seed);
  return { ed25519: generateEd25519(random), x25519: generateX25519(random) };
}

/** Any bytes up to `maxLength`. */
export const anyBytes = (maxLength = 200) => fc.uint8Array({ maxLength });
/** Exactly `length` bytes. */
export const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** Runs of a property that computes on curves in JavaScript, where one step takes a millisecond or two. */
export const SLOW_RUNS = 30;
