/** What the routes of the asset store take and answer (07 section 1). */
import * as z from 'zod';
import { limitParam, textParam, type RouteSchema } from '../route-schema.ts';

const count = z.int().min(0);
const text = z.string().nullable();
/** Most rows of one answer. */
const MAX_LIST = 1000;

export const assetJson = z
  .object({
    hash: z.string().describe('SHA-256 of the bytes, hex'),
    size: count,
    mime_type: z.string(),
    filename: text,
    application: text,
    tags: z.array(z.string()),
    user: text,
    description: text,
    timestamp: z.int().describe('Milliseconds since 1970 when it was first ingested anywhere'),
    origin_peer: z.string(),
  })
  .meta({ id: 'Asset' });

/** What every good answer of this interface is. */
export function success<T extends z.ZodType>(data: T) {
  return z.object({ status: z.literal('success'), data });
}

const time = (says: string) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'milliseconds since 1970 are needed')
    .transform(Number)
    .optional()
    .describe(says);

const filters = {
  application: textParam('The application that put it there'),
  tag: textParam('A tag it has'),
  user: textParam('The user it belongs to'),
  mime_prefix: textParam('How its media type begins; compared without case'),
  since: time('First ingested at this time or later, in milliseconds since 1970'),
  until: time('First ingested at this time or earlier'),
};

const paging = {
  limit: limitParam(50, MAX_LIST),
  offset: z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number is needed')
    .transform(Number)
    .optional()
    .describe('How many to pass over; a cursor is faster'),
  cursor: textParam('The `next_cursor` of the page before'),
  order: z.enum(['asc', 'desc']).default('desc').describe('By time: the oldest first, or the newest'),
};

export const listQuery = z.object({ ...paging, ...filters });
export const searchQuery = z.object({
  q: z.string().trim().min(1, 'words to look for are needed'),
  ...paging,
  ...filters,
});

/** What can be changed. Absent: stays as it is; null: removed. */
export const metaChange = z.object({
  mime_type: z.string().optional(),
  filename: z.string().nullable().optional(),
  application: z.string().nullable().optional(),
  tags: z.array(z.string()).optional(),
  user: z.string().nullable().optional(),
  description: z.string().nullable().optional(),
});

const page = success(
  z.object({
    assets: z.array(assetJson),
    total: count.describe('How many match in all'),
    next_cursor: z.string().nullable().describe('Null at the end of the list'),
  }),
);
const group = (name: string) => z.array(z.object({ [name]: text, assets: count, bytes: count }));

export const canSchemas = {
  ingest: {
    summary:
      'Store a file: a form with the part file, and as fields mime_type, application, tags, user, description and filename',
    answer: success(assetJson),
    status: 201,
    errors: [
      'asset_file_required',
      'asset_field_invalid',
      'asset_meta_too_large',
      'asset_too_large',
      'asset_busy',
      'disk_full',
      'file_not_saved',
    ],
  },
  list: { summary: 'List assets', query: listQuery, answer: page, errors: ['invalid_cursor'] },
  search: {
    summary: 'Find assets by words in name, description, tags and application',
    query: searchQuery,
    answer: page,
    errors: ['invalid_cursor'],
  },
  read: {
    summary: 'The bytes of an asset',
    answer: 'application/octet-stream',
    errors: ['asset_not_found'],
  },
  thumbnail: {
    summary: 'A small picture of an image',
    answer: 'image/webp',
    errors: ['asset_not_found', 'no_thumbnail'],
  },
  meta: { summary: 'What is known of an asset', answer: success(assetJson), errors: ['asset_not_found'] },
  describe: {
    summary: 'Change what is said of an asset',
    body: metaChange,
    answer: success(assetJson),
    errors: ['asset_not_found', 'asset_field_invalid', 'asset_meta_too_large'],
  },
  remove: {
    summary: 'Delete an asset on this node, and let no library bring it back',
    answer: success(z.object({ hash: z.string() })),
    errors: ['asset_not_found'],
  },
  restore: {
    summary: 'Let libraries bring an asset again that was deleted here',
    answer: success(z.object({ hash: z.string() })),
    errors: ['asset_not_found'],
  },
  stats: {
    summary: 'How many assets there are, and how large',
    answer: success(
      z.object({
        assets: count,
        bytes: count,
        hidden: count.describe('Deleted here, and not to come back by a library'),
        by_application: group('application'),
        by_type: group('mime_type'),
      }),
    ),
  },
} satisfies Record<string, RouteSchema>;
