/** Attachment entries and the transfer of large ones (02 sections 6.1 and 6.5). */
import * as z from 'zod';
import {
  MAX_ENCODED,
  id,
  flag,
  optionalId,
  optionalInt,
  optionalPeerId,
  optionalRecord,
  optionalText,
  textOr,
} from './fields.ts';

/** Longest file within a message, Base64: 0.4.29 sends 10 MiB so (02 section 6.2). */
const MAX_INLINE = Math.ceil((10 * 1024 * 1024) / 3) * 4;

/** Longest description of a picture: some sentences. */
const MAX_ALT = 500;

/** One attachment: inline (`data`), a reference to another node's file, or bare metadata. */
export const attachmentSchema = z.object({
  name: textOr('file'),
  type: textOr('application/octet-stream'),
  size: optionalInt,
  id: optionalId,
  file_id: optionalId,
  checksum: optionalText(),
  /** Base64. */
  data: optionalText(MAX_INLINE),
  origin_file_id: optionalId,
  source_peer_id: optionalPeerId,
  storage_mode: optionalText(),
  large_attachment: flag,
  download_status: optionalText(),
  /** Between our nodes: what a picture shows, and its size in pixels. */
  alt: optionalText(MAX_ALT),
  width: optionalInt,
  height: optionalInt,
});
export type Attachment = z.infer<typeof attachmentSchema>;

/** Most attachments of one message. */
export const MAX_ATTACHMENTS = 100;

/** `large_attachment_request`. */
export const largeAttachmentRequestSchema = z.object({
  request_id: id,
  origin_file_id: id,
  requester_peer: optionalPeerId,
  source_context: optionalRecord,
  /** Between our nodes: go on from here (06 section 1.5). */
  offset: optionalInt,
});

/** `large_attachment_chunk`. */
export const largeAttachmentChunkSchema = z.object({
  request_id: id,
  origin_file_id: id,
  file_name: textOr('file'),
  content_type: textOr('application/octet-stream'),
  checksum: optionalText(),
  size: z.int().nonnegative(),
  uploaded_by: optionalText(),
  chunk_index: z.int().nonnegative(),
  total_chunks: z.int().positive(),
  /** Base64 of at most 262144 bytes. */
  data: z.string().max(MAX_ENCODED),
  source_peer_id: optionalPeerId,
});

/** `large_attachment_error`. */
export const largeAttachmentErrorSchema = z.object({
  request_id: id,
  origin_file_id: id,
  error: textOr('error'),
  source_peer_id: optionalPeerId,
});
