/**
 * From a legacy handshake to a secure session over the same link (06 section 1.1): two Noise messages, `confirm`,
 * `ready`. Nothing outside changes here; what is adopted, and why not, is for whoever asked.
 */
import type { CryptoBackend, KeyPair } from '../../crypto/backend.ts';
import { concatBytes, equalBytes, utf8 } from '../../crypto/bytes.ts';
import { HandshakeState, NOISE_HANDSHAKE_BYTES, NoiseError } from '../../crypto/noise.ts';
import type { NoiseRole, NoiseTransport } from '../../crypto/noise.ts';
import type { Clock, Random } from '../../ports/types.ts';
import {
  BadFrameError,
  CONTROL,
  closeBody,
  controlFrame,
  presenceBody,
  readClose,
  readPresence,
} from '../../wire/secure-frames.ts';
import type { CloseCode, ControlType, Frame, Presence } from '../../wire/secure-frames.ts';
import { GreetingError } from '../greeting.ts';
import type { Greeting } from '../greeting.ts';
import { UPGRADE_TIMEOUT } from '../limits.ts';
import { RecordChannel } from './record-channel.ts';

/** Begins the prologue of a direct session. */
export const SESSION_LABEL = 'canopy-secure-session-v1';
const KEY_BYTES = 32;
const INSTANCE_BYTES = 16;

/** Why an upgrade led to nothing (06 section 1.3). */
export type UpgradeFailure =
  | 'secure_upgrade_timeout'
  | 'secure_upgrade_failed'
  | 'duplicate'
  | 'superseded'
  | 'not_wanted'
  | 'limit'
  | 'closed';

/** The upgrade is over; the link is to be closed. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
  readonly code: UpgradeFailure;
  constructor(code: UpgradeFailure) {
    super(code);
    this.code = code;
  }
}

/** What was said before, and with whom. */
export interface UpgradeInit {
  /** The handshake and the ack, as they crossed the wire. */
  handshake: string;
  ack: string;
  /** As signed by the peer. */
  remoteKey: Uint8Array;
}

/** A proven peer, not adopted yet. */
export interface Upgraded {
  channel: RecordChannel;
  handshakeHash: Uint8Array;
  /** What its `confirm` or `ready` said. */
  presence: Presence;
}

export interface UpgraderComponents {
  crypto: CryptoBackend;
  clock: Clock;
  random: Random;
  /** This node's agreement keys. */
  keys: KeyPair;
}

/** Runs upgrades; one per node, because it knows the instance. */
export class Upgrader {
  readonly #components: UpgraderComponents;
  /** Made anew at every start. */
  readonly instance: string;

  constructor(components: UpgraderComponents) {
    this.#components = components;
    this.instance = Buffer.from(components.random.bytes(INSTANCE_BYTES)).toString('hex');
  }

  /** This node's word in `confirm` and `ready`. */
  presence(): Presence {
    return { instance: this.instance, clock: this.#components.clock.now() };
  }

  /**
   * The side that dialled: resolves when the peer has adopted the connection.
   * @throws {UpgradeError}
   */
  initiate(greeting: Greeting, init: UpgradeInit): Promise<Upgraded> {
    return this.#run(greeting, async (left) => {
      const state = this.#begin('initiator', init);
      const first = state.writeMessage();
      // What is judged is answered at once: the next message may be in the same packet.
      const second = greeting.receiveBytes((bytes) => {
        readHandshake(state, bytes);
        const { channel, handshakeHash } = this.#open(state.split());
        const [record] = channel.seal(controlFrame(CONTROL.confirm, presenceBody(this.presence())));
        if (record !== undefined) greeting.link.send(record).catch(() => undefined);
        return { channel, handshakeHash };
      }, left());
      greeting.link.send(first).catch(() => undefined);
      const { channel, handshakeHash } = await second;
      const presence = await greeting.receiveBytes(
        (bytes) => readFirst(channel.open(bytes), CONTROL.ready),
        left(),
      );
      return { channel, handshakeHash, presence };
    });
  }

  /**
   * The side that was dialled, right after its ack: resolves when the peer has proved that it is live.
   * @throws {UpgradeError}
   */
  respond(greeting: Greeting, init: UpgradeInit): Promise<Upgraded> {
    return this.#run(greeting, async (left) => {
      const state = this.#begin('responder', init);
      const { channel, handshakeHash } = await greeting.receiveBytes((bytes) => {
        readHandshake(state, bytes);
        greeting.link.send(state.writeMessage()).catch(() => undefined);
        return this.#open(state.split());
      }, left());
      const presence = await greeting.receiveBytes(
        (bytes) => readFirst(channel.open(bytes), CONTROL.confirm),
        left(),
      );
      return { channel, handshakeHash, presence };
    });
  }

  /** Adopts: tells the peer so. */
  ready(greeting: Greeting, { channel }: Upgraded): void {
    for (const record of channel.seal(controlFrame(CONTROL.ready, presenceBody(this.presence()))))
      greeting.link.send(record).catch(() => undefined);
  }

  /** Does not adopt: tells the peer why, and closes. */
  refuse(greeting: Greeting, { channel }: Upgraded, code: CloseCode): void {
    for (const record of channel.seal(controlFrame(CONTROL.close, closeBody(code))))
      greeting.link.send(record).catch(() => undefined);
    greeting.link.close(1000);
  }

  #begin(role: NoiseRole, { handshake, ack, remoteKey }: UpgradeInit): HandshakeState {
    const { crypto, random, keys } = this.#components;
    // That it is sound was checked with the handshake; one's own key proves nothing about anybody else.
    if (equalBytes(remoteKey, keys.publicKey)) throw new UpgradeError('secure_upgrade_failed');
    const privateKey = random.bytes(KEY_BYTES);
    const ephemeralKeys = { privateKey, publicKey: crypto.x25519PublicKey(privateKey) };
    const prologue = concatBytes(
      utf8(SESSION_LABEL),
      crypto.sha256(utf8(handshake)),
      crypto.sha256(utf8(ack)),
    );
    return new HandshakeState(
      { crypto },
      { role, staticKeys: keys, ephemeralKeys, remoteStaticKey: remoteKey, prologue },
    );
  }

  #open(transport: NoiseTransport): { channel: RecordChannel; handshakeHash: Uint8Array } {
    const { handshakeHash } = transport;
    return { channel: new RecordChannel(this.#components, transport), handshakeHash };
  }

  /** Gives every step what is left of the time, and every failure its word. */
  async #run(greeting: Greeting, steps: (left: () => number) => Promise<Upgraded>): Promise<Upgraded> {
    const { clock } = this.#components;
    const end = clock.monotonic() + UPGRADE_TIMEOUT;
    try {
      return await steps(() => Math.max(0, end - clock.monotonic()));
    } catch (error) {
      throw new UpgradeError(failureOf(error, greeting));
    }
  }
}

function failureOf(error: unknown, greeting: Greeting): UpgradeFailure {
  if (error instanceof UpgradeError) return error.code;
  if (error instanceof GreetingError && error.code === 'timeout') return 'secure_upgrade_timeout';
  if (error instanceof GreetingError && error.code === 'closed' && greeting.closed) return 'closed';
  if (error instanceof GreetingError || error instanceof NoiseError || error instanceof BadFrameError)
    return 'secure_upgrade_failed';
  throw error;
}

/** Payloads are empty, so the length is fixed. */
function readHandshake(state: HandshakeState, bytes: Uint8Array): void {
  if (bytes.length !== NOISE_HANDSHAKE_BYTES) throw new UpgradeError('secure_upgrade_failed');
  state.readMessage(bytes);
}

/**
 * The first frame of the other side: what is expected, or a close in place of `ready`. Deviation D-55: anything else
 * makes the upgrade fail.
 * @throws {UpgradeError} with what a close said. @throws {BadFrameError} for anything else.
 */
export function readFirst(frame: Frame, expected: ControlType): Presence {
  if (frame.type === expected) return readPresence(frame.body);
  if (frame.type === CONTROL.close && expected === CONTROL.ready) {
    const { code } = readClose(frame.body);
    const told = code === 'duplicate' || code === 'superseded' || code === 'not_wanted' || code === 'limit';
    throw new UpgradeError(told ? code : 'secure_upgrade_failed');
  }
  throw new BadFrameError('another frame than the first one');
}
