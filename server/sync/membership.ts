/** Recovery of private channels: asking, and answering a peer for its own people (02 sections 2.14 and 5.7). */
import type { z } from 'zod';
import type { Channel } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import { toDbTime } from '../store/time.ts';
import type { PeerId, UserId } from '../wire/ids.ts';
import type { membershipQuerySchema } from '../wire/payloads/membership.ts';
import { isQuarantine, isTargeted } from '../workspace/channel-rules.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';

type Query = z.output<typeof membershipQuerySchema>;

/** Users named in a query, channels asked for, and the most answered (02 section 9). */
const MAX_USERS = 256;
const ASKED_LIMIT = 200;
const MAX_ANSWERED = 300;
const MAX_MEMBERS = 250;

export class Membership {
  readonly #c: SyncComponents;
  readonly #queried: (peer: PeerId) => void;

  /** @param init.queried told of every query: only peers that trust us send one. */
  constructor(components: SyncComponents, init: { queried: (peer: PeerId) => void }) {
    this.#c = components;
    this.#queried = init.queried;
  }

  register(inbound: Inbound): void {
    inbound.on(
      'channel_membership_query',
      'trusted',
      async (query, { from }) => {
        this.#queried(from);
        await this.#answer(query, from);
      },
      (_query, { from }) => this.#queried(from),
    );
  }

  /** Step d of the post-connect order. */
  async query(peer: PeerId): Promise<void> {
    // Deviation D-28: accounts, without the built-in one.
    const people = this.#c.workspace.people.localAccounts().slice(0, MAX_USERS);
    const metadata = {
      type: 'channel_membership_query',
      query_id: `MCQ${hexId(this.#c.ports.random, 16)}`,
      local_user_ids: people.map((person) => person.id),
      limit: ASKED_LIMIT,
      username_hints: Object.fromEntries(people.map((person) => [person.id, person.username])),
    };
    // 0.4.29 cannot parse the type; it has none of the capabilities of later versions.
    if (this.#c.mesh.supports(peer, 'bulk_sync_1mb_v1'))
      await this.#c.mesh.send('channel_membership_query', peer, { content: '', metadata }, { queue: false });
  }

  async #answer(query: Query, from: PeerId): Promise<void> {
    if (query.local_user_ids.length === 0) return;
    const limit = Math.min(Math.max(query.limit ?? ASKED_LIMIT, 1), MAX_ANSWERED);
    const channels = this.#channelsOf(this.#peopleOf(query, from));
    const metadata = {
      type: 'channel_membership_response',
      query_id: query.query_id,
      channels: channels.slice(0, limit).map((channel) => this.#describe(channel)),
      truncated: channels.length > limit,
    };
    await this.#c.mesh.send('channel_membership_response', from, { content: '', metadata }, { queue: false });
  }

  /** The named people that live at `from`; when none is known, those of it that are called as hinted. */
  #peopleOf(query: Query, from: PeerId): UserId[] {
    const named = new Set<string>(query.local_user_ids);
    const people = this.#c.workspace.people.ofPeer(from);
    const byId = people.filter((person) => named.has(person.id));
    if (byId.length > 0) return byId.map((person) => person.id);
    const hints = new Set(query.username_hints.values());
    return people.filter((person) => hints.has(person.username)).map((person) => person.id);
  }

  #channelsOf(people: readonly UserId[]): Channel[] {
    const ids = new Set(
      people.flatMap((userId) =>
        this.#c.repositories.channelMembers.ofUser(userId).map((row) => row.channelId),
      ),
    );
    return [...ids]
      .map((id) => this.#c.repositories.channels.get(id))
      .filter((channel) => channel !== undefined)
      .filter((channel) => isTargeted(channel) && !isQuarantine(channel.id, channel.name))
      .filter((channel) => !this.#c.repositories.channels.isRetired(channel.id));
  }

  #describe(channel: Channel): object {
    const members = this.#c.repositories.channelMembers.list(channel.id).slice(0, MAX_MEMBERS);
    return {
      channel_id: channel.id,
      name: channel.name,
      channel_type: channel.channelType,
      description: channel.description ?? '',
      origin_peer: channel.originPeer ?? this.#c.mesh.peerId,
      created_by_user_id: channel.createdBy,
      privacy_mode: channel.privacyMode,
      crypto_mode: channel.cryptoMode,
      members: members.flatMap((row) => {
        const person = this.#c.workspace.people.get(row.userId);
        if (person === undefined) return [];
        return [
          {
            user_id: row.userId,
            role: row.role,
            origin_peer: person.originPeer ?? this.#c.mesh.peerId,
            username: person.username,
            display_name: person.displayName,
            joined_at: row.joinedAt === null ? null : toDbTime(row.joinedAt),
          },
        ];
      }),
    };
  }
}
