/**
 * The texts of encrypted private channels (03 sections 5.4, 5.11): encrypted when a message is written, decrypted when
 * one arrives, kept as they came while the key is missing. What is stored beside the text is what travels on: a node
 * that passes a message on never makes clear text of it.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import type { Clock, Random } from '../ports/types.ts';
import type { ChannelKeyRows } from '../store/channel-keys.ts';
import type { ChannelMessage, ChannelMessages as MessageTable } from '../store/channel-messages.ts';
import type { Channel, Channels as ChannelTable } from '../store/channels.ts';
import { openChannelText, sealChannelText } from '../wire/channel-crypto.ts';
import type { EncryptedText } from '../wire/channel-crypto.ts';
import type { ChannelId, PeerId } from '../wire/ids.ts';
import { isEncrypted } from './channel-keys.ts';
import { isTargeted } from './channel-rules.ts';
import type { Changes } from './changes.ts';
import type { Journal } from './journal.ts';

/** A message whose key did not come for this long is shown as not readable; it is still read when the key comes. */
const WAIT_MS = 86_400_000;
/** Messages decrypted, or given up, in one transaction. */
const BATCH = 200;

/** The columns of an encrypted message. */
export type TextFields = Pick<
  ChannelMessage,
  'content' | 'encryptedContent' | 'nonce' | 'keyId' | 'cryptoState'
>;

/** A text in the form in which it may leave: as it is, or encrypted. */
export type OutgoingText = { sealed: null } | { sealed: EncryptedText & { key_id: string } };

/** What of a message that arrives says how its text is to be read. */
export interface ArrivedText {
  channelId: ChannelId;
  content: string;
  encryptedContent: string | null;
  nonce: string | null;
  keyId: string | null;
}

export interface ChannelTextsComponents {
  rows: ChannelKeyRows;
  channelTable: ChannelTable;
  table: MessageTable;
  journal: Journal;
  changes: Changes;
  crypto: CryptoBackend;
  clock: Clock;
  random: Random;
}

export class ChannelTexts {
  readonly #c: ChannelTextsComponents;
  readonly #localPeer: PeerId;

  constructor(components: ChannelTextsComponents, init: { localPeer: PeerId }) {
    this.#c = components;
    this.#localPeer = init.localPeer;
  }

  /**
   * What is stored of a text a person here writes, new or changed. In an encrypted channel whose key is not here it is
   * stored alone, and encrypted when it leaves.
   */
  written(channel: Channel, text: string): TextFields {
    const sealed = isEncrypted(channel) ? this.#seal(channel.id, text) : null;
    if (sealed === null) return clear(text);
    return {
      content: text,
      encryptedContent: sealed.encrypted_content,
      nonce: sealed.nonce,
      keyId: sealed.key_id,
      cryptoState: 'decrypted',
    };
  }

  /**
   * How the text of a stored message may leave: what came or was stored encrypted stays so, and nothing of an encrypted
   * channel leaves as clear text. `null`: not before the channel's key is here.
   */
  outgoing(message: ChannelMessage, channel: Channel): OutgoingText | null {
    if (!isTargeted(channel)) return { sealed: null };
    const { encryptedContent, nonce, keyId } = message;
    if (encryptedContent !== null && nonce !== null && keyId !== null)
      return { sealed: { encrypted_content: encryptedContent, nonce, key_id: keyId } };
    if (!isEncrypted(channel)) return { sealed: null };
    const sealed = this.#seal(channel.id, message.content);
    return sealed === null ? null : { sealed };
  }

  /**
   * What is stored of the text of a message that arrives. Inside a transaction; asks for the key when it is missing.
   * Encrypted is what has all three parts, whatever else it says (01 section 8.3).
   */
  arrived(message: ArrivedText): TextFields {
    const { channelId, encryptedContent, nonce, keyId } = message;
    if (!encryptedContent || !nonce || !keyId) return clear(message.content);
    const key = this.#c.rows.get(channelId, keyId)?.key ?? null;
    const kept = { encryptedContent, nonce, keyId };
    if (key === null) {
      this.#c.changes.tell({ type: 'channel.key.missing', channelId, keyId });
      return { ...kept, content: '', cryptoState: 'pending_decrypt' };
    }
    const text = openChannelText(this.#c.crypto, key, { encrypted_content: encryptedContent, nonce });
    if (text === null) return { ...kept, content: '', cryptoState: 'decrypt_failed' };
    return { ...kept, content: text, cryptoState: 'decrypted' };
  }

  /**
   * A key came: the messages that waited for it are read, in batches each its own transaction. They do not look edited.
   */
  async readWaiting(channelId: ChannelId, keyId: string): Promise<void> {
    for (let after = 0; ;) {
      const read = await this.#c.changes.run(() => this.#readBatch(channelId, keyId, after));
      if (read === null) return;
      after = read;
    }
  }

  /** Messages that waited for their key for too long are shown as not readable. */
  giveUp(): void {
    const before = this.#c.clock.now() - WAIT_MS;
    for (let found = BATCH; found === BATCH;)
      found = this.#c.changes.now(() => {
        const waiting = this.#c.rows.waitingSince(before, BATCH);
        for (const { id } of waiting) {
          this.#c.table.update(id, { cryptoState: 'decrypt_failed' });
          const row = this.#c.table.get(id);
          if (row !== undefined) this.#c.journal.channelMessage('edited', { ...row, editedAt: null });
        }
        return waiting.length;
      });
  }

  /** Whom to ask for a key; `null` for a channel of this node or of nobody. */
  origin(channelId: ChannelId): PeerId | null {
    const origin = this.#c.channelTable.get(channelId)?.originPeer ?? null;
    return origin === this.#localPeer ? null : origin;
  }

  #seal(channelId: ChannelId, text: string): (EncryptedText & { key_id: string }) | null {
    const active = this.#c.rows.active(channelId);
    if (active?.key == null) return null;
    const { crypto, random } = this.#c;
    return { ...sealChannelText(crypto, random, active.key, text), key_id: active.keyId };
  }

  /** The last row looked at; `null` when there was none left. */
  #readBatch(channelId: ChannelId, keyId: string, after: number): number | null {
    const waiting = this.#c.rows.waiting(channelId, keyId, { after, limit: BATCH });
    const key = this.#c.rows.get(channelId, keyId)?.key ?? null;
    const last = waiting.at(-1)?.row;
    if (last === undefined || key === null) return null;
    for (const { id } of waiting) {
      const row = this.#c.table.get(id);
      if (row?.encryptedContent == null || row.nonce === null) continue;
      const text = openChannelText(this.#c.crypto, key, {
        encrypted_content: row.encryptedContent,
        nonce: row.nonce,
      });
      if (text === null && row.cryptoState === 'decrypt_failed') continue;
      const fields =
        text === null ? { cryptoState: 'decrypt_failed' } : { content: text, cryptoState: 'decrypted' };
      this.#c.table.update(id, fields);
      this.#c.journal.channelMessage('edited', { ...row, content: text ?? '', editedAt: null });
    }
    return last;
  }
}

function clear(text: string): TextFields {
  return { content: text, encryptedContent: null, nonce: null, keyId: null, cryptoState: 'plaintext' };
}
