/** How an inbox is set (04 section 4.5): what comes in, and how much of it. */
import * as z from 'zod';

export const TRIGGER_TYPES = ['mention', 'dm', 'reply', 'channel_added'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** Longest list of senders or channels, and longest id in it. */
const MAX_LIST = 512;
const MAX_ID = 512;

const seconds = z.number().int().min(0).max(86_400);
const count = z.number().int().min(0).max(10_000);
const days = z.number().int().min(1).max(365);
const ids = z.array(z.string().max(MAX_ID)).max(MAX_LIST);

const fields = z.object({
  agent_sender_cooldown_seconds: seconds,
  allowed_senders: ids,
  allowed_trigger_types: z.array(z.enum(TRIGGER_TYPES)),
  audit_rejections: z.boolean(),
  audit_retention_days: days,
  auto_subscribe_own_threads: z.boolean(),
  channel_burst_limit: count,
  channel_burst_window_seconds: seconds,
  channel_hourly_limit: count,
  channel_hourly_window_seconds: seconds,
  channels: ids,
  cooldown_seconds: seconds,
  expire_days: days,
  max_pending: count,
  min_trust_score: z.number().int().min(0).max(100),
  sender_cooldown_seconds: seconds,
  sender_hourly_limit: count,
  sender_hourly_window_seconds: seconds,
  thread_reply_notifications: z.boolean(),
});

export type InboxConfig = z.output<typeof fields>;
/** What a person may set: any of the fields; others are ignored. */
export const inboxConfigPatch = fields.partial();

/** The reference's; empty lists mean everybody and everywhere, a limit of 0 none. */
export const DEFAULT_INBOX_CONFIG: Readonly<InboxConfig> = {
  agent_sender_cooldown_seconds: 60,
  allowed_senders: [],
  allowed_trigger_types: [...TRIGGER_TYPES],
  audit_rejections: true,
  audit_retention_days: 7,
  auto_subscribe_own_threads: true,
  channel_burst_limit: 3,
  channel_burst_window_seconds: 60,
  channel_hourly_limit: 20,
  channel_hourly_window_seconds: 3600,
  channels: [],
  cooldown_seconds: 10,
  expire_days: 7,
  max_pending: 100,
  min_trust_score: 50,
  sender_cooldown_seconds: 30,
  sender_hourly_limit: 20,
  sender_hourly_window_seconds: 3600,
  thread_reply_notifications: true,
};

/** The settings in force: stored ones that make sense over the defaults. */
export function effectiveConfig(stored: Readonly<Record<string, unknown>> | null): InboxConfig {
  const kept = Object.entries(stored ?? {}).filter(
    ([name, value]) => inboxConfigPatch.safeParse({ [name]: value }).success,
  );
  return { ...DEFAULT_INBOX_CONFIG, ...inboxConfigPatch.parse(Object.fromEntries(kept)) };
}
