/**
 * Files as answers (04 section 3.11; 05 sections 10.7 F-5 and 10.13 X-1): in pieces, with ranges and ETags, and in such a
 * way that nothing of them can ever run in our origin: sandboxed, not sniffed, and shown in place only where a browser
 * does no more than draw or play.
 */
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { isShownInline } from '../workspace/file-types.ts';
import type { ReadableFile } from '../workspace/files.ts';

const SANDBOX = "default-src 'none'; sandbox";
/** What the preview of the page puts into a frame: the browser's own viewer draws it, outside of our origin (SECURITY.md). */
const FRAMED_TYPE = 'application/pdf';
/** RFC 9110 tokens: what a file name may be made of to stand without quotes. */
const TOKEN = /^[\w!#$&+.^`|~-]+$/;

/** How a file is handed out. */
export interface FileAnswerOptions {
  /** Whether a browser may show it where it is safe to; otherwise it is saved. */
  inline: boolean;
  /** Whether it is for the frame of a preview. */
  framed?: boolean;
}

/** Answers with a file or the part of it that was asked for. Resolves when sent, or when the client has gone. */
export async function sendFile(
  req: Request,
  res: Response,
  file: Omit<ReadableFile, 'id'>,
  options: FileAnswerOptions,
): Promise<void> {
  const framed = options.framed === true && file.type === FRAMED_TYPE;
  const inline = framed || (options.inline && isShownInline(file.type));
  res.setHeader('Content-Security-Policy', framed ? `${SANDBOX}; frame-ancestors 'self'` : SANDBOX);
  if (framed) res.setHeader('X-Frame-Options', 'SAMEORIGIN');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'private, no-cache');
  res.setHeader('ETag', file.etag);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('Content-Type', file.type.startsWith('text/') ? `${file.type}; charset=utf-8` : file.type);
  res.setHeader('Content-Disposition', disposition(inline ? 'inline' : 'attachment', file.name));
  if (isKnown(req.headers['if-none-match'], file.etag)) {
    res.status(304).end();
    return;
  }
  const range = wantedRange(req, file);
  if (range === 'unsatisfiable') {
    res.status(416).set('Content-Range', `bytes */${file.size}`).end();
    return;
  }
  const [start, end] = range ?? [0, file.size - 1];
  res.status(range === null ? 200 : 206);
  if (range !== null) res.setHeader('Content-Range', `bytes ${start}-${end}/${file.size}`);
  res.setHeader('Content-Length', end - start + 1);
  if (req.method === 'HEAD' || file.size === 0) {
    res.end();
    return;
  }
  try {
    await pipeline(file.read({ start, end }), res);
  } catch (error) {
    // The client has gone, or the disk failed half-way: the length says that something is missing.
    if (!res.destroyed) res.destroy(error instanceof Error ? error : undefined);
  }
}

/** A `Content-Disposition` with any name in it (RFC 6266). */
export function disposition(kind: 'inline' | 'attachment', name: string): string {
  if (TOKEN.test(name)) return `${kind}; filename=${name}`;
  const plain = name.replace(/[^ -~]/g, '_').replace(/["\\]/g, '_');
  const encoded = encodeURIComponent(name.replace(/\p{Surrogate}/gu, '_')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

/** One range, null for the whole; more than one are not given, which a server may choose (RFC 9110, 14.2). */
function wantedRange(
  req: Request,
  file: Pick<ReadableFile, 'size' | 'etag'>,
): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(req.headers.range?.trim() ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const unchanged = req.headers['if-range'];
  if (unchanged !== undefined && unchanged !== file.etag) return null;
  const last = file.size - 1;
  const [, from = '', to = ''] = match;
  const start = from === '' ? Math.max(0, file.size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? last : Math.min(last, Number(to));
  return start > end || (from === '' && Number(to) === 0) ? 'unsatisfiable' : [start, end];
}
