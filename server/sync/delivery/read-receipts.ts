/**
 * Telling the sender of a direct message that it was read (06 section 3.2): at once while its node is connected, and for
 * the last seven days when a session begins. Never owed, and only if the reader's account allows it.
 */
import type { MessageId, PeerId } from '../../wire/ids.ts';
import type { SyncComponents } from '../context.ts';
import type { AcknowledgingLinks } from './links.ts';

/** Most messages in one receipt. */
export const MAX_READ_IDS = 256;
/** How far back is told when a session begins, and at most how many. */
const TOLD_BACK_MS = 7 * 86_400_000;
const MAX_TOLD = 1024;

export class ReadReceipts {
  readonly #c: SyncComponents;
  readonly #links: AcknowledgingLinks;

  constructor(components: SyncComponents, init: { links: AcknowledgingLinks }) {
    this.#c = components;
    this.#links = init.links;
    const { directMessages } = components.workspace;
    init.links.onRead((peer, { ids }) => directMessages.readAt(peer, ids as MessageId[]));
  }

  /** Begins; the returned function ends it. */
  start(): () => void {
    return this.#links.onOpen((peer) => this.#opened(peer));
  }

  /** A person here read a message. */
  read(id: MessageId): void {
    const home = this.#c.workspace.directMessages.receiptHome(id);
    if (home !== null) this.#links.tellRead(home, { ids: [id], at: this.#c.ports.clock.now() });
  }

  #opened(peer: PeerId): void {
    if (!this.#c.workspace.trust.isTrusted(peer)) return;
    const since = this.#c.ports.clock.now() - TOLD_BACK_MS;
    const read = this.#c.workspace.directMessages.readSince(peer, since, MAX_TOLD);
    for (let start = 0; start < read.length; start += MAX_READ_IDS) {
      const part = read.slice(start, start + MAX_READ_IDS);
      this.#links.tellRead(peer, { ids: part.map(({ id }) => id), at: part[0]?.readAt ?? since });
    }
  }
}
