/** Talks to the running node by its REST API (04), like every other program. */
import * as z from 'zod';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';

/** Importing an invite may take 45 s; everything else is quick. */
const ANSWER_LIMIT_MS = 60_000;
const errorSchema = z.object({
  error: z.string().optional(),
  message: z.string().optional(),
  hint: z.string().optional(),
});

export class RestClient {
  readonly url: string;
  readonly #key: string | null;

  /** @param init.url such as `http://127.0.0.1:7770`, without a path. */
  constructor(init: { url: string; key: string | null }) {
    this.url = init.url;
    this.#key = init.key;
  }

  /**
   * Makes a request and reads the answer.
   * @param route below `/api/v1`.
   * @throws {CliError} `unreachable` or `refused`.
   */
  async call<T>(method: string, route: string, schema: z.ZodType<T>, body?: object): Promise<T> {
    const { status, value } = await this.#fetch(method, route, body);
    if (status >= 400) {
      const error = errorSchema.safeParse(value);
      const { error: what, message, hint } = error.success ? error.data : {};
      const said = [[what, message].filter(Boolean).join(': '), hint].filter(Boolean).join('. ');
      throw new CliError(
        'refused',
        `The node at ${this.url} answered ${status}${said === '' ? '.' : ` ${said}`}`,
      );
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success)
      throw new CliError('refused', `What answers at ${this.url} is no Canopy node of this version.`);
    return parsed.data;
  }

  async #fetch(method: string, route: string, body?: object): Promise<{ status: number; value: unknown }> {
    let text: string;
    let status: number;
    try {
      const answer = await fetch(`${this.url}/api/v1${route}`, {
        method,
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        headers: {
          ...(this.#key === null ? {} : { 'X-API-Key': this.#key }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = answer.status;
      text = await answer.text();
    } catch (error) {
      throw new CliError(
        'unreachable',
        `No node answers at ${this.url}: give the --host and --port it was started with, or its address with --url.`,
        { cause: error },
      );
    }
    try {
      return { status, value: JSON.parse(text) };
    } catch {
      return { status, value: null };
    }
  }
}

/** The client for this command line; without a key only for what everybody may ask. */
export function openClient(context: Context): RestClient {
  const key = apiKey(context);
  return new RestClient({ url: nodeUrl(context), key });
}

/**
 * The client for what needs a key.
 * @throws {CliError} `node_not_running`, `key_needed`.
 */
export function keyClient(context: Context): RestClient {
  if (!context.running && !context.options.has('--url')) {
    throw new CliError(
      'node_not_running',
      'This needs the running node, and none runs on this data directory: start it with "npm start", or name one with --url.',
    );
  }
  if (apiKey(context) === null) {
    throw new CliError(
      'key_needed',
      'This asks the running node: give an API key with --key or CANOPY_API_KEY (one is made on the API Keys page, or by "canopy key create" while the node is stopped).',
    );
  }
  return openClient(context);
}

function apiKey({ options, machine }: Context): string | null {
  const key = (options.get('--key') ?? machine.env['CANOPY_API_KEY'] ?? '').trim();
  // Whatever else it is, a key has no characters that a header cannot carry.
  if (/[^\x21-\x7e]/.test(key)) throw new CliError('usage', 'The API key has characters no key has.');
  return key === '' ? null : key;
}

/** Where the node of these settings answers on this machine. */
export function nodeUrl({ options, config }: Context): string {
  const given = options.get('--url');
  if (given !== undefined) {
    const url = URL.canParse(given) ? new URL(given) : null;
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.pathname !== '/')
      throw new CliError('usage', `--url: "${given}" is no address such as http://127.0.0.1:7770.`);
    return url.origin;
  }
  const host = config.host === '0.0.0.0' ? '127.0.0.1' : config.host === '::' ? '::1' : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`;
}
