/** Who a direct message is for, and who may see it (03 section 6.1). */
import type { DirectMessage as MessageRow } from '../store/direct-messages.ts';
import type { UserId } from '../wire/ids.ts';

/** Everybody in the group of a message, its sender included; null when it is to one person. */
export function groupMembersOf(row: MessageRow): string[] | null {
  const members = row.metadata['group_members'];
  return Array.isArray(members) ? members.filter((id) => typeof id === 'string') : null;
}

/** Those a message is between, its sender included; of one to everybody, its sender alone. */
export function participantsOf(row: MessageRow): UserId[] {
  const others = groupMembersOf(row) ?? (row.recipientId === null ? [] : [row.recipientId]);
  return [...new Set([row.senderId, ...(others as UserId[])])];
}

/** Whether somebody may see a message. */
export function isVisible(row: MessageRow, userId: UserId): boolean {
  if (row.senderId === userId || row.recipientId === userId || row.recipientId === null) return true;
  return groupMembersOf(row)?.includes(userId) ?? false;
}
