/** Secure sessions over carriers in memory, on virtual time: two of ours, or one of ours and somebody with its keys. */
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { CipherState } from '../../../server/crypto/noise.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { Carrier, CarrierHandlers } from '../../../server/mesh/secure/carrier.ts';
import { RecordChannel } from '../../../server/mesh/secure/record-channel.ts';
import { SecureSession } from '../../../server/mesh/secure/secure-session.ts';
import type { HandshakePeer } from '../../../server/wire/handshake.ts';
import type { CloseCode, Frame } from '../../../server/wire/secure-frames.ts';
import { MAX_ENVELOPE_ITEM_BYTES } from '../../../server/wire/secure-items.ts';
import type { Item } from '../../../server/wire/secure-items.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

/** One end of a line that carries records in order, as fast as the test lets it. */
export class MemoryCarrier implements Carrier {
  readonly remoteAddress = 'memory:1';
  readonly #time: VirtualTime;
  other: MemoryCarrier | null = null;
  handlers: CarrierHandlers | null = null;
  /** Records the other side has not read. */
  readonly unread: Uint8Array[] = [];
  readonly closes: (number | 'terminated')[] = [];
  /** Whether records are taken from the sender. */
  takes = true;
  #paused = false;
  #taken: (() => void)[] = [];

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  attach(handlers: CarrierHandlers): void {
    this.handlers = handlers;
    this.#drain();
  }

  async send(record: Uint8Array): Promise<void> {
    if (this.closes.length > 0) throw new Error('closed');
    if (!this.takes) await new Promise<void>((resolve) => this.#taken.push(resolve));
    this.#time.after(1, () => {
      if (this.other === null) return;
      this.other.unread.push(record);
      this.other.#drain();
    });
  }

  /** Takes what waits, and all that comes. */
  take(): void {
    this.takes = true;
    for (const taken of this.#taken.splice(0)) taken();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#drain();
  }

  close(code: 1000 | 1008): void {
    this.closes.push(code);
    this.#time.after(2, () => {
      this.handlers?.closed({ code, reason: '' });
      this.other?.handlers?.closed({ code, reason: '' });
    });
  }

  terminate(): void {
    this.closes.push('terminated');
    this.#time.after(1, () => this.handlers?.closed({ code: 1006, reason: '' }));
  }

  #drain(): void {
    while (!this.#paused && this.handlers !== null) {
      const record = this.unread.shift();
      if (record === undefined) return;
      this.handlers.record(record);
    }
  }
}

/** A session with all it reported. */
export interface WatchedSession {
  session: SecureSession;
  carrier: MemoryCarrier;
  items: Item[];
  closed: (CloseCode | null)[];
  suspicious: string[];
  odd: string[];
  renewals: number;
}

/** Both ends, and what moves time. */
export interface Line {
  time: VirtualTime;
  near: WatchedSession;
  far: WatchedSession;
}

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const channel = (time: VirtualTime, send: number, receive: number): RecordChannel =>
  new RecordChannel(
    { clock: time },
    {
      send: new CipherState(nativeCrypto, key(send)),
      receive: new CipherState(nativeCrypto, key(receive)),
    },
  );

function watched(
  time: VirtualTime,
  carrier: MemoryCarrier,
  keys: [number, number],
  handle: (item: Item) => void | Promise<void>,
): WatchedSession {
  const random = new SeededRandom(keys[0]);
  const identity = createNodeIdentity(random, nativeCrypto);
  const peer: HandshakePeer = {
    peerId: identity.peerId,
    ed25519PublicKey: identity.ed25519.publicKey,
    x25519PublicKey: identity.x25519.publicKey,
    version: '0.1.0',
    capabilities: [],
    timestamp: null,
    signature: new Uint8Array(64),
    signedForm: 'base',
    canopyVersion: '0',
    protocolVersion: 1,
  };
  const seen: Omit<WatchedSession, 'session'> = {
    carrier,
    items: [],
    closed: [],
    suspicious: [],
    odd: [],
    renewals: 0,
  };
  const session = new SecureSession(
    {
      clock: time,
      timers: time,
      random,
      carrier,
      channel: channel(time, ...keys),
      maxMessageBytes: () => MAX_ENVELOPE_ITEM_BYTES,
      handlers: {
        item: (_from, item) => {
          seen.items.push(item);
          return handle(item);
        },
        closed: (_ended, _info, code) => seen.closed.push(code),
        suspicious: (_from, reason) => seen.suspicious.push(reason),
        odd: (_from, _error, message) => seen.odd.push(message),
        renew: () => (seen.renewals += 1),
      },
    },
    {
      peer,
      outbound: keys[0] === 1,
      endpoint: null,
      via: null,
      capabilities: [],
      handshakeHash: key(9),
      presence: { instance: 'a'.repeat(32), clock: time.now() + 5_000 },
    },
  );
  return Object.assign(seen, { session });
}

/** Two sessions; `handle` is the far one's handler of items. */
export function line(handle: (item: Item) => void | Promise<void> = () => undefined): Line {
  const time = new VirtualTime();
  const [left, right] = [new MemoryCarrier(time), new MemoryCarrier(time)];
  left.other = right;
  right.other = left;
  const near = watched(time, left, [1, 2], () => undefined);
  const far = watched(time, right, [2, 1], handle);
  near.session.start();
  far.session.start();
  return { time, near, far };
}

/** One session, and the far end's keys in the hands of the test. */
export interface Attack {
  time: VirtualTime;
  near: WatchedSession;
  /** Says frames to the session. */
  say(...frames: Frame[]): Promise<void>;
  /** Everything the session has said. */
  heard(): Frame[];
}

export function attack(handle: (item: Item) => void | Promise<void> = () => undefined): Attack {
  const time = new VirtualTime();
  const [left, right] = [new MemoryCarrier(time), new MemoryCarrier(time)];
  left.other = right;
  right.other = left;
  const near = watched(time, left, [1, 2], handle);
  const keys = channel(time, 2, 1);
  const heard: Frame[] = [];
  right.attach({ record: (bytes) => heard.push(keys.open(bytes)), closed: () => undefined });
  near.session.start();
  return {
    time,
    near,
    say: async (...frames) => {
      for (const frame of frames)
        for (const record of keys.seal(frame)) void right.send(record).catch(() => undefined);
      await time.run(10);
    },
    heard: () => heard,
  };
}
