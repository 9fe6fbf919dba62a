/** Delivery states in words (05 section 10.6): what is shown, and what it means. */
import type { Delivery } from '../api/types.ts';
import type { Entry } from './thread.ts';

/** Which sign stands for a state; the word always stands beside it. */
export type DeliverySign = 'clock' | 'ring' | 'tick' | 'ticks' | 'alert';

export interface DeliveryWords {
  sign: DeliverySign;
  text: string;
  /** For the tooltip and screen readers. */
  meaning: string;
}

const QUEUE_REASONS: Readonly<Record<string, string>> = {
  offline: 'offline',
  awaiting_acceptance: 'has not accepted this device yet',
  needs_secure_session: 'needs a secure connection first',
  needs_encryption: 'cannot receive encrypted messages yet',
};

/** The state of an own message; `nameOf` says what to call a peer. */
export function deliveryWords(entry: Entry, nameOf: (peerId: string) => string): DeliveryWords {
  const { unsent, delivery } = entry;
  if (unsent !== undefined) {
    if (unsent.state === 'failed') {
      const reason = unsent.reason ?? 'unknown reason';
      return { sign: 'alert', text: `Not sent: ${reason}`, meaning: reason };
    }
    if (unsent.state === 'waiting') {
      return {
        sign: 'clock',
        text: `Waiting: ${unsent.reason ?? 'this node is not answering'}`,
        meaning: 'Kept here and sent when this node answers',
      };
    }
    return { sign: 'clock', text: 'Sending', meaning: 'On its way to this node' };
  }
  if (delivery === null) return { sign: 'tick', text: 'Sent', meaning: 'Stored on this node' };
  const { of } = delivery;
  switch (delivery.state) {
    case 'queued':
      return { sign: 'ring', text: 'Queued', meaning: queuedMeaning(delivery, nameOf) };
    case 'sent':
      return {
        sign: 'tick',
        text: 'Sent',
        meaning: of > 1 ? 'Handed to the peers that are connected' : 'Handed to the peer',
      };
    case 'partial':
      return {
        sign: 'tick',
        text: `Delivered to ${delivery.delivered} of ${of}`,
        meaning: 'The others have not confirmed it yet',
      };
    case 'delivered':
      return {
        sign: 'ticks',
        text: of > 1 ? `Delivered to ${of} of ${of}` : 'Delivered',
        meaning: 'On the other device',
      };
    case 'read':
      return { sign: 'ticks', text: 'Read', meaning: 'Read by the recipient' };
    case 'failed':
      return {
        sign: 'alert',
        text: 'Not delivered',
        meaning: 'The other side will not take it',
      };
  }
}

/** Whom it waits for, and why. */
function queuedMeaning(delivery: Delivery, nameOf: (peerId: string) => string): string {
  if (delivery.queued_for.length === 0) return 'Waiting for a peer to connect';
  return delivery.queued_for
    .map(
      ({ peer_id: peerId, reason }) =>
        `Waiting for ${nameOf(peerId)}: ${QUEUE_REASONS[reason ?? ''] ?? 'not reachable'}`,
    )
    .join('\n');
}
