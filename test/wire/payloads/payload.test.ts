import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { z } from 'zod';
import { WireError } from '../../../server/wire/errors.ts';
import { readMetadata, readPayload } from '../../../server/wire/payloads/payload.ts';
import { METADATA_SCHEMAS } from '../../../server/wire/payloads/schemas.ts';
import { plainData, testPeer } from '../support.ts';

const peer = testPeer(1).peerId;
const refused = (error: unknown): boolean => error instanceof WireError && error.code === 'payload';
const schemas = Object.entries(METADATA_SCHEMAS) as [keyof typeof METADATA_SCHEMAS, z.ZodType][];

describe('a payload', () => {
  it('is a text and metadata, each empty when missing or of the wrong type', () => {
    assert.deepEqual(readPayload({ content: 'x', metadata: { a: 1 }, more: 1 }), {
      content: 'x',
      metadata: { a: 1 },
    });
    for (const payload of [{}, { content: 5, metadata: [] }, { content: null, metadata: 'x' }]) {
      assert.deepEqual(readPayload(payload), { content: '', metadata: {} });
    }
  });

  for (const bad of [null, undefined, [], 'text', 5, false]) {
    it(`cannot be ${JSON.stringify(bad)}`, () => assert.throws(() => readPayload(bad), refused));
  }
});

describe('metadata', () => {
  for (const [type, schema] of schemas) {
    it(`of ${type} is read or refused with the one error`, () => {
      fc.assert(
        fc.property(plainData, (value) => {
          try {
            readMetadata(schema, value);
          } catch (error) {
            assert.ok(refused(error));
          }
        }),
        { numRuns: 60 },
      );
      assert.throws(() => readMetadata(schema, null), refused);
      assert.throws(() => readMetadata(schema, 'text'), refused);
    });
  }

  it('names the fields it failed at and never their content', () => {
    assert.throws(
      () => readMetadata(METADATA_SCHEMAS.member_sync, { channel_id: 5, target_user_id: '\u0001secret' }),
      (error) =>
        refused(error) &&
        error instanceof Error &&
        /channel_id, target_user_id/.test(error.message) &&
        !/secret/.test(error.message),
    );
  });

  it('passes over unknown keys', () => {
    const read = readMetadata(METADATA_SCHEMAS.relay_offer, { target_peer: peer, extra: 1 });
    assert.deepEqual(read, { target_peer: peer });
  });
});

/** What each type cannot do without. */
const needed: Partial<Record<keyof typeof METADATA_SCHEMAS, Record<string, unknown>>> = {
  channel_announce: { channel_id: 'C1' },
  feed_post: { post_id: 'P1' },
  profile_sync: { profile: {} },
  profile_update: { profile: {} },
  member_sync: { channel_id: 'C1', target_user_id: 'u' },
  channel_membership_query: { query_id: 'q' },
  channel_membership_response: { query_id: 'q' },
  channel_key_distribution: { channel_id: 'C1', key_id: 'K1', encrypted_key: '00' },
  channel_key_request: { channel_id: 'C1' },
  channel_key_ack: { channel_id: 'C1' },
  channel_removal_proposal: { proposal_id: 'p', channel_id: 'C1', initiator_peer_id: peer },
  channel_removal_vote: { proposal_id: 'p', channel_id: 'C1', voter_peer_id: peer, vote: 'keep' },
  channel_removal_result: { proposal_id: 'p', channel_id: 'C1', result: 'retired', finalizing_peer_id: peer },
  large_attachment_request: { request_id: 'r', origin_file_id: 'F1' },
  large_attachment_chunk: {
    request_id: 'r',
    origin_file_id: 'F1',
    size: 1,
    chunk_index: 0,
    total_chunks: 1,
    data: 'AA==',
  },
  large_attachment_error: { request_id: 'r', origin_file_id: 'F1' },
  principal_announce: { principal: {} },
  principal_key_update: { principal_id: 'p', key: {} },
  bootstrap_grant_sync: { grant: {} },
  bootstrap_grant_revoke: { grant_id: 'g', issuer_peer_id: peer },
};

describe('what a type needs', () => {
  for (const [type, schema] of schemas) {
    const fields = needed[type] ?? {};
    it(`${type}: ${Object.keys(fields).join(', ') || 'nothing'}`, () => {
      assert.ok(schema.safeParse(fields).success);
      for (const key of Object.keys(fields)) {
        assert.throws(() => readMetadata(schema, { ...fields, [key]: undefined }), refused, key);
        assert.throws(() => readMetadata(schema, { ...fields, [key]: [] }), refused, key);
      }
    });
  }
});
