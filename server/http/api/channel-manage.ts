/**
 * Changing channels and who is in them (04 sections 3.7 and 4.1). Joining, the list of what can be joined and renaming are
 * ours.
 */
import { KEY } from '../access.ts';
import type { Caller } from '../auth.ts';
import type { JsonObject } from '../body.ts';
import { ApiError, type ErrorCode } from '../errors.ts';
import { asChannelId, asUserId, isYes, stringField, truthy } from '../params.ts';
import { channelJson } from '../render.ts';
import { ok, type Method, type Route } from '../routes.ts';
import { channelManageSchemas } from '../schemas/channels.ts';
import { toDbTime } from '../../store/time.ts';
import type { MemberRole } from '../../store/channel-members.ts';
import type { ChannelId, UserId } from '../../wire/ids.ts';
import type { ChannelActor, ChannelAdmin } from '../../workspace/channel-admin.ts';
import { lifecycle } from '../../workspace/channel-lifecycle.ts';
import type { ChannelMembership } from '../../workspace/channel-membership.ts';
import type { ChannelRemoval } from '../../workspace/channel-removal.ts';
import { isPostPolicy } from '../../workspace/channel-rules.ts';
import type { ChannelAccess, Channels } from '../../workspace/channels.ts';

/** Both stand for the same, as in the reference. */
const CHANGING: readonly Method[] = ['PATCH', 'PUT'];

export interface ChannelManageComponents {
  channels: Channels;
  channelAdmin: ChannelAdmin;
  channelMembership: ChannelMembership;
  channelRemoval: ChannelRemoval;
  ports: { clock: { now(): number } };
}

export function channelManageRoutes(components: ChannelManageComponents): Route[] {
  return [...settingRoutes(components), ...posterRoutes(components), ...memberRoutes(components)];
}

function settingRoutes(components: ChannelManageComponents): Route[] {
  const { channels, channelAdmin, channelRemoval, ports } = components;
  return [
    ...CHANGING.map((method): Route => ({
      method,
      path: '/channels/:channel',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.privacy,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'privacy_update_denied');
        const typed = stringField(body, 'privacy_mode') ?? '';
        const mode = await channelAdmin.setPrivacy(actor(caller), channelId, typed);
        return ok({ success: true, privacy_mode: mode });
      },
    })),
    ...CHANGING.map((method): Route => ({
      method,
      path: '/channels/:channel/details',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.details,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'channel_update_denied');
        const [name, description] = [stringField(body, 'name'), stringField(body, 'description')];
        await channelAdmin.describe(actor(caller), channelId, {
          ...(name === undefined ? {} : { name }),
          ...(description === undefined ? {} : { description }),
        });
        const view = channels.get(caller.userId, channelId);
        if (view === undefined) throw new ApiError('not_found');
        return ok({ success: true, channel: channelJson(view) });
      },
    })),
    ...CHANGING.map((method): Route => ({
      method,
      path: '/channels/:channel/lifecycle',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.lifecycle,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'lifecycle_update_denied');
        const change = readLifecycle(body);
        const channel = await channelAdmin.setLifecycle(actor(caller), channelId, change);
        const { lifecycleStatus, daysUntilArchive } = lifecycle(channel, ports.clock.now());
        return ok({
          success: true,
          lifecycle: {
            ttl_days: channel.lifecycleTtlDays,
            preserved: channel.lifecyclePreserved,
            archived_at: dbTime(channel.lifecycleArchivedAt),
            archive_reason: channel.lifecycleArchiveReason,
            status: lifecycleStatus,
            days_until_archive: lifecycleStatus === 'archived' ? null : daysUntilArchive,
            last_activity_at: dbTime(channel.lastActivityAt),
          },
        });
      },
    })),
    ...CHANGING.map((method): Route => ({
      method,
      path: '/channels/:channel/post-policy',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.postPolicy,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'policy_update_denied');
        const postPolicy = stringField(body, 'post_policy')?.trim().toLowerCase();
        if (!isPostPolicy(postPolicy)) throw new ApiError('invalid_post_policy');
        const change = { postPolicy, allowMemberReplies: yesField(body, 'allow_member_replies') ?? true };
        const { channel, rights } = await channelAdmin.setPolicy(actor(caller), channelId, change);
        return ok({
          success: true,
          policy: {
            post_policy: postPolicy,
            allow_member_replies: channel.allowMemberReplies,
            can_manage: true,
            can_post_top_level: rights.topLevel,
            can_reply: rights.reply,
            allowed_poster_count: channels.allowedPosters(channelId).length,
          },
        });
      },
    })),
    {
      method: 'DELETE',
      path: '/channels/:channel',
      access: KEY.delete_data,
      schema: channelManageSchemas.remove,
      handle: async ({ caller, param }) => {
        const channelId = channelOf(param('channel'), 'channel_not_found');
        const { localOnly } = await channelRemoval.remove(actor(caller), channelId);
        return ok({ success: true, local_only: localOnly });
      },
    },
  ];
}

function posterRoutes({ channels, channelAdmin }: ChannelManageComponents): Route[] {
  const answer = (caller: Caller, access: ChannelAccess) =>
    ok({ success: true, policy: own(caller, access) });
  const own = (caller: Caller, { channel, member, rights }: ChannelAccess) => {
    const posters = channels.allowedPosters(channel.id);
    return {
      channel_id: channel.id,
      channel_name: channel.name,
      channel_type: channel.channelType,
      created_by: channel.createdBy,
      origin_peer: channel.originPeer,
      user_role: member.role,
      is_admin_like: caller.isOwner || channels.isAdmin(caller.userId, channel),
      explicit_post_permission: posters.includes(caller.userId),
      post_policy: channel.postPolicy,
      allow_member_replies: channel.allowMemberReplies,
      allowed_poster_count: posters.length,
      can_post_top_level: rights.topLevel,
      can_reply: rights.reply,
    };
  };
  return [
    {
      method: 'POST',
      path: '/channels/:channel/posters',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.addPoster,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'posters_update_denied');
        const userId = userOf(requiredUser(body), 'posters_update_denied');
        return answer(caller, await channelAdmin.setPoster(actor(caller), channelId, userId, true));
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel/posters/:user',
      access: KEY.write_feed,
      schema: channelManageSchemas.removePoster,
      handle: async ({ caller, param }) => {
        const channelId = channelOf(param('channel'), 'posters_update_denied');
        const userId = userOf(param('user'), 'posters_update_denied');
        return answer(caller, await channelAdmin.setPoster(actor(caller), channelId, userId, false));
      },
    },
  ];
}

function memberRoutes({ channelMembership }: ChannelManageComponents): Route[] {
  return [
    {
      method: 'GET',
      path: '/channels/joinable',
      access: KEY.read_feed,
      schema: channelManageSchemas.joinable,
      handle: ({ caller }) => {
        const list = channelMembership.joinable(caller.userId).map(channelJson);
        return ok({ channels: list, count: list.length });
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/join',
      access: KEY.write_feed,
      schema: channelManageSchemas.join,
      handle: async ({ caller, param }) => {
        const channel = await channelMembership.join(caller.userId, channelOf(param('channel'), 'not_found'));
        return ok({ success: true, channel: channelJson(channel) });
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel/members',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.addMember,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'membership_denied');
        const userId = userOf(requiredUser(body), 'membership_denied');
        const role = roleOf(stringField(body, 'role') ?? 'member');
        const acceptUnencrypted = yesField(body, 'accept_unencrypted') ?? false;
        await channelMembership.add(actor(caller), channelId, userId, { role, acceptUnencrypted });
        return ok({ success: true });
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel/members/:user',
      access: KEY.write_feed,
      schema: channelManageSchemas.removeMember,
      handle: async ({ caller, param }) => {
        const channelId = channelOf(param('channel'), 'membership_denied');
        const userId = userOf(param('user'), 'membership_denied');
        await channelMembership.remove(actor(caller), channelId, userId);
        return ok({ success: true });
      },
    },
    {
      method: 'PUT',
      path: '/channels/:channel/members/:user/role',
      access: KEY.write_feed,
      body: 'caught',
      schema: channelManageSchemas.role,
      handle: async ({ caller, param, body }) => {
        const channelId = channelOf(param('channel'), 'membership_denied');
        const role = roleOf(stringField(body, 'role') ?? '');
        const userId = userOf(param('user'), 'membership_denied');
        await channelMembership.setRole(actor(caller), channelId, userId, role);
        return ok({ success: true, role });
      },
    },
  ];
}

function actor(caller: Caller): ChannelActor {
  return { userId: caller.userId, owner: caller.isOwner };
}

function channelOf(text: string, unknown: ErrorCode): ChannelId {
  const id = asChannelId(text);
  if (id === null) throw new ApiError(unknown);
  return id;
}

function userOf(text: string, unknown: ErrorCode): UserId {
  const id = asUserId(text);
  if (id === null) throw new ApiError(unknown);
  return id;
}

function requiredUser(body: JsonObject): string {
  const userId = stringField(body, 'user_id')?.trim() ?? '';
  if (userId === '') throw new ApiError('user_id_required');
  return userId;
}

function roleOf(text: string): MemberRole {
  const role = text.trim().toLowerCase();
  if (role !== 'admin' && role !== 'member') throw new ApiError('invalid_role');
  return role;
}

function readLifecycle(body: JsonObject) {
  const days = typeof body['ttl_days'] === 'string' ? Number(body['ttl_days']) : body['ttl_days'];
  const [preserved, archived] = [yesField(body, 'preserved'), yesField(body, 'archived')];
  if (days != null && (typeof days !== 'number' || !Number.isFinite(days)))
    throw new ApiError('invalid_field', {
      error: 'ttl_days must be a number',
      fields: { field: 'ttl_days' },
    });
  return {
    ...(typeof days === 'number' ? { ttlDays: days } : {}),
    ...(preserved === undefined ? {} : { preserved }),
    ...(archived === undefined ? {} : { archived }),
  };
}

/** A yes or no as the reference reads it: texts that say yes, or the truth of the value; undefined when absent. */
function yesField(body: JsonObject, name: string): boolean | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? isYes(value) : truthy(value);
}

function dbTime(value: number | null): string | null {
  return value === null ? null : toDbTime(value);
}
