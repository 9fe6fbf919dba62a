/** The public address for invites is the node's, and survives a restart (05 section 10.4, C-2). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { KeptPublicAddress } from '../../server/identity/public-address.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

const PATH = '/api/v1/p2p/public_address';
const NONE = { public_host: '', public_port: '', external_endpoint: '' };

describe('the public address', () => {
  let node: Harness;
  let key: string;
  before(async () => {
    node = await startHarness({ mesh: true });
    await node.setUp();
    key = node.key('owner', ['manage_keys']);
  });
  after(() => node.close());

  it('is none at first, then what was given last', async () => {
    assert.deepEqual((await node.call('GET', PATH, { key })).json, NONE);
    const given = { public_host: 'team.example.org', public_port: '7800' };
    const kept = await node.call('PUT', PATH, { key, body: given });
    assert.deepEqual(kept.json, { ...NONE, ...given });
    assert.deepEqual((await node.call('GET', PATH, { key })).json, { ...NONE, ...given });
    await node.call('PUT', PATH, { key, body: { external_endpoint: 'wss://far.example.org/mesh' } });
    assert.deepEqual((await node.call('GET', PATH, { key })).json, {
      ...NONE,
      external_endpoint: 'wss://far.example.org/mesh',
    });
    assert.deepEqual((await node.call('PUT', PATH, { key, body: {} })).json, NONE);
  });

  it('is not kept where no invite can be made with it, nor for whoever is not the owner', async () => {
    for (const [body, code] of [
      [{ public_host: 'not a host' }, 'invalid_public_host'],
      [{ public_host: 'a.example', public_port: '70000' }, 'invalid_public_port'],
    ] as const) {
      const answer = await node.call('PUT', PATH, { key, body });
      assert.deepEqual([answer.status, answer.json['code']], [400, code]);
    }
    const weak = node.key('owner', ['read_messages']);
    await node.call('POST', '/register', { body: { username: 'second', password: 'Correct-horse-7' } });
    const second = node.components.workspace.accounts.list().find(({ username }) => username === 'second');
    const other = node.key(second?.id ?? '', ['read_messages']);
    assert.equal((await node.call('PUT', PATH, { key: other, body: {} })).status, 403);
    assert.equal((await node.call('GET', PATH, { key: weak })).status, 200);
    assert.deepEqual((await node.call('GET', PATH, { key })).json, NONE);
  });
});

it('the file is read when the node starts, and a damaged one stands for none', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-address-'));
  try {
    const file = path.join(folder, 'public_address.json');
    const given = { ...NONE, public_host: '203.0.113.7', public_port: '7771' };
    new KeptPublicAddress(file).set(given);
    assert.deepEqual(new KeptPublicAddress(file).get(), given);
    writeFileSync(file, '{"public_host": 7');
    assert.deepEqual(new KeptPublicAddress(file).get(), NONE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
