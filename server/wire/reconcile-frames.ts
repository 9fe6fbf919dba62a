/**
 * The bodies of the reconcile frames (06 sections 4.2 and 4.3): three binary ones, four JSON ones. What does not read is
 * a `bad_frame`.
 */
import * as z from 'zod';
import { concatBytes, fromHex, fromUtf8, toHex, utf8 } from '../crypto/bytes.ts';
import { WireError } from './errors.ts';
import { TAG_BYTES } from './item-id.ts';
import { FINGERPRINT_BYTES, ID_BYTES } from './negentropy/id-sum.ts';
import { splitElements } from './json-split.ts';
import { FRAME_LIMIT } from './negentropy/negentropy.ts';
import type { Sliced } from './negentropy/negentropy.ts';
import { parsePyJson, toPlain } from './pyjson.ts';
import type { PyObject, PyValue } from './pyjson.ts';
import { BadFrameError } from './secure-frames.ts';

/** Ids in one `get`, and most refused ones in one `page_ack` (a page holds at most as many items as were asked for). */
export const MAX_GET_IDS = 500;
/** Sets one side lists; far above the channels and peers anybody has. */
const MAX_SETS = 20_000;
/** Items in one page; a page of 256 KiB holds fewer. */
const MAX_PAGE_ITEMS = 5_000;
/** Items of a page read between two pauses. */
const SLICE_ITEMS = 32;
/** Envelopes of one item: its creation and its latest change. */
const MAX_ENVELOPES = 2;

/** One set as its holder sees it. */
export interface SetState {
  tag: Uint8Array;
  count: number;
  fingerprint: Uint8Array;
  /** First whole second held. */
  floor: number;
}

/** An item as it came; who checks it decides what it is. */
export interface ForeignItem {
  /** Signed envelopes, number tokens unchanged; empty for an item told without. */
  envelopes: PyObject[];
  /** The rest as plain data; absent keys are undefined. */
  fields: Readonly<Record<string, unknown>>;
}

export interface OpenFrame {
  run: number;
  cut: number;
  root: Uint8Array;
}
export type StateFrame = { run: number } & (
  { same: boolean } | { sets: SetState[] } | { error: 'clock' | 'busy' }
);
export interface MsgFrame {
  run: number;
  tag: Uint8Array;
  floor: number;
  message: Uint8Array;
}
export interface GetFrame {
  run: number;
  tag: Uint8Array;
  ids: Uint8Array[];
}
export interface PageFrame {
  run: number;
  tag: Uint8Array;
  page: number;
  items: ForeignItem[];
  gone: Uint8Array[];
  done: number;
  total: number;
}
export interface PageAckFrame {
  run: number;
  page: number;
  refused: Uint8Array[];
}
export interface EndFrame {
  run: number;
  status: 'ok' | 'partial' | 'aborted';
  got: number;
  gave: number;
  refused: number;
}

const u32 = z.int().min(0).max(0xffff_ffff);
const whole = z.int().min(0);
const hexOf = (bytes: number) =>
  z.string().transform((text, context) => {
    const read = fromHex(text);
    if (read?.length === bytes) return read;
    context.addIssue({ code: 'custom', message: 'hex of another length' });
    return z.NEVER;
  });

const openSchema = z.object({ run: u32, cut: whole, root: hexOf(32) });
const setSchema = z.tuple([hexOf(TAG_BYTES), whole, hexOf(FINGERPRINT_BYTES), whole]);
const stateSchema = z.object({
  run: u32,
  same: z.boolean().optional(),
  sets: z.array(setSchema).max(MAX_SETS).optional(),
  error: z.enum(['clock', 'busy']).optional(),
});
const pageSchema = z.object({
  run: u32,
  tag: hexOf(TAG_BYTES),
  page: u32,
  gone: z.array(hexOf(ID_BYTES)).max(MAX_PAGE_ITEMS),
  done: whole,
  total: whole,
});
const endSchema = z.object({
  run: u32,
  status: z.enum(['ok', 'partial', 'aborted']),
  got: whole,
  gave: whole,
  refused: whole,
});

export function encodeOpen({ run, cut, root }: OpenFrame): Uint8Array {
  return json({ run, cut, root: toHex(root) });
}

/** @throws {BadFrameError} as all readers here. */
export function decodeOpen(body: Uint8Array): OpenFrame {
  return read(openSchema, plain(body));
}

export function encodeState(frame: StateFrame): Uint8Array {
  if (!('sets' in frame)) return json(frame);
  const sets = frame.sets.map((set) => [toHex(set.tag), set.count, toHex(set.fingerprint), set.floor]);
  return json({ run: frame.run, sets });
}

export function decodeState(body: Uint8Array): StateFrame {
  const { run, same, sets, error } = read(stateSchema, plain(body));
  if (error !== undefined) return { run, error };
  if (sets !== undefined)
    return {
      run,
      sets: sets.map(([tag, count, fingerprint, floor]) => ({ tag, count, fingerprint, floor })),
    };
  if (same === undefined) throw new BadFrameError('a state that says nothing');
  return { run, same };
}

export function encodeMsg({ run, tag, floor, message }: MsgFrame): Uint8Array {
  const head = new DataView(new ArrayBuffer(12));
  head.setUint32(0, run);
  head.setBigUint64(4, BigInt(floor));
  const bytes = new Uint8Array(head.buffer);
  return concatBytes(bytes.subarray(0, 4), tag, bytes.subarray(4), message);
}

export function decodeMsg(body: Uint8Array): MsgFrame {
  const view = binary(body, 4 + TAG_BYTES + 8);
  if (body.length > 4 + TAG_BYTES + 8 + FRAME_LIMIT) throw new BadFrameError('a message above its limit');
  const floor = view.getBigUint64(4 + TAG_BYTES);
  if (floor > BigInt(Number.MAX_SAFE_INTEGER)) throw new BadFrameError('a floor beyond all times');
  return {
    run: view.getUint32(0),
    tag: body.subarray(4, 4 + TAG_BYTES),
    floor: Number(floor),
    message: body.subarray(4 + TAG_BYTES + 8),
  };
}

export function encodeGet({ run, tag, ids }: GetFrame): Uint8Array {
  return concatBytes(number(run), tag, ...ids);
}

export function decodeGet(body: Uint8Array): GetFrame {
  const view = binary(body, 4 + TAG_BYTES);
  const ids = idsOf(body.subarray(4 + TAG_BYTES));
  if (ids.length === 0 || ids.length > MAX_GET_IDS) throw new BadFrameError('too few or too many ids');
  return { run: view.getUint32(0), tag: body.subarray(4, 4 + TAG_BYTES), ids };
}

/** @param frame.items as JSON text, so that what was signed is sent as it was kept. */
export function encodePage(frame: Omit<PageFrame, 'items'> & { items: readonly string[] }): Uint8Array {
  const { run, tag, page, items, gone, done, total } = frame;
  const rest = JSON.stringify({ run, tag: toHex(tag), page, gone: gone.map(toHex), done, total });
  return utf8(`${rest.slice(0, -1)},"items":[${items.join(',')}]}`);
}

export function decodePage(body: Uint8Array): PageFrame {
  const work = decodePageInSlices(body);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** {@link decodePage} in slices of a few milliseconds: a page can hold hundreds of items, each read by itself. */
export function* decodePageInSlices(body: Uint8Array): Sliced<PageFrame> {
  const text = fromUtf8(body);
  const parts = text === null ? null : splitElements(text, 'items');
  const document = parts === null ? parse(body) : parseText(parts.rest);
  const listed = document.get('items');
  const count = parts?.elements.length ?? (Array.isArray(listed) ? listed.length : Infinity);
  if (!Array.isArray(listed) || count > MAX_PAGE_ITEMS) throw new BadFrameError('a page without items');
  const rest = new Map([...document].filter(([key]) => key !== 'items'));
  const head = read(pageSchema, toPlain(rest));
  if (parts === null) return { ...head, items: listed.map(foreignItem) };
  const items: ForeignItem[] = [];
  for (const element of parts.elements) {
    items.push(foreignItem(parseText(element)));
    if (items.length % SLICE_ITEMS === 0) yield items.length;
  }
  return { ...head, items };
}

export function encodePageAck({ run, page, refused }: PageAckFrame): Uint8Array {
  return concatBytes(number(run), number(page), ...refused);
}

export function decodePageAck(body: Uint8Array): PageAckFrame {
  const view = binary(body, 8);
  return { run: view.getUint32(0), page: view.getUint32(4), refused: idsOf(body.subarray(8)) };
}

export function encodeEnd(frame: EndFrame): Uint8Array {
  return json(frame);
}

export function decodeEnd(body: Uint8Array): EndFrame {
  return read(endSchema, plain(body));
}

function foreignItem(value: PyValue): ForeignItem {
  if (!(value instanceof Map)) throw new BadFrameError('an item that is no object');
  const listed = value.get('env') ?? [];
  if (!Array.isArray(listed) || listed.length > MAX_ENVELOPES)
    throw new BadFrameError('envelopes that are no short list');
  const envelopes = listed.map((one) => {
    if (one instanceof Map) return one;
    throw new BadFrameError('an envelope that is no object');
  });
  const rest = toPlain(new Map([...value].filter(([key]) => key !== 'env')));
  return { envelopes, fields: rest as Readonly<Record<string, unknown>> };
}

function parse(body: Uint8Array): PyObject {
  return parseText(fromUtf8(body));
}

function parseText(text: string | null): PyObject {
  try {
    const document = text === null ? null : parsePyJson(text);
    if (document instanceof Map) return document;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  throw new BadFrameError('a body that is no JSON object');
}

function plain(body: Uint8Array): unknown {
  return toPlain(parse(body));
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw new BadFrameError('a body with missing or unsound members');
  return result.data;
}

function binary(body: Uint8Array, least: number): DataView {
  if (body.length < least) throw new BadFrameError('a body that is too short');
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

function idsOf(bytes: Uint8Array): Uint8Array[] {
  if (bytes.length % ID_BYTES !== 0) throw new BadFrameError('an id that is cut off');
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) =>
    bytes.subarray(i * ID_BYTES, (i + 1) * ID_BYTES),
  );
}

function number(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}

function json(value: object): Uint8Array {
  return utf8(JSON.stringify(value));
}
