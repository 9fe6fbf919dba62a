/**
 * Changing and deleting what one wrote: channel messages (04 section 3.8) and direct messages (04 section 3.9); reacting
 * to messages (04 section 4.2).
 */
import type { EarlierText } from '../../store/message-history.ts';
import type { ChannelEdits, ChannelMessageChange } from '../../workspace/channel-edits.ts';
import type { DirectEdits, DirectMessageChange } from '../../workspace/direct-edits.ts';
import { asInteger } from '../../workspace/expiry-rule.ts';
import type { MessageHistory } from '../../workspace/message-history.ts';
import { asReactionType } from '../../workspace/reactions.ts';
import type { DirectReactions } from '../../workspace/direct-reactions.ts';
import type { ReactionResult, Reactions } from '../../workspace/reactions.ts';
import type { ChannelId, MessageId } from '../../wire/ids.ts';
import { KEY } from '../access.ts';
import type { JsonObject } from '../body.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import { asChannelId, asMessageId, isRecord, objectField, stringField } from '../params.ts';
import { isoOrNull, reactionsJson } from '../render.ts';
import { ok, type Answer, type Method, type Route } from '../routes.ts';
import { channelSchemas, directSchemas } from '../schemas/messages.ts';
import { attachmentList, attachmentsAsGiven } from './attachments.ts';

/** Both stand for the same, as in the reference. */
const CHANGING: readonly Method[] = ['PATCH', 'PUT'];

export function messageEditRoutes(components: {
  channelEdits: ChannelEdits;
  directEdits: DirectEdits;
  messageHistory: MessageHistory;
  reactions: Reactions;
  directReactions: DirectReactions;
}): Route[] {
  const { channelEdits, directEdits, messageHistory, reactions, directReactions } = components;
  return [
    ...CHANGING.map((method): Route => ({
      method,
      path: '/channels/:channel/messages/:message',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelSchemas.edit,
      handle: async ({ caller, param, body }) => {
        const { channelId, messageId } = place(param, 'message_not_found');
        await channelEdits.edit(caller.userId, channelId, messageId, channelChange(body));
        return ok({ success: true });
      },
    })),
    {
      method: 'DELETE',
      path: '/channels/:channel/messages/:message',
      access: KEY.write_feed,
      schema: channelSchemas.remove,
      handle: async ({ caller, param }) => {
        const { channelId, messageId } = place(param, 'delete_not_allowed');
        await channelEdits.remove(caller.userId, channelId, messageId);
        return ok({ success: true });
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/messages/:message/history',
      access: KEY.read_feed,
      schema: channelSchemas.history,
      handle: ({ caller, param }) => {
        const { channelId, messageId } = place(param, 'message_not_found');
        return history(messageId, messageHistory.ofChannelMessage(caller.userId, channelId, messageId));
      },
    },
    {
      method: 'GET',
      path: '/messages/:message/history',
      access: KEY.read_messages,
      schema: directSchemas.history,
      handle: ({ caller, param }) => {
        const messageId = message(param('message'), 'message_not_found');
        return history(messageId, messageHistory.ofDirectMessage(caller.userId, messageId));
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/messages/:message/like',
      access: KEY.write_messages,
      body: 'silent',
      schema: channelSchemas.react,
      handle: async ({ caller, param, body }) => {
        const { channelId, messageId } = place(param, 'message_not_found');
        const type = asReactionType(stringField(body, 'reaction_type') ?? 'like');
        return reacted(await reactions.toggle(caller.userId, channelId, messageId, type));
      },
    },
    {
      method: 'POST',
      path: '/messages/:message/like',
      access: KEY.write_messages,
      body: 'silent',
      schema: directSchemas.react,
      handle: async ({ caller, param, body }) => {
        const messageId = message(param('message'), 'message_not_found');
        const type = asReactionType(stringField(body, 'reaction_type') ?? 'like');
        return reacted(await directReactions.toggle(caller.userId, messageId, type));
      },
    },
    ...CHANGING.map((method): Route => ({
      method,
      path: '/messages/:message',
      access: KEY.write_messages,
      body: 'caught',
      schema: directSchemas.edit,
      handle: async ({ caller, param, body }) => {
        const messageId = message(param('message'), 'message_not_found');
        await directEdits.edit(caller.userId, messageId, directChange(body));
        return ok({ success: true });
      },
    })),
    {
      method: 'DELETE',
      path: '/messages/:message',
      access: KEY.write_messages,
      schema: directSchemas.remove,
      handle: async ({ caller, param }) => {
        const messageId = message(param('message'), 'message_not_owned');
        if (!(await directEdits.remove(caller.userId, messageId))) throw new ApiError('message_not_owned');
        return ok({ success: true, message: 'Message deleted' });
      },
    },
  ];
}

function place(
  param: (name: string) => string,
  unknown: ErrorCode,
): { channelId: ChannelId; messageId: MessageId } {
  const channelId = asChannelId(param('channel'));
  if (channelId === null) throw new ApiError('not_found');
  return { channelId, messageId: message(param('message'), unknown) };
}

function reacted({ liked, reactionType, reactions }: ReactionResult): Answer {
  return ok({ liked, reaction_type: reactionType, ...reactionsJson(reactions) });
}

/** Earlier texts, oldest first; what the message says now is not among them. */
function history(messageId: MessageId, earlier: readonly EarlierText[]): Answer {
  const versions = earlier.map(({ text, writtenAt }) => ({
    content: text,
    written_at: isoOrNull(writtenAt),
  }));
  return ok({ message_id: messageId, versions, count: versions.length });
}

function message(text: string, unknown: ErrorCode): MessageId {
  const id = asMessageId(text);
  if (id === null) throw new ApiError(unknown);
  return id;
}

function channelChange(body: JsonObject): ChannelMessageChange {
  const content = stringField(body, 'content')?.trim();
  const attachments = Array.isArray(body['attachments']) ? attachmentList(body['attachments']) : undefined;
  if (content === '' && (attachments?.length ?? 0) === 0)
    throw new ApiError('content_or_attachments_required', { error: 'Message content required' });
  const layout = body['source_layout'];
  const policy = body['repost_policy'];
  const expiry = expiryChange(body);
  return {
    ...(content === undefined ? {} : { content }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(expiry === undefined ? {} : { expiry }),
    ...(layout === undefined ? {} : { sourceLayout: isRecord(layout) ? layout : null }),
    ...(policy === 'deny' || policy === 'same_scope' ? { repostPolicy: policy } : {}),
  };
}

/** When the message disappears, where that is to change; the fields are those of a new message. */
function expiryChange(body: JsonObject): ChannelMessageChange['expiry'] {
  const expiresAt = stringField(body, 'expires_at') ?? null;
  const ttlSeconds = asInteger(body['ttl_seconds']);
  const ttlMode = stringField(body, 'ttl_mode') ?? null;
  if (expiresAt === null && ttlSeconds === null && ttlMode === null) return undefined;
  return { expiresAt, ttlSeconds, ttlMode };
}

function directChange(body: JsonObject): DirectMessageChange {
  const content = stringField(body, 'content')?.trim();
  const attachments = Array.isArray(body['attachments'])
    ? attachmentsAsGiven(body['attachments'])
    : undefined;
  if (content === '' && (attachments?.length ?? 0) === 0)
    throw new ApiError('content_or_attachments_required');
  const metadata = objectField(body, 'metadata');
  const layout = body['source_layout'];
  return {
    ...(content === undefined ? {} : { content }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(isRecord(layout) ? { sourceLayout: layout } : {}),
  };
}
