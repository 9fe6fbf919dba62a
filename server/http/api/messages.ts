/**
 * Direct messages (04 section 3.9): sending, answering, reading, marking as read.
 */
import { KEY } from '../access.ts';
import { isEmptyObject, type JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { Once } from '../once.ts';
import { asMessageId, asUserId, intQuery, isRecord, MAX_LIMIT, objectField, stringField } from '../params.ts';
import { arrivalJson, directMessageJson } from '../render.ts';
import { ok, type Answer, type Route } from '../routes.ts';
import { directSchemas } from '../schemas/messages.ts';
import { attachmentsAsGiven } from './attachments.ts';
import type { DirectMessageJson } from '../types/messages.ts';
import type { Arrivals } from '../../store/arrivals.ts';
import { parseTime } from '../../store/time.ts';
import type { MessageId, UserId } from '../../wire/ids.ts';
import { WorkspaceError } from '../../workspace/errors.ts';
import type { DirectMessages, DirectPost } from '../../workspace/direct-messages.ts';
import type { DirectMessageView } from '../../workspace/types.ts';

/** Code points of one direct message (04 section 3.9). */
const MAX_CONTENT = 4096;
/** Most recipients of one message: each gets a mesh message of its own. */
const MAX_RECIPIENTS = 100;
const MESSAGE_TYPES = new Set(['text', 'file', 'image', 'voice', 'system']);

export function messageRoutes(components: {
  directMessages: DirectMessages;
  arrivals: Pick<Arrivals, 'of'>;
}): Route[] {
  const { directMessages: dms, arrivals } = components;
  const once = new Once();
  /** Where a list goes on, of which `oldest` is the last one in time. */
  const next = (
    oldest: DirectMessageView | undefined,
    list: readonly DirectMessageView[],
    page: { limit: number },
  ): string | null => (oldest === undefined || list.length < page.limit ? null : dms.cursor(oldest.id));
  return [
    {
      method: 'GET',
      path: '/messages',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.list,
      handle: ({ caller, query }) => {
        const since = sinceQuery(query);
        const page = pageQuery(query, 50);
        const list = dms.list(caller.userId, { ...page, ...(since === null ? {} : { since }) });
        return listAnswer(list, { next_cursor: next(list.at(-1), list, page) });
      },
    },
    {
      method: 'POST',
      path: '/messages',
      access: KEY.write_messages,
      body: 'caught',
      creates: true,
      schema: directSchemas.send,
      handle: ({ caller, body }) =>
        once.run(caller.userId, body, async () => {
          const { post, self } = readMessage(body, caller.userId);
          // Recipients that name only the caller are a note to self, not a message to everybody.
          if (self) post.recipientIds = [caller.userId];
          const message = await dms.send(caller.userId, post);
          return sent(message);
        }),
      recall: ({ caller }, id) => sent(own(dms, caller.userId, id)),
    },
    {
      method: 'POST',
      path: '/messages/reply',
      access: KEY.write_messages,
      body: 'caught',
      creates: true,
      schema: directSchemas.reply,
      handle: async ({ caller, body }) => {
        const originalId = stringField(body, 'message_id') ?? stringField(body, 'original_message_id') ?? '';
        rejectChannel(body);
        if (originalId.trim() === '') throw new ApiError('message_id_required');
        const draft = readDraft(body);
        const original = asMessageId(originalId.trim());
        if (original === null) throw new ApiError('original_not_found');
        const recipientIds = replyRecipients(dms, caller.userId, original);
        const message = await dms.send(caller.userId, { ...draft, recipientIds, replyTo: original });
        return replied(message, original);
      },
      recall: ({ caller }, id) => {
        const message = own(dms, caller.userId, id);
        return replied(message, message.metadata?.['reply_to'] ?? null);
      },
    },
    {
      method: 'GET',
      path: '/messages/everyone',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.everyone,
      handle: ({ caller, query }) => {
        const page = pageQuery(query, 100);
        const list = dms.everyone(caller.userId, page);
        return listAnswer(list, { next_cursor: next(list[0], list, page) });
      },
    },
    {
      method: 'GET',
      path: '/messages/conversation/group/:group',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.group,
      handle: ({ caller, param, query }) => {
        const page = pageQuery(query, 100);
        const list = dms.group(caller.userId, param('group'), page);
        return listAnswer(list, { group_id: param('group'), next_cursor: next(list[0], list, page) });
      },
    },
    {
      method: 'GET',
      path: '/messages/conversation/:user',
      access: KEY.read_messages,
      polled: 'stored',
      schema: directSchemas.conversation,
      handle: ({ caller, param, query }) => {
        const other = asUserId(param('user'));
        if (other === null) throw new ApiError('user_not_found');
        const page = pageQuery(query, 50);
        const list = dms.conversation(caller.userId, other, page);
        return listAnswer(list, { other_user_id: other, next_cursor: next(list[0], list, page) });
      },
    },
    {
      method: 'POST',
      path: '/messages/:message/read',
      access: KEY.read_messages,
      schema: directSchemas.read,
      handle: async ({ caller, param }) => {
        const id = asMessageId(param('message'));
        if (id === null || !(await dms.markRead(caller.userId, id)))
          throw new ApiError('message_not_accessible');
        return ok({ message: 'Message marked as read', success: true });
      },
    },
    {
      method: 'GET',
      path: '/messages/:message',
      access: KEY.read_messages,
      schema: directSchemas.message,
      handle: ({ caller, param }) => {
        const id = asMessageId(param('message'));
        const message = id === null ? undefined : dms.get(caller.userId, id);
        if (message === undefined) throw new ApiError('message_not_found');
        return ok({
          message: directMessageJson(message),
          arrival: arrivalJson(arrivals.of('d', message.id)),
        });
      },
    },
  ];
}

function listAnswer(messages: DirectMessageView[], extra: object = {}): Answer {
  return ok({ messages: messages.map(directMessageJson), ...extra, count: messages.length });
}

/** A message to everybody on this node is answered as not delivered and without what concerns recipients (04 section 3.9). */
function sentMessageJson(message: DirectMessageView): DirectMessageJson {
  const json = directMessageJson(message);
  if (message.recipientId !== null) return json;
  const { security: _security, ...metadata } = json.metadata ?? {};
  const own = Object.keys(metadata).length === 0 ? null : metadata;
  return { ...json, status: 'sent', delivered_at: null, metadata: own };
}

function sent(message: DirectMessageView): Answer {
  const json = sentMessageJson(message);
  return { status: 201, body: { message: json, status: 'sent', success: true, ...groupField(message) } };
}

function replied(message: DirectMessageView, original: unknown): Answer {
  const json = directMessageJson(message);
  return { status: 201, body: { success: true, message: json, reply_to: original, ...groupField(message) } };
}

/** A message the caller may see. @throws {ApiError} `not_found`. */
function own(dms: DirectMessages, userId: UserId, id: string): DirectMessageView {
  const message = dms.get(userId, id as MessageId);
  if (message === undefined) throw new ApiError('not_found');
  return message;
}

function groupField(message: DirectMessageView): { group_id?: string } {
  return message.recipientId?.startsWith('group:') === true ? { group_id: message.recipientId } : {};
}

function pageQuery(
  query: URLSearchParams,
  fallback: number,
): { limit: number; before?: string; after?: string } {
  const limit = intQuery(query, 'limit', { min: 1, max: MAX_LIMIT, default: fallback });
  const before = asMessageId(query.get('before') ?? '');
  const after = asMessageId(query.get('after') ?? '');
  return { limit, ...(before === null ? {} : { before }), ...(after === null ? {} : { after }) };
}

/** `since` in every time form of 03 section 2.3, or a bare date; garbage counts as absent (04 D8 compares instants). */
function sinceQuery(query: URLSearchParams): number | null {
  const text = query.get('since')?.trim() ?? '';
  if (text === '') return null;
  return parseTime(
    /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00` : text.replace(/ (\d\d:?\d\d)$/, '+$1'),
  );
}

function rejectChannel(body: JsonObject): void {
  if (body['channel_id'] !== undefined && body['channel_id'] !== null) throw new ApiError('wrong_endpoint');
}

function readMessage(body: JsonObject, caller: UserId): { post: DirectPost; self: boolean } {
  if (isEmptyObject(body)) throw new ApiError('json_required');
  rejectChannel(body);
  const draft = readDraft(body);
  const named = recipients(body);
  const recipientIds = named.filter((id) => id !== caller);
  return { post: { ...draft, recipientIds }, self: named.length > 0 && recipientIds.length === 0 };
}

function readDraft(body: JsonObject): DirectPost {
  const content = stringField(body, 'content') ?? '';
  const attachments = attachmentsAsGiven(body['attachments']);
  if (content.trim() === '' && attachments.length === 0)
    throw new ApiError('content_or_attachments_required');
  const messageType = stringField(body, 'message_type') ?? 'text';
  if (!MESSAGE_TYPES.has(messageType)) {
    throw new ApiError('invalid_message_type', {
      error: `Invalid message type: ${messageType.slice(0, 40)}`,
    });
  }
  if ([...content].length > MAX_CONTENT) throw new ApiError('dm_too_long');
  return {
    recipientIds: [],
    content,
    messageType,
    attachments,
    replyTo: stringField(body, 'reply_to') ?? null,
    metadata: objectField(body, 'metadata') ?? null,
    sourceLayout: isRecord(body['source_layout']) ? body['source_layout'] : null,
  };
}

/** `recipient_ids` (list or comma-separated text) if it names anybody, else `recipient_id`; without duplicates. */
function recipients(body: JsonObject): UserId[] {
  const many = body['recipient_ids'];
  const texts = typeof many === 'string' ? many.split(',') : Array.isArray(many) ? (many as unknown[]) : [];
  let names = texts.filter((item): item is string => typeof item === 'string').map((item) => item.trim());
  names = names.filter((name) => name !== '');
  if (names.length === 0) {
    const one = stringField(body, 'recipient_id')?.trim() ?? '';
    if (one !== '') names = [one];
  }
  const ids = [...new Set(names)];
  if (ids.length > MAX_RECIPIENTS)
    throw new ApiError('invalid_field', { error: `At most ${MAX_RECIPIENTS} recipients` });
  return ids.map((name) => {
    const id = asUserId(name);
    if (id === null) throw new ApiError('recipient_not_found');
    return id;
  });
}

/** The workspace's codes are general; this route has texts of its own for them. */
function replyRecipients(dms: DirectMessages, user: UserId, original: MessageId): UserId[] {
  try {
    return dms.replyRecipients(user, original);
  } catch (error) {
    if (!(error instanceof WorkspaceError)) throw error;
    if (error.code === 'not_found') throw new ApiError('original_not_found');
    const group = dms.get(user, original)?.recipientId?.startsWith('group:') === true;
    if (error.code === 'no_recipient' && group) throw new ApiError('no_group_members');
    throw error;
  }
}
