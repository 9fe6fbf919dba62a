/**
 * A running Python Canopy node, driven over its own HTTP interface. It is given by environment variables; without
 * them the interop tests are left out. See README.md in this folder.
 */
import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import * as z from 'zod';
import { makeRequester } from '../e2e/node-process.ts';
import type { Answer, RequestOptions, TestMessage } from '../e2e/node-process.ts';

const environment = z.object({
  CANOPY_INTEROP_URL: z.url(),
  CANOPY_INTEROP_KEY: z.string().min(1),
  CANOPY_INTEROP_USER: z.string().min(1),
  CANOPY_INTEROP_PASSWORD: z.string().min(1),
  /** Command prefix that enters the network the Python node lives in. */
  CANOPY_INTEROP_WITHIN: z.string().optional(),
  /** Shell commands that stop and start the Python node; without them the restart steps are left out. */
  CANOPY_INTEROP_STOP: z.string().optional(),
  CANOPY_INTEROP_START: z.string().optional(),
});
export type InteropEnvironment = z.infer<typeof environment>;

/** The environment of the interop tests, or why they are left out. */
export function interopEnvironment(): InteropEnvironment | string {
  if (process.env['CANOPY_INTEROP_URL'] === undefined) return 'no Python node given (CANOPY_INTEROP_URL)';
  return environment.parse(process.env);
}

/** A person as either program lists them. */
export interface KnownPerson {
  user_id: string;
  username: string;
  display_name?: string;
  mention_handles?: string[];
}

export class PythonNode {
  readonly environment: InteropEnvironment;
  readonly within: string[] | undefined;
  readonly #request: ReturnType<typeof makeRequester>;
  #session: { cookie: string; token: string } | null = null;

  constructor(interop: InteropEnvironment) {
    this.environment = interop;
    this.within = interop.CANOPY_INTEROP_WITHIN?.split(' ');
    this.#request = makeRequester(this.within);
  }

  async api<T = Record<string, unknown>>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.#patiently<T>(`${this.environment.CANOPY_INTEROP_URL}/api/v1${route}`, method, {
      body,
      headers: { 'X-API-Key': this.environment.CANOPY_INTEROP_KEY },
    });
    assert.ok(
      answer.status < 400,
      `python: ${method} ${route} answered ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    return answer.body;
  }

  /** Python answers a few requests a second. */
  async #patiently<T>(url: string, method: string, options: RequestOptions): Promise<Answer<T>> {
    for (;;) {
      const answer = await this.#request<T>(url, method, options);
      if (answer.status !== 429) return answer;
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }

  /** A route of its page: as its owner who signed in, with the token its forms carry. */
  async page<T = Record<string, unknown>>(method: string, route: string, body?: unknown): Promise<T> {
    const url = this.environment.CANOPY_INTEROP_URL;
    this.#session ??= await this.#signIn();
    const { cookie, token } = this.#session;
    const answer = await this.#patiently<T>(url + route, method, {
      ...(body === undefined ? {} : { body }),
      headers: { Cookie: cookie, 'X-CSRFToken': token },
    });
    assert.equal(answer.status, 200, `python: ${method} ${route}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async #signIn(): Promise<{ cookie: string; token: string }> {
    const url = this.environment.CANOPY_INTEROP_URL;
    const sessionOf = (headers: Headers): string | undefined =>
      headers
        .getSetCookie()
        .find((line) => line.startsWith('session='))
        ?.split(';')[0];
    const form = new URLSearchParams({
      username: this.environment.CANOPY_INTEROP_USER,
      password: this.environment.CANOPY_INTEROP_PASSWORD,
    });
    const login = await this.#request(`${url}/login`, 'POST', { form: form.toString() });
    const cookie = sessionOf(login.headers) ?? '';
    const page = await this.#request<string>(`${url}/trust`, 'GET', { headers: { Cookie: cookie } });
    const token = /name="csrf-token"\s+content="([^"]+)"/.exec(page.body)?.[1] ?? '';
    return { cookie: sessionOf(page.headers) ?? cookie, token };
  }

  /** Sets the trust of a peer, which Python offers only to the signed-in person. */
  async trust(peerId: string, score = 90): Promise<void> {
    await this.page('POST', '/trust/update', { peer_id: peerId, score });
  }

  async peerId(): Promise<string> {
    return (await this.api<{ peer_id: string }>('GET', '/p2p/status')).peer_id;
  }

  async version(): Promise<string> {
    return (await this.api<{ version: string }>('GET', '/health')).version;
  }

  /** @param way another address than its own under which it is reached. */
  async invite(way?: { host: string; port: number }): Promise<string> {
    const query = way === undefined ? '' : `?public_host=${way.host}&public_port=${way.port}`;
    return (await this.api<{ invite_code: string }>('GET', `/p2p/invite${query}`)).invite_code;
  }

  async userId(): Promise<string> {
    return (await this.api<{ user_id: string }>('GET', '/auth/status')).user_id;
  }

  async post(content: string): Promise<void> {
    await this.api('POST', '/channels/messages', { channel_id: 'general', content });
  }

  async generalMessages(): Promise<TestMessage[]> {
    return (await this.api<{ messages: TestMessage[] }>('GET', '/channels/general/messages?limit=500'))
      .messages;
  }

  async directMessages(): Promise<TestMessage[]> {
    return (await this.api<{ messages: TestMessage[] }>('GET', '/messages?limit=100')).messages;
  }

  /** Whether the restart commands were given. */
  get restartable(): boolean {
    return (
      this.environment.CANOPY_INTEROP_STOP !== undefined &&
      this.environment.CANOPY_INTEROP_START !== undefined
    );
  }

  /** What stands in a channel here, as the person who looks at it sees it: with its likes. */
  async shown(channel = 'general'): Promise<(TestMessage & { like_count: number })[]> {
    return (
      await this.page<{ messages: (TestMessage & { like_count: number })[] }>(
        'GET',
        `/ajax/channel_messages/${channel}`,
      )
    ).messages;
  }

  /** Every person known here. */
  async people(): Promise<KnownPerson[]> {
    return (await this.api<{ agents: KnownPerson[] }>('GET', '/agents?include_humans=1&include_remote=1'))
      .agents;
  }

  stop(): void {
    this.#session = null;
    execSync(this.environment.CANOPY_INTEROP_STOP ?? '', { stdio: 'pipe' });
  }

  start(): void {
    execSync(this.environment.CANOPY_INTEROP_START ?? '', { stdio: 'pipe' });
  }
}
