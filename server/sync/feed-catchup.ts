/**
 * Posts in catch-up with nodes that do not reconcile (02 sections 5.5 and 5.6; 03 sections 8.1 to 8.5): asking from where
 * the peer's last answer ended, and offering what the peer may have, newer than it says, and what arrived here since it
 * was last served. The texts go in clear and the metadata as JSON text, other than from the reference.
 */
import { isReadable } from '../store/feed.ts';
import type { FeedPost } from '../store/feed.ts';
import { parseTime } from '../store/time.ts';
import type { ChannelId, PeerId, PostId } from '../wire/ids.ts';
import { caughtUpPostSchema } from '../wire/payloads/feed.ts';
import type { SyncComponents } from './context.ts';
import { caughtUpPost } from './feed-forms.ts';
import { caughtUpPostItem } from './feed-frames.ts';
import type { OutgoingAttachments } from './files/outgoing.ts';

/** Where the tables of catch-up keep how far the feed has come; no channel can be called so. */
export const FEED_PLACE = '\u0001feed' as ChannelId;
/** Posts per answer: newer than asked, and by arrival (02 section 9). */
export const POSTS_LIMIT = 200;
/** How far back by arrival a peer is served that asks for the first time. */
const FIRST_ARRIVALS = 200;
/** Characters of posts in one frame, unless one alone is longer: well below what every peer takes (02 section 5.5). */
export const FRAME_CHARACTERS = 300_000;

/** What a peer is to be sent, and up to which row everything was offered once it was. */
interface Offer {
  posts: FeedPost[];
  offeredRow: number;
}

export class FeedCatchup {
  readonly #c: SyncComponents;
  readonly #attachments: OutgoingAttachments;

  constructor(components: SyncComponents, init: { attachments: OutgoingAttachments }) {
    this.#c = components;
    this.#attachments = init.attachments;
  }

  /** Takes in the posts of an answer of `from`, a trusted peer. */
  async received(posts: readonly Readonly<Record<string, unknown>>[], from: PeerId): Promise<void> {
    const { workspace, repositories, ports, log } = this.#c;
    for (const item of posts) {
      const parsed = caughtUpPostSchema.safeParse(item);
      const post = parsed.success ? caughtUpPost(parsed.data) : null;
      if (post === null) continue;
      const { changes, feedInbox } = workspace.inbound;
      const outcome = await changes.run(() => feedInbox.takeCaughtUp(post, from));
      if (outcome.state === 'refused')
        log.debug({ peer: from, reason: outcome.reason }, 'a caught-up post was not taken');
      const { createdAt } = post;
      // Rows of the future would hide everything until then (03 A18).
      if (createdAt !== null && createdAt <= ports.clock.now())
        workspace.inbound.changes.now(() => repositories.catchup.advanceAsked(from, FEED_PLACE, createdAt));
    }
  }

  /** What `peer`, a trusted one, is offered. @param after the newest post it has, as it says. */
  offer(peer: PeerId, after: string | null, owed: readonly PostId[]): Offer {
    const { feed } = this.#c.repositories;
    const now = this.#c.ports.clock.now();
    const arrived = this.#arrived(peer);
    const found = [
      ...feed.createdAfter(after === null ? null : parseTime(after), { limit: POSTS_LIMIT, now }),
      ...[...arrived.ids, ...owed].map((id) => feed.get(id)).filter((post) => post !== undefined),
    ];
    const byId = new Map(found.map((post) => [post.id, post]));
    const posts = [...byId.values()].filter((post) => this.#mayHave(peer, post, now));
    posts.sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
    return { posts, offeredRow: arrived.row };
  }

  /** Groups of items, each for one frame. */
  frames(posts: readonly FeedPost[], peer: PeerId): { ids: PostId[]; items: Record<string, unknown>[] }[] {
    const groups = framesOf(
      posts.map((post) => ({ id: post.id, item: this.#item(post, peer) })),
      FRAME_CHARACTERS,
    );
    return groups.map((group) => ({ ids: group.map(({ id }) => id), items: group.map(({ item }) => item) }));
  }

  /** Everything up to this row was offered. */
  offered(peer: PeerId, row: number): void {
    this.#c.workspace.inbound.changes.now(() =>
      this.#c.repositories.catchup.advanceOffered(peer, FEED_PLACE, row),
    );
  }

  #arrived(peer: PeerId): { ids: PostId[]; row: number } {
    const { catchup, feed } = this.#c.repositories;
    const newest = feed.lastRow();
    const offered = catchup.offeredRow(peer, FEED_PLACE);
    // Rows are numbered anew when the file is compacted; then it begins as with a new peer.
    const from = offered === null || offered > newest ? Math.max(0, newest - FIRST_ARRIVALS) : offered;
    const rows = feed.arrivedAfter(from, POSTS_LIMIT);
    return { ids: rows.map(({ id }) => id), row: rows.at(-1)?.row ?? from };
  }

  #mayHave(peer: PeerId, post: FeedPost, now: number): boolean {
    const { feedRule } = this.#c.workspace;
    if ((post.expiresAt ?? Infinity) <= now || !isReadable(post)) return false;
    return feedRule.home(post.authorId) !== peer && feedRule.isFor(peer, post);
  }

  #item(post: FeedPost, peer: PeerId): Record<string, unknown> {
    const { workspace, mesh } = this.#c;
    const author = workspace.people.get(post.authorId);
    const home = workspace.feedRule.home(post.authorId) ?? mesh.peerId;
    const list = post.metadata['attachments'];
    return caughtUpPostItem(post, {
      displayName: author === undefined || author.displayName.startsWith('peer-') ? null : author.displayName,
      home,
      // References alone: the reference keeps the metadata as it is, and takes no files out of it.
      attachments: this.#attachments.entries(
        Array.isArray(list) ? list : [],
        { peer, author: post.authorId, holder: home },
        0,
      ),
    });
  }
}

/** Cuts a list so that no group has more than `characters` of JSON, unless one item alone has. */
export function framesOf<Entry extends { item: object }>(
  entries: readonly Entry[],
  characters: number,
): Entry[][] {
  const groups: Entry[][] = [];
  let size = Infinity;
  for (const entry of entries) {
    const own = JSON.stringify(entry.item).length;
    if (size + own > characters) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(entry);
    size += own;
  }
  return groups;
}
