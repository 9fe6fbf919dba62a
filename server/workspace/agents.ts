/**
 * What programs that look in again and again need (04 sections 3.13 and 4.6): which events they want, counters for cheap
 * polling, and when they were last here.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock } from '../ports/types.ts';
import type { AgentState, CheckIn } from '../store/agent-state.ts';
import type { ChannelNews, ChannelNewsRows } from '../store/channel-news.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import type { JournalRows } from '../store/journal.ts';
import type { UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { Channels } from './channels.ts';
import type { Inbox } from './inbox.ts';
import { JOURNAL_TYPES } from './journal.ts';
import type { Mentions } from './mentions.ts';
import type { People } from './people.ts';

/** Events a program is told of unless it chose others: those it may have to act on. */
export const DEFAULT_EVENT_TYPES: readonly string[] = [
  'attachment.available',
  'dm.message.created',
  'dm.message.deleted',
  'dm.message.edited',
  'inbox.item.created',
  'inbox.item.updated',
  'mention.acknowledged',
  'mention.created',
];
/** Events that need the permission to read messages. */
const MESSAGE_EVENT = /^(?:(?:dm|channel)\.message|attachment)\./;
const HASH_HEX = 16;
/** A program is noted as here at most this often. */
const CHECK_IN_INTERVAL_MS = 30_000;
/** Programs remembered as noted. */
const MAX_REMEMBERED = 1_000;
/** How soon to ask again, seconds: when something waits, and when not. */
const POLL_SOON = 5;
const POLL_LATER = 30;

/** Which events somebody is told of. */
export interface EventSubscriptions {
  selected: string[];
  stored: string[] | null;
  /** Without those the caller may not read. */
  effective: string[];
  unavailable: string[];
  source: 'default' | 'stored' | 'request';
}

export interface AgentsComponents {
  state: AgentState;
  journalRows: JournalRows;
  newsRows: ChannelNewsRows;
  channelTable: ChannelTable;
  channels: Channels;
  people: People;
  mentions: Mentions;
  inbox: Inbox;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
}

export class Agents {
  readonly #c: AgentsComponents;
  readonly #noted = new Map<UserId, number>();

  constructor(components: AgentsComponents) {
    this.#c = components;
  }

  /** A program looked in. @param source by which call. */
  checkIn(userId: UserId, source: string): void {
    if (this.#c.people.get(userId)?.accountType !== 'agent') return;
    const now = this.#c.clock.now();
    if (now - (this.#noted.get(userId) ?? -Infinity) < CHECK_IN_INTERVAL_MS) return;
    if (this.#noted.size >= MAX_REMEMBERED) this.#noted.clear();
    this.#noted.set(userId, now);
    this.#c.changes.unsynced(() => this.#c.state.noteCheckIn(userId, source, now));
  }

  lastCheckIn(userId: UserId): CheckIn | null {
    return this.#c.state.checkIn(userId);
  }

  /** @param requested types of this one request; `readMessages`: whether the caller may read messages. */
  subscriptions(
    userId: UserId,
    readMessages: boolean,
    requested: readonly string[] = [],
  ): EventSubscriptions {
    const stored = this.#c.state.subscriptions(userId);
    const asked = requested.filter((type) => JOURNAL_TYPES.includes(type));
    const selected = [...new Set(asked.length > 0 ? asked : (stored ?? DEFAULT_EVENT_TYPES))].sort();
    const unavailable = readMessages ? [] : selected.filter((type) => MESSAGE_EVENT.test(type));
    const effective = selected.filter((type) => !unavailable.includes(type));
    const source = asked.length > 0 ? 'request' : stored === null ? 'default' : 'stored';
    return { selected, stored, effective, unavailable, source };
  }

  /** Chooses events; null goes back to the default. Resolves after the commit. */
  subscribe(userId: UserId, types: readonly string[] | null): Promise<void> {
    const chosen = types === null ? null : [...new Set(types)].filter((type) => JOURNAL_TYPES.includes(type));
    return this.#c.changes.run(() => this.#c.state.subscribe(userId, chosen, this.#c.clock.now()));
  }

  /** Channels of somebody with new messages of others since a time (Unix ms), the latest first. */
  news(userId: UserId, since: number): { channel: Channel; news: ChannelNews }[] {
    return this.#c.newsRows.of(userId, since, this.#c.clock.now()).flatMap((news) => {
      const channel = this.#c.channelTable.get(news.channelId);
      return channel !== undefined && this.#c.channels.mayRead(userId, channel.id) ? [{ channel, news }] : [];
    });
  }

  /** Counters for cheap polling. */
  heartbeat(userId: UserId, readMessages: boolean) {
    const { mentions, inbox, journalRows, people } = this.#c;
    const events = this.subscriptions(userId, readMessages);
    const unackedMentions = mentions.countNew(userId);
    const pendingInbox = inbox.count(userId);
    const [mention] = mentions.list(userId, { limit: 1 });
    const [item] = inbox.list(userId, { limit: 1 });
    const waits = unackedMentions + pendingInbox > 0;
    return {
      now: this.#c.clock.now(),
      unackedMentions,
      latestMention: mention === undefined ? null : { id: mention.id, at: mention.createdAt },
      pendingInbox,
      latestItem: item === undefined ? null : { id: item.id, at: item.createdAt },
      lastEventSeq: journalRows.latestFor(userId, events.effective),
      latestSeq: journalRows.latestSeq(),
      directivesHash: this.#hash(people.profile(userId)?.agentDirectives ?? null),
      needsAction: waits,
      pollHintSeconds: waits ? POLL_SOON : POLL_LATER,
      events,
    };
  }

  #hash(text: string | null): string | null {
    return text === null ? null : toHex(this.#c.crypto.sha256(utf8(text))).slice(0, HASH_HEX);
  }
}
