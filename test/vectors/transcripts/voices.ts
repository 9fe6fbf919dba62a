/**
 * What recorded nodes say, made to fit this run. Ids are drawn anew by the node that stands in for a recorded one: where
 * others speak of something it made, they name it as it is called here, under a signature of their own, and channel
 * texts are encrypted with the key it made. Bytes left out of the recording are put back. All else goes as recorded.
 */
import { nativeCrypto } from '../../../server/crypto/native.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import { openChannelText, sealChannelText, unwrapChannelKey } from '../../../server/wire/channel-crypto.ts';
import { createEnvelope, frameText, parseFrame } from '../../../server/wire/envelope.ts';
import { pairKey } from '../../../server/wire/payload-crypto.ts';
import { isObject } from '../check.ts';
import type { FrameEvent } from './schema.ts';

type Frame = FrameEvent['frame'];
type Fields = Record<string, unknown>;

/** Fields that hold an id its maker drew. */
const NAMES: ReadonlySet<string> = new Set([
  'channel_id',
  'id',
  'key_id',
  'message_id',
  'origin_file_id',
  'post_id',
  'query_id',
  'request_id',
  'signal_id',
  'sync_id',
]);
/** Two messages of one type are about the same thing when these agree. */
const ABOUT = ['target_user_id', 'action', 'item_type', 'data_type'];
const ELIDED = /@elided length=(\d+) sha256=[0-9a-f]{64}/g;
const CHUNK_BYTES = 262_144;
/** Any bytes do. */
const nonce = (length: number): Uint8Array => new Uint8Array(length).fill(7);

export class Voices {
  readonly #self: NodeIdentity;
  /** By peer id. */
  readonly #identities: ReadonlyMap<string, NodeIdentity>;
  /** Recorded id to ours. */
  readonly #names = new Map<string, string>();
  /** Ids that the recorded node drew. */
  readonly #drawn = new Set<string>();
  readonly #recorded = new Map<string, Fields[]>();
  readonly #sent = new Map<string, Fields[]>();
  /** Channel keys by id, recorded and ours. */
  readonly #keys = new Map<string, Uint8Array>();

  constructor(init: { self: NodeIdentity; identities: Iterable<NodeIdentity> }) {
    this.#self = init.self;
    this.#identities = new Map([...init.identities].map((identity) => [identity.peerId, identity]));
  }

  /** The recorded node sent this. @param place where in the conversation, and to whom. */
  recorded(place: string, frame: Frame): void {
    const fields = fieldsOf(frame);
    for (const name of namesIn(fields)) this.#drawn.add(name);
    this.#keep(this.#recorded, place, frame, fields);
  }

  /** The node here sent this. */
  sent(place: string, frame: Frame): void {
    this.#keep(this.#sent, place, frame, fieldsOf(frame));
  }

  /** Whether everything the recorded node made that `frame` speaks of is there by now. */
  isKnown(frame: Frame): boolean {
    return namesIn(fieldsOf(frame)).every((name) => !this.#drawn.has(name) || this.#names.has(name));
  }

  /** The text in which `frame` is sent. */
  say(frame: Frame): string {
    const recorded = JSON.stringify(frame);
    let text = recorded;
    for (const [name, here] of this.#names) text = text.replaceAll(name, here);
    text = text.replace(ELIDED, (_, length: string) => pattern(frame, Number(length)));
    text = this.#encrypted(frame, text);
    return text === recorded ? text : this.#signed(text);
  }

  #keep(list: Map<string, Fields[]>, place: string, frame: Frame, fields: Fields): void {
    const { message } = frame;
    if (message === undefined) return;
    if (message.type === 'channel_key_distribution') this.#noteKey(message.to_peer, fields);
    const about = ABOUT.map((name) => fields[name] ?? '');
    const kind = [place, message.type, ...about].join(' ');
    const kept = [...(list.get(kind) ?? []), fields];
    list.set(kind, kept);
    const at = kept.length - 1;
    const [theirs, ours] = [this.#recorded.get(kind)?.[at], this.#sent.get(kind)?.[at]];
    if (theirs !== undefined && ours !== undefined) this.#learn(theirs, ours);
  }

  #learn(theirs: unknown, ours: unknown): void {
    if (Array.isArray(theirs) && Array.isArray(ours))
      theirs.forEach((item, at) => this.#learn(item, ours[at]));
    if (!isObject(theirs) || !isObject(ours)) return;
    for (const [name, value] of Object.entries(theirs)) {
      const here = ours[name];
      if (!NAMES.has(name)) this.#learn(parsed(value), parsed(here));
      else if (isDrawn(value) && typeof here === 'string' && !this.#names.has(value))
        this.#names.set(value, here);
    }
  }

  #noteKey(to: string | null, { key_id, encrypted_key }: Fields): void {
    const reader = this.#identities.get(to ?? '');
    if (reader === undefined || typeof key_id !== 'string' || typeof encrypted_key !== 'string') return;
    const pair = pairKey(nativeCrypto, reader.x25519.privateKey, this.#self.x25519.publicKey);
    const key = pair && unwrapChannelKey(nativeCrypto, pair, encrypted_key);
    if (key !== null) this.#keys.set(key_id, key);
  }

  /** `text` with its channel text under the key of this run. */
  #encrypted(frame: Frame, text: string): string {
    const { key_id, encrypted_content, nonce: recordedNonce } = fieldsOf(frame);
    if (typeof key_id !== 'string' || typeof encrypted_content !== 'string') return text;
    const [theirs, ours] = [this.#keys.get(key_id), this.#keys.get(this.#names.get(key_id) ?? '')];
    if (theirs === undefined || ours === undefined || typeof recordedNonce !== 'string') return text;
    const clear = openChannelText(nativeCrypto, theirs, { encrypted_content, nonce: recordedNonce });
    if (clear === null) throw new Error('a recorded channel text does not open');
    const sealed = sealChannelText(nativeCrypto, { bytes: nonce }, ours, clear);
    return text.replace(encrypted_content, sealed.encrypted_content).replace(recordedNonce, sealed.nonce);
  }

  #signed(text: string): string {
    const frame = parseFrame(text);
    if (frame.kind === 'other') return text;
    const { envelope } = frame;
    const author = this.#identities.get(envelope.fromPeer);
    if (author === undefined) throw new Error(`nobody signs for ${envelope.fromPeer}`);
    const { id, type, toPeer, timestamp, ttl, payload, encryptedPayload } = envelope;
    const sealed = encryptedPayload === null ? {} : { encryptedPayload };
    const draft = { id, type, toPeer, timestamp, ttl, payload, ...sealed };
    return frameText(createEnvelope(nativeCrypto, author, draft));
  }
}

function fieldsOf(frame: Frame): Fields {
  return frame.message?.payload?.metadata ?? {};
}

/** Ids in the fields of a message, also in those that are JSON texts. */
function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    NAMES.has(name) && isDrawn(field) ? [field] : namesIn(parsed(field)),
  );
}

/** Not `general`, which is called so everywhere. */
function isDrawn(value: unknown): value is string {
  return typeof value === 'string' && /[0-9a-f]{16}/.test(value);
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** The bytes of the recorded files, base64: byte i is (7 i + 3) mod 256. @param length of the base64 text. */
function pattern(frame: Frame, length: number): string {
  const { chunk_index, size } = fieldsOf(frame);
  const start = typeof chunk_index === 'number' ? chunk_index * CHUNK_BYTES : 0;
  const whole = typeof size === 'number' ? size - start : Infinity;
  const bytes = Buffer.alloc(Math.min(Math.floor(length / 4) * 3, whole));
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = (7 * (start + i) + 3) % 256;
  return bytes.toString('base64');
}
