/** `POST /files/fetch`: a person asks another node again for a file of a message that did not come (05 section 10.7, F-3). */
import * as z from 'zod';
import { KEY } from '../access.ts';
import { ApiError } from '../errors.ts';
import type { HttpComponents } from '../components.ts';
import { asFileId, asPeerId } from '../params.ts';
import { id, readBodyBy, type RouteSchema } from '../route-schema.ts';
import { ok, type Route } from '../routes.ts';

const body = z.object({ peer_id: id, origin_file_id: id.describe('What that node calls the file') });
const schema = {
  summary: 'Ask another node again for a file that a message here refers to',
  body,
  answer: z.object({
    success: z.literal(true),
    asked: z.boolean().describe('Whether that node is connected, so that it can be asked'),
  }),
  errors: ['json_required', 'invalid_field', 'invalid_peer_id', 'file_not_found', 'mesh_not_running'],
} satisfies RouteSchema;

export function fileFetchRoute(components: Pick<HttpComponents, 'mesh'>): Route {
  return {
    method: 'POST',
    path: '/files/fetch',
    access: KEY.read_files,
    body: 'strict',
    schema,
    handle: ({ body: given }) => {
      const { peer_id: peerId, origin_file_id: fileId } = readBodyBy(body, given);
      const peer = asPeerId(peerId);
      if (peer === null) throw new ApiError('invalid_peer_id');
      const file = asFileId(fileId);
      if (file === null) throw new ApiError('file_not_found');
      const sync = components.mesh?.sync;
      if (sync === undefined) throw new ApiError('mesh_not_running');
      return ok({ success: true, asked: sync.fetchFile(peer, file) });
    },
  };
}
