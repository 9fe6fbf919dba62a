/** The beginning of a file as text (04 section 4.11), for programs and for the page. */
import type { ReadableFile } from '../workspace/files.ts';

/** Bytes read, and code points shown, of a text: the reference's numbers, enough to see what it is. */
const MAX_BYTES = 524_288;
const MAX_CHARS = 50_000;
const LIMITS = { max_bytes: MAX_BYTES, max_chars: MAX_CHARS } as const;
const TEXTUAL = /^(?:text\/.*|application\/(?:json|xml|x-latex)|image\/svg\+xml)$/;

export type FilePreview =
  | { previewable: true; kind: 'text'; text: string; truncated: boolean; limits: typeof LIMITS }
  | { previewable: false; kind: 'unsupported'; error: string };

/** Reads as much of a file as a preview shows. */
export async function previewOf(file: ReadableFile): Promise<FilePreview> {
  if (!TEXTUAL.test(file.type))
    return { previewable: false, kind: 'unsupported', error: 'No preview for this type of file' };
  const pieces: Buffer[] = [];
  for await (const piece of file.read({ start: 0, end: Math.min(file.size, MAX_BYTES) - 1 }))
    pieces.push(piece as Buffer);
  const whole = Buffer.concat(pieces).toString('utf8');
  const text = Array.from(whole).slice(0, MAX_CHARS).join('');
  const truncated = file.size > MAX_BYTES || text.length < whole.length;
  return { previewable: true, kind: 'text', text, truncated, limits: LIMITS };
}
