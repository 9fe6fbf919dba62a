/**
 * A running Python Canopy node, driven over its own HTTP interface. It is given by environment variables; without
 * them the interop tests are left out. See README.md in this folder.
 */
import assert from 'node:assert/strict';
import { execSync } from 'node:child_process';
import { z } from 'zod';
import { makeRequester } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';

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

export class PythonNode {
  readonly environment: InteropEnvironment;
  readonly within: string[] | undefined;
  readonly #request: ReturnType<typeof makeRequester>;
  #cookie = '';

  constructor(interop: InteropEnvironment) {
    this.environment = interop;
    this.within = interop.CANOPY_INTEROP_WITHIN?.split(' ');
    this.#request = makeRequester(this.within);
  }

  async api<T = Record<string, unknown>>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await this.#request<T>(`${this.environment.CANOPY_INTEROP_URL}/api/v1${route}`, method, {
      body,
      headers: { 'X-API-Key': this.environment.CANOPY_INTEROP_KEY },
    });
    assert.ok(
      answer.status < 400,
      `python: ${method} ${route} answered ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    return answer.body;
  }

  /** Sets the trust of a peer, which Python offers only to the signed-in person. */
  async trust(peerId: string, score = 90): Promise<void> {
    const url = this.environment.CANOPY_INTEROP_URL;
    const form = new URLSearchParams({
      username: this.environment.CANOPY_INTEROP_USER,
      password: this.environment.CANOPY_INTEROP_PASSWORD,
    });
    const login = await this.#request(`${url}/login`, 'POST', { form: form.toString() });
    this.#cookie =
      (login.headers.getSetCookie().find((line) => line.startsWith('session=')) ?? '').split(';')[0] ?? '';
    const page = await this.#request<string>(`${url}/trust`, 'GET', { headers: { Cookie: this.#cookie } });
    const token = /name="csrf-token"\s+content="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const cookie =
      page.headers
        .getSetCookie()
        .find((line) => line.startsWith('session='))
        ?.split(';')[0] ?? this.#cookie;
    const answer = await this.#request(`${url}/trust/update`, 'POST', {
      body: { peer_id: peerId, score },
      headers: { Cookie: cookie, 'X-CSRFToken': token },
    });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
  }

  async peerId(): Promise<string> {
    return (await this.api<{ peer_id: string }>('GET', '/p2p/status')).peer_id;
  }

  async version(): Promise<string> {
    return (await this.api<{ version: string }>('GET', '/health')).version;
  }

  async invite(): Promise<string> {
    return (await this.api<{ invite_code: string }>('GET', '/p2p/invite')).invite_code;
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

  stop(): void {
    execSync(this.environment.CANOPY_INTEROP_STOP ?? '', { stdio: 'pipe' });
  }

  start(): void {
    execSync(this.environment.CANOPY_INTEROP_START ?? '', { stdio: 'pipe' });
  }
}
