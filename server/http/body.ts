/**
 * Reading request bodies (04 section 1.5). The reference reads bodies in four ways and answers bad ones in four ways,
 * some of them with 500 or HTML; here each way keeps what clients may rely on and every malformed body is 400 or 415.
 */
import type { Request } from 'express';
import { ApiError } from './errors.ts';

/** How a route treats its body: the classes of 04 section 1.5; `none` never looks at it. */
export type BodyClass = 'none' | 'strict' | 'strict-n' | 'caught' | 'silent';

/** A JSON object as received: nothing about its fields is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Largest JSON or form body (04 section 8.1, S15): no request of this surface needs more than a long text. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Such a body has this long to come in; only uploads may take longer. */
export const BODY_TIMEOUT_MS = 60_000;
/** Deepest nesting accepted: what is stored and sent on again must not exhaust the stack of a recursive reader. */
export const MAX_JSON_DEPTH = 64;

const EMPTY: JsonObject = {};

/**
 * Collects the body as bytes into `req.body`, once. Too much is refused as soon as it is announced or has come, not
 * when the sender is done.
 * @throws {ApiError} `body_too_large`, `request_timeout`, `unsupported_media_type` for compressed bodies (no zip bombs), `bad_request`
 *   when the sender gives up.
 */
export async function readBody(req: Request): Promise<void> {
  if (Buffer.isBuffer(req.body)) return;
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new ApiError('unsupported_media_type');
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw new ApiError('body_too_large');
  req.body = await collect(req);
}

function collect(req: Request): Promise<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const coming = new Promise<Buffer>((resolve, reject) => {
    const slow = (): void => reject(new ApiError('request_timeout', { headers: { Connection: 'close' } }));
    timer = setTimeout(slow, BODY_TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      req.off('data', onData);
      req.pause();
      reject(new ApiError('body_too_large'));
    };
    req.on('data', onData);
    req.on('end', () => resolve(Buffer.concat(chunks)));
    req.on('error', () => reject(new ApiError('bad_request')));
    req.on('close', () => {
      if (!req.readableEnded) reject(new ApiError('bad_request'));
    });
  });
  return coming.finally(() => clearTimeout(timer));
}

/**
 * The body of a request as a JSON object, by the rules of the route's class.
 * @throws {ApiError} `unsupported_media_type`, `bad_json` or `not_an_object`.
 */
export function jsonBody(req: Request, bodyClass: BodyClass): JsonObject {
  if (bodyClass === 'none') return EMPTY;
  const lenient = bodyClass === 'silent';
  if (!isJson(req)) {
    if (lenient) return EMPTY;
    throw new ApiError('unsupported_media_type');
  }
  const value = parse(bytesOf(req));
  if (value === undefined) {
    if (lenient) return EMPTY;
    throw new ApiError('bad_json');
  }
  if (value === null && bodyClass !== 'strict-n') return EMPTY;
  if (!isObject(value)) throw new ApiError('not_an_object');
  return value;
}

/**
 * The body of an account form: URL-encoded or JSON, as the sender's content type says (04 section 1.3).
 * Of a repeated field the first value counts.
 */
export function formOrJson(req: Request): { fields: JsonObject; json: boolean } {
  if (isJson(req)) return { fields: jsonBody(req, 'strict'), json: true };
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (req.is('application/x-www-form-urlencoded') !== false) {
    for (const [name, value] of new URLSearchParams(bytesOf(req).toString('utf8'))) fields[name] ??= value;
  }
  return { fields, json: false };
}

/** Whether a body is the JSON object `{}` or absent: the reference calls both "no JSON data". */
export function isEmptyObject(body: JsonObject): boolean {
  return Object.keys(body).length === 0;
}

function bytesOf(req: Request): Buffer {
  const body: unknown = req.body;
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function isJson(req: Request): boolean {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // Browsers send reports about the content policy under a name of their own.
  return (
    type === 'application/json' ||
    type === 'application/csp-report' ||
    /^application\/[^/]+\+json$/.test(type)
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0 || nestsTooDeep(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One pass over the bytes; brackets inside strings do not count. */
function nestsTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}
