/**
 * Texts from node to node, `POST /p2p/send` (02 section 2.3, R14): on receipt they stand in Messages for every local
 * account, under everyone or under the sending peer, marked with its device and the person who sent it.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { toHex, utf8 } from '../crypto/bytes.ts';
import type { Clock } from '../ports/types.ts';
import type { DirectMessages as MessageTable } from '../store/direct-messages.ts';
import type { ProcessedMessages } from '../store/processed-messages.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import type { Changes } from './changes.ts';
import type { PeerDevices } from './device-profile.ts';
import type { Journal } from './journal.ts';
import { peerUserId } from './people.ts';
import type { People } from './people.ts';
import { cut, label } from './text.ts';

const ROW_ID_HEX = 32;
/** Code points kept of a text; the limit of a channel message, since no person wrote it into the direct message box. */
const MAX_TEXT = 50_000;
/** Longest caller metadata kept with a text, as JSON in UTF-16 units. */
const MAX_METADATA = 16_384;
const MAX_NAME = 100;

/** A text that arrived from another node. */
export interface ForeignPeerText {
  /** Envelope id, or the sender's own id of the text: what makes a repeat a repeat. */
  id: string;
  content: string;
  broadcast: boolean;
  /** Who sent it there, as that node says. */
  sender: { userId: string | null; displayName: string | null };
  /** What the caller of `POST /p2p/send` gave along. */
  metadata: Readonly<Record<string, unknown>>;
}

export interface PeerMessagesComponents {
  table: MessageTable;
  processed: ProcessedMessages;
  people: People;
  devices: PeerDevices;
  journal: Journal;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
}

export class PeerMessages {
  readonly #c: PeerMessagesComponents;

  constructor(components: PeerMessagesComponents) {
    this.#c = components;
  }

  /** Stores a text of `from`, a trusted peer; false when it was here already. Resolves after the commit. */
  receive(text: ForeignPeerText, from: PeerId): Promise<boolean> {
    return this.#c.changes.run(() => {
      const now = this.#c.clock.now();
      if (!this.#c.processed.add(this.#rowId(from, text.id, ''), now)) return false;
      const device = this.#c.devices.get(from)?.displayName ?? '';
      const senderId = peerUserId(from);
      const displayName = device === '' ? null : device;
      if (this.#c.people.admitSigned({ userId: senderId, displayName }, from) !== null) return false;
      const metadata = {
        ...(JSON.stringify(text.metadata).length <= MAX_METADATA ? text.metadata : {}),
        p2p_send: {
          broadcast: text.broadcast,
          peer_id: from,
          device: device === '' ? null : device,
          user_id: text.sender.userId,
          user_name: text.sender.displayName === null ? null : label(text.sender.displayName, MAX_NAME),
        },
        origin_peer: from,
      };
      const content = cut(text.content, MAX_TEXT);
      // One row without recipient is for everybody; a direct text needs one for each account.
      const recipients = text.broadcast ? [null] : this.#c.people.localAccounts().map((person) => person.id);
      for (const recipientId of recipients)
        this.#insert({ from, text, senderId, recipientId, content, metadata, now });
      return true;
    });
  }

  #insert(row: {
    from: PeerId;
    text: ForeignPeerText;
    senderId: UserId;
    recipientId: UserId | null;
    content: string;
    metadata: Record<string, unknown>;
    now: number;
  }): void {
    const id = this.#rowId(row.from, row.text.id, row.recipientId ?? '*') as MessageId;
    const { senderId, recipientId, content, metadata, now } = row;
    if (
      !this.#c.table.insert({
        id,
        senderId,
        recipientId,
        content,
        metadata,
        createdAt: now,
        deliveredAt: now,
      })
    )
      return;
    this.#c.journal.directMessage('created', { id, senderId, recipientId, metadata });
  }

  /** The same text always gets the same ids, so a repeat changes nothing. */
  #rowId(from: PeerId, id: string, recipient: string): string {
    return toHex(this.#c.crypto.sha256(utf8(`p2p_send|${from}|${id}|${recipient}`))).slice(0, ROW_ID_HEX);
  }
}
