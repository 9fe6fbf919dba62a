/**
 * Mentions of people of this node (03 section 5.9): found in every channel message and post that is written or arrives,
 * kept once for each person and text, and told to their owner. Those of people elsewhere are owed to their homes alone
 * (03 P3), and what another node says of a mention counts for texts that are here and are its own people's (03 A1).
 */
import type { Clock, Random } from '../ports/types.ts';
import { hexId } from '../store/ids.ts';
import type { MentionRow, MentionRows } from '../store/mentions.ts';
import type { RowPlace } from '../store/row-places.ts';
import type { ChannelId, PeerId, UserId } from '../wire/ids.ts';
import { CHANNEL_MESSAGE, FEED_POST, versionOfText } from './calling-texts.ts';
import type { CallingText, CallingTexts } from './calling-texts.ts';
import type { Changes } from './changes.ts';
import type { Journal } from './journal.ts';
import { MAX_HANDLES, MENTION_PREVIEW, extractMentions, mentioned } from './mention-handles.ts';
import type { MentionClaims } from './mention-claims.ts';
import type { Owing } from './owing.ts';
import type { People } from './people.ts';
import { cursorToRow, rowBefore } from './places.ts';
import { preview } from './text.ts';

/** Source type of the notice that somebody was added to a channel. */
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

/** What became of it. `unknown_source`: the text is not here; when it comes its text says the same. */
export type MentionOutcome = 'noted' | 'unknown_source' | 'foreign_author';

type NewFields = Pick<
  MentionRow,
  'userId' | 'sourceType' | 'sourceId' | 'authorId' | 'originPeer' | 'channelId' | 'preview'
>;

export interface MentionsComponents {
  rows: MentionRows;
  claims: MentionClaims;
  texts: CallingTexts;
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
   * Looks through a text that is new or changed. Inside its transaction.
   * @returns people of this node who were not mentioned in it before.
   */
  inText(text: CallingText, change: 'created' | 'edited'): UserId[] {
    const { rows, texts } = this.#c;
    // Whoever may no longer read the text keeps what they once saw of it.
    if (change === 'edited')
      rows.setPreview(text.type, text.id, preview(text.content, MENTION_PREVIEW), (userId) =>
        texts.mayRead(userId, text),
      );
    const handles = extractMentions(text.content);
    if (handles.length === 0) return [];
    if (texts.isOwn(text)) this.#owe(text, handles);
    return mentioned(handles, texts.readers(text), this.#localPeer)
      .filter(({ id }) => this.#note(text, id))
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
    also: (text: CallingText, noted: readonly UserId[]) => void,
  ): Promise<MentionOutcome> {
    return this.#c.changes.run(() => {
      const { texts, people } = this.#c;
      const text = texts.get(mention.sourceType, mention.sourceId);
      if (text === undefined) return 'unknown_source';
      const home = people.get(text.authorId)?.originPeer ?? null;
      if (text.authorId !== mention.authorId || home !== from) return 'foreign_author';
      const wanted = new Set(mention.targets.slice(0, MAX_HANDLES));
      const noted = texts
        .readers(text)
        .filter(({ id }) => wanted.has(id) && this.#note(text, id))
        .map(({ id }) => id);
      also(text, noted);
      return 'noted';
    });
  }

  /** An own text whose mentions a peer is owed, and whom of there it calls; null when none may be told. For `sync`. */
  forSending(objectId: string, peer: PeerId): { text: CallingText; targets: UserId[] } | null {
    const { texts } = this.#c;
    const text = texts.ofObject(objectId);
    if (text === undefined || !texts.isFor(peer, text)) return null;
    const targets = this.#targetsAt(text, extractMentions(text.content), peer);
    if (targets.length === 0) return null;
    // The text of a private message travels with the message alone.
    return { text: texts.isTargeted(text) ? { ...text, content: '' } : text, targets };
  }

  /** The text is gone. Inside a transaction. */
  forget(sourceType: string, sourceId: string): void {
    this.#c.rows.remove(sourceType, sourceId);
    this.#c.claims.forget(sourceType, sourceId);
  }

  /**
   * Somebody's, newest first.
   * @param query.since Unix ms; `limit` 1 to 200, default 50; `before` a cursor or the id of one.
   * @throws {WorkspaceError} `invalid_cursor`.
   */
  list(
    userId: UserId,
    query: { since?: number | null; limit?: number; acknowledged?: boolean; before?: string } = {},
  ): MentionRow[] {
    const before = rowBefore(query.before, (id) => this.#placeOf(userId, id));
    if (before === undefined) return [];
    const limit = Math.min(Math.max(Math.trunc(query.limit ?? DEFAULT_PAGE), 1), MAX_PAGE);
    return this.#c.rows.list(userId, { ...query, limit, before });
  }

  /** Where a list that ended with somebody's mention goes on; null when it is not theirs. */
  cursor(userId: UserId, id: string): string | null {
    return cursorToRow(this.#placeOf(userId, id));
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

  /**
   * Marks mentions as dealt with, or puts them away; foreign and unknown ids are passed over. The number marked, after the
   * commit.
   */
  acknowledge(
    userId: UserId,
    ids: readonly string[],
    status: 'acknowledged' | 'dismissed' = 'acknowledged',
  ): Promise<number> {
    const { rows } = this.#c;
    return this.#c.changes.run(() => {
      let marked = 0;
      for (const id of new Set(ids.slice(0, MAX_ACKNOWLEDGED))) {
        const row = this.get(userId, id);
        const now = this.#c.clock.now();
        const changed =
          status === 'dismissed' ? rows.dismiss(id, userId, now) : rows.acknowledge(id, userId, now);
        if (row === undefined || !changed) continue;
        marked += 1;
        this.#c.claims.releaseOwn(userId, row.sourceType, row.sourceId);
        this.#tell('mention.acknowledged', { ...row, status });
      }
      return marked;
    });
  }

  #placeOf(userId: UserId, id: string): RowPlace | undefined {
    return this.get(userId, id) === undefined ? undefined : this.#c.rows.place(id);
  }

  #note(text: CallingText, userId: UserId): boolean {
    return this.#add({
      userId,
      sourceType: text.type,
      sourceId: text.id,
      authorId: text.authorId,
      originPeer: text.originPeer,
      channelId: text.channelId,
      preview: preview(text.content, MENTION_PREVIEW),
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
      postId: row.sourceType === FEED_POST ? row.sourceId : null,
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

  #owe(text: CallingText, handles: readonly string[]): void {
    const { texts, owing } = this.#c;
    const peers = texts.audience(text).filter((peer) => this.#targetsAt(text, handles, peer).length > 0);
    owing.mention(text.id, peers, versionOfText(text));
  }

  #targetsAt(text: CallingText, handles: readonly string[], peer: PeerId): UserId[] {
    if (handles.length === 0) return [];
    return mentioned(handles, this.#c.texts.peopleAt(text, peer), this.#localPeer).map(({ id }) => id);
  }
}
