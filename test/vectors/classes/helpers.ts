/** `helpers`: pure functions and constants of the mesh (02 sections 5.4, 5.8, 5.11 and 9). */
import * as z from 'zod';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { isPreferred } from '../../../server/mesh/arbitration.ts';
import * as limits from '../../../server/mesh/limits.ts';
import { reconnectDelay } from '../../../server/mesh/reconnector.ts';
import { FRAME_CHARACTERS, framesOf } from '../../../server/sync/feed-catchup.ts';
import { INLINE_BYTES, MESSAGE_BYTES } from '../../../server/sync/files/limits.ts';
import { OutgoingAttachments } from '../../../server/sync/files/outgoing.ts';
import { profileHash } from '../../../server/sync/profiles.ts';
import { channelSyncBatches, channelSyncTarget, LEGACY_PAYLOAD_BYTES } from '../../../server/sync/batches.ts';
import { managerCanonical, sanitizeOwn, sanitizeRemote } from '../../../server/wire/endpoint.ts';
import type { StoredFile } from '../../../server/store/files.ts';
import { MAX_ID_BYTES, type FileId, type PeerId, type UserId } from '../../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { expectEqual, isObject, toHexText } from '../check.ts';
import type { VectorCase, VectorClass } from '../types.ts';

const texts = z.array(z.string());
const bulkLimits = z.object({ channel_sync_target: z.number(), catchup_extra_target: z.number() });
const schema = z.object({
  endpoint_canonical: z.array(z.object({ input: z.string(), canonical: z.string().nullable() })),
  endpoint_sanitize: z.object({ input: texts, for_remote_peer: texts, for_local_peer: texts }),
  reconnect_delay_s: z.array(
    z.object({ attempt: z.number(), base_delay: z.number(), jitter_max: z.number() }),
  ),
  preferred_direction: z.array(
    z.object({ local: z.string(), remote: z.string(), local_prefers_outbound: z.boolean() }),
  ),
  capabilities_default: texts,
  constants: z.record(z.string(), z.number()),
  channel_sync_batches: z.array(
    z.object({
      desc_lengths: z.array(z.number()),
      target_payload_bytes: z.number(),
      batches: z.array(texts),
    }),
  ),
  profile_hash: z.array(z.object({ card: z.record(z.string(), z.unknown()), profile_hash: z.string() })),
  catchup_extra_chunks: z.array(
    z.object({
      lengths: z.looseObject({ feed_posts: z.array(z.number()) }),
      target_payload_bytes: z.number(),
      chunks: z.array(z.looseObject({ feed_posts: texts.default([]) })),
    }),
  ),
  bulk_payload_limits: z.object({ peer_with_bulk_sync_1mb_v1: bulkLimits, other_peer: bulkLimits }),
  attachment_entries: z.array(
    z.object({
      file_ids: texts,
      sizes: z.array(z.number().nullable()),
      types: texts,
      entries: z.array(z.record(z.string(), z.unknown())),
    }),
  ),
});
type Helpers = z.infer<typeof schema>;

/** Our constants under the reference's names. */
const CONSTANTS: Readonly<Record<string, number>> = {
  P2P_INLINE_ATTACHMENT_MAX_BYTES: INLINE_BYTES,
  ATTACHMENT_PAYLOAD_TARGET_BYTES: MESSAGE_BYTES,
  CATCHUP_EXTRA_TARGET_PAYLOAD_BYTES: FRAME_CHARACTERS,
  CHANNEL_SYNC_TARGET_PAYLOAD_BYTES: channelSyncTarget(true),
  LEGACY_BULK_SYNC_MAX_PAYLOAD_BYTES: LEGACY_PAYLOAD_BYTES,
  MAX_PENDING_PER_PEER: limits.MAX_PENDING_PER_PEER,
  MAX_CONTENT_BYTES: limits.MAX_CONTENT_BYTES,
  MAX_PAYLOAD_BYTES: limits.MAX_PAYLOAD_BYTES,
  MAX_ID_BYTES,
  MAX_MESSAGE_AGE_S: limits.MAX_MESSAGE_AGE_S,
  MAX_CLOCK_SKEW_FUTURE_S: limits.MAX_CLOCK_SKEW_S,
  MAX_ROUTING_TABLE_SIZE: limits.MAX_ROUTES,
};
/** What this program has no use for, by key. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  sync_digest:
    'digests are [extended]: our nodes reconcile, and Python nodes do not compare them (02 section 10, R15)',
};
/** The node that sends the files of the vectors. */
const SENDER = '6fMbr8Kha9K1SjvJ' as PeerId;

export const helpers: VectorClass = {
  name: 'helpers',
  recognises: (json) => isObject(json) && 'endpoint_canonical' in json && 'reconnect_delay_s' in json,
  cases: (json) => {
    const file = schema.parse(json);
    const covered = Object.keys(schema.shape);
    const others = isObject(json) ? Object.keys(json).filter((key) => !covered.includes(key)) : [];
    return [
      ...endpointCases(file),
      ...reconnectCases(file),
      ...constantCases(file),
      ...batchCases(file),
      ...profileCases(file),
      ...catchupCases(file),
      ...attachmentCases(file),
      ...others.map((id) => ({
        id,
        ...(id in LEFT_OUT ? { omitted: LEFT_OUT[id] ?? '' } : {}),
        run: () => {
          throw new Error('nothing covers this');
        },
      })),
    ];
  },
};

function endpointCases({ endpoint_canonical, endpoint_sanitize }: Helpers): VectorCase[] {
  const canonical = endpoint_canonical.map((vector, i) => ({
    id: `endpoint_canonical/${i}`,
    run: () => expectEqual(managerCanonical(vector.input), vector.canonical),
  }));
  const { input, ...expected } = endpoint_sanitize;
  const run = (): void =>
    expectEqual({ for_remote_peer: sanitizeRemote(input), for_local_peer: sanitizeOwn(input) }, expected);
  return [...canonical, { id: 'endpoint_sanitize', run }];
}

function reconnectCases({ reconnect_delay_s, preferred_direction }: Helpers): VectorCase[] {
  const delays = reconnect_delay_s.map(({ attempt, ...expected }) => ({
    id: `reconnect_delay_s/${attempt}`,
    run: () => {
      const delay = reconnectDelay(attempt);
      const jitter = Math.min(limits.RECONNECT_JITTER_MAX, delay * limits.RECONNECT_JITTER_SHARE);
      expectEqual({ base_delay: delay / 1000, jitter_max: jitter / 1000 }, expected);
    },
  }));
  const directions = preferred_direction.map(({ local, remote, local_prefers_outbound: expected }, i) => ({
    id: `preferred_direction/${i}`,
    run: () => expectEqual(isPreferred(local as PeerId, remote as PeerId, true), expected),
  }));
  return [...delays, ...directions];
}

function constantCases({ capabilities_default, constants }: Helpers): VectorCase[] {
  const values = Object.entries(constants).map(([name, value]) => ({
    id: `constants/${name}`,
    run: () => expectEqual(CONSTANTS[name], value),
  }));
  const run = (): void => expectEqual(DEFAULT_CAPABILITIES, capabilities_default);
  return [{ id: 'capabilities_default', run }, ...values];
}

function batchCases({ channel_sync_batches }: Helpers): VectorCase[] {
  return channel_sync_batches.map((vector, i) => ({
    id: `channel_sync_batches/${i}`,
    run: () => {
      const channels = vector.desc_lengths.map((length, n) => ({
        id: `C${n}`,
        name: `n${n}`,
        desc: 'd'.repeat(length),
      }));
      const batches = channelSyncBatches(channels, vector.target_payload_bytes);
      expectEqual(
        batches.map((batch) => batch.map((channel) => channel.id)),
        vector.batches,
      );
    },
  }));
}

function profileCases({ profile_hash }: Helpers): VectorCase[] {
  return profile_hash.map(({ card, profile_hash: expected }, i) => ({
    id: `profile_hash/${i}`,
    run: () => expectEqual(profileHash(nativeCrypto, card), expected),
  }));
}

/** Of what the reference adds to a catch-up, this program sends posts. */
function catchupCases({ catchup_extra_chunks, bulk_payload_limits }: Helpers): VectorCase[] {
  const chunks = catchup_extra_chunks.map(({ lengths, target_payload_bytes, chunks: expected }, i) => ({
    id: `catchup_extra_chunks/${i}`,
    run: () => {
      const entries = lengths.feed_posts.map((length, at) => {
        const id = `feed_posts${at}`;
        return { id, item: { id, c: 'x'.repeat(length) } };
      });
      const ours = framesOf(entries, target_payload_bytes).map((group) => group.map(({ id }) => id));
      expectEqual(
        ours,
        expected.map(({ feed_posts }) => feed_posts),
      );
    },
  }));
  const limitsFor = (bulk: boolean): z.infer<typeof bulkLimits> => ({
    channel_sync_target: channelSyncTarget(bulk),
    catchup_extra_target: FRAME_CHARACTERS,
  });
  const ours = { peer_with_bulk_sync_1mb_v1: limitsFor(true), other_peer: limitsFor(false) };
  return [...chunks, { id: 'bulk_payload_limits', run: () => expectEqual(ours, bulk_payload_limits) }];
}

function attachmentCases({ attachment_entries }: Helpers): VectorCase[] {
  return attachment_entries.map(({ file_ids, sizes, types, entries }, i) => ({
    id: `attachment_entries/${i}`,
    run: () => {
      const stored = file_ids.map((id, at) => ({
        id,
        name: `n-${id}`,
        type: types[at],
        size: sizes[at] ?? 0,
      }));
      const outgoing = new OutgoingAttachments(
        {
          files: {
            attachable: (_author, { id }) => fileOf(stored.find((one) => one.id === id && one.size > 0)),
            bytesOf: ({ size }) => new Uint8Array(size),
          },
          reader: { isOurs: () => false, takesLarge: () => true },
        },
        { localPeer: SENDER },
      );
      const to = { peer: 'egzg5kbKxCRt9yMW' as PeerId, author: 'user_alice' as UserId, holder: SENDER };
      const ours = outgoing.entries(stored, to).map((entry) => shortened(entry));
      expectEqual(ours, entries);
    },
  }));
}

function fileOf(
  stored: { id: string; type: string | undefined; size: number } | undefined,
): StoredFile | null {
  if (stored === undefined) return null;
  const { id, type = '', size } = stored;
  return {
    id: id as FileId,
    originalName: `n-${id}`,
    storedName: id,
    filePath: id,
    contentType: type,
    size,
    uploadedBy: 'user_alice' as UserId,
    uploadedAt: 0,
    checksum: toHexText(nativeCrypto.sha256(new Uint8Array(size))),
  };
}

/** As the vectors state it: of a file within the message its length, and no checksum, which there says nothing new. */
function shortened(entry: Record<string, unknown>): Record<string, unknown> {
  const { data, checksum, ...others } = entry;
  if (typeof data !== 'string') return checksum === undefined ? others : { ...others, checksum };
  return { ...others, data: `(base64 ${data.length} chars)` };
}
