import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { canRoutes } from '../../server/http/api/can.ts';
import { PortServer } from '../../server/http/port-server.ts';
import type { Harness } from './harness.ts';
import { startHarness } from './harness.ts';

const OWN = { machineName: 'test-host', advertised: [], allowed: [] };
const LIST = '/api/v1/can/0/list';

describe('an extra port', () => {
  let node: Harness;
  let local: PortServer;
  let open: PortServer;

  before(async () => {
    node = await startHarness();
    const { ports, log, workspace, assets } = node.components;
    const port = (host: string) =>
      new PortServer(
        { ports, log, workspace, routes: canRoutes(assets) },
        {
          host,
          port: 0,
          prefix: '/api/v1',
          permission: null,
          key: 'the further key',
          origins: ['http://localhost:5173'],
          hosts: OWN,
        },
      );
    local = port('127.0.0.1');
    await local.start();
    await local.start();
    // Every address of this machine, which is more than loopback.
    open = port('0.0.0.0');
    await open.start();
  });
  after(async () => {
    await local.stop();
    await local.stop();
    await open.stop();
    await node.close();
  });

  /** By hand: `fetch` lets nobody choose these headers. */
  function call(
    server: PortServer,
    headers: Record<string, string> = {},
    { method = 'GET', path = LIST } = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; json: Record<string, unknown> }> {
    return new Promise((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
          resolve({ status: res.statusCode ?? 0, headers: res.headers, json });
        });
      });
      req.on('error', reject);
      req.end();
    });
  }

  it('serves programs of this machine without a key, also before there is an account', async () => {
    assert.equal((await call(local)).json['status'], 'success');
    const form = new FormData();
    form.append('file', new Blob(['x']), 'x.txt');
    const stored = await fetch(`http://127.0.0.1:${local.port}/api/v1/can/0/ingest`, {
      method: 'POST',
      body: form,
    });
    assert.equal(stored.status, 201);
    assert.equal((await call(local, {}, { path: '/api/v1/status' })).status, 404);
    assert.equal((await call(local, {}, { path: '/' })).json['status'], 'error');
  });

  it('refuses what a page of another site sends', async () => {
    const refused: Record<string, string>[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `http://127.0.0.1:${local.port}` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of refused)
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const { status, json } = await call(local, headers, { method });
        assert.equal(status, 403, JSON.stringify({ headers, method }));
        assert.equal(json['code'], 'cross_site');
      }
    const host = await call(local, { Host: 'evil.example' });
    assert.equal(host.status, 421);
    assert.equal((await call(local, { Host: '192.0.2.7' })).status, 421);
    assert.equal((await call(local, { Host: 'localhost:1' })).status, 200);
  });

  it('serves pages of the origins that were allowed', async () => {
    const page = { Origin: 'http://localhost:5173', 'Sec-Fetch-Site': 'same-site' };
    const answer = await call(local, page);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['access-control-allow-origin'], page.Origin);
    const asked = await call(
      local,
      { ...page, 'Access-Control-Request-Method': 'DELETE' },
      { method: 'OPTIONS' },
    );
    assert.equal(asked.status, 204);
    assert.match(String(asked.headers['access-control-allow-methods']), /DELETE/);
  });

  it('asks for a key when others than this machine reach it', async () => {
    assert.equal((await call(open)).json['code'], 'api_key_required');
    assert.equal((await call(open, { 'X-API-Key': 'the further kex' })).status, 403);
    assert.equal((await call(open, { 'X-API-Key': 'the further key' })).status, 200);
    assert.equal((await call(local, { 'X-API-Key': 'wrong' })).status, 403);
    await node.setUp();
    assert.equal((await call(open, { 'X-API-Key': node.key('owner', ['read_files']) })).status, 200);
    assert.equal((await call(open, { 'X-API-Key': node.key('owner', ['read_feed']) })).status, 403);
    const cookie = (await node.call('GET', '/api/v1/session')).headers.getSetCookie()[0] ?? '';
    assert.equal((await call(open, { Cookie: cookie, 'X-Canopy-Page': '1' })).status, 401);
  });
});
