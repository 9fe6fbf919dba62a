/**
 * The one way the page talks to its node (05 section 10.13, X-5): JSON over fetch, the CSRF token on every unsafe
 * call, and errors as one typed class. A session that ended is renewed once through `signIn` and the call runs again,
 * so that nothing the person did is lost (05 section 10.8, L-6).
 */

/** The node gives up a dial after at most 10 s per endpoint; no other call takes nearly as long. */
const CALL_TIMEOUT_MS = 20_000;

/** Why a call failed. `status` 0 with `code` `unreachable` means that no answer came at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** The whole answer, for fields of one route (`violations`, `reason`). */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, body: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body;
  }

  /** True when the node did not answer: the call may or may not have taken effect. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

/** Reads an error answer: a sentence in `message` wins over the fixed `error` text; `hint` says what to do. */
export function errorFromAnswer(status: number, body: unknown): ApiError {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const text = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  const what = text('message') || text('error') || `The node refused this (${status})`;
  const errorId = text('error_id');
  const hint =
    status === 429
      ? 'Wait a moment and try again.'
      : errorId === ''
        ? text('hint')
        : `The log of the node says more under the error id ${errorId}.`;
  const sentence = hint === '' ? what : `${what.replace(/\.$/u, '')}. ${hint}`;
  return new ApiError(status, text('code') || `http_${status}`, sentence, fields);
}

/** What the client needs from the rest of the page. */
export interface ApiHooks {
  fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Asks for a fresh CSRF token after a refusal; resolves to the token. */
  renewToken: () => Promise<string>;
  /** The session ended: signs in again over the page. Resolves to false when the person gave up. */
  signIn: () => Promise<boolean>;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Options of one call. */
export interface CallOptions {
  signal?: AbortSignal;
  /** @default 20 s */
  timeoutMs?: number;
  /** A 401 is an answer here, not the end of the session (sign-in itself). @default false */
  anonymous?: boolean;
}

/** JSON client of one node. */
export class ApiClient {
  csrfToken = '';
  readonly #hooks: ApiHooks;

  constructor(hooks: ApiHooks) {
    this.#hooks = hooks;
  }

  get<T>(path: string, options?: CallOptions): Promise<T> {
    return this.call<T>('GET', path, undefined, options);
  }

  post<T>(path: string, body: object = {}, options?: CallOptions): Promise<T> {
    return this.call<T>('POST', path, body, options);
  }

  delete<T>(path: string, options?: CallOptions): Promise<T> {
    return this.call<T>('DELETE', path, undefined, options);
  }

  /**
   * Calls the node.
   * @throws {ApiError} for every answer that is not 2xx and for no answer.
   */
  async call<T>(method: Method, path: string, body?: object, options: CallOptions = {}): Promise<T> {
    let error = new ApiError(0, 'unreachable', 'This node is not answering.');
    // At most one renewal of the token and one of the session.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const answer = await this.#send(method, path, body, options);
      if (answer.ok) return answer.body as T;
      error = errorFromAnswer(answer.status, answer.body);
      if (options.anonymous === true) break;
      if (error.status === 401 && (await this.#hooks.signIn())) continue;
      if (error.status === 403 && isTokenRefusal(error) && attempt === 0) {
        const token = await this.#hooks.renewToken();
        if (token !== this.csrfToken) {
          this.csrfToken = token;
          continue;
        }
      }
      break;
    }
    throw error;
  }

  async #send(method: Method, path: string, body: object | undefined, options: CallOptions) {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? CALL_TIMEOUT_MS);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    // Tells the node that its own page calls: then a session is enough on every route (04 section 1.3, rows 4 to 7).
    const headers: Record<string, string> = { Accept: 'application/json', 'X-Canopy-Page': '1' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET') headers['X-CSRFToken'] = this.csrfToken;
    try {
      const response = await this.#hooks.fetch(path, {
        method,
        headers,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { ok: response.ok, status: response.status, body: parseJson(text) };
    } catch (cause) {
      if (options.signal?.aborted === true) throw new ApiError(0, 'aborted', 'Cancelled.', { cause });
      throw new ApiError(0, 'unreachable', 'This node is not answering.', { cause });
    }
  }
}

/** A missing or stale CSRF token is answered as 403 with the words of 04 section 1.3, row 4. */
function isTokenRefusal(error: ApiError): boolean {
  return error.code.includes('csrf') || error.body['error'] === 'Forbidden';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
