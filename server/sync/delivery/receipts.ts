/** What is said to the sender of an acknowledged envelope after the commit (06 section 3.2). Pure. */
import { ACK } from '../../mesh/secure/types.ts';
import type { AckStatus } from '../../mesh/secure/types.ts';
import type { FailureReason } from '../../workspace/delivery.ts';
import type { InboxOutcome, InboxRefusal } from '../../workspace/channel-inbox.ts';
import type { DirectOutcome } from '../../workspace/direct-inbox.ts';

const CHANNEL_REFUSALS: Readonly<Record<InboxRefusal, AckStatus>> = {
  local_author: ACK.invalid,
  foreign_author: ACK.invalid,
  other_author: ACK.invalid,
  too_many_people: ACK.not_entitled,
  not_member: ACK.not_entitled,
  unknown_channel: ACK.not_entitled,
  // It is owed until it is known what the channel is.
  unsettled_channel: ACK.busy,
  top_level_post_restricted: ACK.not_entitled,
  reply_restricted: ACK.not_entitled,
  quarantine: ACK.gone,
  retired: ACK.gone,
  deleted: ACK.gone,
  expired: ACK.gone,
  // What is here is newer: acknowledged and not applied.
  stale_edit: ACK.stored,
};

const DIRECT_REFUSALS: Readonly<Record<Extract<DirectOutcome, { state: 'refused' }>['reason'], AckStatus>> = {
  not_here: ACK.gone,
  deleted: ACK.gone,
  too_long: ACK.too_large,
  local_author: ACK.invalid,
  foreign_author: ACK.invalid,
  other_author: ACK.invalid,
  too_many_people: ACK.not_entitled,
  stale_edit: ACK.stored,
};

export function channelStatus(outcome: InboxOutcome): AckStatus {
  return outcome.state === 'refused' ? CHANNEL_REFUSALS[outcome.reason] : ACK.stored;
}

export function directStatus(outcome: DirectOutcome): AckStatus {
  return outcome.state === 'refused' ? DIRECT_REFUSALS[outcome.reason] : ACK.stored;
}

const FAILURES: Readonly<Partial<Record<AckStatus, FailureReason>>> = {
  [ACK.not_entitled]: 'not_entitled',
  [ACK.invalid]: 'invalid',
  [ACK.too_large]: 'too_large',
  [ACK.gone]: 'gone',
};

/** Why a row failed with this status; `null` for those that do not end it. */
export function failureOf(status: AckStatus): FailureReason | null {
  return FAILURES[status] ?? null;
}

/** Deviation D-65: one row may be several envelopes, one for each recipient there: the worst answer is the row's. */
export function worst(statuses: readonly AckStatus[]): AckStatus {
  const order: readonly AckStatus[] = [
    ACK.waiting,
    ACK.busy,
    ACK.not_entitled,
    ACK.invalid,
    ACK.too_large,
    ACK.gone,
  ];
  return order.find((status) => statuses.includes(status)) ?? ACK.stored;
}
