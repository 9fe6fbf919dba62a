/**
 * Mentions of people of this node (03 section 5.9): found in every channel message that is written or arrives, kept once
 * for each person and message, and told to their owner. Those of people elsewhere are owed to their homes alone
 * (03 P3), and what another node says of a mention counts for messages that are here and are its own people's
 * (03 A1).
 */
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelMembers } from '../store/channel-members.ts';
import type {
  ChannelMessage as MessageRow,
  ChannelMessages as MessageTable,
} from '../store/channel-messages.ts';
import type { Channels as ChannelTable } from '../store/channels.ts';
import { hexId } from '../store/ids.ts';
import type { MentionRow, MentionRows } from '../store/mentions.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../wire/ids.ts';
import { CREATED, changedAt } from '../wire/item-id.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import type { Journal } from './journal.ts';
import { MAX_HANDLES, MENTION_PREVIEW, extractMentions, mentioned } from './mention-handles.ts';
import type { MentionClaims } from './mention-claims.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { preview } from './text.ts';
import type { Person } from './types.ts';

/** Source types of rows here. */
export const CHANNEL_MESSAGE = 'channel_message';
export const CHANNEL_ADDED = 'channel_added';
const ID_HEX = 20;
const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;
/** Mentions one call acknowledges. */
const MAX_ACKNOWLEDGED = 500;

/** A mention as another node tells of it. */
export interface ForeignMention {
  sourceType: string;
  sourceId: string;
  authorId: UserId;
  targets: readonly UserId[];
}

/** What became of it. `unknown_source`: the message is not here; when it comes its text says the same. */
export type MentionOutcome = 'noted' | 'unknown_source' | 'foreign_author';

type NewFields = Pick<
  MentionRow,
  'userId' | 'sourceType' | 'sourceId' | 'authorId' | 'originPeer' | 'channelId' | 'preview'
>;

export interface MentionsComponents {
  rows: MentionRows;
  claims: MentionClaims;
  messages: MessageTable;
  channelTable: ChannelTable;
  members: ChannelMembers;
  channels: Channels;
  people: People;
  owing: Owing;
  journal: Journal;
  changes: Changes;
  clock: Clock;
  random: Random;
}

export class Mentions {
  readonly #c: MentionsComponents;
  readonly #localPeer: PeerId;

  constructor(components: MentionsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * Looks through a channel message that is new or changed. Inside its transaction.
   * @returns people of this node who were not mentioned in it before.
   */
  inMessage(message: MessageRow, change: 'created' | 'edited'): UserId[] {
    if (change === 'edited')
      this.#c.rows.setPreview(CHANNEL_MESSAGE, message.id, preview(message.content, MENTION_PREVIEW));
    const handles = extractMentions(message.content);
    if (handles.length === 0) return [];
    if (message.originPeer === this.#localPeer) this.#owe(message);
    const here = this.#readers(message.channelId).filter(({ id }) => id !== message.userId);
    return mentioned(handles, here, this.#localPeer)
      .filter(({ id }) => this.#note(message, id))
      .map(({ id }) => id);
  }

  /** Somebody of this node was made a member of a channel. Inside a transaction. @returns false when told before. */
  addedToChannel(channel: { id: ChannelId; name: string }, userId: UserId, by: UserId | null): boolean {
    this.#c.rows.remove(CHANNEL_ADDED, channel.id, userId);
    return this.#add({
      userId,
      sourceType: CHANNEL_ADDED,
      sourceId: channel.id,
      authorId: by,
      originPeer: by === null ? null : (this.#c.people.get(by)?.originPeer ?? null),
      channelId: channel.id,
      preview: preview(`Added to #${channel.name}`, MENTION_PREVIEW),
    });
  }

  /**
   * Takes in what `from`, a trusted peer, says of mentions by a person at home there; resolves after the commit.
   * @param also what else is done in the same transaction with people who were not mentioned before.
   */
  receive(
    mention: ForeignMention,
    from: PeerId,
    also: (message: MessageRow, noted: readonly UserId[]) => void,
  ): Promise<MentionOutcome> {
    return this.#c.changes.run(() => {
      const message =
        mention.sourceType === CHANNEL_MESSAGE
          ? this.#c.messages.get(mention.sourceId as MessageId)
          : undefined;
      if (message === undefined) return 'unknown_source';
      const home = this.#c.people.get(message.userId)?.originPeer ?? null;
      if (message.userId !== mention.authorId || home !== from) return 'foreign_author';
      const wanted = new Set(mention.targets.slice(0, MAX_HANDLES));
      const noted = this.#readers(message.channelId)
        .filter(({ id }) => wanted.has(id) && id !== message.userId && this.#note(message, id))
        .map(({ id }) => id);
      also(message, noted);
      return 'noted';
    });
  }

  /** People at home on `peer` whom a message of here mentions; for `sync`. */
  targetsAt(message: MessageRow, peer: PeerId): UserId[] {
    return this.#mentionedElsewhere(message)
      .filter(({ originPeer }) => originPeer === peer)
      .map(({ id }) => id);
  }

  /** The message is gone. Inside a transaction. */
  forget(messageId: MessageId): void {
    this.#c.rows.remove(CHANNEL_MESSAGE, messageId);
    this.#c.claims.forget(CHANNEL_MESSAGE, messageId);
  }

  /** Somebody's, newest first. @param query.since Unix ms; `limit` 1 to 200, default 50. */
  list(
    userId: UserId,
    query: { since?: number | null; limit?: number; acknowledged?: boolean } = {},
  ): MentionRow[] {
    const limit = Math.min(Math.max(Math.trunc(query.limit ?? DEFAULT_PAGE), 1), MAX_PAGE);
    return this.#c.rows.list(userId, { ...query, limit });
  }

  /** Somebody's mention; undefined when it is not theirs. */
  get(userId: UserId, id: string): MentionRow | undefined {
    const row = this.#c.rows.get(id);
    return row?.userId === userId ? row : undefined;
  }

  /** Somebody's after a cursor, oldest first; for streams. */
  after(userId: UserId, seq: number, limit: number): MentionRow[] {
    return this.#c.rows.after(userId, seq, limit);
  }

  latestSeq(): number {
    return this.#c.rows.latestSeq();
  }

  /** How many wait: somebody's, or everybody's. */
  countNew(userId: UserId | null): number {
    return this.#c.rows.countNew(userId);
  }

  /** Marks mentions as dealt with; foreign and unknown ids are passed over. The number marked, after the commit. */
  acknowledge(userId: UserId, ids: readonly string[]): Promise<number> {
    return this.#c.changes.run(() => {
      let marked = 0;
      for (const id of new Set(ids.slice(0, MAX_ACKNOWLEDGED))) {
        const row = this.get(userId, id);
        if (row === undefined || !this.#c.rows.acknowledge(id, userId, this.#c.clock.now())) continue;
        marked += 1;
        this.#c.claims.releaseOwn(userId, row.sourceType, row.sourceId);
        this.#tell('mention.acknowledged', { ...row, status: 'acknowledged' });
      }
      return marked;
    });
  }

  #note(message: MessageRow, userId: UserId): boolean {
    return this.#add({
      userId,
      sourceType: CHANNEL_MESSAGE,
      sourceId: message.id,
      authorId: message.userId,
      originPeer: message.originPeer,
      channelId: message.channelId,
      preview: preview(message.content, MENTION_PREVIEW),
    });
  }

  #add(fields: NewFields): boolean {
    const row = { ...fields, id: `MN${hexId(this.#c.random, ID_HEX)}` };
    if (!this.#c.rows.add({ ...row, now: this.#c.clock.now() })) return false;
    this.#tell('mention.created', { ...row, status: 'new' });
    return true;
  }

  #tell(
    event: 'mention.created' | 'mention.acknowledged',
    row: NewFields & { id: string; status: string },
  ): void {
    this.#c.journal.personal(event, {
      targetUserId: row.userId,
      actorUserId: event === 'mention.created' ? row.authorId : row.userId,
      channelId: row.channelId,
      messageId: row.sourceType === CHANNEL_MESSAGE ? row.sourceId : null,
      dedupeKey: `${event}:${row.id}`,
      payload: {
        mention_id: row.id,
        source_type: row.sourceType,
        source_id: row.sourceId,
        author_id: row.authorId,
        channel_id: row.channelId,
        preview: row.preview,
        status: row.status,
      },
    });
  }

  #owe(message: MessageRow): void {
    const channel = this.#c.channelTable.get(message.channelId);
    const homes = this.#mentionedElsewhere(message).flatMap(({ originPeer }) => originPeer ?? []);
    if (channel === undefined || homes.length === 0) return;
    const version = message.editedAt === null ? CREATED : changedAt(message.editedAt);
    this.#c.owing.mention(channel, { messageId: message.id, homes }, version);
  }

  #mentionedElsewhere(message: MessageRow): Person[] {
    const handles = extractMentions(message.content);
    if (handles.length === 0) return [];
    const people = this.#c.members
      .list(message.channelId)
      .map(({ userId }) => this.#c.people.get(userId))
      .filter((person) => person !== undefined)
      .filter(({ id, originPeer }) => originPeer !== null && id !== message.userId);
    return mentioned(handles, people, this.#localPeer);
  }

  /** Accounts of this node that read the channel. */
  #readers(channelId: ChannelId): Person[] {
    return this.#c.channels
      .localMembers(channelId)
      .filter((userId) => this.#c.channels.mayRead(userId, channelId))
      .map((userId) => this.#c.people.get(userId))
      .filter((person) => person !== undefined)
      .filter(({ status }) => status === 'active');
  }
}
