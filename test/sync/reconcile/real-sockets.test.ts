import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { TestContext } from 'node:test';
import { GENERAL_CHANNEL } from '../../../server/store/seed.ts';
import type { MessageId, UserId } from '../../../server/wire/ids.ts';
import { startDurableCore } from '../../bench/durable-core.ts';
import type { DurableCore } from '../../bench/durable-core.ts';

const HISTORY = 600;

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Messages of a node's account from before, one a second until now. */
function write({ core }: DurableCore, userId: UserId, prefix: string, count: number): void {
  const now = Date.now();
  const rows = core.disk.repositories.channelMessages;
  core.workspace.inbound.changes.now(() => {
    for (let n = 0; n < count; n += 1)
      rows.insert({
        id: `M${prefix}${String(n).padStart(20, '0')}` as MessageId,
        channelId: GENERAL_CHANNEL,
        userId,
        content: `message ${n} of ${prefix}`,
        createdAt: now - (count - n) * 1_000,
        originPeer: core.mesh.peerId,
      });
  });
}

/** Bytes of the reconcile frames a node sends in the session it has. */
function countBytes({ core }: DurableCore, to: DurableCore): { bytes: number } {
  const link = core.mesh.links.get(to.core.mesh.peerId) ?? assert.fail('no secure session');
  const counted = { bytes: 0 };
  const send = link.send.bind(link);
  link.send = (type, body) => {
    if (type >= 0x20 && type <= 0x26) counted.bytes += body.length;
    return send(type, body);
  };
  return counted;
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await soon();
}

async function connect(a: DurableCore, b: DurableCore): Promise<void> {
  await b.core.importInviteOf(a.core);
  await until(() => a.core.mesh.isConnected(b.core.mesh.peerId));
}

it('a history, and what an outage held back, cross real sockets; then a comparison costs under 1 KB', async (t: TestContext) => {
  const [a, b] = [await startDurableCore(), await startDurableCore()];
  const ada = a.core.addPerson('ada');
  t.after(() => Promise.all([a.stop(), b.stop()]));
  write(a, ada, 'a', HISTORY);
  await connect(a, b);
  await until(() => b.stored() === HISTORY);
  a.core.mesh.drop(b.core.mesh.peerId);
  await until(() => !b.core.mesh.isConnected(a.core.mesh.peerId));
  write(a, ada, 'late', 40);
  await connect(a, b);
  await until(() => b.stored() === HISTORY + 40);
  await until(() => a.core.sync.activeCatchups().length + b.core.sync.activeCatchups().length === 0);
  const [down, up] = [countBytes(a, b), countBytes(b, a)];
  const opener = a.core.mesh.peerId < b.core.mesh.peerId ? a : b;
  const other = opener === a ? b : a;
  opener.core.sync.resync(other.core.mesh.peerId);
  await until(() => down.bytes > 0 && up.bytes > 0);
  await until(() => opener.core.sync.activeCatchups().length === 0);
  assert.ok(down.bytes + up.bytes < 1_024);
});
