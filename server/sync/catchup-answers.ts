/**
 * Answering a catch-up request (02 section 5.5; 03 section 8.2; 02 P1, R4). Deviation D-47: besides what the request's
 * times ask for, a peer is offered what arrived here since it was last served, whatever its creation time: what a third
 * node brought late is in nobody's "newer than".
 */
import type { ChannelMessage } from '../store/channel-messages.ts';
import type { Channel } from '../store/channels.ts';
import { parseTime } from '../store/time.ts';
import type { ChannelId, MessageId, PeerId, PostId } from '../wire/ids.ts';
import type { CatchupRequest } from '../wire/payloads/catchup.ts';
import type { OutgoingText } from '../workspace/channel-keys-texts.ts';
import { isPublicForSync, isPublicOpen, isQuarantine } from '../workspace/channel-rules.ts';
import { catchupItem } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import type { FeedCatchup } from './feed-catchup.ts';
import type { OutgoingAttachments } from './files/outgoing.ts';

/** Messages per channel and answer: newer than asked, older than the requester's oldest, and by arrival (02 section 9). */
export const NEWER_LIMIT = 200;
const OLDER_LIMIT = 50;
const ARRIVED_LIMIT = 200;
/** How far back by arrival a peer is served that asks for the first time. */
const FIRST_ARRIVALS = 1000;
/** Pause after each message: at most 8 per second, inside the reference's limit of 500 per minute (02 R4). */
const PACE_MS = 125;
/** After so many the connection has to answer before they count as carried: what is in flight when it breaks is lost. */
const CONFIRMED_TOGETHER = 8;
/** A peer we do not trust is answered at most this often (02 section 10, amplification). */
const STRANGER_INTERVAL_MS = 30_000;
/** Peers of which that is remembered; a new connection does not begin it anew. */
const MAX_ANSWERED = 1_000;

/** What a requester is owed beyond what it asks for (06 section 3.4). */
export interface OwedAnswers {
  catchupAsked(peer: PeerId): void;
  catchupAnswered(peer: PeerId): void;
  carried(peer: PeerId): MessageId[];
  wasCarried(peer: PeerId, id: MessageId): Promise<void>;
  carriedPosts(peer: PeerId): PostId[];
  postWasCarried(peer: PeerId, id: PostId): Promise<void>;
}

/** What one channel has for one requester. */
interface Selection {
  channel: Channel;
  messages: ChannelMessage[];
  /** Row up to which everything was offered once this is sent. */
  offeredRow: number;
}

export class CatchupAnswers {
  readonly #c: SyncComponents;
  /** The run under way per peer, and the newest request that came meanwhile (02 R17). */
  readonly #runs = new Map<PeerId, CatchupRequest | null>();
  readonly #lastAnswered = new Map<PeerId, number>();
  readonly #owed: OwedAnswers;
  readonly #attachments: OutgoingAttachments;
  readonly #feed: FeedCatchup;
  #stopped = false;

  constructor(
    components: SyncComponents,
    init: { owed: OwedAnswers; attachments: OutgoingAttachments; feed: FeedCatchup },
  ) {
    this.#c = components;
    this.#owed = init.owed;
    this.#attachments = init.attachments;
    this.#feed = init.feed;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Serves a request; one that comes during a run is served after it. Does not wait. */
  request(request: CatchupRequest, from: PeerId): void {
    if (this.#runs.has(from)) {
      this.#runs.set(from, request);
      return;
    }
    const now = this.#c.ports.clock.monotonic();
    const trusted = this.#c.workspace.trust.isTrusted(from);
    // Deviation D-48: an accepted peer is answered as often as it asks, one answer at a time.
    if (!trusted && now - (this.#lastAnswered.get(from) ?? -Infinity) < STRANGER_INTERVAL_MS) return;
    this.#noteAnswered(from, now);
    this.#owed.catchupAsked(from);
    void this.#serve(request, from);
  }

  #noteAnswered(peer: PeerId, now: number): void {
    this.#lastAnswered.delete(peer);
    this.#lastAnswered.set(peer, now);
    if (this.#lastAnswered.size <= MAX_ANSWERED) return;
    const [oldest] = this.#lastAnswered.keys();
    if (oldest !== undefined) this.#lastAnswered.delete(oldest);
  }

  async #serve(first: CatchupRequest, peer: PeerId): Promise<void> {
    let request: CatchupRequest | null = first;
    try {
      while (request !== null && !this.#stopped) {
        this.#runs.set(peer, null);
        await this.#answer(request, peer);
        request = this.#runs.get(peer) ?? null;
      }
    } catch (error) {
      this.#c.log.warn({ peer, err: error }, 'a catch-up answer ended early');
    } finally {
      this.#runs.delete(peer);
      if (!this.#stopped) this.#owed.catchupAnswered(peer);
    }
  }

  async #answer(request: CatchupRequest, peer: PeerId): Promise<void> {
    const selections = this.#select(request, peer);
    const items = inOrder(selections);
    let unconfirmed: MessageId[] = [];
    for (const [at, { message, channel }] of items.entries()) {
      const text = this.#c.workspace.channelTexts.outgoing(message, channel);
      if (text === null) {
        // It goes when the channel's key is here.
        await this.#owed.wasCarried(peer, message.id);
        continue;
      }
      const confirm = unconfirmed.length + 1 >= CONFIRMED_TOGETHER || at === items.length - 1;
      if (this.#stopped || !(await this.#send({ message, channel, text }, { peer, confirm }))) return;
      unconfirmed.push(message.id);
      if (confirm) {
        for (const id of unconfirmed) await this.#owed.wasCarried(peer, id);
        unconfirmed = [];
      }
      await this.#pause();
    }
    if (this.#stopped) return;
    this.#c.workspace.inbound.changes.now(() => {
      for (const { channel, offeredRow } of selections)
        this.#c.repositories.catchup.advanceOffered(peer, channel.id, offeredRow);
    });
    await this.#answerPosts(request, peer);
  }

  /** Posts are for accepted peers alone (02 P6). */
  async #answerPosts(request: CatchupRequest, peer: PeerId): Promise<void> {
    if (!this.#c.workspace.trust.isTrusted(peer)) return;
    const { posts, offeredRow } = this.#feed.offer(peer, request.feed_latest, this.#owed.carriedPosts(peer));
    for (const { ids, items } of this.#feed.frames(posts, peer)) {
      const metadata = { type: 'channel_catchup_response', messages: [], feed_posts: items };
      const sent =
        !this.#stopped &&
        (await this.#c.mesh.sendDirect(
          'channel_catchup_response',
          peer,
          { content: '', metadata },
          { confirm: true },
        ));
      if (!sent) return;
      for (const id of ids) await this.#owed.postWasCarried(peer, id);
      await this.#pause();
    }
    if (!this.#stopped) this.#feed.offered(peer, offeredRow);
  }

  /** @param to.confirm whether the connection has to answer after it. */
  async #send(
    { message, channel, text }: { message: ChannelMessage; channel: Channel; text: OutgoingText },
    { peer, confirm }: { peer: PeerId; confirm: boolean },
  ): Promise<boolean> {
    const author = this.#c.workspace.people.get(message.userId);
    const named = author !== undefined && !author.displayName.startsWith('peer-');
    const item = catchupItem(message, channel, {
      displayName: named ? author.displayName : null,
      awaitedParent: this.#c.repositories.awaitedParents.of(message.id),
      localPeer: this.#c.mesh.peerId,
      attachments: this.#attachments.entries(message.attachments, {
        peer,
        author: message.userId,
        holder: message.originPeer ?? this.#c.mesh.peerId,
      }),
      text,
    });
    const metadata = { type: 'channel_catchup_response', messages: [item] };
    return this.#c.mesh.sendDirect('channel_catchup_response', peer, { content: '', metadata }, { confirm });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#c.ports.timers.after(PACE_MS, resolve));
  }

  #select(request: CatchupRequest, peer: PeerId): Selection[] {
    const now = this.#c.ports.clock.now();
    const trusted = this.#c.workspace.trust.isTrusted(peer);
    const owed = trusted ? this.#owedMessages(peer, now) : [];
    return this.#c.repositories.channelMessages
      .ranges(now)
      .map(({ channelId }) => this.#c.repositories.channels.get(channelId))
      .filter((channel) => channel !== undefined)
      .filter((channel) => this.#mayHave(channel, peer, trusted))
      .map((channel) => this.#selectFrom(channel, request, peer, now))
      .map((selection) => withOwed(selection, owed));
  }

  #owedMessages(peer: PeerId, now: number): ChannelMessage[] {
    return this.#owed
      .carried(peer)
      .map((id) => this.#c.repositories.channelMessages.get(id))
      .filter((message) => message !== undefined)
      .filter((message) => (message.expiresAt ?? Infinity) > now);
  }

  #mayHave(channel: Channel, peer: PeerId, trusted: boolean): boolean {
    if (isQuarantine(channel.id, channel.name) || this.#c.repositories.channels.isRetired(channel.id))
      return false;
    if (!trusted) return isPublicOpen(channel);
    if (isPublicForSync(channel)) return true;
    return this.#c.repositories.channelMembers.remotePeers(channel.id, this.#c.mesh.peerId).includes(peer);
  }

  #selectFrom(channel: Channel, request: CatchupRequest, peer: PeerId, now: number): Selection {
    const table = this.#c.repositories.channelMessages;
    const asked = request.channel_timestamps.get(channel.id);
    const after = asked === undefined ? null : parseTime(asked);
    // Deviation D-49: also what was offered a moment ago; what the peer took it no longer asks for.
    const newer = table.createdAfter(channel.id, after, { limit: NEWER_LIMIT, now });
    const oldest = parseTime(request.channel_ranges.get(channel.id)?.oldest ?? '');
    const older = oldest === null ? [] : table.createdBefore(channel.id, oldest, { limit: OLDER_LIMIT, now });
    const arrived = this.#arrived(channel.id, peer, now);
    const byId = new Map([...older, ...newer, ...arrived.messages].map((message) => [message.id, message]));
    return { channel, messages: [...byId.values()], offeredRow: arrived.row };
  }

  #arrived(channelId: ChannelId, peer: PeerId, now: number): { messages: ChannelMessage[]; row: number } {
    const { catchup, channelMessages } = this.#c.repositories;
    const newest = catchup.rowBack(channelId, 0);
    const offered = catchup.offeredRow(peer, channelId);
    // Rows are numbered anew when the file is compacted; then it begins as with a new peer.
    const from = offered === null || offered > newest ? catchup.rowBack(channelId, FIRST_ARRIVALS) : offered;
    const rows = catchup.arrivedAfter(channelId, from, ARRIVED_LIMIT);
    const messages = rows
      .map(({ id }) => channelMessages.get(id))
      .filter((message) => message !== undefined)
      .filter((message) => message.originPeer !== peer && (message.expiresAt ?? Infinity) > now);
    return { messages, row: rows.at(-1)?.row ?? from };
  }
}

/** Every owed message goes, whatever the request's times and the limits say. */
function withOwed(selection: Selection, owed: readonly ChannelMessage[]): Selection {
  const chosen = new Set(selection.messages.map((message) => message.id));
  const more = owed.filter(
    (message) => message.channelId === selection.channel.id && !chosen.has(message.id),
  );
  return { ...selection, messages: [...selection.messages, ...more] };
}

/** By creation time, channel and id, but never a reply before its parent (03 K14). */
function inOrder(selections: readonly Selection[]): { message: ChannelMessage; channel: Channel }[] {
  const items = selections.flatMap(({ channel, messages }) =>
    messages.map((message) => ({ message, channel })),
  );
  items.sort(
    (a, b) =>
      a.message.createdAt - b.message.createdAt ||
      compare(a.message.channelId, b.message.channelId) ||
      compare(a.message.id, b.message.id),
  );
  const byId = new Map(items.map((item) => [item.message.id, item]));
  const ordered = new Map<MessageId, (typeof items)[number]>();
  for (const item of items) {
    const chain = [item];
    for (let parent = parentOf(item.message); parent !== null && !ordered.has(parent);) {
      const found = byId.get(parent);
      if (found === undefined || chain.includes(found)) break;
      chain.unshift(found);
      parent = parentOf(found.message);
    }
    for (const one of chain) ordered.set(one.message.id, one);
  }
  return [...ordered.values()];
}

function parentOf(message: ChannelMessage): MessageId | null {
  return message.parentMessageId;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
