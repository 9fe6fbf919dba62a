/**
 * Taking the database out of a node and bringing one in, for its owner (04 section 6.3, 05 section 10.15, K-2). What is
 * brought in changes nothing before the next start (`database-transfer.ts`).
 */
import path from 'node:path';
import multer from 'multer';
import type { Request, Response } from 'express';
import { toHex } from '../../crypto/bytes.ts';
import { MAX_IMPORT_BYTES } from '../../store/database-transfer.ts';
import type { DatabaseTransfer } from '../../store/database-transfer.ts';
import { StoreError } from '../../store/errors.ts';
import { SESSION } from '../access.ts';
import type { Caller } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import { ApiError } from '../errors.ts';
import { sendFile } from '../file-answer.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { nodeSchemas } from '../schemas/node.ts';

const FILE_FIELD = 'database';
const PHRASE_FIELD = 'confirm_phrase';
/** What its owner types: the reference's words. */
const PHRASE = 'IMPORT DATABASE';
const FORM_LIMITS = {
  files: 1,
  fields: 4,
  parts: 5,
  fieldSize: 1024,
  fieldNameSize: 100,
  headerPairs: 32,
  fieldNestingDepth: 1,
  fileSize: MAX_IMPORT_BYTES,
} as const;
/** Random characters that keep what is left of a killed process from being taken for something else. */
const SUFFIX_BYTES = 8;

export function databaseRoutes({
  database,
  ports,
  log,
}: Pick<HttpComponents, 'database' | 'ports' | 'log'>): Route[] {
  let isBusy = false;
  /** One at a time: each needs as much of the disk as the database. */
  const alone = async <T>(caller: Caller, work: (suffix: string) => Promise<T>): Promise<T> => {
    if (!caller.isOwner) throw new ApiError('owner_required');
    if (isBusy) throw new ApiError('database_busy');
    isBusy = true;
    try {
      return await work(toHex(ports.random.bytes(SUFFIX_BYTES)));
    } finally {
      isBusy = false;
    }
  };
  return [
    {
      method: 'GET',
      path: '/ajax/database_export',
      access: SESSION,
      schema: nodeSchemas.exportDatabase,
      handle: ({ caller, req }, res): Promise<null> =>
        alone(caller, async (suffix) => {
          const copy = await database.copy(ports.clock.now(), suffix).catch((cause: unknown) => {
            log.error({ err: cause }, 'the database could not be exported');
            throw new ApiError('export_failed');
          });
          try {
            const etag = `"${suffix}"`;
            await sendFile(req, res, { ...copy, type: 'application/x-sqlite3', etag }, { inline: false });
          } finally {
            copy.discard();
          }
          return null;
        }),
    },
    {
      method: 'POST',
      path: '/ajax/database_import',
      access: SESSION,
      schema: nodeSchemas.importDatabase,
      handle: ({ caller, req }, res): Promise<Answer> =>
        alone(caller, async (suffix) => {
          const file = database.workFile(suffix);
          try {
            const phrase = await receive(file, req, res);
            if (phrase !== PHRASE) throw new ApiError('import_unconfirmed');
            accept(database, file);
          } finally {
            database.discard(file);
          }
          log.warn({}, 'a database was imported; it takes its place at the next start');
          const message =
            'The database was checked and waits. Restart this node: it takes its place then, and the present one stays beside it.';
          return ok({ success: true, message, restart_required: true });
        }),
    },
    {
      method: 'DELETE',
      path: '/ajax/database_import',
      access: SESSION,
      schema: nodeSchemas.forgetImport,
      handle: ({ caller }): Promise<Answer> =>
        alone(caller, () => {
          database.forget();
          return Promise.resolve(ok({ success: true }));
        }),
    },
  ];
}

/** Writes the part of a form to `file`. @returns what was typed as a confirmation. */
async function receive(file: string, req: Request, res: Response): Promise<string> {
  if (req.is('multipart/form-data') !== 'multipart/form-data') throw new ApiError('import_file_required');
  const storage = multer.diskStorage({
    destination: (_req, _file, done) => done(null, path.dirname(file)),
    filename: (_req, _file, done) => done(null, path.basename(file)),
  });
  const parse = multer({ storage, limits: FORM_LIMITS }).single(FILE_FIELD);
  await new Promise<void>((resolve, reject) => {
    parse(req, res, (error?: unknown) => (error == null ? resolve() : reject(asSeen(error))));
  });
  if (req.file === undefined) throw new ApiError('import_file_required');
  const fields: unknown = req.body;
  const typed =
    typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>)[PHRASE_FIELD] : '';
  return typeof typed === 'string' ? typed.trim() : '';
}

function accept(database: DatabaseTransfer, file: string): void {
  try {
    database.accept(file);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'import_refused')
      throw new ApiError('import_refused', { message: error.message });
    throw error;
  }
}

function asSeen(error: unknown): Error {
  if (error instanceof multer.MulterError && error.code === 'LIMIT_FILE_SIZE')
    return new ApiError('import_too_large');
  if (error instanceof multer.MulterError && error.code === 'LIMIT_UNEXPECTED_FILE')
    return new ApiError('import_file_required');
  if (error instanceof Error && 'errno' in error && 'syscall' in error) return new ApiError('file_not_saved');
  return new ApiError('bad_request', { message: '400 Bad Request: the form could not be read.' });
}
