/**
 * Another asset service, over the HTTP calls of 07 section 1. It may be anything: answers are bounded, redirects are not
 * followed, and no request goes anywhere but below the address from the configuration file. A key is shown only when the
 * service asks for one.
 */
import http from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AssetHash } from '../../wire/ids.ts';
import type { Asset } from '../types.ts';
import type { CleanMeta } from '../assets/meta.ts';
import { ServiceError } from './errors.ts';
import { formWith } from './form.ts';
import { IDLE_MS, LANES, LIST_PAGE, MAX_ANSWER_BYTES, MAX_HEADER_BYTES, MAX_LIST_BYTES } from './limits.ts';
import { fieldsOf, readAsset, readList } from './shapes.ts';
import type { TheirAsset } from './shapes.ts';

/** Where the next page of a list begins. */
export type ListPlace = { cursor: string } | { offset: number };

interface Sent {
  type: string;
  length: number;
  /** Anew for every try. */
  parts(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export class CanService {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly #key: string | null;
  readonly #library: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #stopping = new AbortController();
  #showsKey = false;

  /**
   * @param init.url `http:` or `https:`, without user, query and fragment.
   * @param init.key for when the service asks for one.
   */
  constructor(init: { url: string; key: string | null }) {
    this.url = init.url;
    this.#key = init.key;
    this.#library = init.url.startsWith('https:') ? https : http;
    this.#agent = new this.#library.Agent({ keepAlive: true, maxSockets: LANES + 1 });
  }

  /** Ends all that is under way; nothing can be asked afterwards. */
  stop(): void {
    this.#stopping.abort();
    this.#agent.destroy();
  }

  /**
   * A page of its assets, the oldest first.
   * @param since Unix ms of the first ingest; `null` for all.
   * @returns `next` is null at the end.
   * @throws {ServiceError}
   */
  async list(
    since: number | null,
    place: ListPlace,
  ): Promise<{ assets: TheirAsset[]; next: ListPlace | null }> {
    const query = new URLSearchParams({ limit: String(LIST_PAGE), order: 'asc' });
    if (since !== null) query.set('since', String(since));
    for (const [name, value] of Object.entries(place)) query.set(name, String(value));
    const answer = await this.#asked('GET', `/list?${query.toString()}`);
    const page = answer.statusCode === 200 ? readList(await json(answer, MAX_LIST_BYTES)) : null;
    if (page === null) throw unexpected(answer, 'service_away');
    const { assets, rows, cursor } = page;
    // One that knows no cursors counts.
    const counted = 'offset' in place ? { offset: place.offset + rows } : null;
    const next = cursor === undefined ? counted : cursor === null ? null : { cursor };
    return { assets, next: rows === 0 || (cursor === undefined && rows < LIST_PAGE) ? null : next };
  }

  /** What it says of an asset; null when it has none. @throws {ServiceError} */
  async meta(hash: AssetHash): Promise<TheirAsset | null> {
    const answer = await this.#asked('GET', `/asset/${hash}/meta`);
    if (answer.statusCode === 404) {
      // A page of something in between is no word of the service.
      if ((await json(answer, MAX_ANSWER_BYTES)) === null) throw unexpected(answer, 'service_away');
      return null;
    }
    return theirs(answer, hash);
  }

  /**
   * Its bytes, as they come; false when it has none.
   * @param size bytes; more are not read.
   * @throws {ServiceError}; what `take` throws.
   */
  async read(hash: AssetHash, size: number, take: (chunk: Uint8Array) => Promise<void>): Promise<boolean> {
    const answer = await this.#asked('GET', `/asset/${hash}`);
    if (answer.statusCode === 404) {
      await json(answer, MAX_ANSWER_BYTES);
      return false;
    }
    if (answer.statusCode !== 200) throw unexpected(answer);
    let left = size;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        left -= chunk.length;
        if (left < 0) throw new ServiceError('service_refused', 'the service gives more than it said');
        await take(chunk);
      }
    } catch (error) {
      throw answer.errored === error ? away(error) : error;
    }
    return true;
  }

  /** Gives it an asset; what it says of it then. @throws {ServiceError} */
  async ingest(asset: Asset, read: () => Readable): Promise<TheirAsset> {
    const { tags, ...rest } = fieldsOf(asset);
    const fields = Object.entries(rest).filter((field): field is [string, string] => field[1] !== null);
    for (const tag of tags) fields.push(['tags', tag]);
    const form = formWith(fields, { size: asset.size, read });
    return theirs(await this.#asked('POST', '/ingest', form), asset.hash);
  }

  /** Tells it what is said of an asset; what it says then. @throws {ServiceError} */
  async describe(hash: AssetHash, fields: CleanMeta): Promise<TheirAsset> {
    const body = Buffer.from(JSON.stringify(fieldsOf(fields)));
    const sent = { type: 'application/json', length: body.length, parts: () => [body] };
    return theirs(await this.#asked('PATCH', `/asset/${hash}/meta`, sent), hash);
  }

  /** Removes an asset there, or finds it gone. @throws {ServiceError} */
  async remove(hash: AssetHash): Promise<void> {
    const answer = await this.#asked('DELETE', `/asset/${hash}`);
    if (answer.statusCode !== 404 && !isGood(answer)) throw unexpected(answer);
    await json(answer, MAX_ANSWER_BYTES);
  }

  async #asked(method: string, where: string, sent?: Sent): Promise<IncomingMessage> {
    const answer = await this.#send(method, where, sent);
    if (answer.statusCode !== 401 || this.#showsKey || this.#key === null) return answer;
    answer.destroy();
    this.#showsKey = true;
    return this.#send(method, where, sent);
  }

  async #send(method: string, where: string, sent?: Sent): Promise<IncomingMessage> {
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      timeout: IDLE_MS,
      signal: this.#stopping.signal,
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: {
        Accept: 'application/json, */*',
        ...(this.#showsKey && this.#key !== null ? { 'X-API-Key': this.#key } : {}),
        ...(sent === undefined ? {} : { 'Content-Type': sent.type, 'Content-Length': sent.length }),
      },
    };
    return new Promise((resolve, reject) => {
      const request = this.#library.request(this.url + where, options);
      const failed = (error: unknown): void => reject(away(error));
      // It stays: a connection can also end after the answer began.
      request.on('error', failed);
      request.on('timeout', () => request.destroy(new Error('nothing moved')));
      request.once('response', (answer) => {
        // Whoever reads it hears of its errors; nobody may be reading.
        answer.on('error', () => undefined);
        resolve(answer);
      });
      if (sent === undefined) request.end();
      else pipeline(sent.parts(), request).catch(failed);
    });
  }
}

function isGood({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

/** What an answer says of one asset. */
async function theirs(answer: IncomingMessage, hash: AssetHash): Promise<TheirAsset> {
  if (!isGood(answer)) throw unexpected(answer);
  const asset = readAsset(await json(answer, MAX_ANSWER_BYTES));
  if (asset?.hash !== hash)
    throw new ServiceError('service_refused', 'the service answers with something else');
  return asset;
}

/** The error of an answer that was not hoped for; the answer is given up. */
function unexpected(
  answer: IncomingMessage,
  otherwise: ServiceError['code'] = 'service_refused',
): ServiceError {
  const status = answer.statusCode ?? 0;
  if (answer.readableEnded) return new ServiceError(otherwise, 'the service answers with something else');
  answer.destroy();
  if (status === 401 || status === 403)
    return new ServiceError('service_away', `the service asks for a key with more rights (${status})`);
  if (status >= 300 && status < 400)
    return new ServiceError('service_away', 'the service points elsewhere, which is not followed');
  const isAway = status === 429 || (status >= 500 && status !== 507);
  return new ServiceError(isAway ? 'service_away' : otherwise, `the service answers ${status}`);
}

function away(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : '';
  return new ServiceError('service_away', `the service does not answer${why}`, { cause: error });
}

/** What an answer holds, at most `most` bytes; null when that is no JSON. @throws {ServiceError} */
async function json(answer: IncomingMessage, most: number): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > most) throw new ServiceError('service_away', 'the service answers without end');
      parts.push(part);
    }
  } catch (error) {
    throw away(error);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}
