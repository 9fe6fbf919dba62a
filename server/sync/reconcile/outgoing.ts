/**
 * Items as pages carry them (06 section 4.3): with signed envelopes where they are kept, freshly signed for own messages,
 * else in plain form.
 */
import { toHex } from '../../crypto/bytes.ts';
import type { Item } from '../../store/native-items.ts';
import { MAX_PROOF } from '../../store/native-proofs.ts';
import type { ChannelMessage } from '../../store/channel-messages.ts';
import { toIsoTime } from '../../store/time.ts';
import { createEnvelope, envelopeText } from '../../wire/envelope.ts';
import type { ChannelId, MessageId, PeerId, UserId } from '../../wire/ids.ts';
import { CREATED, DELETED, itemId, rankOfVersion } from '../../wire/item-id.ts';
import { fromPlain } from '../../wire/pyjson.ts';
import { catchupItem, channelMessagePayload } from '../channel-frames.ts';
import type { FramePayload } from '../channel-frames.ts';
import type { SyncComponents } from '../context.ts';
import { deleteSignal } from '../deletions.ts';
import { REV_KEY } from '../delivery/frames.ts';
import type { OutgoingAttachments } from '../files/outgoing.ts';
import { PostItems } from './post-items.ts';
import type { OutgoingItem } from './types.ts';

const ENVELOPE_ID_BYTES = 16;
/** Room for small files within an item, encoded: what is signed stays small enough to be kept. */
const INLINE_ROOM = 20_000;
/** Items signed and printed between two pauses. */
const SLICE_ITEMS = 25;

/** What a deletion is of, in the words of the wire (02 section 2.10). */
const DELETED_TYPES = { m: 'channel_message', d: 'direct_message', p: 'feed_post' } as const;

/** What the messages of a slice need, read at once. */
interface Slice {
  rows: ReadonlyMap<string, ChannelMessage>;
  posters: ReadonlyMap<ChannelId, readonly UserId[]>;
}

export class Outgoing {
  readonly #c: SyncComponents;
  readonly #pause: () => Promise<void>;
  readonly #attachments: OutgoingAttachments;
  readonly #posts: PostItems;

  constructor(
    components: SyncComponents,
    init: { pause: () => Promise<void>; attachments: OutgoingAttachments },
  ) {
    this.#c = components;
    this.#pause = init.pause;
    this.#attachments = init.attachments;
    this.#posts = new PostItems(components, init);
  }

  /** What is to be sent of each item, as far as it is still here. */
  async load(peer: PeerId, items: readonly Item[]): Promise<OutgoingItem[]> {
    const loaded: OutgoingItem[] = [];
    for (let at = 0; at < items.length; at += SLICE_ITEMS) {
      if (at > 0) await this.#pause();
      loaded.push(...this.#slice(peer, items.slice(at, at + SLICE_ITEMS)));
    }
    return loaded;
  }

  #slice(peer: PeerId, items: readonly Item[]): OutgoingItem[] {
    const { channelMessages, channelMembers } = this.#c.repositories;
    const messages = items.filter(({ kind, version }) => kind === 'm' && version !== DELETED);
    const rows = channelMessages.some(messages.map(({ objectId }) => objectId));
    const posters = new Map<ChannelId, readonly UserId[]>();
    for (const { channelId } of rows.values())
      if (!posters.has(channelId)) posters.set(channelId, channelMembers.posters(channelId));
    return items.flatMap((item) => {
      const text =
        item.kind === 'm'
          ? this.#message(item, { rows, posters })
          : item.kind === 'p'
            ? this.#post(item)
            : this.#direct(item, peer);
      return text === null ? [] : [{ id: item.id, text }];
    });
  }

  #message(item: Item, { rows, posters }: Slice): string | null {
    if (item.version === DELETED) return this.#deleted(item);
    const row = rows.get(item.objectId);
    if (row === undefined || (row.expiresAt ?? Infinity) <= this.#c.ports.clock.now()) return null;
    const envelopes = this.#isOwn(row)
      ? this.#signed(item, row, posters.get(row.channelId) ?? [])
      : this.#kept(item);
    return envelopes === null ? this.#plainMessage(item, row) : withEnvelopes(item, envelopes);
  }

  #post(item: Item): string | null {
    if (item.version === DELETED) return this.#deleted(item);
    const post = this.#posts.get(item.objectId);
    if (post === undefined) return null;
    const payload = this.#posts.isOwn(post) ? this.#posts.payload(item, post) : null;
    const signed = payload === null ? null : this.#sign('feed_post', payload);
    const own = signed === null || signed.length > MAX_PROOF ? null : [signed];
    const envelopes = this.#posts.isOwn(post) ? own : this.#kept(item);
    return envelopes === null ? plain(item, this.#posts.body(post)) : withEnvelopes(item, envelopes);
  }

  #deleted(item: Item): string {
    const { proofs, tombstones } = this.#c.repositories;
    const type = DELETED_TYPES[item.kind];
    if (tombstones.signers(type, item.objectId).includes(this.#c.mesh.peerId))
      return withEnvelopes(item, [
        this.#sign('delete_signal', deleteSignal(this.#c, { type, id: item.objectId })),
      ]);
    const proof = proofs.get(item);
    return proof === null ? plain(item, {}) : withEnvelopes(item, [proof]);
  }

  /** An envelope signed now, to nobody in particular: whoever gets it can pass it on. */
  #sign(type: 'channel_message' | 'feed_post' | 'delete_signal', payload: FramePayload): string {
    const { crypto, identity, ports } = this.#c;
    const envelope = createEnvelope(crypto, identity, {
      id: toHex(ports.random.bytes(ENVELOPE_ID_BYTES)),
      type,
      toPeer: null,
      timestamp: ports.clock.now() / 1000,
      ttl: 0,
      payload: fromPlain(payload),
    });
    return envelopeText(envelope);
  }

  #isOwn(row: ChannelMessage): boolean {
    return row.originPeer === null || row.originPeer === this.#c.mesh.peerId;
  }

  /** The envelopes kept of somebody else's message; `null` when one that is needed is missing. */
  #kept(item: Item): string[] | null {
    const { proofs } = this.#c.repositories;
    const created = proofs.get({ ...item, id: itemId(this.#c.crypto, { ...item, version: CREATED }) });
    if (item.version === CREATED) return created === null ? null : [created];
    const changed = proofs.get(item);
    if (changed === null) return null;
    return created === null ? [changed] : [created, changed];
  }

  /** An own message, signed now. Deviation D-82: its change alone says everything when there was one. */
  #signed(item: Item, row: ChannelMessage, allowedPosters: readonly UserId[]): string[] | null {
    const { repositories, workspace, mesh } = this.#c;
    const channel = repositories.channels.get(row.channelId);
    const text = channel === undefined ? null : workspace.channelTexts.outgoing(row, channel);
    if (channel === undefined || text === null) return null;
    const author = workspace.people.get(row.userId);
    const { content, metadata } = channelMessagePayload(row, channel, {
      author: { displayName: author?.displayName ?? null, accountType: author?.accountType ?? 'human' },
      localPeer: mesh.peerId,
      allowedPosters,
      attachments: this.#entries(row.attachments, row.userId),
      text,
    });
    const rev = rankOfVersion(item.version);
    const edited = row.editedAt === null ? {} : { edited_at: toIsoTime(row.editedAt) };
    const change = item.version === CREATED ? {} : { update_only: true, ...edited, [REV_KEY]: rev };
    const signed = this.#sign('channel_message', { content, metadata: { ...metadata, ...change } });
    return signed.length > MAX_PROOF ? null : [signed];
  }

  #plainMessage(item: Item, row: ChannelMessage): string | null {
    const channel = this.#c.repositories.channels.get(row.channelId);
    const text = channel === undefined ? null : this.#c.workspace.channelTexts.outgoing(row, channel);
    if (channel === undefined || text === null) return null;
    const author = this.#c.workspace.people.get(row.userId);
    const named = author !== undefined && !author.displayName.startsWith('peer-');
    const localPeer = this.#c.mesh.peerId;
    const facts = {
      displayName: named ? author.displayName : null,
      awaitedParent: this.#c.repositories.awaitedParents.of(row.id),
      localPeer,
      attachments: this.#entries(row.attachments, row.userId, row.originPeer ?? localPeer),
      text,
    };
    return plain(item, catchupItem(row, channel, facts));
  }

  #direct(item: Item, peer: PeerId): string | null {
    if (item.version === DELETED) return this.#deleted(item);
    const found = this.#c.workspace.directMessages.forSending(item.objectId as MessageId);
    if (found === undefined) return null;
    const { message, recipients } = found;
    // What is too large to be sent is told so to its writer; it must not arrive by another road.
    if (!this.#c.mesh.fits({ content: message.content, metadata: { metadata: message.metadata } }))
      return null;
    const sender = this.#c.workspace.people.get(message.senderId);
    const sentHere = sender?.local === true;
    const { attachments } = message.metadata;
    const recipient = recipients.find(({ home }) => home === (sentHere ? peer : null));
    if (recipient === undefined) return null;
    return plain(item, {
      sender_id: message.senderId,
      recipient_id: recipient.userId,
      content: message.content,
      created_at: toIsoTime(item.ts * 1000),
      edited_at: message.editedAt === null ? null : toIsoTime(message.editedAt),
      ...(sender === undefined ? {} : { display_name: sender.displayName, account_type: sender.accountType }),
      metadata: Array.isArray(attachments)
        ? { ...message.metadata, attachments: this.#entries(attachments, message.senderId) }
        : message.metadata,
    });
  }

  #entries(
    list: readonly unknown[],
    author: UserId,
    holder = this.#c.mesh.peerId,
  ): Record<string, unknown>[] {
    return this.#attachments.entries(list, { peer: null, author, holder }, INLINE_ROOM);
  }
}

function withEnvelopes(item: Item, envelopes: readonly string[]): string {
  return `{"ts":${item.ts},"env":[${envelopes.join(',')}]}`;
}

function plain(item: Item, body: object): string {
  const { kind, objectId, ts, version, expiresAt } = item;
  const head = { k: kind, id: objectId, ts, v: version };
  return JSON.stringify({
    ...head,
    ...(expiresAt === null ? {} : { expires_at: Math.floor(expiresAt / 1000) }),
    body,
  });
}
