/** Delivery states in words (05 section 10.6): what is shown, and what it means. */
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

/** The state of an own message. */
export function deliveryWords(entry: Entry): DeliveryWords {
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
  const of = delivery.of ?? 0;
  switch (delivery.state) {
    case 'queued':
      return { sign: 'ring', text: 'Queued', meaning: queuedMeaning(delivery.reason ?? null, of) };
    case 'sent':
      return {
        sign: 'tick',
        text: 'Sent',
        meaning: of > 1 ? 'Handed to the peers that are connected' : 'Handed to the peer',
      };
    case 'partial':
      return {
        sign: 'tick',
        text: `Delivered to ${delivery.delivered ?? 0} of ${of}`,
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
        text: `Not delivered${delivery.reason == null ? '' : `: ${delivery.reason.replaceAll('_', ' ')}`}`,
        meaning: 'The other side will not take it',
      };
  }
}

function queuedMeaning(reason: string | null, of: number): string {
  const peers = of === 1 ? 'a peer that is' : 'peers that are';
  if (reason === null || reason === 'offline') return `Waiting for ${peers} offline`;
  return `Waiting for a peer that ${QUEUE_REASONS[reason] ?? reason.replaceAll('_', ' ')}`;
}
