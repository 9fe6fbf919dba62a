/** A node as the agent of another asset service (07 section 4): one of ours behind a line that can be cut, and a hostile one. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect, createServer as createLine } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { CanService } from '../../../server/libraries/external/can-service.ts';
import { ExternalService } from '../../../server/libraries/external/external-service.ts';
import { ExternalAssets } from '../../../server/store/external-assets.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import type { Timers } from '../../../server/ports/types.ts';
import { startHarness } from '../../http/harness.ts';
import type { Harness } from '../../http/harness.ts';
import { temporaryDirectory } from '../../store/support.ts';
import { assetStore, contentOf, hashOf, PEER } from '../assets/fixture.ts';

const ROOT = '/api/v1/can/0';
const INTERVAL_MS = 20;
const PATIENCE_MS = 20_000;
const timers: Timers = {
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  every: () => assert.fail('not used'),
};

/** Waits for something to become so. */
async function eventually<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) assert.fail('it never came');
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
}

function listening(server: Server | ReturnType<typeof createLine>): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** A line to a port, which can be cut and mended. */
class Line {
  readonly #sockets = new Set<Socket>();
  readonly #server;
  cut = false;
  port = 0;

  constructor(to: number) {
    this.#server = createLine((near) => {
      if (this.cut) return void near.destroy();
      const far = connect(to, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
  }

  async open(): Promise<void> {
    this.port = await listening(this.#server);
  }

  hang(): void {
    this.cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.hang();
    this.#server.close();
  }
}

/** A store and its agent, which stops with the test. */
async function agentOf(t: TestContext, url: string, init: { key?: string; scanMs?: number } = {}) {
  const own = await assetStore({ folder: temporaryDirectory(t), maxBytes: 4 * 1024 * 1024 });
  own.clock.time = Date.now();
  const agent = new ExternalService(
    {
      service: new CanService({ url, key: init.key ?? null }),
      store: own.store,
      rows: new ExternalAssets(own.database.sql),
      commit: own.database.commit,
      clock: { now: () => own.clock.time, monotonic: () => performance.now() },
      timers,
      log: silentLog,
    },
    { pollIntervalMs: INTERVAL_MS, fullScanIntervalMs: init.scanMs ?? INTERVAL_MS },
  );
  t.after(() => agent.stop());
  await agent.start();
  return { own, agent };
}

describe('a node as the agent of another node', () => {
  let node: Harness;
  let key: string;
  let line: Line;

  before(async () => {
    node = await startHarness();
    await node.setUp();
    key = node.key('owner', ['read_files', 'write_files', 'delete_data']);
    line = new Line(Number(new URL(node.url).port));
    await line.open();
  });
  after(async () => {
    line.close();
    await node.close();
  });

  async function put(content: string, fields: Record<string, string> = {}): Promise<string> {
    const form = new FormData();
    form.append('file', new Blob([content]), 'there.bin');
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const answer = await fetch(`${node.url}${ROOT}/ingest`, {
      method: 'POST',
      headers: { 'X-API-Key': key },
      body: form,
    });
    assert.ok(answer.ok);
    return hashOf(content);
  }

  async function there(hash: string): Promise<Record<string, unknown> | null> {
    const { status, json } = await node.call('GET', `${ROOT}/asset/${hash}/meta`, { key });
    return status === 404 ? null : (json['data'] as Record<string, unknown>);
  }

  it('keeps both in step, also over an absence', async (t) => {
    const first = await put('from there', { tags: 'sea', user: 'ann' });
    const { own, agent } = await agentOf(t, `http://127.0.0.1:${line.port}${ROOT}`, { key });
    const here = (hash: string) => own.store.get(hashOf(hash === first ? 'from there' : hash));
    const taken = await eventually(() => here(first) ?? undefined);
    assert.equal(await contentOf(own.store, taken.hash), 'from there');
    assert.deepEqual({ ...taken }, await there(first), 'with its time and who had it first');
    assert.equal(own.store.isLocal(taken.hash), true, 'libraries share it');

    // What a library brought here is given on, with what a form cannot say.
    const brought = (await own.ingest('from a library', { tags: ['a,b', 'c'], description: 'two\r\nlines' }))
      .asset;
    await eventually(async () => (await there(brought.hash))?.['filename'] === null);
    const given = (await there(brought.hash)) ?? {};
    assert.deepEqual(
      [given['filename'], given['tags'], given['description'], given['mime_type']],
      [null, ['a,b', 'c'], 'two\r\nlines', brought.mime_type],
    );

    // What changes on one side changes on the other, and nothing else does.
    await own.store.describe(taken.hash, { user: 'here' });
    await eventually(async () => (await there(first))?.['user'] === 'here');
    await node.call('PATCH', `${ROOT}/asset/${first}/meta`, { key, body: { tags: ['lake'] } });
    await eventually(() => own.store.get(taken.hash)?.tags[0] === 'lake');
    assert.equal(own.store.get(taken.hash)?.user, 'here');

    // Away.
    const going = await put('goes there');
    const leaving = (await own.ingest('goes here')).asset;
    await eventually(async () => (await there(leaving.hash)) !== null && here('goes there') !== null);
    line.hang();
    await eventually(() => !agent.state().reachable);
    assert.match(agent.state().problem ?? '', /^the service does not answer/);
    await node.call('DELETE', `${ROOT}/asset/${going}`, { key });
    await own.store.delete(leaving.hash);
    await put('came meanwhile');
    const meanwhile = (await own.ingest('made meanwhile')).asset;
    assert.ok(here('goes there'), 'what cannot be asked about stays');
    line.cut = false;
    await eventually(() => agent.state().reachable && here('came meanwhile') !== null);
    await eventually(async () => (await there(meanwhile.hash)) !== null);
    await eventually(async () => (await there(leaving.hash)) === null && here('goes there') === null);
    assert.equal(own.store.isHidden(hashOf('goes there')), true, 'no library brings it back');
    assert.equal(own.store.stats().assets, 4);
    assert.equal(agent.state().failed, 0);
  });

  it('takes away there what libraries took away here', async (t) => {
    const { own } = await agentOf(t, `http://127.0.0.1:${line.port}${ROOT}`, { key });
    const both = (await own.ingest('on both')).asset;
    await eventually(async () => (await there(both.hash)) !== null);
    own.rows.update(both.hash, both, { local: false, changedAt: 0 });
    await own.store.drop(both.hash);
    await eventually(async () => (await there(both.hash)) === null);
    assert.equal(own.store.get(both.hash), null);
  });

  it('says that it is refused without a key', async (t) => {
    const { agent } = await agentOf(t, `${node.url}${ROOT}`);
    await eventually(() => agent.state().problem?.includes('asks for a key'));
    assert.equal(agent.state().reachable, false);
  });
});

describe('a hostile asset service', () => {
  /** Answers with what the test says. */
  async function service(t: TestContext, answer: (req: IncomingMessage, res: ServerResponse) => void) {
    const requests: string[] = [];
    const keys = new Set<unknown>();
    const server = createServer((req, res) => {
      requests.push(`${req.method} ${req.url}`);
      keys.add(req.headers['x-api-key']);
      req.resume();
      res.on('error', () => undefined);
      answer(req, res);
    });
    const port = await listening(server);
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return { url: `http://127.0.0.1:${port}${ROOT}`, requests, keys };
  }

  const json = (res: ServerResponse, data: unknown, status = 200): void => {
    res.writeHead(status, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify({ status: status < 300 ? 'success' : 'error', data }));
  };
  const asset = (hash: string, more: object = {}) => ({ hash, size: 5, mime_type: 'text/plain', ...more });
  const isList = ({ url }: IncomingMessage): boolean => url?.includes('/list?') === true;

  it('gives wrong, endless and too many bytes, names with paths and metadata without bounds, and is believed nothing', async (t) => {
    const good = hashOf('right');
    const hashes = { wrong: hashOf('1'), endless: hashOf('2'), huge: hashOf('3'), long: hashOf('4') };
    const listed = [
      asset(good, { filename: '../../etc/passwd', tags: [' a '], timestamp: 9e15, origin_peer: 'nobody' }),
      asset(hashes.wrong, { timestamp: 'yesterday' }),
      asset(hashes.endless),
      asset(hashes.huge, { size: 5_000_000_000 }),
      asset(hashes.long, { user: 'u'.repeat(500) }),
      asset('../../evil'),
      { hash: 7 },
      null,
    ];
    const { url, requests, keys } = await service(t, (req, res) => {
      if (isList(req)) return json(res, { assets: listed, next_cursor: null });
      if (req.url?.endsWith(good)) return void res.end('right');
      if (req.url?.endsWith(hashes.endless)) {
        const more = (): void => {
          while (!res.destroyed && res.write('x'.repeat(65_536)));
        };
        res.on('drain', more);
        return more();
      }
      res.end('WRONG');
    });
    const { own, agent } = await agentOf(t, url, { key: 'a secret', scanMs: 60_000 });
    await eventually(() => agent.state().reachable);
    const { filename, tags, origin_peer: origin, timestamp } = own.store.get(good) ?? assert.fail();
    assert.deepEqual({ filename, tags, origin }, { filename: 'passwd', tags: ['a'], origin: PEER });
    assert.equal(timestamp, own.clock.time);
    assert.equal(own.store.stats().assets, 1);
    assert.equal(agent.state().failed, 4);
    const asked = requests.length;
    await eventually(() => requests.length > asked + 1);
    const since = /^GET \S+\/list\?\S*since=/;
    assert.ok(
      requests.slice(asked).every((one) => since.test(one)),
      'nothing is fetched again at once',
    );
    assert.ok(requests.every((one) => one.split(' ')[1]?.startsWith(ROOT)));
    assert.deepEqual([...keys], [undefined], 'the key is not shown to one that does not ask');
  });

  it('cannot send the node elsewhere, nor keep it with an answer or a list without end', async (t) => {
    const elsewhere = await service(t, (_req, res) => json(res, { assets: [] }));
    const redirecting = await service(t, (_req, res) =>
      res.writeHead(302, { Location: `${elsewhere.url}/list` }).end(),
    );
    const one = await agentOf(t, redirecting.url, { key: 'a secret' });
    await eventually(() => one.agent.state().problem?.includes('points elsewhere'));
    assert.deepEqual(elsewhere.requests, []);

    const endless = await service(t, (_req, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write('['.repeat(65_536)));
      };
      res.on('drain', more);
      more();
    });
    const two = await agentOf(t, endless.url);
    await eventually(() => two.agent.state().problem?.includes('without end'));
    const noise = await service(t, (_req, res) => void res.end('<html>'));
    const three = await agentOf(t, noise.url);
    await eventually(() => three.agent.state().problem?.includes('something else'));
  });

  it('that has lost most of its assets deletes none here', async (t) => {
    let kept: string[] = [];
    const { url } = await service(t, (req, res) => {
      if (isList(req)) return json(res, { assets: kept.map((hash) => asset(hash)) });
      const hash = /[0-9a-f]{64}/.exec(req.url ?? '')?.[0] ?? '';
      if (!kept.includes(hash)) return json(res, null, 404);
      if (req.url?.endsWith('/meta')) return json(res, asset(hash));
      res.end(contents.get(hash));
    });
    const contents = new Map<string, string>(
      Array.from({ length: 120 }, (_, i) => [hashOf(`${10_000 + i}`), `${10_000 + i}`]),
    );
    kept = [...contents.keys()];
    const { own, agent } = await agentOf(t, url);
    await eventually(async () => own.store.stats().assets === 120 && agent.state().reachable);
    kept = [];
    await eventually(() => agent.state().problem?.startsWith('120 of 120'));
    assert.equal(agent.state().reachable, true);
    assert.equal(own.store.stats().assets, 120);
    kept = [...contents.keys()].slice(0, 100);
    await eventually(async () => own.store.stats().assets === 100);
    assert.equal(agent.state().problem, null);
  });
});
