/**
 * Who wants to know of targeted channels and their members while that changes (03 section 5.11): the keys of encrypted
 * channels follow the members. Every call comes inside the transaction of the change it is about, on the node where
 * the change was made or taken in.
 */
import type { Channel } from '../store/channels.ts';
import type { UserId } from '../wire/ids.ts';
import type { ChannelEncryption } from './types.ts';

/** What the watcher is told; a channel of these is always targeted (03 section 5.1). */
export interface ChannelWatcher {
  /** A person here made the channel, or made an open one of here targeted. Members follow by {@link added}. */
  created(channel: Channel): void;
  /**
   * A person here is about to add somebody.
   * @throws {WorkspaceError} when that person's node could not read the channel and `acceptUnencrypted` is false.
   */
  adding(channel: Channel, userId: UserId, init: { acceptUnencrypted: boolean }): void;
  /** Somebody became a member, by a person here or by the channel's origin. */
  added(channel: Channel, userId: UserId): void;
  /** Somebody is no member any more, by the same. */
  removed(channel: Channel, userId: UserId): void;
  /** What is shown of any channel's encryption. */
  encryption(channel: Channel): ChannelEncryption;
}

/** Nobody wants to know. */
const NOBODY: ChannelWatcher = {
  created: () => undefined,
  adding: () => undefined,
  added: () => undefined,
  removed: () => undefined,
  encryption: () => ({ encrypted: false, preventedBy: [] }),
};

/** Holds the one watcher, which is built after what it watches. */
export class ChannelWatch {
  #watcher: ChannelWatcher = NOBODY;

  /** Replaces the watcher. */
  use(watcher: ChannelWatcher): void {
    this.#watcher = watcher;
  }

  get now(): ChannelWatcher {
    return this.#watcher;
  }
}
