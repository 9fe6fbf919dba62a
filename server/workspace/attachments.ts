/** Attachment entries of messages (03 sections 10.3 and 10.5). */
import { createHash } from 'node:crypto';
import { isOpaqueId } from '../wire/ids.ts';
import type { PeerId } from '../wire/ids.ts';
import type { Attachment } from '../wire/payloads/attachments.ts';

/** Most attachments of one message, sent or received (04 section 3.8). */
export const MAX_ATTACHMENTS = 20;

/** Bytes that came within a message, by the id under which the message's placeholder names them. */
export type InlineFiles = ReadonlyMap<string, string>;

/**
 * What is stored of the attachments a peer sent: placeholders, also for files whose bytes came along; these take the
 * place when they are on the disk, so that a message never waits for a file.
 */
export function receivedAttachments(
  entries: readonly Attachment[] | null,
  from: PeerId,
): Record<string, unknown>[] {
  return soundEntries(entries).map((entry) => ({
    name: entry.name,
    type: entry.type,
    size: entry.size ?? 0,
    checksum: entry.checksum ?? '',
    origin_file_id: originOf(entry),
    source_peer_id: entry.data === null ? (entry.source_peer_id ?? from) : from,
    large_attachment: true,
    storage_mode: 'remote_large',
    download_status: 'pending',
    ...shown(entry),
  }));
}

/** What is said of a picture before it is here; nothing of what nobody said. */
function shown({ alt, width, height }: Attachment): Record<string, unknown> {
  return {
    ...(alt === null ? {} : { alt }),
    ...(width === null || height === null ? {} : { width, height }),
  };
}

/** The bytes that came along, Base64 as sent. */
export function inlineFiles(entries: readonly Attachment[] | null): InlineFiles {
  const found = new Map<string, string>();
  for (const entry of soundEntries(entries)) {
    const origin = originOf(entry);
    if (entry.data !== null && origin !== null) found.set(origin, entry.data);
  }
  return found;
}

/** Whether an entry waits for a certain file of a certain node. */
export function isPlaceholderOf(
  entry: Readonly<Record<string, unknown>>,
  peer: PeerId,
  originFileId: string,
): boolean {
  return (
    entry['origin_file_id'] === originFileId &&
    entry['source_peer_id'] === peer &&
    entry['download_status'] !== 'completed'
  );
}

/** Entries as records; anything else is dropped. */
export function attachmentRecords(entries: readonly unknown[]): Record<string, unknown>[] {
  return entries.filter(
    (entry): entry is Record<string, unknown> =>
      typeof entry === 'object' && entry !== null && !Array.isArray(entry),
  );
}

function soundEntries(entries: readonly Attachment[] | null): Attachment[] {
  return (entries ?? []).slice(0, MAX_ATTACHMENTS);
}

/** What the sender calls the file; bytes without a name are named by themselves, so that a repeat is known. */
function originOf(entry: Attachment): string | null {
  const id = entry.origin_file_id ?? entry.id ?? entry.file_id;
  if (id !== null && isOpaqueId(id)) return id;
  return entry.data === null ? null : `inline-${createHash('sha256').update(entry.data).digest('hex')}`;
}
