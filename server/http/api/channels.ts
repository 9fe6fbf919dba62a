/**
 * Channels and their messages (04 sections 3.7 and 3.8): what this build offers of them.
 */
import { KEY } from '../access.ts';
import { attachmentList } from './attachments.ts';
import { isEmptyObject, type JsonObject } from '../body.ts';
import { ApiError } from '../errors.ts';
import { Once } from '../once.ts';
import {
  isYes,
  truthy,
  asChannelId,
  asMessageId,
  isRecord,
  limitQuery,
  objectField,
  stringField,
} from '../params.ts';
import { arrivalJson, channelJson, channelMessageJson, memberJson } from '../render.ts';
import { referringMessageJson } from '../render-feed.ts';
import { ok, WrittenJson, type Answer, type Route } from '../routes.ts';
import { channelSchemas } from '../schemas/messages.ts';
import type { ChannelMessageView, ChannelView } from '../../workspace/types.ts';
import type { Arrivals } from '../../store/arrivals.ts';
import { isOpaqueId, type ChannelId, type MessageId, type UserId } from '../../wire/ids.ts';
import type { ChannelMessages, ChannelPost } from '../../workspace/channel-messages.ts';
import type { ChannelAccess, Channels } from '../../workspace/channels.ts';
import { WorkspaceError } from '../../workspace/errors.ts';
import type { PeerDevices } from '../../workspace/device-profile.ts';
import type { Reposts } from '../../workspace/reposts.ts';
import { securityRefusal } from '../../workspace/security-metadata.ts';

const CHANNEL_ID = /^[A-Za-z0-9_-]{1,100}$/;
/** Code points of one message (04 section 3.8). */
const MAX_CONTENT = 50_000;
const MAX_ATTACHMENTS = 20;
/** People a channel can be created with; more are added afterwards. */
const MAX_FIRST_MEMBERS = 250;

export function channelRoutes(components: {
  channels: Channels;
  channelMessages: ChannelMessages;
  reposts: Reposts;
  /** Names of the devices that channels of other nodes come from. */
  peerDevices: Pick<PeerDevices, 'get'>;
  arrivals: Pick<Arrivals, 'of'>;
}): Route[] {
  const { channels, channelMessages, peerDevices, arrivals } = components;
  const once = new Once();
  const written = new WeakMap<object, WrittenJson>();
  return [
    {
      method: 'GET',
      path: '/channels',
      access: KEY.read_feed,
      polled: 'stored',
      schema: channelSchemas.list,
      handle: ({ caller }) => {
        const list = channels.list(caller.userId).map((channel) => ({
          ...channelJson(channel),
          origin_device:
            channel.originPeer === null ? null : (peerDevices.get(channel.originPeer)?.displayName ?? null),
        }));
        return ok({ channels: list, count: list.length });
      },
    },
    {
      method: 'POST',
      path: '/channels',
      access: KEY.write_feed,
      body: 'caught',
      creates: true,
      schema: channelSchemas.create,
      handle: async ({ caller, body }) => {
        return created(await channels.create(caller.userId, readChannel(body)));
      },
      recall: ({ caller }, id) => {
        const made = channels.get(caller.userId, id as ChannelId);
        if (made === undefined) throw new ApiError('not_found');
        return created(made);
      },
    },
    {
      method: 'POST',
      path: '/channels/messages',
      access: KEY.write_feed,
      body: 'caught',
      creates: true,
      schema: channelSchemas.post,
      handle: ({ caller, body }) =>
        once.run(caller.userId, body, async () => {
          const post = readPost(body);
          const message = await channelMessages
            .post(caller.userId, post)
            .catch((error: unknown) => explain(error, channels.access(caller.userId, post.channelId)));
          return posted(message);
        }),
      recall: ({ caller, body }, id) => {
        const made = channelMessages.get(caller.userId, readPost(body).channelId, id as MessageId);
        if (made === undefined) throw new ApiError('channel_message_not_found');
        return posted(made);
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/members',
      access: KEY.read_feed,
      polled: 'stored',
      schema: channelSchemas.members,
      handle: ({ caller, param }) => {
        const { members, policy } = channels.members(caller.userId, channelParam(param('channel')));
        return ok({
          // Members before admins, then by the time they joined, as in the reference.
          members: members
            .map(memberJson)
            .sort((a, b) => (a.role === b.role ? 0 : a.role === 'member' ? -1 : 1)),
          count: members.length,
          policy: {
            post_policy: policy.postPolicy,
            allow_member_replies: policy.allowMemberReplies,
            can_manage: policy.canManage || caller.isOwner,
            can_post_top_level: policy.canPostTopLevel,
            can_reply: policy.canReply,
            allowed_poster_count: policy.allowedPosterCount,
          },
        });
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/read',
      access: KEY.read_feed,
      schema: channelSchemas.read,
      handle: ({ caller, param }) => {
        const channelId = channelParam(param('channel'));
        if (channels.get(caller.userId, channelId) === undefined) throw new ApiError('not_found');
        channels.markRead(caller.userId, channelId);
        return ok({ success: true });
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/messages',
      access: KEY.read_feed,
      polled: 'stored',
      schema: channelSchemas.messages,
      handle: ({ caller, param, query }) => {
        const channelId = channelParam(param('channel'));
        const before = query.get('before');
        const limit = limitQuery(query, 50);
        const page = {
          limit,
          ...(before === null || before === '' ? {} : { before: messageParam(before) }),
        };
        const list = channelMessages.list(caller.userId, channelId, page);
        // Programs ask for the newest messages again and again, and mostly it is the same list.
        let json = written.get(list);
        if (json === undefined) {
          const messages = list.map((message) => referringMessageJson(components, message));
          const [oldest] = list;
          const next_cursor =
            oldest === undefined || list.length < limit ? null : channelMessages.cursor(oldest.id);
          json = WrittenJson.of({ messages, channel_id: channelId, count: list.length, next_cursor });
          // What is referred to may expire though nothing was written.
          if (list.every((message) => message.sourceReference === null)) written.set(list, json);
        }
        return ok(json);
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel/messages/:message',
      access: KEY.read_feed,
      schema: channelSchemas.message,
      handle: ({ caller, param }) => {
        const message = channelMessages.get(
          caller.userId,
          channelParam(param('channel')),
          messageParam(param('message')),
        );
        if (message === undefined) throw new ApiError('channel_message_not_found');
        return ok({
          message: referringMessageJson(components, message),
          arrival: arrivalJson(arrivals.of('m', message.id)),
        });
      },
    },
  ];
}

/** Whoever may not write is told what is allowed (04 section 3.8). */
function created(channel: ChannelView): Answer {
  // The reference does not count the creator yet, nor the days.
  const json = { ...channelJson(channel), member_count: 0, days_until_archive: null };
  return { status: 201, body: { success: true, channel: json } };
}

function posted(message: ChannelMessageView): Answer {
  return {
    status: 201,
    body: { success: true, message: { ...channelMessageJson(message), crypto_state: null } },
  };
}

function explain(error: unknown, { channel, rights }: ChannelAccess): never {
  if (!(error instanceof WorkspaceError)) throw error;
  const { code } = error;
  if (code === 'reply_restricted') throw new ApiError(code, { fields: { reason: code } });
  if (code !== 'top_level_post_restricted') throw error;
  const { postPolicy } = channel;
  throw new ApiError(code, { fields: { reason: code, post_policy: postPolicy, can_reply: rights.reply } });
}

function channelParam(text: string): ChannelId {
  const id = asChannelId(text);
  if (id === null) throw new ApiError('not_found');
  return id;
}

function messageParam(text: string): MessageId {
  const id = asMessageId(text);
  if (id === null) throw new ApiError('channel_message_not_found');
  return id;
}

/** Texts of privacy and posting modes are checked by the workspace. */
function readChannel(body: JsonObject) {
  if (isEmptyObject(body)) throw new ApiError('json_required');
  const replies = body['allow_member_replies'];
  const accept = body['accept_unencrypted'];
  const privacyMode = stringField(body, 'privacy_mode')?.trim().toLowerCase();
  return {
    name: stringField(body, 'name') ?? '',
    description: stringField(body, 'description') ?? '',
    type: stringField(body, 'type') ?? 'public',
    ...(privacyMode === undefined ? {} : { privacyMode }),
    postPolicy: stringField(body, 'post_policy') ?? 'open',
    allowMemberReplies: typeof replies === 'string' ? isYes(replies) : replies == null || truthy(replies),
    members: readMembers(body['members']),
    acceptUnencrypted: typeof accept === 'string' ? isYes(accept) : truthy(accept),
  };
}

function readMembers(value: unknown): UserId[] {
  if (value === undefined || value === null) return [];
  const ids = Array.isArray(value) ? value.filter((one) => isOpaqueId(one)) : [];
  if (!Array.isArray(value) || ids.length !== value.length || ids.length > MAX_FIRST_MEMBERS)
    throw new ApiError('invalid_field', {
      error: `members must be a list of at most ${MAX_FIRST_MEMBERS} user ids`,
      fields: { field: 'members' },
    });
  return ids as UserId[];
}

function readPost(body: JsonObject): ChannelPost {
  if (isEmptyObject(body)) throw new ApiError('json_required');
  const content = (stringField(body, 'content') ?? '').trim();
  const attachments = attachmentList(body['attachments']);
  if (content === '' && attachments.length === 0) throw new ApiError('content_or_attachments_required');
  const channelId = stringField(body, 'channel_id')?.trim() ?? '';
  if (channelId === '') throw new ApiError('channel_id_required');
  if ([...content].length > MAX_CONTENT) throw new ApiError('content_too_long');
  if (attachments.length > MAX_ATTACHMENTS) throw new ApiError('too_many_attachments');
  if (!CHANNEL_ID.test(channelId)) throw new ApiError('invalid_channel_id');
  const parent = (stringField(body, 'parent_message_id') ?? stringField(body, 'reply_to') ?? '').trim();
  if (parent !== '' && !CHANNEL_ID.test(parent)) throw new ApiError('invalid_parent_id');
  return {
    channelId: channelId as ChannelId,
    content,
    attachments,
    parentMessageId: parent === '' ? null : (parent as MessageId),
    expiresAt: stringField(body, 'expires_at') ?? null,
    ttlSeconds: typeof body['ttl_seconds'] === 'number' ? body['ttl_seconds'] : null,
    ttlMode: stringField(body, 'ttl_mode') ?? null,
    security: securityField(body),
    sourceLayout: isRecord(body['source_layout']) ? body['source_layout'] : null,
    repostPolicy: body['repost_policy'] === 'deny' ? 'deny' : 'same_scope',
  };
}

function securityField(body: JsonObject): Record<string, unknown> {
  const value = body['security'];
  const refusal =
    value === undefined || value === null
      ? null
      : isRecord(value)
        ? securityRefusal(value)
        : 'Security metadata must be an object';
  if (refusal !== null)
    throw new ApiError('invalid_field', { error: refusal, fields: { field: 'security' } });
  return objectField(body, 'security') ?? {};
}
