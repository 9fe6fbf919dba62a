/** Where a family of payloads has rules of its own beyond its fields. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attachmentSchema, largeAttachmentChunkSchema } from '../../../server/wire/payloads/attachments.ts';
import { catchupRequestSchema, catchupResponseSchema } from '../../../server/wire/payloads/catchup.ts';
import { channelMessageSchema } from '../../../server/wire/payloads/channel-message.ts';
import { channelSyncSchema } from '../../../server/wire/payloads/channels.ts';
import { deleteSignalSchema } from '../../../server/wire/payloads/delete-signal.ts';
import { directMessageSchema } from '../../../server/wire/payloads/direct-message.ts';
import { peerAnnouncementSchema } from '../../../server/wire/payloads/introductions.ts';
import { membershipQuerySchema } from '../../../server/wire/payloads/membership.ts';
import { profileSchema } from '../../../server/wire/payloads/profile.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import { testPeer } from '../support.ts';

describe('channel messages', () => {
  it('without a channel belong to general', () => {
    assert.equal(channelMessageSchema.parse({}).channel_id, 'general');
    assert.equal(channelMessageSchema.parse({ channel_id: '' }).channel_id, 'general');
  });

  it('are edits only when they say true', () => {
    assert.equal(channelMessageSchema.parse({ update_only: true }).update_only, true);
    assert.equal(channelMessageSchema.parse({ update_only: 'true' }).update_only, false);
  });

  it('keep sound attachments', () => {
    const { attachments } = channelMessageSchema.parse({
      attachments: [{ name: 'a', size: 3, data: 'AAAA' }, 'x', null],
    });
    assert.equal(attachments?.length, 1);
    assert.deepEqual(
      [attachments[0]?.name, attachments[0]?.data, attachments[0]?.type],
      ['a', 'AAAA', 'application/octet-stream'],
    );
  });
});

describe('direct messages', () => {
  it('with an empty recipient are for no person', () => {
    assert.equal(directMessageSchema.parse({ recipient_id: '' }).recipient_id, null);
  });
});

describe('attachments', () => {
  it('need nothing but to be an object', () => {
    assert.equal(attachmentSchema.parse({}).name, 'file');
    assert.equal(attachmentSchema.safeParse('x').success, false);
  });

  it('come in chunks with sensible numbers', () => {
    const chunk = {
      request_id: 'r',
      origin_file_id: 'F',
      size: 1,
      chunk_index: 0,
      total_chunks: 1,
      data: '',
    };
    for (const change of [
      { size: -1 },
      { chunk_index: -1 },
      { total_chunks: 0 },
      { total_chunks: 1.5 },
      { data: 5 },
    ]) {
      assert.equal(largeAttachmentChunkSchema.safeParse({ ...chunk, ...change }).success, false);
    }
  });
});

describe('catch-up', () => {
  it('compares only times of the stored form, since responders compare text', () => {
    const { channel_timestamps: times } = catchupRequestSchema.parse({
      channel_timestamps: {
        a: '2025-01-01 10:00:00',
        b: '2025-01-01T10:00:00',
        c: 5,
        d: '2025-01-01 10:00:00.5',
      },
    });
    assert.deepEqual([...times.keys()], ['a', 'd']);
  });

  it('leaves out messages without an id', () => {
    const { messages } = catchupResponseSchema.parse({
      messages: [{ id: 'M1' }, { content: 'x' }, 5, { id: 'M2', content: 'y' }],
    });
    assert.deepEqual(
      messages.map(({ id, content, channel_id }) => [id, content, channel_id]),
      [
        ['M1', '', 'general'],
        ['M2', 'y', 'general'],
      ],
    );
  });
});

describe('channel lists', () => {
  it('leave out channels without an id and take unknown words for absent', () => {
    const { channels } = channelSyncSchema.parse({
      channels: [{ name: 'x' }, { id: 'C1', privacy_mode: 'secret', origin_peer: '' }],
    });
    assert.deepEqual(
      channels.map((channel) => [channel.id, channel.privacy_mode, channel.origin_peer]),
      [['C1', null, null]],
    );
  });
});

describe('introductions', () => {
  it('leave out peers without id or keys', () => {
    const { peerId, ed25519, x25519 } = testPeer(1);
    const whole = {
      peer_id: peerId,
      ed25519_public_key: encodeBase58(ed25519.publicKey),
      x25519_public_key: encodeBase58(x25519.publicKey),
      endpoints: ['ws://192.0.2.1:7771', 5],
    };
    const parts = Object.keys(whole)
      .slice(0, 3)
      .map((key) => ({ ...whole, [key]: undefined }));
    const { introduced_peers: peers } = peerAnnouncementSchema.parse({ introduced_peers: [...parts, whole] });
    assert.equal(peers.length, 1);
    assert.deepEqual(peers[0]?.endpoints, ['ws://192.0.2.1:7771']);
    assert.equal(peers[0].device_profile, null);
  });
});

describe('profiles', () => {
  it('may be of a device alone', () => {
    const { profile } = profileSchema.parse({
      profile: { device: { device_id: 'd1', display_name: 'Desk' } },
    });
    assert.equal(profile.user_id, null);
    assert.equal(profile.device?.display_name, 'Desk');
  });
});

describe('delete signals', () => {
  it('ignore ids that are too long', () => {
    assert.equal(deleteSignalSchema.parse({ data_id: 'x'.repeat(513) }).data_id, null);
  });
});

describe('membership queries', () => {
  it('ask for at most 256 users', () => {
    const ids = Array.from({ length: 300 }, (_, i) => `u${i}`);
    assert.equal(
      membershipQuerySchema.parse({ query_id: 'q', local_user_ids: ids }).local_user_ids.length,
      256,
    );
  });
});
