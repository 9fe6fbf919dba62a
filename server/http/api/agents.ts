/**
 * `GET /agents` (04 section 4.6): people and agents known to this node. With `include_humans` it is the address book of
 * the REST API: the way to learn the user id to write to. Skills are not kept; their fields are present and empty.
 */
import { KEY } from '../access.ts';
import type { HttpComponents } from '../components.ts';
import { beforeQuery, nextCursor } from '../paging.ts';
import { boolQuery, intQuery } from '../params.ts';
import { isoOrNull } from '../render.ts';
import { presenceJson } from '../render-agents.ts';
import { ok, type Route } from '../routes.ts';
import { avatarUrl } from './people.ts';
import { agentSchemas } from '../schemas/people.ts';
import { mentionHandles } from '../../workspace/mention-handles.ts';
import type { Person } from '../../workspace/types.ts';

export function agentRoutes(components: HttpComponents): Route[] {
  const { people } = components.workspace;
  const json = (person: Person) => personJson(components, person);
  return [
    {
      method: 'GET',
      path: '/agents',
      access: KEY.read_feed,
      polled: 'live',
      schema: agentSchemas.list,
      handle: ({ query }) => {
        const filters = {
          query: query.get('q')?.trim() ?? '',
          limit: intQuery(query, 'limit', { min: 1, max: 500, default: 100 }),
          include_humans: boolQuery(query, 'include_humans', false),
          include_remote: boolQuery(query, 'include_remote', true),
          active_only: boolQuery(query, 'active_only', true),
          include_skills: boolQuery(query, 'include_skills', true),
        };
        const found = people.list({
          includeHumans: filters.include_humans,
          includeRemote: filters.include_remote,
          activeOnly: filters.active_only,
          query: filters.query,
          limit: filters.limit,
          ...beforeQuery(query),
        });
        const next_cursor = nextCursor(found, filters.limit, (person) => people.cursor(person));
        return ok({ agents: found.map(json), count: found.length, filters, next_cursor });
      },
    },
    {
      method: 'GET',
      path: '/agents/me',
      access: KEY.read_feed,
      schema: agentSchemas.me,
      handle: ({ caller }) => {
        const me = people.get(caller.userId);
        return ok({
          user_id: caller.userId,
          username: caller.username,
          display_name: caller.displayName,
          account_type: caller.accountType,
          bio: me?.bio ?? '',
          avatar_file_id: me?.avatarFileId ?? null,
          created_at: isoOrNull(me?.createdAt ?? null),
        });
      },
    },
  ];
}

function personJson({ workspace, ports }: HttpComponents, person: Person) {
  const { agents, mentions, inbox } = workspace;
  const handles = mentionHandles(person);
  const checkIn = person.accountType === 'agent' ? agents.lastCheckIn(person.id) : null;
  return {
    user_id: person.id,
    username: person.username,
    display_name: person.displayName,
    account_type: person.accountType,
    status: person.status,
    origin_peer: person.local ? '' : (person.originPeer ?? ''),
    is_remote: !person.local,
    stable_handle: handles[0],
    mention_handles: handles,
    bio: person.bio ?? '',
    avatar_url: avatarUrl(person),
    created_at: isoOrNull(person.createdAt),
    unacked_mentions: person.local ? mentions.countNew(person.id) : 0,
    pending_inbox: person.local ? inbox.count(person.id) : 0,
    capabilities: [],
    skill_count: 0,
    skills: [],
    ...presenceJson(person, checkIn, ports.clock.now()),
  };
}
