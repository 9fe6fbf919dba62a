/**
 * Real nodes for the end-to-end tests: each one is the built program in a process of its own, with its own home,
 * data root and ports, driven over HTTP as a script would drive it.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { RECONNECT_JITTER_MAX, RECONNECT_MAX } from '../../server/mesh/limits.ts';
import { PERMISSIONS } from '../../server/workspace/api-keys.ts';

const root = path.join(import.meta.dirname, '..', '..');

/** The built program the test command made, or the one that builds first when a test file is run alone. */
function program(): string {
  return process.env['CANOPY_TEST_PROGRAM'] ?? path.join(root, '.config', 'start.mjs');
}

/** How long a started node may take until both listeners answer; generous, since tests never assert times. */
const START_LIMIT_MS = 60_000;
/** How long {@link eventually} keeps trying. */
const EVENTUALLY_LIMIT_MS = 45_000;
/**
 * The same for a connection. On loopback only whoever imported the invite knows where to dial; when the other was killed
 * a few times in a row its next dial is the longest back-off away.
 */
const CONNECTED_LIMIT_MS = RECONNECT_MAX + RECONNECT_JITTER_MAX + EVENTUALLY_LIMIT_MS;

/** An answer; tests name the shape they are going to assert. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** The fields of a message that tests look at. */
export interface TestMessage {
  id: string;
  content: string;
  user_id: string;
  sender_id?: string;
  display_name?: string;
  metadata?: Record<string, unknown> | null;
}

type AnyObject = Record<string, unknown>;

/** A free TCP port of the loopback interface. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object'
          ? resolve(address.port)
          : reject(new Error('no port')),
      );
    });
  });
}

/** Between two tries; a Python node counts them. */
const MAX_PAUSE_MS = 100;
/** At first, where what a start takes is measured. */
const START_PAUSE_MS = 10;

/** Tries `probe` until it neither throws nor returns `undefined` or `false`. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  limitMs = EVENTUALLY_LIMIT_MS,
  firstPauseMs = MAX_PAUSE_MS,
): Promise<T> {
  const end = Date.now() + limitMs;
  let last: unknown = 'nothing yet';
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: did not happen (last: ${String(last)})`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

async function fetchHere(url: string, init: RequestInit): Promise<RawAnswer> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Makes the requests of a network namespace: reads `[id, url, init]` in lines, answers `[id, error, status, headers, text]`. */
const REQUESTER = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const [id, url, init] = JSON.parse(line);
    const answer = await fetch(url, init).then(
      async (r) => [id, null, r.status, [...r.headers], await r.text()],
      (error) => [id, String(error.cause ?? error)],
    );
    console.log(JSON.stringify(answer));
  });`;

/** Makes requests from inside `within`, where the node is the only one who can hear them. */
function fetchWithin(within: string[]): (url: string, init: RequestInit) => Promise<RawAnswer> {
  const waiting = new Map<number, (line: unknown[]) => void>();
  let child: ChildProcess | null = null;
  let next = 0;
  // Starting a process takes longer than most requests, so one makes them all. It ends with this process.
  const begin = (): ChildProcess => {
    const [command = '', ...args] = [...within, process.execPath, '-e', REQUESTER];
    const begun = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: begun.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as unknown[];
      waiting.get(answer[0] as number)?.(answer);
    });
    begun.once('exit', () => {
      child = null;
      for (const answer of waiting.values()) answer([0, 'the requester ended']);
    });
    for (const held of [begun, begun.stdin, begun.stdout]) (held as unknown as { unref(): void }).unref();
    return begun;
  };
  return (url, init) =>
    new Promise((resolve, reject) => {
      next += 1;
      const id = next;
      const awake = setInterval(() => undefined, 60_000);
      waiting.set(id, ([, error, status, headers, text]) => {
        clearInterval(awake);
        waiting.delete(id);
        if (typeof error === 'string') return reject(new Error(error));
        return resolve({
          status: status as number,
          headers: new Headers(headers as [string, string][]),
          text: text as string,
        });
      });
      child ??= begin();
      child.stdin?.write(`${JSON.stringify([id, url, init])}\n`);
    });
}

export interface RequestOptions {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as an URL-encoded form. */
  form?: string;
  headers?: Record<string, string>;
}

/** Makes requests from here, or from inside a network namespace. */
export function makeRequester(
  within?: string[],
): <T = AnyObject>(url: string, method: string, options?: RequestOptions) => Promise<Answer<T>> {
  const send = within === undefined ? fetchHere : fetchWithin(within);
  return async <T>(url: string, method: string, { body, form, headers }: RequestOptions = {}) => {
    const content =
      body !== undefined
        ? { type: 'application/json', text: JSON.stringify(body) }
        : form !== undefined
          ? { type: 'application/x-www-form-urlencoded', text: form }
          : null;
    const answer = await send(url, {
      method,
      redirect: 'manual',
      headers: { ...(content === null ? {} : { 'Content-Type': content.type }), ...headers },
      ...(content === null ? {} : { body: content.text }),
    });
    let parsed: unknown = answer.text;
    try {
      parsed = JSON.parse(answer.text);
    } catch {
      // not JSON: the text itself is the body
    }
    return { status: answer.status, headers: answer.headers, body: parsed as T };
  };
}

export interface NodeOptions {
  name: string;
  /** More flags for the node. */
  args?: string[];
  env?: Record<string, string>;
  /** Where page and API listen: 127.0.0.1 unless told otherwise. */
  host?: string;
  /** Where the mesh listens: loopback unless told otherwise, `null` for the node's default. */
  meshHost?: string | null;
  /** A directory kept from an earlier node, for restarts on the same data. */
  home?: string;
  /** Puts this command before node's, to enter a network namespace; requests are then made from there too. */
  within?: string[];
}

/** One running node and its owner account. */
export class NodeProcess {
  readonly name: string;
  readonly home: string;
  port = 0;
  meshPort = 0;
  /** API key of the owner with every permission, after {@link setUp}. */
  key = '';
  userId = '';
  output = '';
  readonly #options: NodeOptions;
  readonly #requester: ReturnType<typeof makeRequester>;
  #child: ChildProcess | null = null;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.#requester = makeRequester(options.within);
    this.name = options.name;
    this.home = options.home ?? mkdtempSync(path.join(tmpdir(), `canopy-${options.name}-`));
  }

  get url(): string {
    const host = this.#options.host ?? '127.0.0.1';
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** Starts the process and waits until the API answers. Ports stay the same over restarts. */
  async start(): Promise<this> {
    if (this.port === 0) {
      this.port = await freePort();
      this.meshPort = await freePort();
    }
    const [command = process.execPath, ...before] = [...(this.#options.within ?? []), process.execPath];
    const child = spawn(
      command,
      [
        ...before,
        program(),
        ...[
          '--host',
          this.#options.host ?? '127.0.0.1',
          '--port',
          String(this.port),
          ...(this.#options.meshHost === null ? [] : ['--mesh-host', this.#options.meshHost ?? '127.0.0.1']),
          '--mesh-port',
          String(this.meshPort),
        ],
        ...(this.#options.args ?? []),
      ],
      {
        cwd: this.home,
        env: {
          PATH: process.env['PATH'],
          HOME: this.home,
          CANOPY_DATA_ROOT: path.join(this.home, 'data'),
          CANOPY_DISABLE_MDNS: '1',
          ...this.#options.env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    const answers = await eventually(
      `${this.name} starts`,
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) return 'ended'; // it will not answer any more
        return (await this.request('GET', '/api/v1/health')).status === 200 && 'yes';
      },
      START_LIMIT_MS,
      START_PAUSE_MS,
    );
    if (answers === 'ended') {
      await this.exited();
      throw new Error(`${this.name} exited with ${child.exitCode ?? child.signalCode}: ${this.output}`);
    }
    return this;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Runs the program without a flag in a fresh home, for settings that are to end the start; what it said. */
  static async startAlone(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
    const home = mkdtempSync(path.join(tmpdir(), 'canopy-alone-'));
    try {
      return await new Promise((resolve) => {
        execFile(
          process.execPath,
          [program()],
          {
            cwd: home,
            timeout: START_LIMIT_MS,
            env: {
              PATH: process.env['PATH'],
              HOME: home,
              CANOPY_DATA_ROOT: path.join(home, 'data'),
              CANOPY_DISABLE_MDNS: '1',
              ...env,
            },
          },
          (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
        );
      });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }

  /** Runs a headless command on the data of this node, which has to succeed. */
  async command(...args: string[]): Promise<string> {
    const data = { HOME: this.home, CANOPY_DATA_ROOT: path.join(this.home, 'data') };
    const env = { PATH: process.env['PATH'], ...data };
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        [program(), ...args],
        { cwd: this.home, env, timeout: START_LIMIT_MS },
        (error, stdout, stderr) =>
          error === null
            ? resolve(stdout)
            : reject(new Error(`${this.name}: ${args.join(' ')}: ${stdout}${stderr}`)),
      );
    });
  }

  /** Waits for the process to end by itself; returns its exit code. */
  async exited(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    return child.exitCode;
  }

  /** Lets the process hang, with all its sockets open, until {@link resume}. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends the process (SIGTERM unless told otherwise) and waits for it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const code = await this.exited();
    this.#child = null;
    return code;
  }

  /** Stops and removes everything the node wrote. */
  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  async request<T = AnyObject>(
    method: string,
    route: string,
    options: RequestOptions = {},
  ): Promise<Answer<T>> {
    return this.#requester<T>(this.url + route, method, options);
  }

  /** A REST call with the owner's key; `route` is relative to `/api/v1`. Fails the test unless the status is as expected. */
  async api<T = AnyObject>(
    method: string,
    route: string,
    body?: unknown,
    expected: number | number[] = [200, 201, 202],
  ): Promise<T> {
    const answer = await this.request<T>(method, `/api/v1${route}`, {
      body,
      headers: { 'X-API-Key': this.key },
    });
    assert.ok(
      [expected].flat().includes(answer.status),
      `${this.name}: ${method} ${route} answered ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    return answer.body;
  }

  /** Creates the owner account and a key with every permission, as a person with a browser would. */
  async setUp(username = `${this.name}-owner`): Promise<this> {
    const setup = await this.request('POST', '/setup', {
      body: { username, password: 'Correct-horse-7', password_confirm: 'Correct-horse-7' },
    });
    assert.ok(setup.status < 400, `setup answered ${setup.status} ${JSON.stringify(setup.body)}`);
    const cookie =
      (setup.headers.getSetCookie().find((line) => line.startsWith('session=')) ?? '').split(';')[0] ?? '';
    assert.notEqual(cookie, '', 'setup starts a session');
    const csrf = await this.request('GET', '/api/v1/csrf', { headers: { Cookie: cookie } });
    const created = await this.request('POST', '/api/v1/keys', {
      headers: { Cookie: cookie, 'X-CSRFToken': csrf.body['csrf_token'] as string },
      body: {
        permissions: PERMISSIONS,
      },
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    this.key = created.body['api_key'] as string;
    this.userId = created.body['user_id'] as string;
    return this;
  }

  async peerId(): Promise<string> {
    return (await this.api('GET', '/p2p/status'))['peer_id'] as string;
  }

  /** Imports `other`'s invite; the answer of the import. */
  async importInviteOf(other: NodeProcess): Promise<AnyObject> {
    const invite = await other.api('GET', `/p2p/invite?public_host=127.0.0.1&public_port=${other.meshPort}`);
    return this.api('POST', '/p2p/invite/import', { invite_code: invite['invite_code'] });
  }

  /** Imports an invite of `other` that names this way to it, and `other` accepts; returns when they are connected. */
  async join(other: NodeProcess, host: string, port: number): Promise<void> {
    const invite = await other.api('GET', `/p2p/invite?public_host=${host}&public_port=${port}`);
    await this.api('POST', '/p2p/invite/import', { invite_code: invite['invite_code'] });
    const peer = await this.peerId();
    await eventually('the request shows', async () =>
      (await other.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests')).requests.some(
        (request) => request.peer_id === peer,
      ),
    );
    await other.api('POST', `/p2p/requests/${peer}`, { action: 'accept' });
    await this.waitConnected(await other.peerId());
  }

  async waitConnected(peerId: string): Promise<void> {
    const connected = async (): Promise<boolean> => {
      const peers = await this.api<{ connected_peers: string[] }>('GET', '/p2p/peers');
      return peers.connected_peers.includes(peerId);
    };
    await eventually(`${this.name} is connected with ${peerId}`, connected, CONNECTED_LIMIT_MS);
  }

  async post(content: string): Promise<TestMessage> {
    return (
      await this.api<{ message: TestMessage }>('POST', '/channels/messages', {
        channel_id: 'general',
        content,
      })
    ).message;
  }

  async generalMessages(): Promise<TestMessage[]> {
    return (await this.api<{ messages: TestMessage[] }>('GET', '/channels/general/messages?limit=500'))
      .messages;
  }

  /** Waits until `content` stands in #general; returns the message. */
  async waitForMessage(content: string): Promise<TestMessage> {
    return eventually(`${this.name} sees "${content}"`, async () =>
      (await this.generalMessages()).find((message) => message.content === content),
    );
  }
}
