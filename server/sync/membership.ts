/**
 * Recovery of private channels (02 sections 2.14 and 5.7): asking, taking in what is answered, and answering a peer for
 * its own people. An answer counts only to a question, and only for a while (02 S14).
 */
import type { z } from 'zod';
import type { Channel } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import { toDbTime } from '../store/time.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import type { membershipQuerySchema, membershipResponseSchema } from '../wire/payloads/membership.ts';
import { announcedPrivacy, isQuarantine, isTargeted } from '../workspace/channel-rules.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';

type Query = z.output<typeof membershipQuerySchema>;
type Response = z.output<typeof membershipResponseSchema>;

/** Users named in a query, channels asked for, and the most answered (02 section 9). */
const MAX_USERS = 256;
const ASKED_LIMIT = 200;
const MAX_ANSWERED = 300;
const MAX_MEMBERS = 250;
/** How long an answer is waited for (02 S14). */
const ANSWER_MS = 60_000;

export class Membership {
  readonly #c: SyncComponents;
  readonly #queried: (peer: PeerId) => void;
  /** The last question to each peer that was not answered yet. */
  readonly #asked = new Map<PeerId, { queryId: string; at: number; again: boolean }>();

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
    inbound.on('channel_membership_response', 'trusted', (response, { from }) =>
      this.#answered(response, from),
    );
  }

  /** The session ended, and with it the wait for an answer. */
  disconnected(peer: PeerId): void {
    this.#asked.delete(peer);
  }

  /** Asks once more; while an answer is awaited, after that. */
  async queryAgain(peer: PeerId): Promise<void> {
    const asked = this.#asked.get(peer);
    if (asked === undefined || this.#c.ports.clock.monotonic() - asked.at > ANSWER_MS)
      return this.query(peer);
    asked.again = true;
  }

  /** Step d of the post-connect order. */
  async query(peer: PeerId): Promise<void> {
    // Deviation D-28: accounts, without the built-in one.
    const people = this.#c.workspace.people.localAccounts().slice(0, MAX_USERS);
    const queryId = `MCQ${hexId(this.#c.ports.random, 16)}`;
    const metadata = {
      type: 'channel_membership_query',
      query_id: queryId,
      local_user_ids: people.map((person) => person.id),
      limit: ASKED_LIMIT,
      username_hints: Object.fromEntries(people.map((person) => [person.id, person.username])),
    };
    // 0.4.29 cannot parse the type; it has none of the capabilities of later versions.
    if (!this.#c.mesh.supports(peer, 'bulk_sync_1mb_v1')) return;
    this.#asked.set(peer, { queryId, at: this.#c.ports.clock.monotonic(), again: false });
    await this.#c.mesh.send('channel_membership_query', peer, { content: '', metadata }, { queue: false });
  }

  async #answered(response: Response, from: PeerId): Promise<void> {
    const asked = this.#asked.get(from);
    const inTime = asked !== undefined && this.#c.ports.clock.monotonic() - asked.at <= ANSWER_MS;
    if (asked?.queryId !== response.query_id || !inTime) return;
    this.#asked.delete(from);
    const { changes, channelInvitations } = this.#c.workspace.inbound;
    await changes.run(() => {
      for (const channel of response.channels) {
        const members = channel.members.map((member) => ({
          userId: member.user_id as UserId,
          role: member.role === 'admin' ? ('admin' as const) : ('member' as const),
          // Left out of its own people by who answers.
          home: member.origin_peer ?? from,
          displayName: member.display_name,
        }));
        const claim = {
          id: channel.channel_id as ChannelId,
          name: channel.name,
          type: channel.channel_type,
          privacyMode: announcedPrivacy(channel.privacy_mode, channel.channel_type),
          description: channel.description,
          originPeer: channel.origin_peer,
          createdBy: channel.created_by_user_id as UserId | null,
        };
        if (channelInvitations.recovered(claim, members, from, members.length < MAX_MEMBERS))
          this.#c.workspace.channelKeys.told(claim.id, channel.crypto_mode, from);
      }
    });
    if (asked.again) await this.query(from);
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
