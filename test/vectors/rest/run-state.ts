/** One run of exchanges: the nodes that run, the named values, and how a request of the recording is made. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { PERMISSIONS } from '../../../server/workspace/api-keys.ts';
import type { NodeProcess } from '../../e2e/node-process.ts';
import { isObject } from '../check.ts';
import { multipart, send, type Incoming } from './http.ts';
import { inviteVariants } from './invites.ts';
import { hostOf, requireFree, startNode, topologyNode } from './nodes.ts';
import { Bindings } from './placeholders.ts';

const PASSWORD = 'Passw0rd!x';

/** A request as recorded, placeholders and all. */
export interface RecordedRequest {
  node: string;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
}

/** An answer with its body read. */
export interface ReadAnswer extends Incoming {
  body: unknown;
}

const partSchema = z.object({
  name: z.string(),
  filename: z.string().optional(),
  content_type: z.string().optional(),
  data: z.string().optional(),
  data_base64: z.string().optional(),
});

export class RunState {
  readonly bindings = new Bindings();
  readonly #nodes = new Map<string, NodeProcess>();

  /** Starts the nodes; a failure leaves those that came up to {@link stop}. */
  async start(names: readonly string[]): Promise<void> {
    const starts = names.map(async (name) => {
      const node = topologyNode(name);
      await requireFree(node.port);
      this.#nodes.set(name, node);
      await startNode(node);
      this.bindings.bind(`endpoint:${name}`, `ws://${hostOf(name)}:${node.meshPort}`);
      this.bindings.bind(`endpoint_loopback:${name}`, `ws://127.0.0.1:${node.meshPort}`);
    });
    await Promise.allSettled(starts);
    await Promise.all(starts);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.dispose()));
    this.#nodes.clear();
  }

  node(name: string): NodeProcess {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`node ${name} does not run`);
    return node;
  }

  /** Sends a recorded request, its placeholders replaced. */
  async request(recorded: RecordedRequest): Promise<ReadAnswer> {
    const { node, method, body } = recorded;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(recorded.headers)) headers[name] = this.bindings.fill(value);
    if (headers['X-CSRFToken'] === '<csrf>')
      headers['X-CSRFToken'] = await this.#csrf(node, headers['Cookie']);
    const content = this.#content(body);
    if (content.type !== null && !('Content-Type' in headers && content.replaces !== true))
      headers['Content-Type'] = content.type;
    const path = this.bindings
      .fill(recorded.path)
      .replaceAll(' ', '%20')
      .replaceAll('<', '%3C')
      .replaceAll('>', '%3E');
    const answer = await send(this.node(node).port, { method, path, headers, body: content.body });
    return { ...answer, body: readBody(answer) };
  }

  #content(body: unknown): { type: string | null; body: string | Buffer | null; replaces?: boolean } {
    if (body === null || body === undefined) return { type: null, body: null };
    if (isObject(body) && typeof body['<raw>'] === 'string')
      return { type: null, body: this.bindings.fill(body['<raw>']) };
    if (isObject(body) && Array.isArray(body['<multipart>'])) {
      const form = multipart(z.array(partSchema).parse(body['<multipart>']));
      return { ...form, replaces: true };
    }
    return { type: 'application/json', body: JSON.stringify(this.bindings.fillAll(body)) };
  }

  async #csrf(node: string, cookie: string | undefined): Promise<string> {
    const answer = await this.request({
      node,
      method: 'GET',
      path: '/api/v1/csrf',
      headers: cookie === undefined ? {} : { Cookie: cookie },
      body: null,
    });
    return isObject(answer.body) && typeof answer.body['csrf_token'] === 'string'
      ? answer.body['csrf_token']
      : '';
  }

  /** Submits an account form and keeps the cookies as the session of that user. */
  async form(node: string, path: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const answer = await this.request({
      node,
      method: 'POST',
      path,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: { '<raw>': new URLSearchParams(fields).toString() },
    });
    const cookies = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]);
    if (answer.status !== 302 || cookies.length === 0)
      throw new Error(`${node}: ${path} of ${fields['username']} answered ${answer.status}`);
    const user = path === '/setup' ? 'owner' : (fields['username'] ?? '');
    this.bindings.bind(`session:${node}.${user}`, cookies.join('; '));
    const headers = { Cookie: `<session:${node}.${user}>` };
    const who = await this.request({ node, method: 'GET', path: '/api/v1/session', headers, body: null });
    this.bindAnswer(who, { 'user.id': `<user_id:${node}.${user}>` });
  }

  /** Makes a call with session and CSRF token. */
  session(node: string, user: string, call: Omit<RecordedRequest, 'node' | 'headers'>): Promise<ReadAnswer> {
    return this.request({
      ...call,
      node,
      headers: { Cookie: `<session:${node}.${user}>`, 'X-CSRFToken': '<csrf>' },
    });
  }

  /** Gives a node that runs alone its owner and a key with every permission. */
  async setUpAlone(node: string): Promise<void> {
    const username = `owner${node.toLowerCase()}`;
    await this.form(node, '/setup', {
      username,
      display_name: `Owner ${node}`,
      password: PASSWORD,
      password_confirm: PASSWORD,
    });
    const body = { permissions: PERMISSIONS };
    const answer = await this.session(node, 'owner', { method: 'POST', path: '/api/v1/keys', body });
    this.bindAnswer(answer, { api_key: `<api_key:${node}.owner_all>`, user_id: `<user_id:${node}.owner>` });
  }

  /** Binds values of an answer; `binds` maps paths in it to placeholders. */
  bindAnswer(answer: ReadAnswer, binds: Readonly<Record<string, string>>): void {
    for (const [path, name] of Object.entries(binds)) {
      let value: unknown = answer.body;
      for (const part of path.split('.')) value = isObject(value) ? value[part] : undefined;
      if (typeof value === 'string') this.bindings.bind(name, value);
      else this.bindings.markMissing(name);
    }
  }

  /** Learns what a node calls itself, once its owner has a key. */
  async learnNode(node: string): Promise<void> {
    const get = (path: string): Promise<ReadAnswer> =>
      this.request({
        node,
        method: 'GET',
        path,
        headers: { 'X-API-Key': `<api_key:${node}.owner_all>` },
        body: null,
      });
    const answer = await get('/api/v1/p2p/invite');
    this.bindAnswer(answer, {
      invite_code: `<invite_code:${node}>`,
      peer_id: `<peer_id:${node}>`,
      'raw.epk': `<b58key:${node}.ed25519>`,
      'raw.xpk': `<b58key:${node}.x25519>`,
    });
    this.bindAnswer(await get('/api/v1/auth/status'), { user_id: `<user_id:${node}.owner>` });
    const peerId = this.bindings.get(`peer_id:${node}`) ?? '';
    for (const length of [6, 8, 12])
      this.bindings.bind(`peer_id_prefix${length}:${node}`, peerId.slice(0, length));
    const code = this.bindings.get(`invite_code:${node}`);
    if (node !== 'A' || code === undefined) return;
    for (const [name, variant] of Object.entries(inviteVariants(code)))
      this.bindings.bind(`invite_code:${name}`, variant);
    this.bindAnswer(await get('/api/v1/p2p/invite?public_host=127.0.0.1'), {
      invite_code: '<invite_code:A.loopback>',
    });
  }
}

const UNKNOWN_ROUTE: Readonly<Record<number, string>> = { 404: 'Not found', 405: 'Method not allowed' };

/** Whether this is the JSON answer to an address or method this build does not have. */
export function isUnknownRoute({ status, body }: ReadAnswer): boolean {
  return UNKNOWN_ROUTE[status] !== undefined && isObject(body) && body['error'] === UNKNOWN_ROUTE[status];
}

/** JSON as it is, everything else in the words of the recording. */
function readBody(answer: Incoming): unknown {
  const type = answer.headers['content-type'] ?? '';
  if (answer.text === '') return null;
  if (type.startsWith('application/json')) {
    try {
      return JSON.parse(answer.text) as unknown;
    } catch {
      return { '<raw>': answer.text };
    }
  }
  if (type.startsWith('text/html')) return { '<html>': true };
  if (type.startsWith('text/')) return { '<raw>': answer.text };
  const bytes = Buffer.from(answer.text);
  return { '<bytes>': { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') } };
}
