/**
 * Asking for what was missed (02 sections 2.6 and 5.6; 03 sections 8.1, 8.4 and 8.5; 02 R4, R17).
 *
 * Deviation D-24: per peer and channel it is remembered up to which time that peer has offered what it holds; every
 * request asks from one second before that. It is not the time of the newest message here: that may be an own one, or come from somebody
 * else, and what the peer wrote before it would never be asked for.
 */
import type { Timer } from '../ports/types.ts';
import { toDbTime } from '../store/time.ts';
import type { ChannelId, PeerId } from '../wire/ids.ts';
import type { CatchupMessage, CatchupResponse } from '../wire/payloads/catchup.ts';
import { isPublicForSync } from '../workspace/channel-rules.ts';
import type { InboxOutcome } from '../workspace/channel-inbox.ts';
import { NEWER_LIMIT } from './catchup-answers.ts';
import type { CatchupAnswers } from './catchup-answers.ts';
import { caughtUpMessage } from './channel-forms.ts';
import { FEED_PLACE } from './feed-catchup.ts';
import type { FeedCatchup } from './feed-catchup.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

/** A request asks this much before the last known time: times have whole seconds (02 R4). */
const OVERLAP_MS = 1000;
/** An answer is over when nothing of it came for this long; messages come at least every 0.3 s. */
const QUIET_MS = 3000;
/** Periodic requests (02 section 9). */
const FIRST_PERIODIC_MS = 60_000;
const PERIODIC_MS = 180_000;
const BETWEEN_PEERS_MS = 2000;
/** A Python peer may have dropped or overlooked something: once an hour everything of the last day is asked for (02 R4). */
const DEEP_INTERVAL_MS = 3_600_000;
const DEEP_MS = 86_400_000;

/** A request under way. */
interface Run {
  /** Messages received per channel, and how far the peer had offered it when asked. */
  received: Map<ChannelId, number>;
  askedFrom: Map<ChannelId, number | null>;
  quiet: Timer;
}

export class Catchup {
  readonly #c: SyncComponents;
  readonly #answers: CatchupAnswers;
  readonly #feed: FeedCatchup;
  readonly #knowledge: PeerKnowledge;
  readonly #covered: (peer: PeerId) => boolean;
  readonly #runs = new Map<PeerId, Run>();
  readonly #lastDeep = new Map<PeerId, number>();
  /** The periodic timers, and those of the round under way. */
  #periodic: Timer[] = [];
  #round: Timer[] = [];

  /** @param init.covered whether catching up with a peer is done by reconciliation (06 section 4); it is not asked then. */
  constructor(
    components: SyncComponents,
    init: {
      answers: CatchupAnswers;
      feed: FeedCatchup;
      knowledge: PeerKnowledge;
      covered: (peer: PeerId) => boolean;
    },
  ) {
    this.#c = components;
    this.#covered = init.covered;
    this.#answers = init.answers;
    this.#feed = init.feed;
    this.#knowledge = init.knowledge;
  }

  register(inbound: Inbound): void {
    inbound.on('channel_catchup_request', 'anyone', (request, { from }) =>
      this.#answers.request(request, from),
    );
    // Deviation D-25: answers carry no number, so those nobody asked for are taken from accepted peers, too.
    inbound.on('channel_catchup_response', 'trusted', (response, { from }) => this.#received(response, from));
  }

  /** Begins the periodic requests. */
  start(): void {
    const { timers } = this.#c.ports;
    const first = timers.after(FIRST_PERIODIC_MS, () => {
      this.#askAll();
      this.#periodic = [timers.every(PERIODIC_MS, () => this.#askAll())];
    });
    this.#periodic = [first];
  }

  stop(): void {
    for (const timer of [...this.#periodic, ...this.#round]) timer.cancel();
    this.#periodic = [];
    this.#round = [];
    for (const run of this.#runs.values()) run.quiet.cancel();
    this.#runs.clear();
    this.#answers.stop();
  }

  disconnected(peer: PeerId): void {
    this.#runs.get(peer)?.quiet.cancel();
    this.#runs.delete(peer);
  }

  /** Requests under way, for the status of the node. */
  active(): PeerId[] {
    return [...this.#runs.keys()];
  }

  /** Asks one trusted neighbour, unless an answer of it is still coming. */
  async ask(peer: PeerId): Promise<void> {
    if (this.#covered(peer) || this.#runs.has(peer) || !this.#c.workspace.trust.isTrusted(peer)) return;
    const now = this.#c.ports.clock.now();
    const deep = this.#isDeep(peer);
    const run: Run = { received: new Map(), askedFrom: new Map(), quiet: this.#quietTimer(peer) };
    this.#runs.set(peer, run);
    const from = (askedTo: number): number =>
      Math.max(0, deep ? Math.min(askedTo, now - DEEP_MS) : askedTo - OVERLAP_MS);
    const timestamps: Record<string, string> = {};
    const ranges: Record<string, { oldest: string; latest: string; message_count: number }> = {};
    for (const range of this.#c.repositories.channelMessages.ranges(now)) {
      if (!this.#mayName(range.channelId, peer)) continue;
      const askedTo = this.#c.repositories.catchup.askedTo(peer, range.channelId);
      run.askedFrom.set(range.channelId, askedTo);
      if (askedTo === null) continue;
      timestamps[range.channelId] = toDbTime(from(askedTo));
      ranges[range.channelId] = { oldest: range.oldest, latest: range.latest, message_count: range.count };
    }
    const askedTo = this.#c.repositories.catchup.askedTo(peer, FEED_PLACE);
    run.askedFrom.set(FEED_PLACE, askedTo);
    const feedFrom = askedTo === null ? null : from(askedTo);
    const metadata = {
      type: 'channel_catchup_request',
      channel_timestamps: timestamps,
      ...(feedFrom === null ? {} : { feed_latest: toDbTime(feedFrom) }),
      ...(Object.keys(ranges).length > 0 ? { channel_ranges: ranges } : {}),
    };
    const sent = await this.#c.mesh.sendDirect('channel_catchup_request', peer, { content: '', metadata });
    if (!sent) this.disconnected(peer);
  }

  async #received(response: CatchupResponse, from: PeerId): Promise<void> {
    const run = this.#runs.get(from);
    for (const message of response.messages) {
      const outcome = await this.#take(message, from);
      if (run !== undefined)
        run.received.set(
          message.channel_id as ChannelId,
          (run.received.get(message.channel_id as ChannelId) ?? 0) + 1,
        );
      if (outcome?.state === 'refused')
        this.#c.log.debug({ peer: from, reason: outcome.reason }, 'a caught-up message was not taken');
    }
    await this.#feed.received(response.feed_posts, from);
    run?.received.set(FEED_PLACE, (run.received.get(FEED_PLACE) ?? 0) + response.feed_posts.length);
    if (run === undefined || this.#runs.get(from) !== run) return;
    run.quiet.cancel();
    run.quiet = this.#quietTimer(from);
  }

  async #take(message: CatchupMessage, from: PeerId): Promise<InboxOutcome | null> {
    const foreign = caughtUpMessage(message);
    if (foreign === null) return null;
    const { createdAt, channelId } = foreign;
    const { changes, channelInbox } = this.#c.workspace.inbound;
    const outcome = await changes.run(() => channelInbox.takeCaughtUp(foreign, from));
    // Rows of the future would hide everything until then (03 A18).
    if (createdAt === null || this.#c.repositories.channels.get(channelId) === undefined) return outcome;
    if (createdAt <= this.#c.ports.clock.now())
      this.#c.workspace.inbound.changes.now(() =>
        this.#c.repositories.catchup.advanceAsked(from, channelId, createdAt),
      );
    return outcome;
  }

  #quietTimer(peer: PeerId): Timer {
    return this.#c.ports.timers.after(QUIET_MS, () => this.#ended(peer));
  }

  /** The answer is over. A full page of a channel means there is more, unless nothing moved. */
  #ended(peer: PeerId): void {
    const run = this.#runs.get(peer);
    this.#runs.delete(peer);
    if (run === undefined) return;
    const more = [...run.received].some(([channelId, count]) => {
      const moved =
        this.#c.repositories.catchup.askedTo(peer, channelId) !== (run.askedFrom.get(channelId) ?? null);
      return count >= NEWER_LIMIT && moved;
    });
    if (more) void this.ask(peer);
  }

  #askAll(): void {
    this.#round = this.#c.mesh
      .connected()
      .map((peer, i) => this.#c.ports.timers.after(i * BETWEEN_PEERS_MS, () => void this.ask(peer)));
  }

  #isDeep(peer: PeerId): boolean {
    const now = this.#c.ports.clock.monotonic();
    const last = this.#lastDeep.get(peer) ?? null;
    if (last === null) this.#lastDeep.set(peer, now);
    if (last === null || now - last < DEEP_INTERVAL_MS || this.#knowledge.isOurs(peer)) return false;
    this.#lastDeep.set(peer, now);
    return true;
  }

  /** Ids of private channels are named only to peers that have a member there (02 P5). */
  #mayName(channelId: ChannelId, peer: PeerId): boolean {
    const channel = this.#c.repositories.channels.get(channelId);
    if (channel === undefined) return false;
    if (isPublicForSync(channel)) return true;
    return this.#c.repositories.channelMembers.remotePeers(channelId, this.#c.mesh.peerId).includes(peer);
  }
}
