/**
 * Attachment entries of messages (03 section 10.3). Bytes are not stored yet: an inline file of another node is kept
 * as a reference to that node, so that it can be fetched later.
 */
import type { PeerId } from '../wire/ids.ts';
import type { Attachment } from '../wire/payloads/attachments.ts';

/** Most attachments of one message, sent or received (04 section 3.8). */
export const MAX_ATTACHMENTS = 20;

/** What is stored of the attachments a peer sent. */
export function receivedAttachments(
  entries: readonly Attachment[] | null,
  from: PeerId,
): Record<string, unknown>[] {
  return (entries ?? []).slice(0, MAX_ATTACHMENTS).map((entry) => ({
    name: entry.name,
    type: entry.type,
    size: entry.size ?? 0,
    ...(entry.checksum === null ? {} : { checksum: entry.checksum }),
    origin_file_id: entry.origin_file_id ?? entry.id ?? entry.file_id,
    source_peer_id: entry.source_peer_id ?? from,
    large_attachment: true,
    storage_mode: 'remote_large',
    download_status: 'pending',
  }));
}

/** Entries as records; anything else is dropped. */
export function attachmentRecords(entries: readonly unknown[]): Record<string, unknown>[] {
  return entries.filter(
    (entry): entry is Record<string, unknown> =>
      typeof entry === 'object' && entry !== null && !Array.isArray(entry),
  );
}
