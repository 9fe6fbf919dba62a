/** Files (04 sections 3.11 and 4.11): uploading, downloading, who may, previews, deleting; and the page's own addresses of them. */
import type { Response } from 'express';
import type { Access } from '../access.ts';
import { DELETING_KEY_OR_SESSION, KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { sendFile } from '../file-answer.ts';
import { previewOf } from '../file-preview.ts';
import { asFileId } from '../params.ts';
import { answerOnce } from '../idempotency.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { readQueryBy } from '../route-schema.ts';
import { pageSchemas } from '../schemas/page.ts';
import { fileSchemas } from '../schemas/system.ts';
import { receiveFile } from '../upload.ts';
import type { FileId } from '../../wire/ids.ts';
import { WorkspaceError } from '../../workspace/errors.ts';
import type { StoredFile } from '../../store/files.ts';
import type { CreateOnce } from '../../workspace/create-once.ts';
import { isGenericMetadata, type FileMetadata } from '../../workspace/file-names.ts';
import type { FileAccess } from '../../workspace/file-access.ts';
import type { Files, ReadableFile } from '../../workspace/files.ts';

/** The browser, or a key that reads files. */
const READER: Access = { permission: 'read_files', session: true, pending: false };
const NUDGE =
  'The name or type of this file said nothing, so they were made out from its content. ' +
  'Send filename with an extension and the right content_type, so that it is shown well everywhere.';
const PAGE_TEXTS: Readonly<Record<string, [status: number, text: string]>> = {
  file_not_found: [404, 'File not found. It may not have synced to this device yet.'],
  file_access_denied: [403, 'Access denied.'],
};

/** Routes of the API. */
export function fileRoutes(components: { files: Files; createOnce: CreateOnce }): Route[] {
  const { files, createOnce } = components;
  return [
    {
      method: 'POST',
      path: '/files/upload',
      access: KEY.write_files,
      creates: 'streamed',
      schema: fileSchemas.upload,
      handle: async (call, res) => {
        const { upload, claimed } = await receiveFile({ files }, call.req, res);
        try {
          return await answerOnce(
            createOnce,
            call,
            {
              route: 'POST /files/upload',
              secret: false,
              recall: (id) => uploaded(files.access(call.caller.userId, id as FileId).file, claimed),
              // The same file in another form is the same request.
              asks: JSON.stringify([upload.checksum(), claimed.name, claimed.type]),
            },
            async () => uploaded(await saved(() => upload.finish(claimed, call.caller.userId)), claimed),
          );
        } finally {
          await upload.discard();
        }
      },
    },
    {
      method: 'GET',
      path: '/files/:file',
      access: KEY.read_files,
      schema: fileSchemas.download,
      handle: async ({ caller, req, param }, res) => {
        const file = await files.open(caller.userId, idOf(param('file')));
        await sendFile(req, res, file, { inline: false });
        return null;
      },
    },
    {
      method: 'GET',
      path: '/files/:file/preview',
      access: KEY.read_files,
      schema: fileSchemas.preview,
      handle: async ({ caller, param }) => {
        const file = await files.open(caller.userId, idOf(param('file')));
        const preview = await previewOf(file);
        return ok({
          success: true,
          file_id: file.id,
          filename: file.name,
          content_type: file.type,
          ...preview,
        });
      },
    },
    {
      method: 'GET',
      path: '/files/:file/access',
      access: KEY.read_files,
      schema: fileSchemas.access,
      handle: ({ caller, param }) => {
        const { file, access } = files.access(caller.userId, idOf(param('file')));
        return ok({ file_id: file.id, filename: file.originalName, access: accessJson(access) });
      },
    },
    {
      method: 'DELETE',
      path: '/files/:file',
      access: DELETING_KEY_OR_SESSION,
      schema: fileSchemas.remove,
      handle: async ({ caller, param }) => {
        const id = idOf(param('file'));
        await files.delete(caller.userId, id);
        return ok({ file_id: id, success: true });
      },
    },
  ];
}

function uploaded(file: StoredFile, claimed: FileMetadata): Answer {
  const generic = isGenericMetadata(claimed) ? { metadata_normalized: true, nudge: NUDGE } : {};
  return {
    status: 201,
    body: {
      success: true,
      file_id: file.id,
      filename: file.originalName,
      content_type: file.contentType,
      size: file.size,
      ...generic,
    },
  };
}

/** Addresses the page shows and links (05): pictures, sound and text in place, everything else as a download. */
export function filePageRoutes(components: { files: Files }): Route[] {
  const { files } = components;
  return [
    {
      method: 'GET',
      path: '/files/:file',
      access: READER,
      schema: fileSchemas.show,
      handle: async ({ caller, req, param, query }, res) => {
        const { framed } = readQueryBy(fileSchemas.show.query, query);
        const file = await openOrSay(res, () => files.open(caller.userId, idOf(param('file'))));
        if (file === null) return null;
        if (req.headers.range === undefined && req.headers['if-none-match'] === undefined)
          await files.noteAccess(file.id, {
            userId: caller.userId,
            address: req.socket.remoteAddress ?? null,
            userAgent: req.headers['user-agent'] ?? null,
          });
        await sendFile(req, res, file, { inline: true, framed: framed === '1' });
        return null;
      },
    },
    {
      method: 'GET',
      path: '/files/:file/thumb',
      access: READER,
      schema: pageSchemas.thumbnail,
      handle: async ({ caller, req, param }, res) => {
        const file = await files.openThumbnail(caller.userId, idOf(param('file')));
        await sendFile(req, res, file, { inline: true });
        return null;
      },
    },
  ];
}

function accessJson({ allowed, reason, evidence }: FileAccess) {
  return {
    allowed,
    reason,
    evidence: evidence.map(({ sourceType, sourceId, detail }) => ({
      source_type: sourceType,
      source_id: sourceId,
      detail,
      can_view: true,
    })),
  };
}

function idOf(text: string): FileId {
  const id = asFileId(text);
  if (id === null) throw new ApiError('file_not_found');
  return id;
}

/** The page's addresses answer people, not programs. */
async function openOrSay(res: Response, open: () => Promise<ReadableFile>): Promise<ReadableFile | null> {
  try {
    return await open();
  } catch (error) {
    const said =
      error instanceof WorkspaceError || error instanceof ApiError ? PAGE_TEXTS[error.code] : undefined;
    if (said === undefined) throw error;
    const [status, text] = said;
    res
      .status(status)
      .set({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
      .end(text);
    return null;
  }
}

/** Failures of the disk in the words of the reference. */
async function saved<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new ApiError('file_not_saved');
    throw error;
  }
}
