/**
 * Receiving an asset as a form (07 section 1): the part `file` goes to the disk in pieces as it comes; what is said of
 * it may stand before or after it. A sender that gives up leaves nothing behind.
 */
import multer from 'multer';
import type { Request, Response } from 'express';
import { ApiError } from './errors.ts';
import type { AssetStore } from '../libraries/assets/asset-store.ts';
import type { AssetUpload } from '../libraries/assets/asset-upload.ts';
import { AssetError } from '../libraries/assets/errors.ts';
import type { GivenMeta } from '../libraries/assets/meta.ts';
import { UNKNOWN_TYPE } from '../workspace/file-types.ts';

/** What a form may hold beside the file: a field for each of 64 tags, and the others; a description of 4096 characters. */
const FORM_LIMITS = {
  files: 1,
  fields: 80,
  parts: 81,
  fieldSize: 32 * 1024,
  fieldNameSize: 100,
  headerPairs: 32,
  fieldNestingDepth: 1,
} as const;
const FILE_FIELD = 'file';

/** An asset that came and what was said of it. Whoever gets it ingests or discards it. */
export interface ReceivedAsset {
  upload: AssetUpload;
  given: GivenMeta;
}

/**
 * @throws {ApiError} `asset_file_required`, `bad_request`, `file_not_saved`, `unsupported_media_type`.
 * @throws {AssetError} `asset_too_large`, `disk_full`, `asset_busy`.
 */
export async function receiveAsset(store: AssetStore, req: Request, res: Response): Promise<ReceivedAsset> {
  if (req.is('multipart/form-data') !== 'multipart/form-data') throw new ApiError('asset_file_required');
  // The form is a little larger than its file.
  const announced = Number(req.headers['content-length'] ?? 0);
  let upload: AssetUpload | null = null;
  let part: Express.Multer.File | null = null;
  const storage: multer.StorageEngine = {
    _handleFile: (_req, file, done) => {
      const stored = async (): Promise<number> => {
        upload = await store.begin(Math.max(0, announced - FORM_LIMITS.fields * FORM_LIMITS.fieldSize));
        part = file;
        for await (const chunk of file.stream) await upload.write(chunk as Buffer);
        return upload.size;
      };
      stored().then(
        (size) => done(null, { size }),
        (error: unknown) => {
          // Whoever waits for the stream to be read would wait for ever.
          file.stream.resume();
          done(error);
        },
      );
    },
    _removeFile: (_req, _file, done) => done(null),
  };
  const parse = multer({ storage, limits: FORM_LIMITS, defParamCharset: 'utf8' }).single(FILE_FIELD);
  try {
    await new Promise<void>((resolve, reject) => {
      parse(req, res, (error?: unknown) => (error == null ? resolve() : reject(asError(error))));
    });
    if (upload === null || part === null) throw new ApiError('asset_file_required');
    return { upload, given: givenMeta(fieldsOf(req), part) };
  } catch (error) {
    await discard(upload);
    throw asSeen(error);
  }
}

/** Here because the type of what a callback assigned is not followed. */
async function discard(upload: AssetUpload | null): Promise<void> {
  await upload?.discard();
}

function fieldsOf(req: Request): Map<string, string[]> {
  const body: unknown = req.body;
  const fields = new Map<string, string[]>();
  if (typeof body !== 'object' || body === null) return fields;
  for (const [name, value] of Object.entries(body)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    fields.set(
      name,
      values.filter((one) => typeof one === 'string'),
    );
  }
  return fields;
}

function givenMeta(fields: Map<string, string[]>, part: Express.Multer.File): GivenMeta {
  const field = (name: string): string | null => fields.get(name)?.[0] ?? null;
  // Programs send this type when they know none.
  const partType = part.mimetype === UNKNOWN_TYPE ? null : part.mimetype;
  return {
    mime_type: field('mime_type') ?? partType,
    filename: field('filename') ?? part.originalname,
    application: field('application'),
    tags: (fields.get('tags') ?? []).flatMap((text) => text.split(',')),
    user: field('user'),
    description: field('description'),
  };
}

function asSeen(error: unknown): Error {
  if (error instanceof ApiError || error instanceof AssetError) return error;
  if (error instanceof multer.MulterError && error.code === 'LIMIT_UNEXPECTED_FILE')
    return new ApiError('asset_file_required');
  // Errors of the system come from writing; what is wrong with a form has no such number.
  if (error instanceof Error && 'errno' in error && 'syscall' in error) return new ApiError('file_not_saved');
  return new ApiError('bad_request', { message: '400 Bad Request: the form could not be read.' });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
