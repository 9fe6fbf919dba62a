/** The connection activity list in words (04 section 3.0, ActivityEvent). */
import type { ActivityEvent } from '../api/types.ts';

const CONNECTION: Readonly<Record<string, string>> = {
  attempt: 'connecting',
  connected: 'connected',
  disconnected: 'disconnected',
  failed: 'could not be reached',
  broker: 'asked a common contact for help',
  pending: 'waits',
  reconnect: 'connecting again',
  forced_failover: 'moved to another way',
  forgotten: 'forgotten',
};

/** One event as a sentence about the peer called `name`. New kinds show what the node says about them. */
export function activityText(event: ActivityEvent, name: string): string {
  if (event.kind === 'connection')
    return `${name}: ${CONNECTION[event.status ?? ''] ?? event.status ?? 'changed'}`;
  if (event.kind === 'channel_message') return `${name}: new message in a channel`;
  if (event.kind === 'direct_message') return `${name}: new direct message`;
  return `${name}: ${event.detail ?? event.kind.replaceAll('_', ' ')}`;
}

/** Details that only repeat the status. */
const PLAIN: ReadonlySet<string> = new Set(['Connecting', 'Reconnecting', 'Connected', 'Peer connected']);

/** Whether the detail of a connection event says more than {@link activityText} does. */
export function saysMore(event: ActivityEvent): boolean {
  const detail = event.detail ?? '';
  return detail !== '' && !PLAIN.has(detail);
}
