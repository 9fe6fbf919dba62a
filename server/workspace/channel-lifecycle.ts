/** How a channel without talk comes to be archived (03 section 5.12). Pure. */
import type { Channel } from '../store/channels.ts';
import type { ChannelView } from './types.ts';

const DAY_MS = 86_400_000;
/** A channel is shown as cooling when it has this many days left. */
const COOLING_DAYS = 14;
/** Days without talk until a channel is archived: at least one, at most two years. */
const MIN_TTL_DAYS = 1;
export const MAX_TTL_DAYS = 730;
/** Why a channel is archived: nobody talked, or a person wanted it. */
export const INACTIVE = 'inactive_ttl';
export const MANUAL = 'manual_archive';
/** Types that are never archived. */
const LASTING: ReadonlySet<string> = new Set(['dm', 'group_dm', 'general']);

/** Days until a channel is archived, within bounds. */
export function ttlDays(days: number): number {
  return Math.min(Math.max(Math.trunc(days), MIN_TTL_DAYS), MAX_TTL_DAYS);
}

/** Whether nobody has talked in a channel for as long as it lasts. */
export function isInactive(channel: Channel, now: number): boolean {
  if (channel.lifecyclePreserved || channel.lifecycleArchivedAt !== null || LASTING.has(channel.channelType))
    return false;
  return endOf(channel, now) <= now;
}

/** The state that is shown, and the days left. */
export function lifecycle(
  channel: Channel,
  now: number,
): Pick<ChannelView, 'lifecycleStatus' | 'daysUntilArchive'> {
  if (channel.lifecyclePreserved) return { lifecycleStatus: 'preserved', daysUntilArchive: null };
  const days = Math.max(0, Math.ceil((endOf(channel, now) - now) / DAY_MS));
  if (channel.lifecycleArchivedAt !== null) return { lifecycleStatus: 'archived', daysUntilArchive: days };
  if (days === 0) return { lifecycleStatus: 'inactive', daysUntilArchive: 0 };
  return { lifecycleStatus: days <= COOLING_DAYS ? 'cooling' : 'active', daysUntilArchive: days };
}

function endOf(channel: Channel, now: number): number {
  return (channel.lastActivityAt ?? channel.createdAt ?? now) + channel.lifecycleTtlDays * DAY_MS;
}
