/** `storage`, `expected.json`: everything a data directory of the reference holds is read in clear (03 sections 1 to 6). */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { readDeviceProfile } from '../../../server/config/device-profile.ts';
import { loadSecretKey } from '../../../server/config/secret-key.ts';
import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { KnownPeers } from '../../../server/identity/known-peers.ts';
import { loadRelayPolicy } from '../../../server/identity/relay-settings.ts';
import { toDbTime } from '../../../server/store/time.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import type { PostId } from '../../../server/wire/ids.ts';
import { WorkspaceError } from '../../../server/workspace/errors.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import { TestPorts } from '../../store/support.ts';
import { expectEqual } from '../check.ts';
import type { VectorCase, VectorContext } from '../types.ts';
import { expectedSchema, type Expected } from './expected.ts';
import { withDirectory, type OpenedDirectory } from './opened.ts';

const AT_REST_SALT = 'canopy-data-at-rest-v1';
const AT_REST_INFO = 'canopy-local-storage-encryption';
const UNREADABLE_POST = '[Decryption failed]';

type Check = (opened: OpenedDirectory, expected: Expected) => void | Promise<void>;

const CHECKS: Readonly<Record<string, Check>> = {
  identity,
  settings,
  'log in': logIn,
  'api keys': apiKeys,
  users,
  channels,
  'channel messages': channelMessages,
  'direct messages': directMessages,
  'feed posts': feedPosts,
  files,
  peers,
  'row counts': rowCounts,
  quick_check: quickCheck,
};

/** One case per aspect, each on a copy of its own. */
export function directoryCases(json: unknown, context: VectorContext): VectorCase[] {
  const expected = expectedSchema.parse(json);
  const source = path.dirname(context.path);
  return Object.entries(CHECKS).map(([name, check]) => ({
    id: `${path.basename(source)}/${name}`,
    run: () => withDirectory(source, expected, (opened) => check(opened, expected)),
  }));
}

function identity({ identity: own, rows, workspace }: OpenedDirectory, expected: Expected): void {
  const { privateKey } = own.ed25519;
  const key = nativeCrypto.hkdf(privateKey, Buffer.from(AT_REST_SALT), AT_REST_INFO, 32);
  expectEqual(
    {
      peer_id: own.peerId,
      ed25519_public_key: encodeBase58(own.ed25519.publicKey),
      x25519_public_key: encodeBase58(own.x25519.publicKey),
      at_rest_key_hex: toHex(key),
      instance_owner_id: workspace.accounts.owner()?.id,
      agent_quarantine_channel_id: rows.systemState.get('agent_quarantine_channel_id'),
    },
    pick(expected, [
      'peer_id',
      'ed25519_public_key',
      'x25519_public_key',
      'at_rest_key_hex',
      'instance_owner_id',
      'agent_quarantine_channel_id',
    ]),
  );
}

function settings({ directory }: OpenedDirectory, expected: Expected): void {
  const profile = readDeviceProfile(path.join(directory, 'dot_canopy', 'device_profile.json'), 'none');
  const { random } = new TestPorts();
  expectEqual(
    {
      secret_key: loadSecretKey(path.join(directory, 'secret_key.json'), {
        random,
        save: () => {
          throw new Error('the secret key is not replaced');
        },
      }),
      relay_policy: loadRelayPolicy(path.join(directory, 'relay_settings.json')),
      device_profile: {
        display_name: profile.displayName,
        description: profile.description,
        avatar_mime: profile.avatarMime,
        avatar_sha256: sha256(Buffer.from(profile.avatarB64, 'base64')),
      },
    },
    pick(expected, ['secret_key', 'relay_policy', 'device_profile']),
  );
}

async function logIn({ workspace, rows }: OpenedDirectory, expected: Expected): Promise<void> {
  const attempt = async (username: string, password: string): Promise<string> => {
    try {
      return (await workspace.accounts.login(username, password)).id;
    } catch (error) {
      if (error instanceof WorkspaceError) return error.code;
      throw error;
    }
  };
  for (const user of expected.users) {
    if (user.password === null) continue;
    const right = await attempt(user.username, user.password);
    expectEqual({ right }, { right: user.status === 'active' ? user.id : 'account_inactive' });
    const wrong = await attempt(user.username, `${user.password}x`);
    expectEqual({ wrong }, { wrong: 'login_failed' });
    // An old hash is replaced at once, and the password goes on to work.
    expectEqual(rows.users.get(user.id)?.passwordHash?.startsWith('$2b$12$'), true);
    expectEqual(await attempt(user.username, user.password), right);
  }
}

function apiKeys({ workspace }: OpenedDirectory, expected: Expected): void {
  for (const key of expected.api_keys) {
    const found = workspace.apiKeys.authenticate(key.plain);
    const usable = found?.user.status === 'active';
    expectEqual({ [key.label]: usable }, { [key.label]: key.usable });
    const listed = workspace.apiKeys.list(key.user_id).some((info) => info.id === key.id);
    expectEqual({ [key.label]: listed }, { [key.label]: true });
    if (found === null) continue;
    expectEqual(
      { user: found.user.id, permissions: found.permissions },
      { user: key.user_id, permissions: key.permissions },
    );
  }
}

function users({ rows }: OpenedDirectory, expected: Expected): void {
  const ours = rows.users.list().map((user) => ({
    id: user.id,
    username: user.username,
    display_name: user.displayName,
    bio: user.bio,
    account_type: user.accountType,
    status: user.status,
    origin_peer: user.originPeer,
    avatar_file_id: user.avatarFileId,
    theme_preference: user.themePreference,
    public_key: user.publicKey,
  }));
  expectEqual(byId(ours), byId(expected.users.map(({ password: _password, ...user }) => user)));
}

function channels({ rows, workspace }: OpenedDirectory, expected: Expected): void {
  const ours = rows.channels.list().map((channel) => ({
    id: channel.id,
    name: channel.name,
    channel_type: channel.channelType,
    privacy_mode: channel.privacyMode,
    description: channel.description,
    created_by: channel.createdBy,
    origin_peer: channel.originPeer,
    post_policy: channel.postPolicy,
    allow_member_replies: channel.allowMemberReplies,
    crypto_mode: channel.cryptoMode,
    lifecycle_preserved: channel.lifecyclePreserved,
    lifecycle_ttl_days: channel.lifecycleTtlDays,
    members: byUser(rows.channelMembers.list(channel.id).map((m) => ({ user_id: m.userId, role: m.role }))),
    allowed_posters: rows.channelMembers.posters(channel.id).toSorted(),
  }));
  const recorded = expected.channels.map(({ messages: _messages, ...channel }) => ({
    ...channel,
    members: byUser(channel.members),
    allowed_posters: channel.allowed_posters.toSorted(),
  }));
  expectEqual(byId(ours), byId(recorded));
  expectEqual(
    workspace.channels.list(expected.instance_owner_id).map((channel) => channel.id),
    expected.reference_api.channels_order_for_owner,
  );
}

function channelMessages({ rows, workspace, now }: OpenedDirectory, expected: Expected): void {
  for (const channel of expected.channels) {
    const ids = channel.messages.map((message) => message.id);
    const ours = channel.messages.map(({ id }) => {
      const row = rows.channelMessages.get(id);
      return {
        id: row?.id,
        user_id: row?.userId,
        content: row?.content,
        message_type: row?.messageType,
        created_at: row && toDbTime(row.createdAt),
        edited: row && row.editedAt !== null,
        parent_message_id: row?.parentMessageId,
        origin_peer: row?.originPeer,
        expired: row && row.expiresAt !== null && row.expiresAt <= now,
        crypto_state: row?.cryptoState,
        attachments: row?.attachments,
        reactions: byUser(reactionsOf(rows, id)),
      };
    });
    const recorded = channel.messages.map((message) => ({
      ...message,
      reactions: byUser(message.reactions),
    }));
    // The attachments are kept word for word; what is recorded of them is a part.
    expectEqual(ours.map(withoutAttachments), recorded.map(withoutAttachments));
    expectEqual(
      ours.map(({ attachments }) => attachmentIds(attachments ?? [])),
      recorded.map(({ attachments }) => attachmentIds(attachments)),
    );
    const order = expected.reference_api.channel_messages_order[channel.id] ?? [];
    expectEqual(
      rows.channelMessages.page(channel.id, { limit: ids.length + 1, now }).map((message) => message.id),
      order,
    );
    const shown = workspace.channelMessages.list(expected.instance_owner_id, channel.id);
    expectEqual(
      shown.map((message) => message.id),
      order,
    );
  }
}

function directMessages({ rows, workspace }: OpenedDirectory, expected: Expected): void {
  const ours = expected.direct_messages.map(({ id }) => {
    const row = rows.directMessages.get(id);
    const attachments = row?.metadata['attachments'];
    return {
      id: row?.id,
      sender_id: row?.senderId,
      recipient_id: row?.recipientId,
      content: row?.content,
      stored_encrypted: row?.contentState === 'decrypted',
      message_type: row?.messageType,
      created_at: row && toDbTime(row.createdAt),
      edited: row && row.editedAt !== null,
      read: row && row.readAt !== null,
      group_members: row?.metadata['group_members'] ?? null,
      attachments: attachmentIds(Array.isArray(attachments) ? attachments : []),
    };
  });
  const recorded = expected.direct_messages.map((message) => ({
    ...message,
    attachments: attachmentIds(message.attachments),
  }));
  expectEqual(ours, recorded);
  const order = expected.reference_api.owner_dm_order;
  const page = rows.directMessages.visibleTo(expected.instance_owner_id, { limit: order.length + 1 });
  expectEqual(
    page.map((message) => message.id),
    order,
  );
  // A page of a conversation is read downwards.
  expectEqual(
    workspace.directMessages
      .list(expected.instance_owner_id)
      .map((message) => message.id)
      .toSorted(),
    order.toSorted(),
  );
}

function feedPosts({ rows }: OpenedDirectory, expected: Expected): void {
  const ours = expected.feed_posts.map(({ id }) => {
    const row = rows.feed.get(id as PostId);
    return {
      id: row?.id,
      author_id: row?.authorId,
      content: row?.content,
      decryptable: row?.contentState === 'plain' || row?.contentState === 'decrypted',
      content_type: row?.contentType,
      visibility: row?.visibility,
      created_at: row && toDbTime(row.createdAt),
      likes: row?.likes,
      comments_count: row?.comments,
      permissions: rows.feed.allowedUsers(id as PostId),
      reactions: byUser(reactionsOf(rows, id)),
    };
  });
  const recorded = expected.feed_posts.map(({ stored_encrypted: _, comments: __, ...post }) => ({
    ...post,
    content: post.decryptable ? post.content : UNREADABLE_POST,
    reactions: byUser(post.reactions),
  }));
  expectEqual(ours, recorded);
}

/** The bytes lie where 03 section 10.2 says, whatever path the database names; nobody serves them yet. */
function files({ directory }: OpenedDirectory, expected: Expected): void {
  const ours = expected.files.map(({ actual_path }) => {
    const bytes = fs.readFileSync(path.join(directory, actual_path));
    return { size: bytes.length, sha256: sha256(bytes) };
  });
  expectEqual(
    ours,
    expected.files.map(({ size, sha256: hash }) => ({ size, sha256: hash })),
  );
}

function peers({ directory, identity: own, rows }: OpenedDirectory, expected: Expected): void {
  const known = KnownPeers.load(
    { crypto: nativeCrypto, timers: new TestPorts().timers, log: silentLog },
    { file: path.join(directory, 'known_peers.json'), localPeerId: own.peerId },
  );
  expectEqual(
    known.list().map((peer) => ({
      peer_id: peer.peerId,
      ed25519_public_key: encodeBase58(peer.ed25519PublicKey),
      x25519_public_key: encodeBase58(peer.x25519PublicKey),
      endpoints: known.endpoints(peer.peerId),
      display_name: peer.displayName,
    })),
    expected.known_peers,
  );
  for (const { peer_id, ...recorded } of expected.trust_scores) {
    const row = rows.trust.get(peer_id);
    const ours = {
      score: row?.score,
      compliance_events: row?.complianceEvents,
      violation_events: row?.violationEvents,
    };
    expectEqual(ours, recorded);
  }
  for (const { peer_id, ...recorded } of expected.peer_device_profiles) {
    const row = rows.profiles.get(peer_id);
    const ours = {
      display_name: row?.displayName,
      description: row?.description,
      avatar_mime: row?.avatarMime ?? '',
    };
    expectEqual(ours, recorded);
  }
}

function rowCounts({ file, close }: OpenedDirectory, expected: Expected): void {
  close();
  const db = new Database(file, { readonly: true });
  try {
    const count = (table: string): unknown =>
      db
        .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
        .pluck()
        .get();
    const tables = Object.keys(expected.counts);
    expectEqual(Object.fromEntries(tables.map((table) => [table, count(table)])), expected.counts);
  } finally {
    db.close();
  }
}

function quickCheck({ file, close }: OpenedDirectory): void {
  close();
  const db = new Database(file, { readonly: true });
  try {
    expectEqual(
      {
        quick_check: db.pragma('quick_check', { simple: true }),
        foreign_key_check: db.pragma('foreign_key_check'),
      },
      { quick_check: 'ok', foreign_key_check: [] },
    );
  } finally {
    db.close();
  }
}

function reactionsOf(
  rows: OpenedDirectory['rows'],
  id: string,
): { user_id: string; reaction_type: string }[] {
  return rows.reactions.of([id]).map((r) => ({ user_id: r.userId, reaction_type: r.reactionType }));
}

function withoutAttachments<T extends { attachments?: unknown }>(message: T): Omit<T, 'attachments'> {
  const { attachments: _attachments, ...rest } = message;
  return rest;
}

function attachmentIds(list: readonly unknown[]): unknown[] {
  return list.map((item) =>
    typeof item === 'object' && item !== null && 'id' in item ? item.id : '(no id)',
  );
}

function byId<T extends { id: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

function byUser<T extends { user_id: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.user_id < b.user_id ? -1 : 1));
}

function pick<K extends keyof Expected>(expected: Expected, keys: readonly K[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, expected[key]]));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
