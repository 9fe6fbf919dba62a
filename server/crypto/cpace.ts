/**
 * CPace (draft-irtf-cfrg-cpace), suite CPACE-RISTR255-SHA512, initiator/responder form with explicit key confirmation:
 * two sides that hold the same secret prove it to each other; whoever does not learns nothing but that one guess was wrong.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from './backend.ts';
import { concatBytes, utf8 } from './bytes.ts';

const DSI = utf8('CPaceRistretto255');
const DSI_ISK = utf8('CPaceRistretto255_ISK');
const MAC_LABEL = utf8('CPaceMac');
/** Input block of SHA-512: the secret fills the first block together with zeros. */
const HASH_BLOCK_BYTES = 128;
/** Scalars are taken from twice their length, so that none is likelier than another. */
const WIDE_SCALAR_BYTES = 64;
const EMPTY = new Uint8Array(0);

/** A public share, encoded, and the length of a confirmation. */
export const SHARE_BYTES = 32;
export const CONFIRMATION_BYTES = 32;

type Point = InstanceType<typeof ristretto255.Point>;
const { Point: Ristretto } = ristretto255;

/** What both sides must agree on. */
export interface CpaceInput {
  /** The secret. */
  prs: Uint8Array;
  /** Names both ends. */
  ci: Uint8Array;
  /** Names the session. */
  sid: Uint8Array;
}

/** One side's share and the scalar behind it. */
export interface CpaceShare {
  scalar: bigint;
  /** {@link SHARE_BYTES}. */
  share: Uint8Array;
}

/** Each part behind its length (LEB128). */
export function lvCat(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts.flatMap((part) => [leb128(part.length), part]));
}

/** The generator both sides compute from the secret. */
export function cpaceGenerator({ prs, ci, sid }: CpaceInput): Point {
  const filled = 1 + lvCat(prs).length + lvCat(DSI).length;
  const padding = new Uint8Array(Math.max(0, HASH_BLOCK_BYTES - filled));
  const derive = ristretto255_hasher.deriveToCurve?.bind(ristretto255_hasher);
  if (derive === undefined) throw new Error('the group has no element derivation');
  return derive(sha512(lvCat(DSI, prs, padding, ci, sid)));
}

/** A share for `input`. @param scalar given only by tests. */
export function cpaceShare(
  input: CpaceInput,
  random: RandomBytes,
  scalar = randomScalar(random),
): CpaceShare {
  return { scalar, share: cpaceGenerator(input).multiply(scalar).toBytes() };
}

/**
 * The shared key ISK, 64 bytes, or `null` when the other share is no valid element or the neutral one.
 * @param shares of the initiator (A) and the responder (B) with their associated data.
 */
export function cpaceKey(
  input: Pick<CpaceInput, 'sid'>,
  own: CpaceShare,
  other: Uint8Array,
  shares: { a: Uint8Array; b: Uint8Array; ada?: Uint8Array; adb?: Uint8Array },
): Uint8Array | null {
  const k = cpaceSecretPoint(own.scalar, other);
  if (k === null) return null;
  const { a, b, ada = EMPTY, adb = EMPTY } = shares;
  return sha512(concatBytes(lvCat(DSI_ISK, input.sid, k), lvCat(a, ada), lvCat(b, adb)));
}

/** `scalar_mult_vfy` of the draft; `null` where it says the neutral element. */
export function cpaceSecretPoint(scalar: bigint, share: Uint8Array): Uint8Array | null {
  try {
    const point = Ristretto.fromBytes(share);
    if (point.is0()) return null;
    const product = point.multiply(scalar);
    return product.is0() ? null : product.toBytes();
  } catch {
    return null;
  }
}

/** What proves knowledge of the key to the other side: the first 32 bytes of the draft's tag over one's own share. */
export function cpaceConfirmation(isk: Uint8Array, sid: Uint8Array, share: Uint8Array): Uint8Array {
  const key = sha512(concatBytes(MAC_LABEL, sid, isk));
  return hmac(sha512, key, lvCat(share, EMPTY)).subarray(0, CONFIRMATION_BYTES);
}

/** Whether the other side has the same key. */
export function cpaceConfirms(
  isk: Uint8Array,
  sid: Uint8Array,
  share: Uint8Array,
  confirmation: Uint8Array,
): boolean {
  const expected = cpaceConfirmation(isk, sid, share);
  return confirmation.length === expected.length && timingSafeEqual(expected, confirmation);
}

/** A scalar as the draft writes it. */
export function scalarOf(littleEndian: Uint8Array): bigint {
  let value = 0n;
  for (let i = littleEndian.length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(littleEndian[i] ?? 0);
  return value;
}

function randomScalar(random: RandomBytes): bigint {
  for (;;) {
    const scalar = scalarOf(random.bytes(WIDE_SCALAR_BYTES)) % Ristretto.Fn.ORDER;
    if (scalar !== 0n) return scalar;
  }
}

function leb128(length: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = length; ; rest >>= 7) {
    if (rest < 0x80) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
