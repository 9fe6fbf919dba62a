/**
 * `/files/uploads/:upload`: files that are sent in one or more requests (05 section 10.7, F-2). The body of a `PUT` is the
 * file, or what the node does not have of it yet; after a lost connection or a restart `GET` says where to go on.
 */
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import { readQueryBy } from '../route-schema.ts';
import { ok, type Answer, type Call, type Route } from '../routes.ts';
import type { Caller } from '../auth.ts';
import { fileSchemas, partialQuery } from '../schemas/system.ts';
import type { Files } from '../../workspace/files.ts';
import type { UploadName, UploadState } from '../../workspace/partial-uploads.ts';

const PATH = '/files/uploads/:upload';
/** Enough chance that nobody names two uploads alike. */
const NAME = /^[\w-]{16,64}$/;

export function partialUploadRoutes(components: { files: Pick<Files, 'partial'> }): Route[] {
  const { partial } = components.files;
  return [
    {
      method: 'GET',
      path: PATH,
      access: KEY.write_files,
      schema: fileSchemas.partialState,
      handle: async (call) => answer(await partial.state(nameOf(call))),
    },
    {
      method: 'PUT',
      path: PATH,
      access: KEY.write_files,
      schema: fileSchemas.partial,
      handle: async (call) => {
        const { req } = call;
        const { offset, size, filename, content_type: type } = readQueryBy(partialQuery, call.query);
        if ((req.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity')
          throw new ApiError('unsupported_media_type');
        const piece = {
          offset,
          bytes: req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
          giveUp: () => req.destroy(),
        };
        const claimed = { name: filename ?? 'upload', type: type ?? '' };
        try {
          return answer(await partial.append(nameOf(call), piece, { size, claimed }));
        } catch (error) {
          // The sender has gone; what came stays.
          if (req.destroyed && !req.complete) throw new ApiError('bad_request');
          throw error;
        }
      },
    },
    {
      method: 'DELETE',
      path: PATH,
      access: KEY.write_files,
      schema: fileSchemas.partialCancel,
      handle: async (call) => {
        await partial.cancel(nameOf(call));
        return ok({ success: true });
      },
    },
  ];
}

function nameOf({ caller, param }: Call<Caller>): UploadName {
  const name = param('upload');
  if (!NAME.test(name)) throw new ApiError('invalid_upload_name');
  return { user: caller.userId, name };
}

function answer({ received, file }: UploadState): Answer {
  return ok({
    success: true,
    received,
    file:
      file === null
        ? null
        : {
            file_id: file.id,
            filename: file.originalName,
            content_type: file.contentType,
            size: file.size,
          },
  });
}
