/**
 * A busy author's messages share commits (08 section 5): in their order, each answered only when it is on disk, and a
 * commit that fails takes none with it that was answered.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { systemPorts, systemRandom } from '../../server/ports/system.ts';
import type { Commit } from '../../server/ports/types.ts';
import { openMemoryDatabase } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { Sql, SqlParameters } from '../../server/store/sql.ts';
import { Vault } from '../../server/store/vault.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import type { MessageId } from '../../server/wire/ids.ts';
import { Neighbour, channelFrames, someone } from '../bench/frames.ts';
import { Core } from '../sim/core.ts';

const MESSAGES = 600;
/**
 * Statements for a message: whether it is known, was handled or deleted (3), five writes (message, item, id, event,
 * evidence), replies that wait for it, the row again for whom it calls; and what each group reads anew, divided by its
 * size.
 */
const STATEMENTS_PER_MESSAGE = 11;

/** A core with one neighbour that hands it `MESSAGES` frames of one author; `wrap` sees every commit meanwhile. */
async function receive(t: TestContext, wrap: (base: Commit) => Commit) {
  // The timers of a node keep no process alive.
  const awake = setInterval(() => undefined, 1_000);
  t.after(() => clearInterval(awake));
  let wrapping: ((base: Commit) => Commit) | null = null;
  const neighbour = new Neighbour();
  const ports = neighbour.portsOf({
    ...systemPorts(),
    commit: (base) => {
      let wrapped: Commit | null = null;
      return {
        transaction: (work) =>
          wrapping === null ? base.transaction(work) : (wrapped ??= wrapping(base)).transaction(work),
      };
    },
  });
  const identity = someone();
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: systemRandom },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const store = openMemoryDatabase({ ports, log: silentLog });
  const repositories = createRepositories({ sql: store.sql, vault: new Vault(cipher), random: systemRandom });
  const core = new Core(
    ports,
    { identity, store, repositories, knownPeers: null },
    { trustDefault: 'open', mesh: { allowLoopback: true } },
  );
  t.after(() => core.stop());
  core.addPerson('pat');
  await core.start();
  const author = someone();
  core.knownPeers.importPeer({
    peerId: author.peerId,
    ed25519PublicKey: author.ed25519.publicKey,
    x25519PublicKey: author.x25519.publicKey,
    endpoints: [],
  });
  const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  while (!core.mesh.isConnected(neighbour.identity.peerId)) await pause();
  const count = (name: string): number => core.mesh.diagnostics().counters[name] ?? 0;
  const statements = countStatements(store.sql);
  wrapping = wrap;
  await neighbour.hand(channelFrames([author], MESSAGES));
  while (count('delivered') + count('failed') < MESSAGES) await pause();
  wrapping = null;
  const perMessage = statements() / MESSAGES;
  const stored = store.sql
    .all<{ id: MessageId }>("SELECT id FROM channel_messages WHERE channel_id = 'general' ORDER BY rowid")
    .map(({ id }) => repositories.channelMessages.get(id)?.content ?? '')
    .map((content) => Number(/^message (\d+)/.exec(content)?.[1]));
  return { stored, delivered: count('delivered'), failed: count('failed'), perMessage };
}

/** Counts what is asked of the database from now on. */
function countStatements(sql: Sql): () => number {
  let statements = 0;
  const { get, all, run } = {
    get: sql.get.bind(sql),
    all: sql.all.bind(sql),
    run: sql.run.bind(sql),
  };
  sql.get = <Row>(text: string, parameters?: SqlParameters): Row | undefined => {
    statements += 1;
    return get<Row>(text, parameters);
  };
  sql.all = <Row>(text: string, parameters?: SqlParameters): Row[] => {
    statements += 1;
    return all<Row>(text, parameters);
  };
  sql.run = (text, parameters) => {
    statements += 1;
    return run(text, parameters);
  };
  return () => statements;
}

test('messages of one author share commits and keep their order', async (t) => {
  let commits = 0;
  const { stored, delivered } = await receive(t, (base) => ({
    transaction: (work) => {
      commits += 1;
      return base.transaction(work);
    },
  }));
  assert.equal(delivered, MESSAGES);
  assert.deepEqual(
    stored,
    Array.from({ length: MESSAGES }, (_, index) => index),
  );
  assert.ok(commits < MESSAGES / 2, `${commits} commits`);
});

test('what a message does not change is neither read nor written for it', async (t) => {
  const { stored, perMessage } = await receive(t, (base) => base);
  assert.equal(stored.length, MESSAGES);
  assert.ok(perMessage <= STATEMENTS_PER_MESSAGE, `${perMessage} statements`);
});

test('a commit that fails loses nothing that was answered, and those behind it go on', async (t) => {
  let commits = 0;
  const { stored, delivered, failed } = await receive(t, (base) => ({
    transaction: (work) =>
      base.transaction(() => {
        const result = work();
        commits += 1;
        if (commits === 2) throw new Error('the disk is full');
        return result;
      }),
  }));
  assert.ok(failed > 0 && delivered > 0);
  assert.equal(delivered + failed, MESSAGES);
  assert.equal(stored.length, delivered);
  assert.ok(stored.includes(MESSAGES - 1), 'what came after the failure is there');
});
