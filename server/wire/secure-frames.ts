/**
 * Frames of a secure session (06 section 1.5): `type u8 ‖ flags u8 ‖ stream u32 ‖ body`, the plaintext of one Noise
 * transport message. Types below 0x10 are single frames that steer the session, all others are fragments of items
 * (`secure-items.ts`). Pure; whoever finds a frame wrong closes the session with the code of the error.
 */
import * as z from 'zod';
import { fromUtf8, utf8 } from '../crypto/bytes.ts';

/** Frames that steer a session. */
export const CONTROL = {
  confirm: 0x01,
  ready: 0x02,
  close: 0x03,
  ping: 0x04,
  pong: 0x05,
  rekey: 0x06,
} as const;
export type ControlType = (typeof CONTROL)[keyof typeof CONTROL];

/** Items; those from 0x30 on belong to libraries and meetings (07). */
export const ITEM = {
  envelope: 0x10,
  ack: 0x11,
  read: 0x12,
  accepted: 0x13,
  reconcileOpen: 0x20,
  reconcileState: 0x21,
  reconcileMsg: 0x22,
  reconcileGet: 0x23,
  reconcilePage: 0x24,
  reconcilePageAck: 0x25,
  reconcileEnd: 0x26,
  file: 0x27,
} as const;
/** A type of item: one of {@link ITEM}, or 0x30 to 0x3a. */
export type ItemType =
  | (typeof ITEM)[keyof typeof ITEM]
  | 0x30
  | 0x31
  | 0x32
  | 0x33
  | 0x34
  | 0x35
  | 0x36
  | 0x37
  | 0x38
  | 0x39
  | 0x3a;

/** Why a session was closed, as its last frame says. */
export const CLOSE_CODES = {
  normal: 0,
  duplicate: 1,
  superseded: 2,
  bad_frame: 3,
  limit: 4,
  renew: 5,
  not_wanted: 6,
  unknown: 7,
} as const;
export type CloseCode = keyof typeof CLOSE_CODES;

/** Largest Noise message (Noise section 3), its tag, and what a frame can carry in one. */
export const MAX_RECORD_BYTES = 65_535;
const TAG_BYTES = 16;
const HEADER_BYTES = 6;
/** An empty body. */
export const MIN_RECORD_BYTES = TAG_BYTES + HEADER_BYTES;
export const MAX_BODY_BYTES = MAX_RECORD_BYTES - MIN_RECORD_BYTES;
/** The first type that is an item. */
export const FIRST_ITEM_TYPE = 0x10;
/** `stream` is a u32. */
export const MAX_STREAM = 0xffff_ffff;
/** A ping's content, echoed. */
export const PING_BYTES = 8;
/** Text of a close frame. */
const MAX_CLOSE_TEXT_BYTES = 120;
const MORE = 1;

/** What a peer sent breaks the rules, or is more than we hold for one. `code` is the close code it deserves. */
export class BadFrameError extends Error {
  override readonly name = 'BadFrameError';
  readonly code: 'bad_frame' | 'limit';
  constructor(message: string, code: 'bad_frame' | 'limit' = 'bad_frame') {
    super(message);
    this.code = code;
  }
}

/** One frame. `type` may be one nobody knows. */
export interface Frame {
  type: number;
  /** Further fragments of the item follow. */
  more: boolean;
  /** 0 for control frames, else the number of the item. */
  stream: number;
  /** At most {@link MAX_BODY_BYTES}. */
  body: Uint8Array;
}

/** The plaintext of a frame. @throws {RangeError} when the body does not fit into one. */
export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.body.length > MAX_BODY_BYTES) throw new RangeError(`a frame of ${frame.body.length} bytes`);
  const bytes = new Uint8Array(HEADER_BYTES + frame.body.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, frame.type);
  view.setUint8(1, frame.more ? MORE : 0);
  view.setUint32(2, frame.stream);
  bytes.set(frame.body, HEADER_BYTES);
  return bytes;
}

/**
 * Reads a plaintext; `body` is a view of it.
 * @throws {BadFrameError} for a short one, reserved flags, and a stream or fragment where none may be.
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES) throw new BadFrameError('a frame without its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint8(0);
  const flags = view.getUint8(1);
  const stream = view.getUint32(2);
  if ((flags & ~MORE) !== 0) throw new BadFrameError('reserved flags');
  const more = (flags & MORE) !== 0;
  if (type < FIRST_ITEM_TYPE && (stream !== 0 || more)) throw new BadFrameError('a control frame in pieces');
  if (type >= FIRST_ITEM_TYPE && stream === 0) throw new BadFrameError('an item without a number');
  return { type, more, stream, body: bytes.subarray(HEADER_BYTES) };
}

/** A control frame. */
export function controlFrame(type: ControlType, body: Uint8Array = new Uint8Array(0)): Frame {
  return { type, more: false, stream: 0, body };
}

/** Body of a close frame. @param text for people who debug; cut to 120 bytes. */
export function closeBody(code: CloseCode, text = ''): Uint8Array {
  // Cut between characters: the receiver takes nothing but UTF-8.
  let words = utf8(text);
  for (let kept = text; words.length > MAX_CLOSE_TEXT_BYTES; words = utf8(kept))
    kept = [...kept].slice(0, -1).join('');
  const body = new Uint8Array(1 + words.length);
  body[0] = CLOSE_CODES[code];
  body.set(words, 1);
  return body;
}

/** The reason in a close frame; one this program does not know reads as `normal`. @throws {BadFrameError} */
export function readClose(body: Uint8Array): { code: CloseCode; text: string } {
  const text = fromUtf8(body.subarray(1));
  if (body.length < 1 || body.length > 1 + MAX_CLOSE_TEXT_BYTES || text === null)
    throw new BadFrameError('a close frame nobody can read');
  const known = Object.entries(CLOSE_CODES).find(([, value]) => value === body[0]);
  return { code: (known?.[0] as CloseCode | undefined) ?? 'normal', text };
}

/** Who confirms: made anew at every start of a process, and its Unix time in ms. */
export interface Presence {
  /** Hex of 16 bytes. */
  instance: string;
  clock: number;
}

const presenceSchema = z.object({
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  clock: z.number().int().nonnegative(),
});

/** Body of `confirm` and `ready`. */
export function presenceBody(presence: Presence): Uint8Array {
  return utf8(JSON.stringify({ instance: presence.instance, clock: Math.trunc(presence.clock) }));
}

/** @throws {BadFrameError} */
export function readPresence(body: Uint8Array): Presence {
  return readJson(body, presenceSchema);
}

/** A JSON body: UTF-8, an object, unknown keys ignored. @throws {BadFrameError} when it does not fit `schema`. */
export function readJson<T extends z.ZodType>(body: Uint8Array, schema: T): z.output<T> {
  const text = fromUtf8(body);
  let value: unknown;
  try {
    value = text === null ? undefined : JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new BadFrameError('a body that does not hold what its type promises');
  return parsed.data;
}
