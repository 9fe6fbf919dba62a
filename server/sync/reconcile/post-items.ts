/**
 * Posts as pages carry them (06 section 4.3), and which of them one peer may see: `public` and `network` ones, and the
 * `trusted` ones of either end. Deviation D-131: these stand in sets of their own in the tables, and in the same one on the
 * wire.
 */
import type { FeedPost } from '../../store/feed.ts';
import type { Item } from '../../store/native-items.ts';
import type { PeerId, PostId } from '../../wire/ids.ts';
import { FEED_SET, trustedFeedSet } from '../../wire/item-id.ts';
import type { FramePayload } from '../channel-frames.ts';
import type { SyncComponents } from '../context.ts';
import { caughtUpPostItem, feedPostPayload } from '../feed-frames.ts';
import type { OutgoingAttachments } from '../files/outgoing.ts';

/** Room for small files within an item, encoded: what is signed stays small enough to be kept. */
const INLINE_ROOM = 20_000;
/** Items read at a time. */
const STEP = 1_000;

export class PostItems {
  readonly #c: SyncComponents;
  readonly #attachments: OutgoingAttachments;

  constructor(components: SyncComponents, init: { attachments: OutgoingAttachments }) {
    this.#c = components;
    this.#attachments = init.attachments;
  }

  /** A post that can be sent now. */
  get(id: string): FeedPost | undefined {
    const post = this.#c.repositories.feed.get(id as PostId);
    return post === undefined || (post.expiresAt ?? Infinity) <= this.#c.ports.clock.now() ? undefined : post;
  }

  isOwn(post: FeedPost): boolean {
    return this.#c.workspace.feedRule.home(post.authorId) === null;
  }

  /** What is signed of an own post; `null` when it is too large for anybody. */
  payload(item: Item, post: FeedPost): FramePayload | null {
    const author = this.#c.workspace.people.get(post.authorId);
    return feedPostPayload(post, {
      author: { displayName: author?.displayName ?? null, accountType: author?.accountType ?? 'human' },
      localPeer: this.#c.mesh.peerId,
      attachments: this.#entries(post, this.#c.mesh.peerId),
      version: item.version,
    });
  }

  /** The plain form. */
  body(post: FeedPost): Record<string, unknown> {
    const { workspace, mesh } = this.#c;
    const author = workspace.people.get(post.authorId);
    const home = workspace.feedRule.home(post.authorId) ?? mesh.peerId;
    const named = author !== undefined && !author.displayName.startsWith('peer-');
    return caughtUpPostItem(post, {
      displayName: named ? author.displayName : null,
      home,
      attachments: this.#entries(post, home),
    });
  }

  #entries(post: FeedPost, holder: PeerId): Record<string, unknown>[] {
    const list = post.metadata['attachments'];
    const to = { peer: null, author: post.authorId, holder };
    return this.#attachments.entries(Array.isArray(list) ? list : [], to, INLINE_ROOM);
  }
}

/** The sets that a peer sees as one with the feed. */
export function trustedSets(localPeer: PeerId, peer: PeerId): string[] {
  return [trustedFeedSet(null), trustedFeedSet(localPeer), trustedFeedSet(peer)];
}

/** The item of a record of the feed, wherever it stands. */
export function feedItem(
  components: Pick<SyncComponents, 'repositories' | 'mesh'>,
  peer: PeerId,
  record: { ts: number; id: Uint8Array },
): Item | undefined {
  const { items } = components.repositories;
  for (const set of [FEED_SET, ...trustedSets(components.mesh.peerId, peer)]) {
    const item = items.at(set, record);
    if (item !== undefined) return item;
  }
  return undefined;
}

/** All items of {@link trustedSets}. @param pause lets others have the event loop for a moment. */
export async function trustedItems(
  components: Pick<SyncComponents, 'repositories' | 'mesh'>,
  peer: PeerId,
  pause: () => Promise<void>,
): Promise<Item[]> {
  const { items } = components.repositories;
  const found: Item[] = [];
  for (const set of trustedSets(components.mesh.peerId, peer))
    for (let place: Item | null = null; ;) {
      const some = items.after(set, place, STEP);
      found.push(...some);
      place = some.at(-1) ?? null;
      if (some.length < STEP) break;
      await pause();
    }
  return found;
}
