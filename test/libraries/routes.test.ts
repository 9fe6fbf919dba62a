/** The routes of libraries (07 section 2.1), as the sync port serves them, and who may call them on the main port. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Request, Response } from 'express';
import type * as z from 'zod';
import { openLibraryRoutes } from '../../server/http/api/libraries.ts';
import type { LibraryParts } from '../../server/http/api/libraries.ts';
import { errorAnswer } from '../../server/http/errors.ts';
import type { Answer, OpenRoute } from '../../server/http/routes.ts';
import { startHarness } from '../http/harness.ts';
import { eventually, LibraryNode } from './library-node.ts';

const nodes: LibraryNode[] = [];
after(() => Promise.all(nodes.map((node) => node.stop())));

interface Answered {
  status: number;
  code?: string;
  data: Record<string, unknown>;
}

/** Calls routes without a server, and holds what they answer to their schemas. */
function callerOf(node: LibraryNode) {
  const parts: LibraryParts = {
    libraries: node.libraries,
    assets: { count: () => ({ assets: 0, bytes: 0 }), get: () => null, isHidden: () => false },
    health: () => Promise.resolve({ readable: true, writable: true, hasRoom: false, freeBytes: 5 }),
    external: () => null,
    rescan: () => undefined,
    pause: () => Promise.resolve(),
    progress: () => ({ active: [], bytesPerSecond: 0 }),
    traffic: () => ({ in: 1, out: 2 }),
    peerId: node.peerId,
    version: '0.0.0',
    meshPort: () => node.mesh.port,
    allowLoopback: true,
    now: () => Date.now(),
  };
  const routes = openLibraryRoutes(parts);
  return async (method: string, path: string, body: Record<string, unknown> = {}): Promise<Answered> => {
    const [where = '', query = ''] = path.split('?');
    const { route, params } = routeOf(routes, method, where);
    const call = {
      caller: null,
      req: {} as Request,
      param: (name: string) => params[name] ?? '',
      query: new URLSearchParams(query),
      body,
    };
    let answer: Answer | null;
    try {
      answer = await route.handle(call, {} as Response);
    } catch (error) {
      const refusal = errorAnswer(error);
      assert.equal(refusal.body['status'], 'error');
      return { ...refusal.body, status: refusal.status, data: {} };
    }
    assert.ok(answer);
    const json = JSON.parse(JSON.stringify(answer.body)) as Answered & { status: unknown };
    if (answer.status < 300) (route.schema.answer as z.ZodObject).parse(json);
    return { ...json, status: answer.status };
  };
}

function routeOf(routes: readonly OpenRoute[], method: string, path: string) {
  const given = path.split('/');
  for (const route of routes) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith(':')) return part === given[i];
      params[part.slice(1)] = given[i] ?? '';
      return true;
    });
    if (fits) return { route, params };
  }
  return assert.fail(`no route ${method} ${path}`);
}

describe('the routes of libraries', () => {
  it('do everything the API promises between two nodes', async () => {
    const [owner, other] = [await LibraryNode.start(), await LibraryNode.start()];
    nodes.push(owner, other);
    const [a, b] = [callerOf(owner), callerOf(other)];
    assert.equal((await a('POST', '/libraries', { name: 'All', filter: {} })).code, 'filter_matches_all');
    const made = await a('POST', '/libraries', { name: 'pastes', filter: { application: 'paste' } });
    assert.deepEqual([made.status, made.data['state'], made.data['role']], [201, 'active', 'owner']);
    const at = `/libraries/${String(made.data['id'])}`;
    const invite = await a('POST', `${at}/invite`, { public_host: '127.0.0.1', max_uses: 1 });
    const ticket = String(invite.data['ticket']);
    assert.equal((await b('POST', '/join', { ticket: 'x' })).code, 'invalid_ticket');
    assert.equal((await b('POST', '/join', { ticket })).data['state'], 'joining');
    const active = (): boolean => other.libraries.active().length === 1;
    await eventually(active);
    assert.equal((await b('GET', at)).data['name'], 'pastes');
    assert.equal((await b('POST', `${at}/invite`)).status, 403);
    assert.equal((await b('PATCH', at, { name: 'x' })).code, 'not_library_owner');
    assert.equal((await a('PATCH', at, { name: 'Pastes' })).data['name'], 'Pastes');
    await eventually(() => owner.libraries.connected()[0]?.shared.length === 1);
    const [peer] = (await a('GET', '/peers')).data as unknown as Record<string, unknown>[];
    assert.deepEqual([peer?.['peer_id'], peer?.['link'], peer?.['bytes_in']], [other.peerId, 'direct', 1]);
    const { libraries, store, service } = (await a('GET', '/status')).data;
    assert.deepEqual({ libraries, service }, { libraries: 1, service: null });
    assert.deepEqual(store, {
      healthy: false,
      readable: true,
      writable: true,
      has_room: false,
      free_bytes: 5,
      assets: 0,
      bytes: 0,
    });
    assert.equal((await a('GET', '/libraries')).status, 200);
    const [listed] = (await a('GET', `${at}/tickets`)).data as unknown as Record<string, unknown>[];
    assert.equal(listed?.['uses'], 1);
    assert.equal((await a('DELETE', `${at}/tickets/${String(listed?.['ticket_id'])}`)).status, 200);
    assert.equal((await a('DELETE', `${at}/tickets/nothing`)).code, 'ticket_not_found');
    const member = `${at}/members/${other.peerId}`;
    assert.equal((await a('PATCH', member, { mode: 'read' })).status, 200);
    assert.equal((await a('DELETE', `${member}?adopt=0`)).status, 200);
    assert.equal((await a('GET', `${at}/members`)).status, 200);
    assert.equal((await a('DELETE', `${at}/assets/${'0'.repeat(64)}`)).code, 'asset_not_in_library');
    assert.equal((await a('POST', `${at}/rescan`)).status, 200);
    assert.equal((await a('DELETE', at)).code, 'close_required');
    assert.equal((await a('DELETE', `${at}?close=1`)).data['outcome'], 'closed');
    assert.equal((await b('DELETE', at)).data['outcome'], 'left');
    assert.equal((await b('GET', at)).code, 'library_not_found');
  });

  it('are for the owner of the node and for keys that manage it', async (t) => {
    const node = await startHarness();
    t.after(() => node.close());
    const session = await node.setUp();
    const [path] = ['/api/v1/sync/libraries'];
    assert.equal((await node.call('GET', path)).status, 401);
    // Without a mesh there are none.
    assert.equal((await node.call('GET', path, { session })).json['code'], 'mesh_not_running');
    const owner = node.repositories.users.byUsername('owner');
    const weak = node.key(String(owner?.id), ['read_files']);
    assert.equal((await node.call('GET', path, { key: weak })).json['code'], 'manage_keys_required');
  });
});
