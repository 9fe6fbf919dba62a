/** Shapes of bookmarks and tasks, and what their routes take and answer (04 sections 4.7 and 4.9). */
import * as z from 'zod';
import {
  beforeParam,
  id,
  limitParam,
  nextCursor,
  textParam,
  time,
  yesParam,
  type RouteSchema,
} from '../route-schema.ts';
import { TASK_PRIORITIES, TASK_STATES, TASK_VISIBILITIES } from '../../store/tasks.ts';

const record = z.record(z.string(), z.unknown());
const text = z.string().nullish();
const sourceType = z.enum(['channel_message', 'feed_post', 'dm_message']);

export const bookmark = z
  .looseObject({
    id,
    user_id: id,
    source_type: sourceType,
    source_id: id,
    container_type: z.string().nullable(),
    container_id: z.string().nullable(),
    source_author_id: id.nullable(),
    title: z.string(),
    preview: z.string(),
    source_href: z.string(),
    hero_ref: z.null(),
    deck_default_ref: z.null(),
    source_layout: record.nullable(),
    snapshot: record,
    note: z.string().nullable(),
    tags: z.array(z.string()),
    created_at: z.string(),
    updated_at: z.string(),
    last_opened_at: z.string().nullable(),
    archived_at: z.string().nullable(),
    available: z.boolean().describe('Whether the caller may still read what it points at'),
  })
  .meta({ id: 'Bookmark' });

export const task = z
  .looseObject({
    id,
    title: z.string(),
    description: z.string().nullable(),
    status: z.enum(TASK_STATES).or(z.string()),
    priority: z.enum(TASK_PRIORITIES).or(z.string()),
    visibility: z.enum(TASK_VISIBILITIES).or(z.string()),
    created_by: id,
    assigned_to: z.string().nullable(),
    updated_by: z.string().nullable(),
    objective_id: z.string().nullable(),
    due_at: time.nullable(),
    completed_at: time.nullable(),
    created_at: time.nullable(),
    updated_at: time.nullable(),
    metadata: record.nullable(),
    origin_peer: z.string().nullable(),
    source_type: z.string().nullable(),
  })
  .meta({ id: 'Task' });

const wish = { note: text, tags: z.array(z.string()).nullish() };
const flag = z.boolean().nullish();
const one = z.looseObject({ bookmark });
const taskFields = {
  description: text,
  status: text,
  priority: text,
  visibility: text,
  assigned_to: text,
  due_at: text,
  objective_id: text,
  metadata: record.nullish(),
};

export const bookmarkSchemas = {
  list: {
    summary: 'List the bookmarks of the caller, the newest first',
    query: z.looseObject({
      source_type: textParam('Only bookmarks of this kind'),
      include_archived: yesParam(false),
      limit: limitParam(200),
      before: beforeParam,
    }),
    answer: z.looseObject({
      bookmarks: z.array(bookmark),
      count: z.int().min(0),
      next_cursor: nextCursor,
    }),
    errors: ['bookmark_type_unsupported', 'invalid_cursor'],
  },
  add: {
    summary: 'Mark a message or post, or say something else of what is marked',
    body: z.looseObject({ source_type: z.string(), source_id: id, ...wish }),
    answer: one,
    status: 201,
    errors: [
      'bookmark_type_required',
      'bookmark_id_required',
      'bookmark_tags_not_list',
      'bookmark_type_forbidden',
      'bookmark_source_not_found',
      'bookmark_note_too_long',
      'bookmark_tags_invalid',
      'too_many_bookmarks',
      'invalid_field',
    ],
  },
  get: { summary: 'Read a bookmark', answer: one, errors: ['bookmark_not_found'] },
  change: {
    summary: 'Change note and tags of a bookmark, put it away, or note that it was opened',
    body: z.looseObject({ ...wish, archived: flag, opened: flag }),
    answer: one,
    errors: [
      'bookmark_not_found',
      'bookmark_tags_not_list',
      'bookmark_note_too_long',
      'bookmark_tags_invalid',
      'invalid_field',
    ],
  },
  remove: {
    summary: 'Remove a bookmark',
    answer: z.looseObject({ deleted: z.literal(true), bookmark_id: id }),
    errors: ['bookmark_not_found'],
  },
} satisfies Record<string, RouteSchema>;

export const taskSchemas = {
  list: {
    summary: 'List the tasks of this node, the last changed first',
    query: z.looseObject({
      status: textParam('Only tasks in this state'),
      limit: limitParam(200),
      before: beforeParam,
    }),
    answer: z.looseObject({ tasks: z.array(task), count: z.int().min(0), next_cursor: nextCursor }),
    errors: ['invalid_cursor'],
  },
  get: { summary: 'Read a task', answer: z.looseObject({ task }), errors: ['not_found'] },
  create: {
    summary: 'Write down a task',
    body: z.looseObject({ title: z.string(), ...taskFields }),
    answer: z.looseObject({ task }),
    status: 201,
    errors: [
      'missing_title',
      'invalid_status',
      'invalid_priority',
      'invalid_visibility',
      'invalid_due_at',
      'task_too_long',
      'invalid_field',
    ],
  },
  change: {
    summary: 'Change a task',
    body: z.looseObject({ title: text, ...taskFields }),
    answer: z.looseObject({ task }),
    errors: [
      'not_found',
      'not_authorized',
      'no_updates',
      'missing_title',
      'invalid_status',
      'invalid_priority',
      'invalid_visibility',
      'invalid_due_at',
      'task_too_long',
      'invalid_field',
    ],
  },
} satisfies Record<string, RouteSchema>;
