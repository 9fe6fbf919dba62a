/**
 * `Noise_KK_25519_ChaChaPoly_SHA256` (Noise revision 34, 06 sections 1.1 and 2.2), written as the Noise document is:
 * a cipher state, a symmetric state and a handshake state, with its names. Both static keys are known beforehand, so
 * the pattern is
 *
 *     -> s
 *     <- s
 *     ...
 *     -> e, es, ss
 *     <- e, ee, se
 */
import type { CryptoBackend, KeyPair } from './backend.ts';
import { concatBytes, utf8 } from './bytes.ts';
import { NONCE_BYTES, TAG_BYTES } from './sizes.ts';

const PROTOCOL_NAME = 'Noise_KK_25519_ChaChaPoly_SHA256';
/** DHLEN and HASHLEN of the protocol. */
const DH_BYTES = 32;
const HASH_BYTES = 32;
/** Largest message of any kind (Noise section 3). */
export const MAX_NOISE_MESSAGE_BYTES = 65_535;
/** Length of both handshake messages with an empty payload: a key and a tag. */
export const NOISE_HANDSHAKE_BYTES = DH_BYTES + TAG_BYTES;
/** A session is over long before: 2^53 is where numbers end, 2^48 where 06 section 1.5 ends it. */
export const MAX_NONCE = 2 ** 48;

const EMPTY = new Uint8Array(0);

/** Who opened the conversation. */
export type NoiseRole = 'initiator' | 'responder';

/** A handshake or transport message that must not be used. The message never contains key material. */
export class NoiseError extends Error {
  override readonly name = 'NoiseError';
  /**
   * `tag`: it does not authenticate; `key`: an agreement came out zero; `size`: too short or too long; `order`: it is
   * not its turn, or the nonces are used up.
   */
  readonly code: 'tag' | 'key' | 'size' | 'order';
  constructor(code: 'tag' | 'key' | 'size' | 'order', message: string) {
    super(message);
    this.code = code;
  }
}

/** Encrypts or decrypts the messages of one direction, in order (Noise section 5.1). */
export class CipherState {
  readonly #crypto: CryptoBackend;
  #k: Uint8Array;
  #n: number;

  /** InitializeKey(key). @param n SetNonce(n): the number of the next message, where it is not the first. */
  constructor(crypto: CryptoBackend, key: Uint8Array, n = 0) {
    this.#crypto = crypto;
    this.#k = key;
    this.#n = n;
  }

  /** Number of the next message. */
  get n(): number {
    return this.#n;
  }

  /** EncryptWithAd(ad, plaintext). @throws {NoiseError} */
  encrypt(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = this.#crypto.seal(this.#k, this.#nonce(), plaintext, ad);
    this.#n += 1;
    return sealed;
  }

  /** DecryptWithAd(ad, ciphertext); what fails leaves the state as it was. @throws {NoiseError} */
  decrypt(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#crypto.open(this.#k, this.#nonce(), ciphertext, ad);
    if (plaintext === null) throw new NoiseError('tag', 'a message does not authenticate');
    this.#n += 1;
    return plaintext;
  }

  /** Rekey(): a new key from the old one; `n` goes on. */
  rekey(): void {
    const nonce = new Uint8Array(NONCE_BYTES).fill(0xff, 4);
    this.#k = this.#crypto.seal(this.#k, nonce, new Uint8Array(DH_BYTES), EMPTY).slice(0, DH_BYTES);
  }

  /** Four zero bytes, then `n` as u64, little-endian (Noise section 12.3). */
  #nonce(): Uint8Array {
    if (this.#n >= MAX_NONCE) throw new NoiseError('order', 'all nonces are used');
    const nonce = new Uint8Array(NONCE_BYTES);
    const view = new DataView(nonce.buffer);
    view.setUint32(4, this.#n >>> 0, true);
    view.setUint32(8, Math.floor(this.#n / 2 ** 32), true);
    return nonce;
  }
}

/** The running hash and key of a handshake (Noise section 5.2). */
class SymmetricState {
  readonly #crypto: CryptoBackend;
  #ck: Uint8Array;
  #h: Uint8Array;
  #cipher: CipherState | null = null;

  /** InitializeSymmetric(protocol_name): the name has exactly HASHLEN bytes. */
  constructor(crypto: CryptoBackend) {
    this.#crypto = crypto;
    this.#h = utf8(PROTOCOL_NAME);
    this.#ck = this.#h;
  }

  get handshakeHash(): Uint8Array {
    return this.#h;
  }

  mixHash(data: Uint8Array): void {
    this.#h = this.#crypto.sha256(concatBytes(this.#h, data));
  }

  mixKey(input: Uint8Array): void {
    const [ck, key] = this.#hkdf(input);
    this.#ck = ck;
    this.#cipher = new CipherState(this.#crypto, key);
  }

  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher?.encrypt(this.#h, plaintext) ?? plaintext;
    this.mixHash(ciphertext);
    return ciphertext;
  }

  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.decrypt(this.#h, ciphertext) ?? ciphertext;
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** Split(): the cipher of the initiator's messages, then that of the responder's. */
  split(): [CipherState, CipherState] {
    const [first, second] = this.#hkdf(EMPTY);
    return [new CipherState(this.#crypto, first), new CipherState(this.#crypto, second)];
  }

  /** HKDF(ck, input, 2) of Noise is HKDF of RFC 5869 with `ck` as salt and no info. */
  #hkdf(input: Uint8Array): [Uint8Array, Uint8Array] {
    const output = this.#crypto.hkdf(input, this.#ck, EMPTY, 2 * HASH_BYTES);
    return [output.slice(0, HASH_BYTES), output.slice(HASH_BYTES)];
  }
}

/** What a finished handshake leaves. */
export interface NoiseTransport {
  /** Encrypts what this side sends. */
  send: CipherState;
  /** Decrypts what the other side sends. */
  receive: CipherState;
  /** `h` after the last message: names the session, is no secret. */
  handshakeHash: Uint8Array;
}

export interface NoiseInit {
  role: NoiseRole;
  /** `s`. */
  staticKeys: KeyPair;
  /** `e`; fresh for every handshake. */
  ephemeralKeys: KeyPair;
  /** `rs`, checked before (06 section 1.1). */
  remoteStaticKey: Uint8Array;
  prologue: Uint8Array;
}

/** A handshake in the making (Noise section 5.3). An error ends it; nothing of it may be used afterwards. */
export class HandshakeState {
  readonly #crypto: CryptoBackend;
  readonly #symmetric: SymmetricState;
  readonly #role: NoiseRole;
  readonly #s: KeyPair;
  readonly #e: KeyPair;
  readonly #rs: Uint8Array;
  #re: Uint8Array | null = null;
  /** Messages written or read so far. */
  #turn = 0;

  /** Initialize(KK, initiator, prologue, s, e, rs, empty): the pre-messages are both static keys. */
  constructor(components: { crypto: CryptoBackend }, init: NoiseInit) {
    this.#crypto = components.crypto;
    this.#role = init.role;
    this.#s = init.staticKeys;
    this.#e = init.ephemeralKeys;
    this.#rs = init.remoteStaticKey;
    this.#symmetric = new SymmetricState(components.crypto);
    this.#symmetric.mixHash(init.prologue);
    const ours = init.role === 'initiator';
    this.#symmetric.mixHash(ours ? this.#s.publicKey : this.#rs);
    this.#symmetric.mixHash(ours ? this.#rs : this.#s.publicKey);
  }

  /** WriteMessage(payload). @throws {NoiseError} */
  writeMessage(payload: Uint8Array = EMPTY): Uint8Array {
    const first = this.#begin('write');
    this.#symmetric.mixHash(this.#e.publicKey);
    if (first) this.#mixFirst();
    else this.#mixSecond();
    const message = concatBytes(this.#e.publicKey, this.#symmetric.encryptAndHash(payload));
    if (message.length > MAX_NOISE_MESSAGE_BYTES) throw new NoiseError('size', 'the payload is too large');
    return message;
  }

  /** ReadMessage(message): its payload. @throws {NoiseError} */
  readMessage(message: Uint8Array): Uint8Array {
    const first = this.#begin('read');
    if (message.length < NOISE_HANDSHAKE_BYTES || message.length > MAX_NOISE_MESSAGE_BYTES)
      throw new NoiseError('size', 'no handshake message has this length');
    this.#re = message.slice(0, DH_BYTES);
    this.#symmetric.mixHash(this.#re);
    if (first) this.#mixFirst();
    else this.#mixSecond();
    return this.#symmetric.decryptAndHash(message.subarray(DH_BYTES));
  }

  /** Split(), after the second message. @throws {NoiseError} before. */
  split(): NoiseTransport {
    if (this.#turn !== 2) throw new NoiseError('order', 'the handshake is not finished');
    const [initiator, responder] = this.#symmetric.split();
    const { handshakeHash } = this.#symmetric;
    return this.#role === 'initiator'
      ? { send: initiator, receive: responder, handshakeHash }
      : { send: responder, receive: initiator, handshakeHash };
  }

  /** Takes a turn; whether it is the first message. */
  #begin(what: 'write' | 'read'): boolean {
    const ours = (this.#turn === 0) === (this.#role === 'initiator');
    if (this.#turn > 1 || ours !== (what === 'write'))
      throw new NoiseError('order', 'this is not the turn of this message');
    this.#turn += 1;
    return this.#turn === 1;
  }

  /** Tokens `es, ss`: the initiator's ephemeral and static key with the responder's static one. */
  #mixFirst(): void {
    if (this.#role === 'initiator') this.#mix(this.#e, this.#rs);
    else this.#mix(this.#s, this.#re);
    this.#mix(this.#s, this.#rs);
  }

  /** Tokens `ee, se`: both ephemeral keys, then the initiator's static with the responder's ephemeral one. */
  #mixSecond(): void {
    this.#mix(this.#e, this.#re);
    if (this.#role === 'initiator') this.#mix(this.#s, this.#re);
    else this.#mix(this.#e, this.#rs);
  }

  /** MixKey(DH(own, remote)). An all-zero result aborts (06 section 1.1). */
  #mix(own: KeyPair, remote: Uint8Array | null): void {
    const shared = remote === null ? null : this.#crypto.agree(own.privateKey, remote);
    if (shared === null) throw new NoiseError('key', 'an agreement came out zero');
    this.#symmetric.mixKey(shared);
  }
}
