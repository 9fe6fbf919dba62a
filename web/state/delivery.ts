/** Delivery states in words (05 section 10.6): what is shown, and what it means. */
import type { Delivery, DeliveryDetails } from '../api/types.ts';
import type { Entry } from './thread.ts';

/** Which sign stands for a state; the word always stands beside it. */
export type DeliverySign = 'clock' | 'ring' | 'tick' | 'ticks' | 'alert';

export interface DeliveryWords {
  sign: DeliverySign;
  text: string;
  /** For the tooltip and screen readers. */
  meaning: string;
}

/** What is asked of the mesh for it. */
export interface DeliveryPeers {
  /** What to call a peer. */
  nameOf: (peerId: string) => string;
  /** Whether it is connected, directly or through others. */
  isReached: (peerId: string) => boolean;
}

/** Why a message waits for a device, after the device's name. */
const QUEUE_REASONS: Readonly<Record<string, string>> = {
  offline: 'is offline',
  awaiting_acceptance: 'has not accepted this device yet',
  needs_secure_session: 'needs a secure connection first',
  needs_encryption: 'is only reached through another node and reads nothing encrypted',
  busy: 'is busy, or its disk is full',
};

/** Why a message did not arrive, and what a person can do about it. */
const FAILURES: Readonly<Record<string, { why: string; remedy: string }>> = {
  expired: { why: 'it waited for 30 days', remedy: 'Send it again when that device is back.' },
  not_entitled: {
    why: 'the other side does not take it',
    remedy: 'Ask there whether you may still write in this conversation.',
  },
  invalid: {
    why: 'the other node could not read it',
    remedy: 'Send it again; if that fails too, one of the two nodes needs an update.',
  },
  too_large: { why: 'it is too large', remedy: 'Send it in smaller parts.' },
  gone: {
    why: 'the recipient or channel is no longer there',
    remedy: 'Ask how the recipient can be reached now.',
  },
  removed: {
    why: 'that device may not have it any more',
    remedy: 'Accept the device on the Connect page and send it again.',
  },
  cannot_show: { why: 'the program there cannot show it', remedy: 'Write to a person there instead.' },
};
/** What a device has of larger files, after its name (02 section 11). */
const FILES_LEFT_OUT =
  'sees only the names of files above 256 KiB: its program, Canopy 0.4, takes no larger ones';
const UNKNOWN_FAILURE = { why: 'the other side will not take it', remedy: 'Send it again.' };

/** The state of an own message. */
export function deliveryWords(entry: Entry, peers: DeliveryPeers): DeliveryWords {
  const { nameOf } = peers;
  const { unsent, delivery } = entry;
  if (unsent !== undefined) return unsentWords(unsent);
  // Nobody else is owed it: no device was ever here, or it is for people on this one.
  if (delivery === null)
    return {
      sign: 'tick',
      text: 'On this device',
      meaning: 'Stored on this node; no other node waits for it',
    };
  const { of } = delivery;
  const others = [
    ...waiting(delivery, peers),
    ...failures(delivery, nameOf),
    ...filesLeftOut(delivery, nameOf),
  ];
  const waits = others.length > 0 ? others.join('\n') : 'The others have not confirmed it yet';
  switch (delivery.state) {
    case 'queued':
      return { sign: 'ring', text: queuedText(delivery, peers), meaning: waits };
    case 'sent':
      return {
        sign: 'tick',
        text: delivery.files_left_out === undefined ? 'Sent' : 'Sent without files',
        meaning: [`Handed to ${list(delivery.sent_to.map(nameOf))}, which cannot confirm`, ...others].join(
          '\n',
        ),
      };
    case 'partial':
      return {
        sign: 'tick',
        text: `Delivered to ${delivery.delivered} of ${of}`,
        meaning: waits,
      };
    case 'delivered':
      return {
        sign: 'ticks',
        text: of > 1 ? `Delivered to ${of} of ${of}` : 'Delivered',
        meaning: of > 1 ? 'On every device it is for' : `On ${list(delivery.sent_to.map(nameOf))}`,
      };
    case 'read':
      return { sign: 'ticks', text: 'Read', meaning: 'Read by the recipient' };
    case 'failed':
      return {
        sign: 'alert',
        text: failedText(delivery),
        meaning: others.join('\n') || UNKNOWN_FAILURE.remedy,
      };
  }
}

function unsentWords(unsent: NonNullable<Entry['unsent']>): DeliveryWords {
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
  const why = unsent.reason === null ? '' : `: ${unsent.reason}`;
  return { sign: 'clock', text: `Sending${why}`, meaning: 'On its way to this node' };
}

function queuedText(delivery: Delivery, peers: DeliveryPeers): string {
  const [first, ...more] = delivery.queued_for;
  if (first === undefined) return 'Waiting';
  if (more.length > 0) return `Waiting for ${delivery.queued_for.length} devices`;
  return waitingFor(first, peers);
}

function failedText(delivery: Delivery): string {
  const reasons = new Set(delivery.failed_for.map((row) => row.reason));
  const [only] = reasons;
  if (reasons.size !== 1) return 'Not delivered';
  const { why, remedy } = failure(only ?? null);
  return `Not delivered: ${why}. ${remedy}`;
}

/** Whom it waits for, and why. */
function waiting(delivery: Delivery, peers: DeliveryPeers): string[] {
  return delivery.queued_for.map((row) => waitingFor(row, peers));
}

/** In the words of 05 section 10.6. */
function waitingFor(row: Delivery['queued_for'][number], { nameOf, isReached }: DeliveryPeers): string {
  const name = nameOf(row.peer_id);
  return isUnderWay(row.reason, isReached(row.peer_id))
    ? `Waiting for ${name} to confirm it`
    : `Waiting for ${name}, which ${waitWords(row.reason)}`;
}

/** What is owed begins as if the device was away; while it is there, it is on its way. */
function isUnderWay(reason: string | null, reached: boolean): boolean {
  return reached && (reason === null || reason === 'offline');
}

/** Whom it will not reach, why, and what helps. */
function failures(delivery: Delivery, nameOf: (peerId: string) => string): string[] {
  return delivery.failed_for.map(({ peer_id: peerId, reason }) => {
    const { why, remedy } = failure(reason);
    return `Not delivered to ${nameOf(peerId)}: ${why}. ${remedy}`;
  });
}

/** Who has the text without its files. */
function filesLeftOut(
  { files_left_out: peers = [] }: Delivery,
  nameOf: (peerId: string) => string,
): string[] {
  return peers.map((peerId) => `${nameOf(peerId)} ${FILES_LEFT_OUT}`);
}

function waitWords(reason: string | null): string {
  return QUEUE_REASONS[reason ?? ''] ?? 'is not reachable';
}

function failure(reason: string | null): { why: string; remedy: string } {
  return FAILURES[reason ?? ''] ?? UNKNOWN_FAILURE;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'the other device' : names.join(', ');
}

/** How far a message came towards one device, in words. */
export function recipientWords(
  row: { state: DeliveryDetails['peers'][number]['state']; reason: string | null },
  reached: boolean,
): { text: string; remedy: string | null } {
  switch (row.state) {
    case 'queued':
      if (isUnderWay(row.reason, reached)) return { text: 'Waiting for it to confirm', remedy: null };
      return { text: `Waiting: it ${waitWords(row.reason)}`, remedy: null };
    case 'sent':
      if (row.reason === 'files_left_out') return { text: `Sent; it ${FILES_LEFT_OUT}`, remedy: null };
      return { text: 'Sent; its program cannot confirm', remedy: null };
    case 'delivered':
      return { text: 'Delivered', remedy: null };
    case 'read':
      return { text: 'Read', remedy: null };
    case 'failed': {
      const { why, remedy } = failure(row.reason);
      return { text: `Not delivered: ${why}`, remedy };
    }
  }
}

/** What is said when a message will not reach a device called `name` any more. */
export function lossWords(name: string, reason: string): string {
  const { why, remedy } = failure(reason);
  return `A message was not delivered to ${name}: ${why}. ${remedy}`;
}
