/** The workspace over a directory that Python Canopy 0.5.38 wrote: everything in clear, in the order its own API gives. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as z from 'zod';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { loadOrCreateNodeIdentity } from '../../server/identity/node-identity.ts';
import { openDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import { Vault } from '../../server/store/vault.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { ChannelId, UserId } from '../../server/wire/ids.ts';
import { Workspace } from '../../server/workspace/workspace.ts';
import { TestPorts, temporaryDirectory } from '../store/support.ts';
import { MemoryFileBytes } from '../sim/memory-bytes.ts';

const FIXTURE = path.join(import.meta.dirname, '..', 'fixtures', 'python-datadir-0.5.38');

const expectedSchema = z.object({
  instance_owner_id: z.string(),
  secret_key: z.string(),
  direct_messages: z.array(z.object({ id: z.string(), content: z.string() })),
  reference_api: z.object({
    channels_order_for_owner: z.array(z.string()),
    channel_messages_order: z.record(z.string(), z.array(z.string())),
    owner_dm_order: z.array(z.string()),
  }),
});

test('channels, messages and direct messages read as the reference reads them', async (t) => {
  const directory = temporaryDirectory(t);
  cpSync(FIXTURE, directory, { recursive: true });
  const expected = expectedSchema.parse(
    JSON.parse(readFileSync(path.join(FIXTURE, 'expected.json'), 'utf8')),
  );
  const ports = new TestPorts();
  const { random } = ports;
  const store = await openDatabase(path.join(directory, 'canopy.db'), { ports, log: silentLog });
  t.after(() => store.close());
  const identityFile = path.join(directory, 'peer_identity.json');
  const identity = loadOrCreateNodeIdentity(identityFile, { random, crypto: nativeCrypto });
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const repositories = createRepositories({ sql: store.sql, vault: new Vault(cipher), random });
  const bus = new EventBus((error) => {
    throw error;
  });
  const workspace = new Workspace(
    { store, repositories, ports, crypto: nativeCrypto, bus, bytes: new MemoryFileBytes() },
    {
      secretKey: expected.secret_key,
      autoApproveAgents: false,
      localPeer: identity.peerId,
      trustDefault: 'ask',
      maintenanceIntervalMs: 900_000,
    },
  );
  const owner = expected.instance_owner_id as UserId;
  const reference = expected.reference_api;
  assert.deepEqual(
    workspace.channels.list(owner).map((channel) => channel.id),
    reference.channels_order_for_owner,
  );
  for (const [channelId, order] of Object.entries(reference.channel_messages_order)) {
    const messages = workspace.channelMessages.list(owner, channelId as ChannelId);
    assert.deepEqual(
      messages.map((message) => message.id),
      order,
      channelId,
    );
  }
  const direct = workspace.directMessages.list(owner);
  assert.deepEqual(direct.map((message) => message.id).sort(), [...reference.owner_dm_order].sort());
  const clear = new Map(expected.direct_messages.map((message) => [message.id, message.content]));
  for (const message of direct) assert.equal(message.content, clear.get(message.id));
});
