/**
 * A data directory that Python Canopy 0.5.38 wrote opens here, is read in clear, and stays what it was
 * (03 section 2, 08 section 5). The fixture says what is in it.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { toHex } from '../../server/crypto/bytes.ts';
import { loadOrCreateNodeIdentity } from '../../server/identity/node-identity.ts';
import { openDatabase } from '../../server/store/database.ts';
import type { Store } from '../../server/store/database.ts';
import { createRepositories } from '../../server/store/repositories.ts';
import type { Repositories } from '../../server/store/repositories.ts';
import { SHARED_TABLES } from '../../server/store/schema/shared.ts';
import { toDbTime } from '../../server/store/time.ts';
import { Vault } from '../../server/store/vault.ts';
import { EventBus } from '../../server/telemetry/bus.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { AtRestCipher } from '../../server/wire/at-rest.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import type { ChannelId, KeyId, MessageId, PeerId, PostId, UserId } from '../../server/wire/ids.ts';
import { AccountCreation } from '../../server/workspace/account-creation.ts';
import { Accounts } from '../../server/workspace/accounts.ts';
import { ApiKeys } from '../../server/workspace/api-keys.ts';
import { Sessions } from '../../server/workspace/sessions.ts';
import { Passwords } from '../../server/workspace/password.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { NOW, temporaryDirectory, TestPorts } from './support.ts';

const FIXTURE = path.join(import.meta.dirname, '..', 'fixtures', 'python-datadir-0.5.38');

interface ExpectedMessage {
  id: MessageId;
  user_id: string;
  content: string;
  message_type: string;
  created_at: string;
  edited: boolean;
  parent_message_id: string | null;
  origin_peer: string | null;
  expired: boolean;
  attachments: Record<string, unknown>[];
  reactions: { user_id: string; reaction_type: string }[];
}
interface Expected {
  peer_id: PeerId;
  ed25519_public_key: string;
  at_rest_key_hex: string;
  secret_key: string;
  instance_owner_id: UserId;
  agent_quarantine_channel_id: string;
  users: {
    id: UserId;
    username: string;
    display_name: string | null;
    account_type: string;
    status: string;
    public_key: string;
    origin_peer: string | null;
    password: string | null;
    password_hash_format: string | null;
  }[];
  api_keys: {
    plain: string;
    id: KeyId;
    user_id: UserId;
    permissions: string[];
    usable: boolean;
    reason: string;
  }[];
  channels: {
    id: ChannelId;
    name: string;
    privacy_mode: string;
    post_policy: string;
    origin_peer: string | null;
    members: { user_id: string; role: string }[];
    allowed_posters: string[];
    messages: ExpectedMessage[];
  }[];
  direct_messages: {
    id: MessageId;
    sender_id: UserId;
    recipient_id: string | null;
    content: string;
    stored_encrypted: boolean;
    message_type: string;
    edited: boolean;
    read: boolean;
    group_members: string[] | null;
  }[];
  feed_posts: {
    id: string;
    content: string;
    decryptable: boolean;
    visibility: string;
    permissions: string[];
  }[];
  trust_scores: { peer_id: PeerId; score: number; compliance_events: number; violation_events: number }[];
  peer_device_profiles: { peer_id: PeerId; display_name: string; description: string }[];
  counts: Record<string, number>;
  reference_api: { channel_messages_order: Record<string, string[]>; owner_dm_order: string[] };
}

const expected = JSON.parse(readFileSync(path.join(FIXTURE, 'expected.json'), 'utf8')) as Expected;

/** Everything SQLite knows about the tables both programs share, and the rows in them. */
function sharedContent(file: string): { schema: unknown; rows: Record<string, unknown[]> } {
  const db = new Database(file, { readonly: true });
  try {
    const schema = db
      .prepare(
        `SELECT type, name, sql FROM sqlite_master
          WHERE name NOT GLOB '*native_*' AND tbl_name NOT GLOB 'native_*'
            AND tbl_name NOT GLOB 'can_*' AND tbl_name NOT GLOB 'lib_*' ORDER BY name`,
      )
      .all();
    const rows: Record<string, unknown[]> = {};
    for (const { name } of SHARED_TABLES) rows[name] = db.prepare(`SELECT * FROM ${name}`).all();
    return { schema, rows };
  } finally {
    db.close();
  }
}

interface Opened {
  directory: string;
  file: string;
  store: Store;
  rows: Repositories;
  accounts: Accounts;
  apiKeys: ApiKeys;
  ports: TestPorts;
}

async function openFixture(t: { after(task: () => void): void }): Promise<Opened> {
  const directory = temporaryDirectory(t);
  cpSync(FIXTURE, directory, { recursive: true });
  const file = path.join(directory, 'canopy.db');
  const ports = new TestPorts();
  const store = await openDatabase(file, { ports, log: silentLog });
  t.after(() => store.close());
  const identity = loadOrCreateNodeIdentity(path.join(directory, 'peer_identity.json'), {
    random: ports.random,
    crypto: nativeCrypto,
  });
  const cipher = new AtRestCipher(
    { crypto: nativeCrypto, random: new SeededRandom(3) },
    { ed25519Seed: identity.ed25519.privateKey },
  );
  const rows = createRepositories({ sql: store.sql, vault: new Vault(cipher), random: ports.random });
  const { clock, random } = ports;
  const { commit } = store;
  const bus = new EventBus(assert.fail);
  const apiKeys = new ApiKeys({
    rows: rows.apiKeys,
    users: rows.users,
    commit,
    clock,
    random,
    crypto: nativeCrypto,
    bus,
  });
  const accounts = new Accounts(
    {
      users: rows.users,
      systemState: rows.systemState,
      creation: new AccountCreation({ ...rows, members: rows.channelMembers, clock, random }),
      apiKeys,
      sessions: new Sessions({ rows: rows.sessions, commit, clock, random, crypto: nativeCrypto, bus }),
      passwords: new Passwords({ crypto: nativeCrypto }, { secretKey: expected.secret_key }),
      commit,
      clock,
      bus,
    },
    { autoApprove: false },
  );
  return { directory, file, store, rows, accounts, apiKeys, ports };
}

describe('a directory of Python 0.5.38', () => {
  test('opens with its identity and keeps owner, quarantine channel and schema', async (t) => {
    const before = sharedContent(path.join(FIXTURE, 'canopy.db'));
    const { directory, file, store, rows, accounts } = await openFixture(t);
    const identity = loadOrCreateNodeIdentity(path.join(directory, 'peer_identity.json'), {
      random: new SeededRandom(1),
      crypto: nativeCrypto,
    });
    assert.equal(identity.peerId, expected.peer_id);
    assert.equal(encodeBase58(identity.ed25519.publicKey), expected.ed25519_public_key);
    const key = nativeCrypto.hkdf(
      identity.ed25519.privateKey,
      Buffer.from('canopy-data-at-rest-v1'),
      'canopy-local-storage-encryption',
      32,
    );
    assert.equal(toHex(key), expected.at_rest_key_hex);
    assert.equal(accounts.owner()?.id, expected.instance_owner_id);
    assert.equal(rows.systemState.get('agent_quarantine_channel_id'), expected.agent_quarantine_channel_id);
    store.close();
    assert.deepEqual(sharedContent(file), before, 'opening changes nothing that Python sees');
  });

  test('has every column the shared schema names', () => {
    const db = new Database(path.join(FIXTURE, 'canopy.db'), { readonly: true });
    const ours = new Database(':memory:');
    const columns = (from: Database.Database, table: string): unknown =>
      from
        .prepare('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?) ORDER BY name')
        .all(table);
    for (const table of SHARED_TABLES) {
      ours.exec(`CREATE TABLE ${table.name} (${table.columns})`);
      for (const index of table.indexes) ours.exec(index);
      assert.deepEqual(columns(ours, table.name), columns(db, table.name), table.name);
      const keys = (from: Database.Database): string[] =>
        from
          .prepare('SELECT "from", "table", "to", on_delete FROM pragma_foreign_key_list(?)')
          .all(table.name)
          .map((row) => JSON.stringify(row))
          .sort();
      assert.deepEqual(keys(ours), keys(db), table.name);
      const indexes = (from: Database.Database): string[] =>
        from
          .prepare(
            'SELECT "unique", origin, partial, (SELECT group_concat(name) FROM pragma_index_info(l.name)) AS columns FROM pragma_index_list(?) l',
          )
          .all(table.name)
          .map((row) => JSON.stringify(row))
          .sort();
      assert.deepEqual(indexes(ours), indexes(db), table.name);
    }
    db.close();
    ours.close();
  });

  test('lets everybody in with the documented password, and replaces the legacy hash by bcrypt', async (t) => {
    const { rows, accounts } = await openFixture(t);
    for (const user of expected.users.filter((one) => one.password !== null)) {
      const password = user.password ?? '';
      if (user.status === 'active') {
        assert.equal((await accounts.login(user.username, password)).id, user.id);
      } else {
        await assert.rejects(accounts.login(user.username, password), { code: 'account_inactive' });
      }
      assert.match(rows.users.get(user.id)?.passwordHash ?? '', /^\$2b\$12\$/);
      await assert.rejects(accounts.login(user.username, `${password}x`), { code: 'login_failed' });
    }
    const legacy = expected.users.find((user) => user.password_hash_format === 'sha256_legacy');
    assert.ok(legacy);
    assert.equal(
      (await accounts.login(legacy.username, legacy.password ?? '')).id,
      legacy.id,
      'after the upgrade',
    );
  });

  test('reads all users', async (t) => {
    const { rows } = await openFixture(t);
    assert.deepEqual(
      rows.users
        .list()
        .map((u) => [u.id, u.username, u.displayName, u.accountType, u.status, u.originPeer, u.publicKey])
        .sort(),
      expected.users
        .map((u) => [u.id, u.username, u.display_name, u.account_type, u.status, u.origin_peer, u.public_key])
        .sort(),
    );
  });

  test('honours its API keys', async (t) => {
    const { apiKeys } = await openFixture(t);
    for (const key of expected.api_keys) {
      const found = apiKeys.authenticate(key.plain);
      if (key.usable) {
        assert.equal(found?.user.id, key.user_id, key.reason);
        assert.deepEqual(found.permissions, key.permissions);
      } else if (key.reason === 'pending_approval') {
        assert.equal(found?.user.status, 'pending_approval');
      } else {
        assert.equal(found, null, key.reason);
      }
      assert.ok(apiKeys.list(key.user_id).some((info) => info.id === key.id));
    }
  });

  test('shows every channel, its members and its messages in the reference’s order', async (t) => {
    const { rows } = await openFixture(t);
    assert.deepEqual(
      rows.channels
        .list()
        .map((c) => c.id)
        .sort(),
      expected.channels.map((c) => c.id).sort(),
    );
    for (const channel of expected.channels) {
      const row = rows.channels.get(channel.id);
      assert.deepEqual(
        [row?.name, row?.privacyMode, row?.postPolicy, row?.originPeer],
        [channel.name, channel.privacy_mode, channel.post_policy, channel.origin_peer],
      );
      const members = rows.channelMembers.list(channel.id).map((m) => ({ user_id: m.userId, role: m.role }));
      assert.deepEqual(members.sort(byUser), [...channel.members].sort(byUser));
      assert.deepEqual(rows.channelMembers.posters(channel.id), channel.allowed_posters);
      for (const message of channel.messages) assertMessage(rows, message);
      const page = rows.channelMessages.page(channel.id, { limit: 50, now: NOW });
      assert.deepEqual(
        page.map((m) => m.id),
        expected.reference_api.channel_messages_order[channel.id],
        channel.name,
      );
    }
  });

  test('shows direct messages and feed posts in clear', async (t) => {
    const { rows } = await openFixture(t);
    for (const dm of expected.direct_messages) {
      const row = rows.directMessages.get(dm.id);
      assert.deepEqual(
        [
          row?.content,
          row?.senderId,
          row?.recipientId,
          row?.messageType,
          row?.contentState,
          row?.editedAt !== null,
          row?.readAt !== null,
        ],
        [
          dm.content,
          dm.sender_id,
          dm.recipient_id,
          dm.message_type,
          dm.stored_encrypted ? 'decrypted' : 'plain',
          dm.edited,
          dm.read,
        ],
      );
      assert.deepEqual(row?.metadata['group_members'] ?? null, dm.group_members);
    }
    const seen = rows.directMessages.visibleTo(expected.instance_owner_id, { limit: 50 });
    assert.deepEqual(
      seen.map((dm) => dm.id),
      expected.reference_api.owner_dm_order,
    );
    for (const post of expected.feed_posts) {
      const row = rows.feed.get(post.id as PostId);
      assert.equal(row?.visibility, post.visibility);
      if (post.decryptable) assert.equal(row?.content, post.content);
      else assert.deepEqual([row?.contentState, row?.content], ['failed', '[Decryption failed]']);
      assert.deepEqual(rows.feed.allowedUsers(post.id as PostId), post.permissions);
    }
  });

  test('keeps trust, device profiles and the journal', async (t) => {
    const { rows } = await openFixture(t);
    for (const trust of expected.trust_scores) {
      const row = rows.trust.get(trust.peer_id);
      assert.deepEqual(
        [row?.score, row?.complianceEvents, row?.violationEvents],
        [trust.score, trust.compliance_events, trust.violation_events],
      );
    }
    for (const profile of expected.peer_device_profiles) {
      const row = rows.profiles.get(profile.peer_id);
      assert.deepEqual([row?.displayName, row?.description], [profile.display_name, profile.description]);
    }
    assert.equal(rows.journal.after(0, { limit: 1000 }).length, expected.counts['workspace_events']);
    const counts = rows.statistics.counts();
    assert.deepEqual(
      [counts.users, counts.messages, counts.feed_posts],
      [expected.counts['users'], expected.counts['messages'], expected.counts['feed_posts']],
    );
  });

  test('takes our writes into its search table and is sound afterwards', async (t) => {
    const { file, store, rows } = await openFixture(t);
    const general = 'general' as ChannelId;
    const id = 'M000000000000000000000001' as MessageId;
    await inGroup(store, () =>
      rows.channelMessages.insert({
        id,
        channelId: general,
        userId: expected.instance_owner_id,
        content: 'quokka sighted',
        createdAt: NOW,
      }),
    );
    const find = (word: string): unknown[] =>
      store.sql.all('SELECT item_id FROM local_search_fts WHERE local_search_fts MATCH @word', { word });
    assert.deepEqual(find('quokka'), [{ item_id: id }]);
    store.commit.now(() => rows.channelMessages.update(id, { content: 'wombat sighted', editedAt: NOW }));
    assert.deepEqual([find('quokka'), find('wombat')], [[], [{ item_id: id }]]);
    store.commit.now(() => rows.channelMessages.delete(id, NOW));
    assert.deepEqual(find('wombat'), []);
    store.close();
    const db = new Database(file, { readonly: true });
    assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
    assert.deepEqual(db.pragma('foreign_key_check'), []);
    db.close();
  });

  test('survives the loss of its search table', async (t) => {
    const directory = temporaryDirectory(t);
    const file = path.join(directory, 'canopy.db');
    cpSync(path.join(FIXTURE, 'canopy.db'), file);
    const damaged = new Database(file);
    damaged.exec('DROP TABLE local_search_fts');
    damaged.close();
    const ports = new TestPorts();
    const store = await openDatabase(file, { ports, log: silentLog });
    const { channelMessages } = createRepositories({
      sql: store.sql,
      vault: new Vault(
        new AtRestCipher({ crypto: nativeCrypto, random: ports.random }, { ed25519Seed: null }),
      ),
      random: ports.random,
    });
    const message = {
      id: 'M1' as MessageId,
      channelId: 'general' as ChannelId,
      userId: 'system' as UserId,
      content: 'x',
      createdAt: NOW,
    };
    assert.equal(
      store.commit.now(() => channelMessages.insert(message)),
      true,
    );
    store.close();
  });
});

/** Group commit waits for a timer; the tests' timers wait for nobody. */
async function inGroup<T>(store: Store, work: () => T): Promise<T> {
  const result = store.commit.run(work);
  store.commit.flush();
  return result;
}

function assertMessage(rows: Repositories, message: ExpectedMessage): void {
  const row = rows.channelMessages.get(message.id);
  assert.ok(row, message.id);
  assert.deepEqual(
    [
      row.content,
      row.userId,
      row.messageType,
      toDbTime(row.createdAt),
      row.editedAt !== null,
      row.parentMessageId,
      row.originPeer,
    ],
    [
      message.content,
      message.user_id,
      message.message_type,
      message.created_at,
      message.edited,
      message.parent_message_id,
      message.origin_peer,
    ],
  );
  assert.equal(row.expiresAt !== null && row.expiresAt <= NOW, message.expired);
  assert.equal(row.attachments.length, message.attachments.length);
  const reactions = rows.reactions
    .of([message.id])
    .map((r) => ({ user_id: r.userId, reaction_type: r.reactionType }));
  assert.deepEqual(reactions.sort(byUser), [...message.reactions].sort(byUser));
}

function byUser(a: { user_id: string }, b: { user_id: string }): number {
  return a.user_id < b.user_id ? -1 : 1;
}
