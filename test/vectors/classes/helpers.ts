/** `helpers`: pure functions and constants of the mesh (02 sections 5.4, 5.8, 5.11 and 9). */
import { z } from 'zod';
import { isPreferred } from '../../../server/mesh/arbitration.ts';
import * as limits from '../../../server/mesh/limits.ts';
import { reconnectDelay } from '../../../server/mesh/reconnector.ts';
import { channelSyncBatches, channelSyncTarget, LEGACY_PAYLOAD_BYTES } from '../../../server/sync/batches.ts';
import { managerCanonical, sanitizeOwn, sanitizeRemote } from '../../../server/wire/endpoint.ts';
import { MAX_ID_BYTES, type PeerId } from '../../../server/wire/ids.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { expectEqual, isObject } from '../check.ts';
import type { VectorCase, VectorClass } from '../types.ts';

const texts = z.array(z.string());
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
});
type Helpers = z.infer<typeof schema>;

/** Our constants under the reference's names. */
const CONSTANTS: Readonly<Record<string, number>> = {
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
const NOT_YET = 'what it is about is not built yet';

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
      ...others.map((id) => ({ id, omitted: NOT_YET, run: () => undefined })),
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
    ...(name in CONSTANTS ? {} : { omitted: NOT_YET }),
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
