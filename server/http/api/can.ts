/** The asset store (07 section 1): storing, finding, reading, describing and deleting assets. */
import type * as z from 'zod';
import type { Access } from '../access.ts';
import { DELETING_KEY_OR_SESSION } from '../access.ts';
import { receiveAsset } from '../asset-form.ts';
import { ApiError } from '../errors.ts';
import { sendFile } from '../file-answer.ts';
import { readBodyBy, readQueryBy } from '../route-schema.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { canSchemas, listQuery, metaChange, searchQuery } from '../schemas/can.ts';
import type { AssetCursor, AssetQuery } from '../../store/asset-conditions.ts';
import type { AssetStore } from '../../libraries/assets/asset-store.ts';
import { AssetError } from '../../libraries/assets/errors.ts';
import { headerType } from '../../libraries/assets/meta.ts';
import type { AssetThumbnails } from '../../libraries/assets/thumbnails.ts';
import type { Asset } from '../../libraries/types.ts';
import { isAssetHash, type AssetHash } from '../../wire/ids.ts';
import { canonicalType } from '../../workspace/file-types.ts';

/** Below `/api/v1` on every port that serves them. */
const ROOT = '/can/0';
const READER: Access = { permission: 'read_files', session: true, pending: false };
const WRITER: Access = { permission: 'write_files', session: true, pending: false };

/** The store with its small pictures. */
export interface AssetParts {
  store: AssetStore;
  thumbnails: AssetThumbnails;
}

export function canRoutes({ store, thumbnails }: AssetParts): Route[] {
  return [
    {
      method: 'POST',
      path: `${ROOT}/ingest`,
      access: WRITER,
      schema: canSchemas.ingest,
      handle: async ({ req }, res) => {
        const { upload, given } = await receiveAsset(store, req, res);
        const { asset, created } = await saved(() => store.ingest(upload, given));
        return { ...success(asset), status: created ? 201 : 200 };
      },
    },
    {
      method: 'GET',
      path: `${ROOT}/list`,
      access: READER,
      schema: canSchemas.list,
      handle: ({ query }) => listed(store, readQueryBy(listQuery, query)),
    },
    {
      method: 'GET',
      path: `${ROOT}/search`,
      access: READER,
      schema: canSchemas.search,
      handle: ({ query }) => {
        const { q, ...rest } = readQueryBy(searchQuery, query);
        return listed(store, rest, q);
      },
    },
    {
      method: 'GET',
      path: `${ROOT}/stats`,
      access: READER,
      schema: canSchemas.stats,
      handle: () => success(store.stats()),
    },
    {
      method: 'GET',
      path: `${ROOT}/asset/:hash`,
      access: READER,
      schema: canSchemas.read,
      handle: async ({ req, param }, res) => {
        const { asset, read } = await store.readable(hashOf(param('hash')));
        const file = {
          name: asset.filename ?? asset.hash,
          type: canonicalType(headerType(asset.mime_type)),
          size: asset.size,
          etag: `"${asset.hash}"`,
          read,
        };
        await sendFile(req, res, file, { inline: true });
        return null;
      },
    },
    {
      method: 'GET',
      path: `${ROOT}/asset/:hash/thumbnail`,
      access: READER,
      schema: canSchemas.thumbnail,
      handle: async ({ req, param }, res) => {
        const hash = hashOf(param('hash'));
        const { size, read } = await thumbnails.of(hash);
        const file = {
          name: `${hash}.webp`,
          type: 'image/webp',
          size,
          etag: `"${hash}-thumbnail"`,
          read,
        };
        await sendFile(req, res, file, { inline: true });
        return null;
      },
    },
    {
      method: 'GET',
      path: `${ROOT}/asset/:hash/meta`,
      access: READER,
      schema: canSchemas.meta,
      handle: ({ param }) => {
        const asset = store.get(hashOf(param('hash')));
        if (asset === null) throw notFound();
        return success(asset);
      },
    },
    {
      method: 'PATCH',
      path: `${ROOT}/asset/:hash/meta`,
      access: WRITER,
      body: 'caught',
      schema: canSchemas.describe,
      handle: async ({ param, body }) =>
        success(await store.describe(hashOf(param('hash')), readBodyBy(metaChange, body))),
    },
    {
      method: 'DELETE',
      path: `${ROOT}/asset/:hash`,
      access: DELETING_KEY_OR_SESSION,
      schema: canSchemas.remove,
      handle: async ({ param }) => {
        const hash = hashOf(param('hash'));
        await store.delete(hash);
        return success({ hash });
      },
    },
    {
      method: 'POST',
      path: `${ROOT}/asset/:hash/restore`,
      access: WRITER,
      schema: canSchemas.restore,
      handle: async ({ param }) => {
        const hash = hashOf(param('hash'));
        await store.restore(hash);
        return success({ hash });
      },
    },
  ];
}

function success(data: object): Answer {
  return ok({ status: 'success', data });
}

function listed(store: AssetStore, asked: z.output<typeof listQuery>, text?: string): Answer {
  const { limit, offset, cursor, order, tag, ...filters } = asked;
  const query: AssetQuery = {
    ...withoutAbsent(filters),
    ...(tag === undefined ? {} : { tags: [tag] }),
    ...(text === undefined ? {} : { text }),
  };
  const from = cursor === undefined || cursor === '' ? null : readCursor(cursor);
  const assets = store.list(query, { order, from, offset: offset ?? 0, limit });
  const last = assets.length < limit ? undefined : assets.at(-1);
  return success({
    assets,
    total: store.countAll(query),
    next_cursor: last === undefined ? null : cursorTo(last),
  });
}

/** A filter that is empty in a query is none. */
function withoutAbsent(filters: object): AssetQuery {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}

function cursorTo({ timestamp, hash }: Asset): string {
  return `${timestamp}.${hash}`;
}

/** @throws {ApiError} `invalid_cursor`. */
function readCursor(cursor: string): AssetCursor {
  const [time = '', hash = ''] = cursor.split('.');
  if (!/^\d{1,16}$/.test(time) || !isAssetHash(hash)) throw new ApiError('invalid_cursor');
  return { timestamp: Number(time), hash };
}

function hashOf(text: string): AssetHash {
  const hash = text.toLowerCase();
  if (!isAssetHash(hash)) throw notFound();
  return hash;
}

function notFound(): AssetError {
  return new AssetError('asset_not_found', 'There is no such asset here');
}

/** Failures of the disk in one word. */
async function saved<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new ApiError('file_not_saved');
    throw error;
  }
}
