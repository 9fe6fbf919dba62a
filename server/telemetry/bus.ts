/**
 * The event bus: what happened on this node, told to whoever listens (the event stream of the page, `sync`,
 * metrics). Publishing never throws and never waits; a listener that fails is logged and the others go on.
 */
import type {
  AssetHash,
  ChannelId,
  FileId,
  LibraryId,
  MessageId,
  PeerId,
  PostId,
  UserId,
} from '../wire/ids.ts';

/** Everything that is published. Workspace events are journal rows (04 section 7.1); the rest is not stored. */
export type NodeEvent =
  /** A journal row was committed; `seq` is its cursor. The row is read back from the journal by id. */
  | { type: 'journal'; seq: number }
  /** A local person posted, edited or deleted in a channel; `sync` sends it on. */
  | {
      type: 'channel.message.local';
      channelId: ChannelId;
      messageId: MessageId;
      change: 'created' | 'edited' | 'deleted';
    }
  /** A local person reacted to a message, or took the reaction back; `null`: a direct one. `sync` sends it on. */
  | { type: 'reaction.local'; channelId: ChannelId | null; messageId: MessageId }
  /** Reactions to a message are others now. */
  | { type: 'reaction.changed'; channelId: ChannelId | null; messageId: MessageId }
  /** A local person posted, changed or deleted a post; `was`: who could see it before. `sync` sends it on. */
  | {
      type: 'feed.local';
      postId: PostId;
      change: 'created' | 'edited' | 'withdrawn' | 'deleted';
      visibility: string;
    }
  /** Likes, comments or votes of a post are others now. */
  | { type: 'feed.changed'; postId: PostId }
  /** A local person liked a post, or voted in a poll; `sync` sends it on. */
  | { type: 'interaction.local' }
  /** The clock of the machine was set, or it slept: what was said meanwhile may have been taken for too old or too new. */
  | { type: 'clock.set' }
  /** A local person created or changed a channel; `sync` announces it. */
  | { type: 'channel.local'; channelId: ChannelId }
  /** A public channel of another node is new here, or known to be one; `from` said so. `sync` passes it on. */
  | { type: 'channel.learned'; channelId: ChannelId; from: PeerId }
  /** Other people are in a channel now; `sync` sends what is owed about it. */
  | { type: 'channel.members'; channelId: ChannelId }
  /** A channel is gone. `announce`: it was public and of this node; `sync` tells everybody. */
  | { type: 'channel.deleted'; channelId: ChannelId; announce: boolean }
  /** A node is owed a key of an encrypted channel; `sync` sends it. */
  | { type: 'channel.key.owed'; peerId: PeerId }
  /** A message cannot be read for lack of this key; `sync` asks the channel's origin for it. */
  | { type: 'channel.key.missing'; channelId: ChannelId; keyId: string }
  /** A local person wrote, edited, deleted or read a direct message; `sync` sends it on. */
  | { type: 'dm.local'; messageId: MessageId; change: 'created' | 'edited' | 'deleted' | 'read' }
  /** A local profile or the device profile changed; `sync` sends the card on. */
  | { type: 'profile.local'; userId: UserId | null }
  /** A session or key of a local account ended, or its state changed; what it holds open is looked at again. */
  | { type: 'access.changed'; userId: UserId }
  /** A peer's trust row changed; `trusted` is the state now (03 section 4.1). */
  | { type: 'trust.changed'; peerId: PeerId; trusted: boolean }
  /** A peer has an adopted session now. */
  | { type: 'peer.connected'; peerId: PeerId; outbound: boolean; endpoint: string | null }
  /** The session of a peer ended. */
  | { type: 'peer.disconnected'; peerId: PeerId }
  /** A peer's state changed in another way that a list shows (dialling, discovered, gone, forgotten, named). */
  | { type: 'peer.changed'; peerId: PeerId }
  /** What the link to a peer protects changed: a session with it began, or a pin was lifted (06 section 5). */
  | { type: 'peer.link'; peerId: PeerId; protection: 'secure' | 'tls' | 'signed' | null; via: PeerId | null }
  /** Something that no honest peer or network does (06 section 1.3). */
  | { type: 'security'; peerId: PeerId; reason: string }
  /** A task of this node was written down or changed. */
  | { type: 'tasks.changed' }
  /** An account chose something for a conversation. */
  | { type: 'choices.changed'; userId: UserId }
  /** Keys or the state of an account, or settings of this node (`null`), are others now. */
  | { type: 'settings.changed'; userId: UserId | null }
  /** The set of waiting connection requests changed. */
  | { type: 'requests.changed' }
  /** Items of a peer come in (06 section 4.2 point 4). */
  | {
      type: 'sync.progress';
      peerId: PeerId;
      done: number;
      total: number;
      state: 'running' | 'done' | 'ended';
    }
  /** The delivery state of an own message changed. */
  | {
      type: 'message.delivery';
      kind: 'message' | 'dm' | 'post' | 'send';
      id: string;
      /** It will not reach this peer any more, and why (06 section 3.3). */
      failed?: { peerId: PeerId; reason: string };
    }
  /** A message of another node came with files or references to them; `inline` holds what came along, Base64, by id. */
  | ({
      type: 'attachments.received';
      from: PeerId;
      inline: ReadonlyMap<string, string>;
    } & ({ kind: 'channel_message' | 'direct_message'; id: MessageId } | { kind: 'feed_post'; id: PostId }))
  /** How far fetching a file of another node is that a message refers to; sizes in bytes. */
  | {
      type: 'attachment.progress';
      kind: 'message' | 'dm' | 'post';
      id: MessageId | PostId;
      originFileId: string;
      state: 'running' | 'waiting' | 'failed' | 'available';
      done: number;
      total: number | null;
    }
  /** An asset of this node came, changed or is gone (07 section 1). */
  | { type: 'asset.changed'; hash: AssetHash }
  /** How far giving a file of `userId` to a peer is; sizes in bytes. `waiting`: the peer went before it had it. */
  | {
      type: 'file.served';
      peerId: PeerId;
      fileId: FileId;
      userId: UserId;
      state: 'running' | 'waiting' | 'done';
      done: number;
      total: number;
    }
  /** Content of a library came in, or what is under way changed (07 section 3.2); at most twice a second. */
  | { type: 'library.progress'; libraryId: LibraryId }
  /** State, members or content of a library changed, or it is gone. */
  | { type: 'library.changed'; libraryId: LibraryId }
  /** A row was added to the connection activity list (04 section 3.0, ActivityEvent). */
  | { type: 'activity'; id: string };

export type NodeEventType = NodeEvent['type'];
type EventOf<T extends NodeEventType> = Extract<NodeEvent, { type: T }>;

/** Publishes and delivers {@link NodeEvent}s, in order, synchronously. */
export class EventBus {
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  readonly #failed: (error: unknown, event: NodeEvent) => void;

  /** @param failed told when a listener throws; it must not throw itself. */
  constructor(failed: (error: unknown, event: NodeEvent) => void) {
    this.#failed = failed;
  }

  /** Delivers `event` to every listener. */
  publish(event: NodeEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#failed(error, event);
      }
    }
  }

  /** Listens to everything; the returned function stops it. */
  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Listens to one type of event; the returned function stops it. */
  on<T extends NodeEventType>(type: T, listener: (event: EventOf<T>) => void): () => void {
    return this.subscribe((event) => {
      if (event.type === type) listener(event as EventOf<T>);
    });
  }
}
