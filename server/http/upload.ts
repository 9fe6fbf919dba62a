/**
 * Receiving a file (04 section 3.11): as a form with a part `file`, or within JSON. Either way it goes to the disk in
 * pieces as it comes; a sender that gives up, sends nonsense or too much leaves nothing behind.
 */
import type { Readable } from 'node:stream';
import multer from 'multer';
import type { Request, Response } from 'express';
import { ApiError } from './errors.ts';
import { JsonUploadError, JsonUploadReader } from './json-upload.ts';
import { WorkspaceError } from '../workspace/errors.ts';
import { MAX_FILE_BYTES } from '../workspace/file-checks.ts';
import type { FileMetadata } from '../workspace/file-names.ts';
import type { Files } from '../workspace/files.ts';
import type { Upload } from '../workspace/uploads.ts';

/** Largest form: the largest file, and 1 MiB for what is around it (04 section 8.1, S15). */
const MAX_FORM_BYTES = MAX_FILE_BYTES + 1024 * 1024;
/** Largest JSON body: Base64 makes a third more of it. */
const MAX_JSON_BYTES = 140 * 1024 * 1024;
/** What a form may hold beside the file. */
const FORM_LIMITS = {
  files: 4,
  fields: 16,
  parts: 20,
  fieldSize: 4096,
  fieldNameSize: 100,
  headerPairs: 32,
  fieldNestingDepth: 1,
} as const;
const FILE_FIELD = 'file';

/** A file that came, not checked yet. Whoever gets it finishes or discards it. */
export interface ReceivedFile {
  upload: Upload;
  claimed: FileMetadata;
}

/**
 * Reads the request's file.
 * @throws {ApiError} `no_file`, `empty_file`, `invalid_base64`, `upload_too_large`, `bad_request`, `file_not_saved`.
 * @throws {WorkspaceError} `busy`.
 */
export async function receiveFile(
  components: { files: Pick<Files, 'begin'> },
  req: Request,
  res: Response,
): Promise<ReceivedFile> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new ApiError('unsupported_media_type');
  try {
    if (req.is('multipart/form-data') === 'multipart/form-data')
      return await receiveForm(components.files, req, res);
    if (req.is(['application/json', 'application/*+json']) !== false)
      return await receiveJson(components.files, req);
  } catch (error) {
    throw asSeen(error);
  }
  throw new ApiError('no_file');
}

async function receiveForm(files: Pick<Files, 'begin'>, req: Request, res: Response): Promise<ReceivedFile> {
  refuseAnnounced(req, MAX_FORM_BYTES);
  let received: ReceivedFile | null = null;
  let hasFile = false;
  let failed = false;
  let storing: { stream: Readable; ended: Promise<void> } | null = null;
  const storage: multer.StorageEngine = {
    _handleFile: (_req, file, done) => {
      const ended = store(files, file).then(
        async (stored) => {
          if (failed) await stored.upload.discard();
          else received = stored;
          done(null, { size: stored.upload.size });
        },
        (error: unknown) => done(error),
      );
      storing = { stream: file.stream, ended };
    },
    _removeFile: (_req, _file, done) => {
      done(null);
    },
  };
  const parse = multer({
    storage,
    limits: FORM_LIMITS,
    // Browsers write names so.
    defParamCharset: 'utf8',
    // As in the reference the first part of the name counts, and other parts are passed over.
    fileFilter: (_req, file, accept) => {
      const wanted = file.fieldname === FILE_FIELD && !hasFile;
      if (wanted) hasFile = true;
      accept(null, wanted);
    },
  }).any();
  try {
    await new Promise<void>((resolve, reject) => {
      let bytes = 0;
      parse(req, res, (error?: unknown) => (error == null ? resolve() : reject(asError(error))));
      req.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_FORM_BYTES) reject(new ApiError('upload_too_large'));
      });
    });
  } catch (error) {
    failed = true;
    await stopStoring(storing);
    await discard(received);
    throw error;
  }
  if (received !== null) return received;
  // A part without a file name counts as a field.
  const fields: unknown = req.body;
  const named = typeof fields === 'object' && fields !== null && FILE_FIELD in fields;
  throw new ApiError(named ? 'empty_file' : 'no_file');
}

/** Ends what is still being written and waits until nothing of it is left. */
async function stopStoring(storing: { stream: Readable; ended: Promise<void> } | null): Promise<void> {
  storing?.stream.destroy();
  await storing?.ended;
}

/** Here because the type of what a callback assigned is not followed. */
async function discard(received: ReceivedFile | null): Promise<void> {
  await received?.upload.discard();
}

async function store(files: Pick<Files, 'begin'>, file: Express.Multer.File): Promise<ReceivedFile> {
  const upload = await files.begin();
  try {
    for await (const chunk of file.stream) await upload.write(chunk as Buffer);
  } catch (error) {
    await upload.discard();
    throw error;
  }
  return { upload, claimed: { name: file.originalname, type: file.mimetype } };
}

async function receiveJson(files: Pick<Files, 'begin'>, req: Request): Promise<ReceivedFile> {
  refuseAnnounced(req, MAX_JSON_BYTES);
  const reader = new JsonUploadReader();
  const upload = await files.begin();
  try {
    let bytes = 0;
    for await (const chunk of req.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_JSON_BYTES) throw new ApiError('upload_too_large');
      for (const piece of reader.read(chunk as Buffer)) await upload.write(piece);
    }
    if (!req.complete) throw new ApiError('bad_request');
    const body = bytes === 0 ? null : reader.end();
    if (body === null || !('data' in body.fields)) throw new ApiError('no_file');
    if (!body.hasData) throw new ApiError('invalid_base64');
    const { filename, content_type: type } = body.fields;
    const claimed = {
      name: typeof filename === 'string' ? filename : 'upload',
      type: typeof type === 'string' ? type : '',
    };
    return { upload, claimed };
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

function refuseAnnounced(req: Request, most: number): void {
  if (Number(req.headers['content-length'] ?? 0) > most) throw new ApiError('upload_too_large');
}

/** Every way a body can be bad, in words a client can use. */
function asSeen(error: unknown): Error {
  if (error instanceof ApiError || error instanceof WorkspaceError) return error;
  if (error instanceof JsonUploadError) {
    // The reference takes a body that is no JSON for none (04 section 1.5, "silent").
    if (error.code === 'bad_json') return new ApiError('no_file');
    return new ApiError(error.code === 'bad_base64' ? 'invalid_base64' : 'body_too_large');
  }
  // Errors of the system come from writing; what is wrong with a form has no such number.
  if (error instanceof Error && 'errno' in error && 'syscall' in error) return new ApiError('file_not_saved');
  if (error instanceof multer.MulterError)
    return new ApiError('bad_request', { message: `400 Bad Request: ${error.message}` });
  return new ApiError('bad_request', { message: '400 Bad Request: the form could not be read.' });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
