/**
 * Files and the messages they belong to (03 sections 10.3, 10.5 and 10.6): what is stored of an attachment here, what may
 * go out with a message, and how the placeholder of another node's file becomes the file.
 */
import type { Clock } from '../ports/types.ts';
import type { ChannelMessages as ChannelMessageTable } from '../store/channel-messages.ts';
import type { DirectMessages as DirectMessageTable } from '../store/direct-messages.ts';
import type { FileBytes, FilePlace } from '../store/file-bytes.ts';
import { isReadable } from '../store/feed.ts';
import type { FeedPosts } from '../store/feed.ts';
import type { FilePlaceholder, FileReferences } from '../store/file-references.ts';
import type { FileRows, StoredFile } from '../store/files.ts';
import type { FileTransfer, FileTransfers } from '../store/file-transfers.ts';
import type { FileId, MessageId, PeerId, PostId, UserId } from '../wire/ids.ts';
import { attachmentRecords, isPlaceholderOf } from './attachments.ts';
import type { Changes } from './changes.ts';
import type { FileAccessRule } from './file-access.ts';
import type { FeedRule } from './feed-rule.ts';
import type { Journal } from './journal.ts';
import type { Upload, Uploads } from './uploads.ts';

/** A message or post, by what it is. */
export type MessageRef = FilePlaceholder;

/** What they are called in events. */
export const PROGRESS_KINDS = {
  channel_message: 'message',
  direct_message: 'dm',
  feed_post: 'post',
} as const;

export interface MessageFilesComponents {
  rows: FileRows;
  bytes: FileBytes;
  access: FileAccessRule;
  uploads: Uploads;
  references: FileReferences;
  transfers: FileTransfers;
  channelMessages: ChannelMessageTable;
  directMessages: DirectMessageTable;
  feed: FeedPosts;
  feedRule: Pick<FeedRule, 'home'>;
  journal: Pick<Journal, 'attachmentAvailable'>;
  changes: Changes;
  clock: Clock;
}

export class MessageFiles {
  readonly #c: MessageFilesComponents;

  constructor(components: MessageFilesComponents) {
    this.#c = components;
  }

  /**
   * Attachments of somebody here, completed from the files they name: what a file is stands in its row, whatever the
   * sender says. Entries that name no file the author can read stay as they were given, without any bytes.
   */
  complete(author: UserId, entries: readonly unknown[]): Record<string, unknown>[] {
    return attachmentRecords(entries).map(({ data: _data, ...entry }) => {
      const file = this.attachable(author, entry);
      if (file === null) return entry;
      const { name } = entry;
      const named = typeof name === 'string' && name !== '' && name !== 'file';
      return { ...entry, ...localEntry(file), ...(named ? { name } : {}) };
    });
  }

  /** The file an attachment of `author` stands for; null unless the author could read it. */
  attachable(author: UserId, entry: Readonly<Record<string, unknown>>): StoredFile | null {
    const id = entry['id'] ?? entry['file_id'];
    const file = typeof id === 'string' ? this.#c.rows.get(id as FileId) : undefined;
    return file !== undefined && this.#c.access.evaluate(file, author).allowed ? file : null;
  }

  /** The bytes of a small file; null when they cannot be read. */
  bytesOf(file: StoredFile): Uint8Array | null {
    const place = this.#c.bytes.find(file);
    const bytes = place === null ? null : this.#c.bytes.readSmall(place);
    return bytes?.length === file.size ? bytes : null;
  }

  /** A file another node asks for; the word of 02 section 6.5 when it does not get it. */
  openFor(peer: PeerId, id: string): { file: StoredFile; place: FilePlace } | string {
    const file = this.#c.rows.get(id as FileId);
    if (file === undefined) return 'file_not_found';
    const { allowed, reason } = this.#c.access.evaluatePeer(file, peer);
    if (!allowed) return `access_denied:${reason}`;
    const place = this.#c.bytes.find(file);
    return place === null ? 'file_data_unavailable' : { file, place };
  }

  /** `length` bytes of a file from `offset`. */
  async piece(place: FilePlace, offset: number, length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#c.bytes.read(place, { start: offset, end: offset + length - 1 }))
      pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  }

  /** Placeholders of one message that wait for a file, with the message's author. */
  waiting(ref: MessageRef): { author: UserId; entries: Record<string, unknown>[] } {
    const [author, entries] = this.#attachments(ref);
    return { author, entries: entries.filter((entry) => entry['download_status'] === 'pending') };
  }

  /** Begins to take in a small file that came within a message. */
  beginReceived(): Promise<Upload> {
    return this.#c.uploads.beginReceived();
  }

  /** Goes on with a file that is fetched in pieces; see {@link Uploads.resume}. */
  resume(name: string): Promise<Upload> {
    return this.#c.uploads.resume(name);
  }

  /** Enters a file of another node that is to be fetched; what is known of it afterwards. */
  async note(transfer: Parameters<FileTransfers['add']>[0]): Promise<FileTransfer | undefined> {
    const { transfers } = this.#c;
    await this.#c.changes.run(() => transfers.add(transfer, this.#c.clock.now()));
    return transfers.get(transfer.originPeer, transfer.originFileId);
  }

  /** Notes how far fetching a file is. */
  async setState(
    transfer: Pick<FileTransfer, 'originPeer' | 'originFileId'>,
    state: Parameters<FileTransfers['setState']>[1],
  ): Promise<void> {
    await this.#c.changes.run(() => this.#c.transfers.setState(transfer, state, this.#c.clock.now()));
  }

  /** Who wrote the first message that waits for a file: the file is theirs. */
  authorWaitingFor(peer: PeerId, originFileId: string): UserId | null {
    for (const ref of this.#c.references.placeholders(originFileId)) {
      const [author, entries] = this.#attachments(ref);
      if (entries.some((entry) => isPlaceholderOf(entry, peer, originFileId))) return author;
    }
    return null;
  }

  /** Messages that wait for a file. */
  messagesWaitingFor(peer: PeerId, originFileId: string): MessageRef[] {
    return this.#c.references
      .placeholders(originFileId)
      .filter((ref) => this.#attachments(ref)[1].some((entry) => isPlaceholderOf(entry, peer, originFileId)));
  }

  /** The local copy of a file of another node; null when there is none (any more). */
  fetched(peer: PeerId, originFileId: string): StoredFile | null {
    const id = this.#c.transfers.get(peer, originFileId)?.localFileId ?? null;
    return id === null ? null : (this.#c.rows.get(id) ?? null);
  }

  /** Puts a file in the place of every placeholder for it, and its id into the texts (03 K8). */
  async arrived(peer: PeerId, originFileId: string, file: StoredFile): Promise<void> {
    await this.#c.changes.run(() => {
      const now = this.#c.clock.now();
      const state = { status: 'completed', localFileId: file.id } as const;
      this.#c.transfers.setState({ originPeer: peer, originFileId }, state, now);
      for (const ref of this.messagesWaitingFor(peer, originFileId)) this.#put(ref, peer, originFileId, file);
    });
  }

  /** Not into a message whose author could not read the file: naming another's file is no way to learn of it. */
  #put(ref: MessageRef, peer: PeerId, originFileId: string, file: StoredFile): void {
    if (!this.#c.access.evaluate(file, this.#attachments(ref)[0]).allowed) return;
    const replaced = (entry: Record<string, unknown>): Record<string, unknown> =>
      isPlaceholderOf(entry, peer, originFileId)
        ? {
            ...entry,
            ...localEntry(file),
            large_attachment: false,
            storage_mode: 'local_cached',
            download_status: 'completed',
          }
        : entry;
    const rewritten = (text: string): string => withNewLinks(text, originFileId, file.id);
    if (ref.kind === 'channel_message') {
      const row = this.#c.channelMessages.get(ref.id);
      if (row === undefined) return;
      this.#c.channelMessages.update(ref.id, {
        attachments: attachmentRecords(row.attachments).map(replaced),
        ...(rewritten(row.content) === row.content ? {} : { content: rewritten(row.content) }),
      });
    } else if (ref.kind === 'feed_post') {
      const row = this.#c.feed.get(ref.id);
      if (row === undefined) return;
      const attachments = this.#attachments(ref)[1].map(replaced);
      const content = rewritten(row.content);
      this.#c.feed.update(
        ref.id,
        {
          metadata: { ...row.metadata, attachments },
          ...(isReadable(row) && content !== row.content ? { content } : {}),
        },
        { home: this.#c.feedRule.home(row.authorId), now: this.#c.clock.now() },
      );
    } else {
      const row = this.#c.directMessages.get(ref.id);
      if (row === undefined) return;
      const attachments = this.#attachments(ref)[1].map(replaced);
      this.#c.directMessages.setMetadata(ref.id, { ...row.metadata, attachments });
      this.#c.journal.attachmentAvailable(row, file, { peer, originFileId });
    }
    this.#c.changes.tell({
      type: 'attachment.progress',
      kind: PROGRESS_KINDS[ref.kind],
      id: ref.id,
      originFileId,
      state: 'available',
      done: file.size,
      total: file.size,
    });
  }

  #attachments(ref: MessageRef): [UserId, Record<string, unknown>[]] {
    if (ref.kind === 'channel_message') {
      const row = this.#c.channelMessages.get(ref.id);
      return [(row?.userId ?? '') as UserId, attachmentRecords(row?.attachments ?? [])];
    }
    const [author, metadata] = ref.kind === 'feed_post' ? this.#post(ref.id) : this.#direct(ref.id);
    const list = metadata?.['attachments'];
    return [author ?? ('' as UserId), Array.isArray(list) ? attachmentRecords(list) : []];
  }

  #post(id: PostId): [UserId | undefined, Readonly<Record<string, unknown>> | undefined] {
    const row = this.#c.feed.get(id);
    return [row?.authorId, row?.metadata];
  }

  #direct(id: MessageId): [UserId | undefined, Readonly<Record<string, unknown>> | undefined] {
    const row = this.#c.directMessages.get(id);
    return [row?.senderId, row?.metadata];
  }
}

/** What stands of a file of this node in a message. */
function localEntry(file: StoredFile): Record<string, unknown> {
  return {
    id: file.id,
    file_id: file.id,
    name: file.originalName,
    type: file.contentType,
    size: file.size,
    url: `/files/${file.id}`,
    checksum: file.checksum,
  };
}

function withNewLinks(text: string, from: string, to: string): string {
  if (!/^[\w-]{4,}$/.test(from)) return text;
  return text.replace(new RegExp(`(/files/|\\bfile:)${from}(?![\\w-])`, 'g'), `$1${to}`);
}
