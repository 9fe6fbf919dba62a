/**
 * Encrypted private channels between whole nodes (03 section 5.11): who gets which key, what is stored of a message and
 * what of it leaves, what waits for a key, and what a member or a stranger who means no good achieves (03 A17).
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { ChannelMessage } from '../../server/store/channel-messages.ts';
import { toDbTime, toIsoTime } from '../../server/store/time.ts';
import { encodeKeyMaterial, sealChannelText, wrapChannelKey } from '../../server/wire/channel-crypto.ts';
import type { ChannelId, MessageId, UserId } from '../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import type { MessageType } from '../../server/wire/message-types.ts';
import { pairKey } from '../../server/wire/payload-crypto.ts';
import { CoreWorld } from '../sim/core.ts';
import type { Core, CoreInit } from '../sim/core.ts';

/** A Python node that encrypts private channels. */
const PYTHON = { capabilities: [...DEFAULT_CAPABILITIES, 'e2e_channel_v1'], canopyVersion: '0.5.38' };
/** One that does not. */
const PLAIN_PYTHON = { capabilities: DEFAULT_CAPABILITIES, canopyVersion: '0.5.38' };

let world: CoreWorld;
let cores: Core[];

function begin(): void {
  world = new CoreWorld(7);
  cores = [];
}

async function end(): Promise<void> {
  const stopping = Promise.all(cores.map((core) => core.stop()));
  await world.time.run(2_000);
  await stopping;
}

/** Nodes in a star around the first, accepted on both sides, each with one account. */
async function nodes(...inits: CoreInit[]): Promise<{ core: Core; user: UserId }[]> {
  const made = inits.map((init, at) => {
    const core = world.core(init);
    cores.push(core);
    return { core, user: core.addPerson(`person${at}`) };
  });
  for (const { core } of made) await core.start();
  const [first, ...others] = made;
  assert.ok(first);
  for (const { core } of others) {
    first.core.workspace.trust.setScore(core.mesh.peerId, 90);
    void core.importInviteOf(first.core);
  }
  await world.time.until(() => others.every(({ core }) => first.core.mesh.isConnected(core.mesh.peerId)));
  await world.time.run(8_000);
  return made;
}

async function privateChannel(
  { core, user }: { core: Core; user: UserId },
  members: UserId[],
  acceptUnencrypted = false,
): Promise<ChannelId> {
  const draft = { name: 'plans', type: 'private', members, acceptUnencrypted };
  const { id } = await during(core.workspace.channels.create(user, draft));
  await world.time.run(5_000);
  return id;
}

async function during<T>(work: Promise<T>): Promise<T> {
  const guarded = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await world.time.run(50);
  const result = await guarded;
  if ('error' in result) throw result.error;
  return result.value;
}

async function post(
  node: { core: Core; user: UserId },
  channelId: ChannelId,
  content: string,
): Promise<MessageId> {
  const { id } = await during(node.core.workspace.channelMessages.post(node.user, { channelId, content }));
  await world.time.run(3_000);
  return id;
}

function row(core: Core, id: MessageId): ChannelMessage {
  const found = core.disk.repositories.channelMessages.get(id);
  assert.ok(found, 'the message is here');
  return found;
}

const mode = (core: Core, id: ChannelId): string | undefined =>
  core.disk.repositories.channels.get(id)?.cryptoMode;
const active = (core: Core, id: ChannelId): string | undefined =>
  core.disk.repositories.channelKeys.active(id)?.keyId;
const texts = (node: { core: Core; user: UserId }, id: ChannelId): string[] =>
  node.core.workspace.channelMessages.list(node.user, id).map(({ content }) => content);

/** `from` sends `metadata` to the neighbour `to`, which has time to act on it. */
async function send(
  from: Core,
  to: Core,
  type: MessageType,
  metadata: Record<string, unknown>,
  content = '',
): Promise<void> {
  void from.mesh.sendDirect(type, to.mesh.peerId, { content, metadata: { type, ...metadata } });
  await world.time.run(1_000);
}

/** A key as `from` wraps it for `to`. */
function wrapped(from: Core, to: Core, key: Uint8Array): string {
  const { x25519 } = from.disk.identity;
  const pair = pairKey(nativeCrypto, x25519.privateKey, to.disk.identity.x25519.publicKey);
  assert.ok(pair);
  return wrapChannelKey(nativeCrypto, world.random, pair, key);
}

describe('a private channel', () => {
  beforeEach(begin);
  afterEach(end);

  test('of members whose nodes all can is encrypted: the key goes to the member nodes, messages and edits are stored with their ciphertext', async () => {
    const [a, b] = await nodes({}, {});
    assert.ok(a && b);
    const id = await privateChannel(a, [b.user]);
    assert.deepEqual([mode(a.core, id), mode(b.core, id)], ['e2e_optional', 'e2e_optional']);
    const keyId = active(a.core, id);
    assert.match(keyId ?? '', /^K[0-9a-f]{16}$/);
    assert.equal(active(b.core, id), keyId);
    const toB = { channelId: id, keyId: keyId ?? '', peerId: b.core.mesh.peerId };
    assert.equal(a.core.disk.repositories.channelKeys.delivery(toB), 'acked');

    const first = await post(a, id, 'at noon');
    const second = await post(b, id, 'I will be there');
    assert.deepEqual(texts(a, id), ['at noon', 'I will be there']);
    assert.deepEqual(texts(b, id), ['at noon', 'I will be there']);
    for (const message of [first, second]) {
      const here = row(a.core, message);
      const there = row(b.core, message);
      assert.equal(here.cryptoState, 'decrypted');
      assert.ok(here.encryptedContent);
      assert.deepEqual(
        [here.encryptedContent, here.nonce, here.keyId],
        [there.encryptedContent, there.nonce, keyId],
      );
    }

    const before = row(b.core, first).encryptedContent;
    await during(a.core.workspace.channelEdits.edit(a.user, id, first, { content: 'at one' }));
    await world.time.run(3_000);
    assert.deepEqual(texts(b, id), ['at one', 'I will be there']);
    assert.notEqual(row(b.core, first).encryptedContent, before);
    assert.notEqual(row(b.core, first).editedAt, null);
    assert.deepEqual(a.core.workspace.channelKeys.encryption(channel(a.core, id)), {
      encrypted: true,
      preventedBy: [],
    });
  });

  test('has another key when somebody was removed: they never get it, and what is old is still read', async () => {
    const [a, b, c] = await nodes({}, {}, {});
    assert.ok(a && b && c);
    const id = await privateChannel(a, [b.user, c.user]);
    const old = active(a.core, id) ?? '';
    const message = await post(b, id, 'before');
    const by = { userId: a.user, owner: false };
    await during(a.core.workspace.channelMembership.remove(by, id, c.user));
    await world.time.run(5_000);
    const now = active(a.core, id) ?? '';
    assert.notEqual(now, old);
    assert.equal(active(b.core, id), now);
    assert.equal(c.core.disk.repositories.channelKeys.get(id, now), undefined);
    await post(a, id, 'after');
    assert.deepEqual(texts(b, id), ['before', 'after']);
    assert.equal(row(b.core, message).keyId, old);

    // The old key once more: it stays replaced.
    const key = a.core.disk.repositories.channelKeys.get(id, old)?.key;
    assert.ok(key);
    await send(a.core, b.core, 'channel_key_distribution', {
      channel_id: id,
      key_id: old,
      encrypted_key: wrapped(a.core, b.core, key),
      key_version: 1,
      rotated_from: null,
    });
    assert.equal(active(b.core, id), now);
    // Who was removed asks, for this key and any other.
    for (const key_id of [now, old, null])
      await send(c.core, a.core, 'channel_key_request', { channel_id: id, reason: 'missing_key', key_id });
    assert.equal(c.core.disk.repositories.channelKeys.get(id, now), undefined);
  });

  test('reads what waited for its key when it comes, without looking edited; the key is asked for by itself', async () => {
    const [a, b] = await nodes({}, PYTHON);
    assert.ok(a && b);
    const id = await privateChannel(a, [b.user]);
    const keyId = active(a.core, id) ?? '';
    b.core.disk.store.sql.run('DELETE FROM channel_keys', {});
    assert.equal(active(b.core, id), undefined);
    // What B writes meanwhile does not leave as clear text.
    const waiting = await during(
      b.core.workspace.channelMessages.post(b.user, { channelId: id, content: 'soon' }),
    );
    assert.equal(row(b.core, waiting.id).encryptedContent, null);
    assert.equal(a.core.disk.repositories.channelMessages.get(waiting.id), undefined);
    const message = await post(a, id, 'read me');
    await world.time.run(5_000);
    const there = row(b.core, message);
    assert.deepEqual(
      [there.content, there.cryptoState, there.keyId, there.editedAt],
      ['read me', 'decrypted', keyId, null],
    );
    const events = b.core.events.filter(({ type }) => type === 'channel.key.missing');
    assert.deepEqual(events, [{ type: 'channel.key.missing', channelId: id, keyId }]);
    await world.time.run(70_000);
    assert.equal(row(a.core, waiting.id).cryptoState, 'decrypted');
  });

  for (const [what, kind] of [
    ['catch-up', PYTHON],
    ['reconciliation', {}],
  ] as const)
    test(`brings what was missed as ciphertext by ${what}`, async () => {
      const [a, b] = await nodes({}, kind);
      assert.ok(a && b);
      const id = await privateChannel(a, [b.user]);
      await b.core.stop();
      const sent: MessageId[] = [];
      for (let n = 0; n < 25; n += 1) sent.push(await post(a, id, `missed ${n}`));
      const again = world.core(kind, b.core.disk);
      cores.splice(cores.indexOf(b.core), 1, again);
      await again.start();
      await world.time.run(60_000);
      assert.equal(texts({ core: again, user: b.user }, id).length, 25);
      for (const message of sent) {
        assert.equal(row(again, message).cryptoState, 'decrypted');
        assert.equal(row(again, message).encryptedContent, row(a.core, message).encryptedContent);
      }
    });

  test('gets a member whose node cannot read it only by somebody who was asked, and then everybody writes clear text', async () => {
    const [a, b, c] = await nodes({}, {}, PLAIN_PYTHON);
    assert.ok(a && b && c);
    const id = await privateChannel(a, [b.user]);
    const { channelMembership, channelKeys } = a.core.workspace;
    const by = { userId: a.user, owner: false };
    const add = (acceptUnencrypted: boolean): Promise<void> =>
      during(channelMembership.add(by, id, c.user, { role: 'member', acceptUnencrypted }));
    await assert.rejects(add(false), { code: 'channel_not_readable_encrypted' });
    assert.equal(mode(a.core, id), 'e2e_optional');
    assert.equal(a.core.disk.repositories.channelMembers.get(id, c.user), undefined);

    await add(true);
    await world.time.run(5_000);
    assert.deepEqual([mode(a.core, id), mode(b.core, id)], ['legacy_plaintext', 'legacy_plaintext']);
    assert.deepEqual(channelKeys.encryption(channel(a.core, id)), {
      encrypted: false,
      preventedBy: [{ peerId: c.core.mesh.peerId, userIds: [c.user] }],
    });
    const message = await post(a, id, 'for all three');
    assert.equal(row(c.core, message).content, 'for all three');
    assert.equal(row(c.core, message).encryptedContent, null);

    // Without that member it is encrypted again, with a key of its own.
    await during(channelMembership.remove(by, id, c.user));
    await world.time.run(5_000);
    assert.deepEqual([mode(a.core, id), mode(b.core, id)], ['e2e_optional', 'e2e_optional']);
    assert.ok(row(b.core, await post(a, id, 'for two')).encryptedContent);
  });
});

describe('of keys', () => {
  /** A, where the channel is, B, a member who means no good, and C, who is no member. */
  let a: { core: Core; user: UserId };
  let b: typeof a;
  let c: typeof a;
  let id: ChannelId;
  const stolen = new Uint8Array(32).fill(9);

  before(async () => {
    begin();
    const made = await nodes({}, {}, {});
    assert.ok(made[0] && made[1] && made[2]);
    [a, b, c] = [made[0], made[1], made[2]];
    id = await privateChannel(a, [b.user]);
  });
  after(end);

  test('nobody but the origin gives one, and only wrapped', async () => {
    const before = active(a.core, id);
    const forged = { channel_id: id, key_id: 'Kffffffffffffffff', key_version: 1, rotated_from: before };
    for (const liar of [b.core, c.core]) {
      const encrypted_key = wrapped(liar, a.core, stolen);
      await send(liar, a.core, 'channel_key_distribution', { ...forged, encrypted_key });
    }
    assert.equal(active(a.core, id), before);
    assert.equal(a.core.disk.repositories.channelKeys.list(id).length, 1);

    // Not even the origin: raw material, a key wrapped for somebody else, another key under a known id.
    const raw = encodeKeyMaterial(stolen);
    for (const encrypted_key of [
      raw,
      Buffer.from(stolen).toString('hex'),
      wrapped(a.core, c.core, stolen),
      '',
    ])
      await send(a.core, b.core, 'channel_key_distribution', { ...forged, encrypted_key });
    await send(a.core, b.core, 'channel_key_distribution', {
      ...forged,
      key_id: before,
      encrypted_key: wrapped(a.core, b.core, stolen),
    });
    assert.equal(active(b.core, id), before);
    assert.equal(b.core.disk.repositories.channelKeys.list(id).length, 1);
    assert.notDeepEqual(b.core.disk.repositories.channelKeys.active(id)?.key, stolen);

    // Nobody makes #general encrypted, and nobody a channel of ours that they have never seen.
    await send(b.core, a.core, 'channel_key_distribution', {
      ...forged,
      channel_id: 'general',
      encrypted_key: wrapped(b.core, a.core, stolen),
    });
    assert.equal(mode(a.core, 'general' as ChannelId), 'legacy_plaintext');
  });

  test('no stranger gets one, whomever the request names, and nobody an answer for somebody else', async () => {
    const key_id = active(a.core, id);
    const asked = { channel_id: id, reason: 'missing_key', key_id };
    await send(c.core, a.core, 'channel_key_request', asked);
    await send(c.core, a.core, 'channel_key_request', { ...asked, requesting_peer: b.core.mesh.peerId });
    // A member asks for a stranger.
    await send(b.core, a.core, 'channel_key_request', { ...asked, requesting_peer: c.core.mesh.peerId });
    assert.deepEqual(c.core.disk.repositories.channelKeys.list(id), []);
    assert.deepEqual(a.core.disk.repositories.outbox.forPeer(c.core.mesh.peerId, { limit: 9 }), []);
    const about = { channelId: id, keyId: key_id ?? '', peerId: c.core.mesh.peerId };
    // Nor does it count that a stranger says it has the key.
    await send(c.core, a.core, 'channel_key_ack', { channel_id: id, key_id, status: 'ok' });
    assert.equal(a.core.disk.repositories.channelKeys.delivery(about), undefined);
  });

  test('a text under another key or of another channel stays unread, and the next one is read', async () => {
    const otherId = await privateChannel(a, [b.user]);
    const otherKey = b.core.disk.repositories.channelKeys.active(otherId)?.key;
    assert.ok(otherKey);
    const bad = 'Mbad000000000000000000001' as MessageId;
    const sealed = sealChannelText(nativeCrypto, world.random, otherKey, 'of the other channel');
    const message = {
      channel_id: id,
      user_id: b.user,
      message_id: bad,
      timestamp: toIsoTime(world.time.now()),
      origin_peer: b.core.mesh.peerId,
      crypto_state: 'encrypted',
      ...sealed,
      key_id: active(b.core, id),
    };
    await send(b.core, a.core, 'channel_message', message, 'shown instead');
    assert.deepEqual([row(a.core, bad).content, row(a.core, bad).cryptoState], ['', 'decrypt_failed']);
    assert.deepEqual(texts(a, id).at(-1), '[Encrypted message could not be decrypted]');
    const next = await post(b, id, 'mine');
    assert.equal(row(a.core, next).content, 'mine');
  });

  test('one that never comes is given up after a day, and read when it comes after all', async () => {
    const late = 'Mlate00000000000000000001' as MessageId;
    const message = {
      channel_id: id,
      user_id: a.user,
      message_id: late,
      timestamp: toIsoTime(world.time.now()),
      origin_peer: a.core.mesh.peerId,
      ...sealChannelText(nativeCrypto, world.random, stolen, 'better late'),
      key_id: 'K0000000000000001',
    };
    await send(a.core, b.core, 'channel_message', message);
    assert.equal(texts(b, id).at(-1), '[Encrypted message pending key]');
    b.core.workspace.channelTexts.giveUp();
    assert.equal(row(b.core, late).cryptoState, 'pending_decrypt');
    const dayBefore = toDbTime(world.time.now() - 86_400_001);
    b.core.disk.store.sql.run(
      'UPDATE processed_messages SET processed_at = @dayBefore WHERE message_id = @late',
      {
        dayBefore,
        late,
      },
    );
    b.core.workspace.channelTexts.giveUp();
    assert.equal(texts(b, id).at(-1), '[Encrypted message could not be decrypted]');
    await send(a.core, b.core, 'channel_key_distribution', {
      channel_id: id,
      key_id: 'K0000000000000001',
      encrypted_key: wrapped(a.core, b.core, stolen),
      key_version: 1,
      rotated_from: null,
    });
    assert.equal(texts(b, id).at(-1), 'better late');
    assert.equal(row(b.core, late).editedAt, null);
  });
});

function channel(core: Core, id: ChannelId) {
  const found = core.disk.repositories.channels.get(id);
  assert.ok(found);
  return found;
}
