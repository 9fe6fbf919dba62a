/** One websocket as a {@link Link} (01 section 4, 06 section 1.5): messages, pings, a closing handshake with an end. */
import { randomBytes, randomFillSync } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Link, LinkClose, LinkHandlers } from './types.ts';

/** Wait for the other side's close frame before the socket is cut. */
const CLOSE_TIMEOUT_MS = 3_000;
/** Messages kept until somebody attaches; before that the other side has one message to say. */
const MAX_EARLY_MESSAGES = 4;
/**
 * Pings, and pongs nobody asked for, within a time: an honest peer pings with what it wants confirmed. Beyond it the link
 * is cut, and a pong is not written while this much waits already: pings cost their sender less than us.
 */
const MAX_PINGS = 1_000;
const PING_WINDOW_MS = 10_000;
const MAX_BUFFERED_FOR_PONG = 64 * 1024;
/** Text messages above this are handed over as bytes to owners that want them so: to make a text of them takes long. */
const LARGE_TEXT_BYTES = 2 * 1024 * 1024;
/** Length of the reference's ping payload. */
const PING_BYTES = 4;

/**
 * The masking of what a dialler sends (RFC 6455 section 5.3). It keeps bytes that a script in a browser has chosen from
 * being read as something else on the way. A binary message is ciphertext, which nobody chooses; masking it once more,
 * byte by byte, costs as much as all the rest of sending it, so its mask is zero (deviation D-144).
 */
export class Masking {
  ciphertext = false;
  readonly generate = (mask: Buffer): void => {
    if (this.ciphertext) mask.fill(0);
    else randomFillSync(mask);
  };
}

/** A message that waits for its owner. */
interface Received {
  bytes: Uint8Array;
  isBinary: boolean;
}

/** Sends messages over `ws` and hands received ones to its owner. */
export class WebSocketLink implements Link {
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #masking: Masking | null;
  #handlers: LinkHandlers | null = null;
  #waiting: Received[] = [];
  #paused = false;
  #closed: LinkClose | null = null;
  #fault: LinkClose['fault'];
  #windowStart = 0;
  #windowPings = 0;
  #pings = new Map<string, { resolve: (ms: number) => void; reject: (error: Error) => void; at: number }>();

  /**
   * @param remoteAddress `host:port`, IPv6 in brackets.
   * @param masking of a socket that was dialled.
   */
  constructor(socket: WebSocket, remoteAddress: string, masking: Masking | null = null) {
    this.#socket = socket;
    this.#masking = masking;
    this.remoteAddress = remoteAddress;
    socket.on('message', (data, isBinary) => this.#receive(bytesOf(data), isBinary));
    socket.on('ping', (data) => this.#ping(data));
    socket.on('pong', (data) => this.#pong(data.toString('hex')));
    // An error is always followed by `close`, which is what the owner hears of.
    socket.on('error', (error) => (this.#fault ??= faultOf(error)));
    socket.on('close', (code, reason) => this.#closedBy(code, reason.toString()));
  }

  /** Whether an owner has attached. */
  get attached(): boolean {
    return this.#handlers !== null;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  attach(handlers: LinkHandlers): void {
    if (this.#handlers !== null) throw new Error('this link has an owner');
    this.#handlers = handlers;
    this.#drain();
    if (this.#closed !== null) handlers.close(this.#closed);
  }

  setMaxMessageBytes(limit: () => number): void {
    // ws fixes the limit when the socket opens. Its receiver reads this field for every frame, and the tests of
    // this file fail if a new version renames it; without it the small limit of the handshake would stay.
    const receiver: unknown = Reflect.get(this.#socket, '_receiver');
    if (typeof receiver === 'object' && receiver !== null)
      Object.defineProperty(receiver, '_maxPayload', { get: limit, configurable: true });
  }

  send(message: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) return reject(new Error('the link is closed'));
      const binary = typeof message !== 'string';
      // The frame is made before `send` returns.
      if (this.#masking !== null) this.#masking.ciphertext = binary;
      this.#socket.send(message, { binary }, (error) => (error == null ? resolve() : reject(error)));
      if (this.#masking !== null) this.#masking.ciphertext = false;
    });
  }

  ping(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) return reject(new Error('the link is closed'));
      const payload = randomBytes(PING_BYTES);
      this.#pings.set(payload.toString('hex'), { resolve, reject, at: performance.now() });
      this.#socket.ping(payload, undefined, (error) => {
        if (error != null) reject(error);
      });
    });
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
    this.#drain();
  }

  close(code = 1000): void {
    if (this.#closed !== null) return;
    this.resume();
    this.#socket.close(code);
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(bytes: Uint8Array, isBinary: boolean): void {
    this.#waiting.push({ bytes, isBinary });
    if (this.#handlers === null && this.#waiting.length > MAX_EARLY_MESSAGES) return this.terminate();
    this.#drain();
  }

  /** Delivers in order until the owner pauses; `ws` may still hand over what it had already read. */
  #drain(): void {
    while (!this.#paused && this.#handlers !== null) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      const { bytes, isBinary } = message;
      if (isBinary && this.#handlers.binary !== undefined) {
        this.#handlers.binary(bytes);
      } else if (bytes.length > LARGE_TEXT_BYTES && this.#handlers.large !== undefined) {
        this.#handlers.large(bytes);
      } else {
        const text = textOf(bytes);
        if (text !== null) this.#handlers.message(text);
      }
    }
  }

  #ping(data: Buffer): void {
    this.#count();
    if (this.#closed === null && this.#socket.bufferedAmount < MAX_BUFFERED_FOR_PONG)
      this.#socket.pong(data, undefined, () => undefined);
  }

  /** One more control frame that nobody waits for. */
  #count(): void {
    const now = performance.now();
    if (now - this.#windowStart > PING_WINDOW_MS) {
      this.#windowStart = now;
      this.#windowPings = 0;
    }
    this.#windowPings += 1;
    if (this.#windowPings <= MAX_PINGS) return;
    this.#fault ??= 'broken';
    this.#socket.terminate();
  }

  #pong(key: string): void {
    const ping = this.#pings.get(key);
    if (ping === undefined) return this.#count();
    this.#pings.delete(key);
    ping.resolve(performance.now() - ping.at);
  }

  #closedBy(code: number, reason: string): void {
    this.#ended({ code, reason, ...(this.#fault === undefined ? {} : { fault: this.#fault }) });
  }

  #ended(info: LinkClose): void {
    if (this.#closed !== null) return;
    this.#closed = info;
    for (const ping of this.#pings.values()) ping.reject(new Error('the link is closed'));
    this.#pings.clear();
    this.#paused = false;
    this.#drain();
    this.#handlers?.close(info);
  }
}

/** What the other side did, when `ws` says that it was the other side. */
function faultOf(error: Error): LinkClose['fault'] {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (!code.startsWith('WS_ERR_')) return undefined;
  return code.startsWith('WS_ERR_UNSUPPORTED') || code.startsWith('WS_ERR_TOO_MANY') ? 'too_large' : 'broken';
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

/** Text of a message, `null` when it is no UTF-8. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
