/** Cuts the channel list into frames a peer accepts (02 section 5.4). */
import { fromPlain, printPyJson } from '../wire/pyjson.ts';

/** Largest payload a peer without `bulk_sync_1mb_v1` accepts, and one with it (02 section 9). */
export const LEGACY_PAYLOAD_BYTES = 524_288;
export const BULK_PAYLOAD_BYTES = 1_048_576;
/** Part of the payload limit a channel list may fill, and the least it may. */
const FILL = 0.75;
const FLOOR_BYTES = 16_384;

/** Bytes one `channel_sync` payload may have. */
export function channelSyncTarget(bulk: boolean): number {
  return Math.max(FLOOR_BYTES, Math.floor(FILL * (bulk ? BULK_PAYLOAD_BYTES : LEGACY_PAYLOAD_BYTES)));
}

/**
 * Groups `channels` in order, each group's payload at most `target` bytes; a channel too large by itself is left out,
 * and the group before it ends there, as in the reference.
 */
export function channelSyncBatches<Entry extends object>(
  channels: readonly Entry[],
  target: number,
): Entry[][] {
  const empty = compactBytes({ content: '', metadata: { type: 'channel_sync', channels: [] } });
  const batches: Entry[][] = [];
  let batch: Entry[] = [];
  let size = empty;
  for (const channel of channels) {
    const entry = compactBytes(channel);
    const comma = batch.length > 0 ? 1 : 0;
    if (size + comma + entry <= target) {
      batch.push(channel);
      size += comma + entry;
      continue;
    }
    if (batch.length > 0) batches.push(batch);
    const fits = empty + entry <= target;
    batch = fits ? [channel] : [];
    size = fits ? empty + entry : empty;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Length of the compact JSON of `value`, ASCII, as the reference measures it. */
function compactBytes(value: object): number {
  return printPyJson(fromPlain(value), { compact: true }).length;
}
