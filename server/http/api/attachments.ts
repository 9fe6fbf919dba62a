/**
 * Attachment entries of a message body (04 section 3.0, Attachment). Ids are not checked here; bytes travel apart.
 */
import { isRecord } from '../params.ts';

const LAYOUT_HINTS = new Set(['grid', 'hero', 'strip', 'stack']);

/** The entries of a channel message in normal form: aliases resolved, defaults filled in. No list counts as none. */
export function attachmentList(value: unknown): Record<string, unknown>[] {
  if (!Array.isArray(value)) return [];
  const list: Record<string, unknown>[] = [];
  for (const item of value as unknown[]) {
    if (typeof item === 'string' && item !== '') list.push(normal({ id: item }));
    else if (isRecord(item)) list.push(normal(item));
  }
  return list;
}

/** The entries of a direct message, which keeps them as they were given (04 section 3.9). */
export function attachmentsAsGiven(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isRecord) : [];
}

function normal(given: Record<string, unknown>): Record<string, unknown> {
  const id = text(given['id'] ?? given['file_id']);
  const name = text(given['name'] ?? given['filename'] ?? given['original_name'] ?? given['file_name']);
  const type = text(given['type'] ?? given['content_type'] ?? given['mime_type'] ?? given['mime']);
  const size = Number(given['size']);
  const result: Record<string, unknown> = {
    ...given,
    id,
    file_id: id,
    name: name === '' ? 'file' : name,
    type: type === '' ? 'application/octet-stream' : type,
    size: Number.isSafeInteger(size) && size >= 0 ? size : 0,
  };
  if (!LAYOUT_HINTS.has(text(given['layout_hint']))) delete result['layout_hint'];
  return result;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}
