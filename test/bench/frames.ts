/**
 * Frames as they come from a neighbour: channel messages signed by their authors before the clock starts, and the
 * neighbour itself, which greets like a plain legacy node and then hands over what it is given, stopping when it is
 * told to pause as a socket would.
 */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { systemRandom } from '../../server/ports/system.ts';
import type { Link, LinkHandlers, Ports } from '../../server/ports/types.ts';
import { timedId } from '../../server/store/ids.ts';
import { createEnvelope, frameText } from '../../server/wire/envelope.ts';
import { buildHandshake } from '../../server/wire/handshake.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';

/** Frames handed over before the event loop gets a turn: what one read of a socket (64 KiB) holds, more or less. */
const FRAMES_PER_TURN = 56;

/** A new identity. */
export function someone(): NodeIdentity {
  return createNodeIdentity(systemRandom, nativeCrypto);
}

/** `count` frames with one channel message each as this program writes them, the authors taking turns. */
export function channelFrames(authors: readonly NodeIdentity[], count: number): string[] {
  const stamp = new Date().toISOString();
  return Array.from({ length: count }, (_, index) => {
    const author = authors[index % authors.length];
    if (author === undefined) throw new Error('no authors');
    const payload = {
      content: `message ${index} of a busy day, long enough to say what people say to each other`,
      metadata: {
        type: 'channel_message',
        channel_id: 'general',
        user_id: `user_${author.peerId.slice(0, 16)}`,
        message_id: `M${timedId(systemRandom, Date.now(), 24)}`,
        timestamp: stamp,
        expires_at: null,
        ttl_seconds: null,
        ttl_mode: null,
        privacy_mode: 'open',
        crypto_mode: 'legacy_plaintext',
        post_policy: 'open',
        allow_member_replies: true,
        origin_peer: author.peerId,
        security: { privacy_mode: 'open' },
        repost_policy: 'same_scope',
        display_name: 'Somebody',
        account_type: 'human',
      },
    };
    const envelope = createEnvelope(nativeCrypto, author, {
      id: Buffer.from(systemRandom.bytes(16)).toString('hex'),
      type: 'channel_message',
      toPeer: null,
      timestamp: Date.now() / 1000,
      ttl: 3,
      payload: fromPlain(payload),
    });
    return frameText(envelope);
  });
}

/** A neighbour without a socket. Its ports make a node meet it as soon as it listens. */
export class Neighbour {
  readonly identity = someone();
  #handlers: LinkHandlers | null = null;
  #paused = false;
  #resumed: () => void = () => undefined;

  /** `ports` with this neighbour on the other end of the transport. */
  portsOf(ports: Ports): Ports {
    return {
      ...ports,
      transport: {
        dial: () => Promise.reject(new Error('nobody to dial')),
        listen: async (_options, accept) => {
          accept(this.#link());
          this.#say(
            buildHandshake(nativeCrypto, this.identity, {
              type: 'handshake',
              capabilities: ['chat'],
              canopyVersion: '0.5.38',
              timestamp: Date.now() / 1000,
            }),
          );
          return { port: 1, stop: async () => this.#handlers?.close({ code: 1001, reason: '' }) };
        },
      },
    };
  }

  /** Hands over frames as fast as they are taken. */
  async hand(frames: readonly string[]): Promise<void> {
    for (let i = 0; i < frames.length;) {
      for (const end = i + FRAMES_PER_TURN; i < Math.min(end, frames.length) && !this.#paused; i += 1)
        this.#say(frames[i] ?? '');
      if (this.#paused) await new Promise<void>((resolve) => (this.#resumed = resolve));
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #say(text: string): void {
    this.#handlers?.message(text);
  }

  #link(): Link {
    return {
      remoteAddress: '192.0.2.1:7771',
      bufferedBytes: 0,
      attach: (handlers) => (this.#handlers = handlers),
      setMaxMessageBytes: () => undefined,
      send: () => Promise.resolve(),
      ping: () => Promise.resolve(1),
      pause: () => (this.#paused = true),
      resume: () => {
        this.#paused = false;
        this.#resumed();
      },
      close: () => this.#handlers?.close({ code: 1000, reason: '' }),
      terminate: () => this.#handlers?.close({ code: 1006, reason: '' }),
    };
  }
}
