/**
 * The key agreement of a relayed session (06 section 2.2): Noise KK with the answering side as initiator, bound to the
 * two introductions as they were signed. Pure; when something is sent, repeated or given up is `tunnels.ts`.
 */
import type { CryptoBackend, KeyPair } from '../../crypto/backend.ts';
import { concatBytes, equalBytes, utf8 } from '../../crypto/bytes.ts';
import { HandshakeState, NoiseError } from '../../crypto/noise.ts';
import type { NoiseRole, NoiseTransport } from '../../crypto/noise.ts';
import type { Random } from '../../ports/types.ts';
import { canonicalJson } from '../../wire/pyjson.ts';
import type { PyValue } from '../../wire/pyjson.ts';

/** Begins the prologue of a relayed session. */
export const TUNNEL_LABEL = 'canopy-secure-tunnel-v1';
const KEY_BYTES = 32;

export interface TunnelHandshakeComponents {
  crypto: CryptoBackend;
  random: Random;
  /** This node's agreement keys. */
  keys: KeyPair;
}

/** What was said before the first Noise message. */
export interface TunnelHandshakeInit {
  /** The hello as it was or will be signed. */
  hello: PyValue;
  /** The answer, with or without its `n1`. */
  answer: PyValue;
  /** Of the other side, as its introduction names it. */
  remoteKey: Uint8Array;
}

/** The text of an introduction that both sides bind the session to. */
export function introductionText(value: PyValue): string {
  if (!(value instanceof Map) || !value.has('n1')) return canonicalJson(value);
  return canonicalJson(new Map([...value].filter(([name]) => name !== 'n1')));
}

/** 87 bytes: the label and what either side introduced itself with. */
export function tunnelPrologue(crypto: CryptoBackend, hello: PyValue, answer: PyValue): Uint8Array {
  return concatBytes(
    utf8(TUNNEL_LABEL),
    crypto.sha256(utf8(introductionText(hello))),
    crypto.sha256(utf8(introductionText(answer))),
  );
}

/**
 * The side that answers: `n1`, and the keys once `n2` has come.
 * @throws {NoiseError} for a key nothing can be agreed with.
 */
export function answerTunnel(
  components: TunnelHandshakeComponents,
  init: TunnelHandshakeInit,
): { n1: Uint8Array; finish: (n2: Uint8Array) => NoiseTransport } {
  const state = begin(components, 'initiator', init);
  const n1 = state.writeMessage();
  return {
    n1,
    finish: (n2) => {
      state.readMessage(n2);
      return state.split();
    },
  };
}

/**
 * The side that opened, when the answer has come.
 * @throws {NoiseError} when it is not what the peer would have answered.
 */
export function acceptTunnel(
  components: TunnelHandshakeComponents,
  init: TunnelHandshakeInit,
  n1: Uint8Array,
): { n2: Uint8Array; transport: NoiseTransport } {
  const state = begin(components, 'responder', init);
  state.readMessage(n1);
  const n2 = state.writeMessage();
  return { n2, transport: state.split() };
}

function begin(
  components: TunnelHandshakeComponents,
  role: NoiseRole,
  { hello, answer, remoteKey }: TunnelHandshakeInit,
): HandshakeState {
  const { crypto, random, keys } = components;
  if (equalBytes(remoteKey, keys.publicKey)) throw new NoiseError('key', 'the own key proves nothing');
  const privateKey = random.bytes(KEY_BYTES);
  return new HandshakeState(
    { crypto },
    {
      role,
      staticKeys: keys,
      ephemeralKeys: { privateKey, publicKey: crypto.x25519PublicKey(privateKey) },
      remoteStaticKey: remoteKey,
      prologue: tunnelPrologue(crypto, hello, answer),
    },
  );
}
