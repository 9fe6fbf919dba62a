/**
 * `GET /agents/me/catchup` (04 section 3.13): in one answer what came for the caller since a time. It looks at this node
 * alone; catching up with other nodes goes by itself.
 */
import { KEY } from '../access.ts';
import type { Caller } from '../auth.ts';
import { holds } from '../auth.ts';
import type { HttpComponents } from '../components.ts';
import { intQuery, sinceQuery } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { heartbeatJson } from '../render-agents.ts';
import { inboxItemJson, mentionJson, shortInboxItemJson } from '../render-attention.ts';
import { taskJson } from '../render-tasks.ts';
import { ok, type Route } from '../routes.ts';
import { agentEventSchemas } from '../schemas/agents.ts';
import { toIsoTime } from '../../store/time.ts';
import { preview } from '../../workspace/text.ts';
import type { DirectMessageView } from '../../workspace/types.ts';

const HOUR_MS = 3_600_000;
/** A year: nobody catches up on more by a list. */
const MAX_HOURS = 8760;
/** Code points of texts in the sections. */
const PREVIEW = 120;
/** Posts looked through for the newest ones; the feed is in the order of activity. */
const MAX_POSTS = 200;
/** Items of the condensed part. */
const SESSION_ITEMS = 10;

/** Kinds of work this node does not keep; the sections are there for programs that read them. */
const NOTHING = { count: 0, items: [] };
const NO_WORK = {
  member_objectives: [],
  member_requests: [],
  owned_handoffs: [],
};

export function catchupRoutes(components: HttpComponents): Route[] {
  const { workspace, ports } = components;
  return [
    {
      method: 'GET',
      path: '/agents/me/catchup',
      access: KEY.read_feed,
      schema: agentEventSchemas.catchup,
      handle: ({ caller, query }) => {
        workspace.agents.checkIn(caller.userId, 'catchup');
        const now = ports.clock.now();
        const hours = intQuery(query, 'window_hours', { min: 1, max: MAX_HOURS, default: 24 });
        const since = sinceQuery(query) ?? now - hours * HOUR_MS;
        const limit = intQuery(query, 'limit', { min: 1, max: 200, default: 25 });
        return ok(catchup(components, caller, { now, since, hours, limit }));
      },
    },
  ];
}

interface Window {
  now: number;
  since: number;
  hours: number;
  limit: number;
}

function catchup(components: HttpComponents, caller: Caller, window: Window) {
  const { workspace } = components;
  const { userId } = caller;
  const { now, since, limit } = window;
  const times = { since: toIsoTime(since), generated_at: toIsoTime(now) };
  const channels = channelNews(components, userId, window);
  const mentions = workspace.mentions
    .list(userId, { since, limit })
    .map((one) => mentionJson(one, workspace.mentionClaims.active(one.sourceType, one.sourceId), userId));
  const inbox = workspace.inbox.list(userId, { since, limit });
  const messages = holds(caller, 'read_messages')
    ? workspace.directMessages.list(userId, { since, limit }).filter(({ senderId }) => senderId !== userId)
    : [];
  const assigned = workspace.tasks.assignedTo(userId);
  const beat = workspace.agents.heartbeat(userId, holds(caller, 'read_messages'));
  const heartbeat = heartbeatJson(userId, beat, assigned);
  const tasks = workspace.tasks.list({ since, limit }).map(taskJson);
  const work = { ...NO_WORK, assigned_tasks: assigned.slice(0, limit).map(taskJson), total: assigned.length };
  const waiting = workspace.inbox.list(userId, { limit: SESSION_ITEMS });
  const directives = workspace.people.profile(userId)?.agentDirectives ?? null;
  return {
    ...times,
    window_hours: window.hours,
    channels: {
      count: channels.shown.length,
      items: channels.shown,
      messages_total: channels.total,
    },
    feed: section(feed(components, userId, window)),
    messages: section(messages.map(messageJson)),
    mentions: section(mentions),
    inbox: section(inbox.map(inboxItemJson)),
    tasks: section(tasks),
    circles: NOTHING,
    handoffs: NOTHING,
    heartbeat,
    actionable_work: work,
    session: {
      ...times,
      agent_directives: directives,
      agent_directives_source: directives === null ? 'none' : 'custom',
      channels: channels.shown.map((channel) => ({
        channel_id: channel.channel_id,
        channel_name: channel.channel_name,
        new_message_count: channel.new_messages,
        latest_message_preview: channel.latest_preview,
      })),
      mentions,
      inbox: { pending_count: workspace.inbox.count(userId), items: waiting.map(shortInboxItemJson) },
      circles: [],
      tasks: tasks.slice(0, SESSION_ITEMS),
      peers: peers(components),
      heartbeat,
      actionable_work: work,
    },
  };
}

function channelNews({ workspace }: HttpComponents, userId: Caller['userId'], window: Window) {
  const all = workspace.agents.news(userId, window.since);
  const shown = all.slice(0, window.limit).map(({ channel, news }) => {
    const latest = workspace.channelMessages.get(userId, channel.id, news.latestId);
    return {
      channel_id: channel.id,
      channel_name: channel.name,
      new_messages: news.count,
      latest_at: isoOrNull(news.latestAt),
      latest_message_id: news.latestId,
      latest_author_id: latest?.userId ?? null,
      latest_author_username: latest?.username ?? null,
      latest_preview: preview(latest?.content ?? '', PREVIEW),
    };
  });
  return { shown, total: all.reduce((sum, { news }) => sum + news.count, 0) };
}

function feed({ workspace }: HttpComponents, userId: Caller['userId'], { since, limit }: Window) {
  return workspace.feed
    .list(userId, { limit: MAX_POSTS })
    .filter((post) => post.createdAt > since)
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, limit)
    .map((post) => ({
      post_id: post.id,
      author_id: post.authorId,
      created_at: toIsoTime(post.createdAt),
      visibility: post.visibility,
      expires_at: isoOrNull(post.expiresAt),
      preview: preview(post.content, PREVIEW),
    }));
}

function messageJson(message: DirectMessageView) {
  const metadata = message.metadata ?? {};
  return {
    message_id: message.id,
    sender_id: message.senderId,
    recipient_id: message.recipientId,
    created_at: toIsoTime(message.createdAt),
    preview: preview(message.content, PREVIEW),
    message_type: message.messageType,
    edited_at: isoOrNull(message.editedAt),
    reply_to: metadata['reply_to'] ?? null,
    group_id: metadata['group_id'] ?? null,
    group_members: metadata['group_members'] ?? [],
    attachments_count: message.attachments.length,
  };
}

function peers({ mesh, workspace }: HttpComponents) {
  if (mesh === null) return [];
  const found = mesh.mesh.neighbours().map((peerId) => ({
    peer_id: peerId,
    device_name: workspace.peerDevices.get(peerId)?.displayName ?? '',
    connected: true,
  }));
  return found.sort((a, b) => a.device_name.localeCompare(b.device_name) || (a.peer_id < b.peer_id ? -1 : 1));
}

function section(items: object[]) {
  return { count: items.length, items };
}
