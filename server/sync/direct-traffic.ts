/**
 * Direct messages between nodes (02 section 2.2; 03 sections 6.2 and 6.3; 02 R2, P3, P4).
 *
 * Nothing is sent at once and forgotten: a message is owed to the recipients' peers, and what is owed to a peer is sent
 * when it can be reached and takes our content. It goes encrypted wherever the peer can read that; in clear only over
 * the direct connection to the recipient's own peer, and the stored message says so. It is never flooded.
 */
import type { DirectMessage as MessageRow } from '../store/direct-messages.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import { parseTime, toIsoTime } from '../store/time.ts';
import { openDm, sealDm } from '../wire/dm-bundle.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import type { DirectMessage as Metadata } from '../wire/payloads/direct-message.ts';
import { PLAINTEXT_SECURITY } from '../workspace/dm-security.ts';
import { peerUserId } from '../workspace/people.ts';
import { preview } from '../workspace/text.ts';
import { ACTIVITY_PREVIEW, CONTENT_TTL } from './channel-traffic.ts';
import type { SyncComponents } from './context.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

/** Our key in the metadata of texts between peers: who sent the text, and its id, by which repeats are known. */
export const SENDER_KEY = 'canopy_send';

/** How sending one owed message ended. */
export type Handover = 'sent' | 'gone' | 'cannot_show' | 'too_large' | 'waits';

export class DirectTraffic {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;

  constructor(components: SyncComponents, init: { knowledge: PeerKnowledge }) {
    this.#c = components;
    this.#knowledge = init.knowledge;
  }

  /** Takes in a message for somebody who lives here; others are only relayed, which the mesh does. */
  async receive(metadata: Metadata, content: string, from: PeerId): Promise<void> {
    const { sender_id: senderId, recipient_id: recipientId } = metadata;
    const { directInbox } = this.#c.workspace.inbound;
    if (senderId === null || recipientId === null || !directInbox.isForUs(recipientId as UserId)) return;
    const { identity, crypto } = this.#c;
    const reader = { peerId: identity.peerId, x25519PrivateKey: identity.x25519.privateKey, fromPeer: from };
    const opened = openDm(crypto, reader, { content, metadata: metadata.metadata ?? {} });
    const outcome = await directInbox.receive(
      {
        id: (metadata.message_id ?? `dm_${senderId}_${metadata.timestamp ?? ''}`) as MessageId,
        senderId: senderId as UserId,
        recipientId: recipientId as UserId,
        content: opened.content,
        metadata:
          opened.state === 'plain' ? { ...opened.metadata, security: PLAINTEXT_SECURITY } : opened.metadata,
        sentAt: time(metadata.timestamp),
        displayName: metadata.display_name,
        accountType: metadata.account_type,
        updateOnly: metadata.update_only,
        editedAt: time(metadata.edited_at),
      },
      from,
    );
    if (outcome.state === 'refused')
      this.#c.log.debug({ peer: from, reason: outcome.reason }, 'a direct message was not taken');
    if (outcome.state !== 'stored') return;
    this.#c.mesh.recordActivity({
      kind: 'direct_message',
      peer_id: from,
      // The list is kept in clear; what came encrypted is not shown there.
      preview: opened.state === 'plain' ? preview(opened.content, ACTIVITY_PREVIEW) : '',
      ref: { message_id: metadata.message_id, sender_id: senderId, recipient_id: recipientId },
    });
  }

  /** Sends one owed message to the peer it is owed to. */
  async hand(entry: OutboxEntry): Promise<Handover> {
    const id = entry.itemId as MessageId;
    const found = this.#c.workspace.directMessages.forSending(id);
    if (found === undefined) return 'gone';
    const recipients = found.recipients.filter(({ home }) => home === entry.peerId);
    for (const { userId } of recipients) {
      const toPeer = userId === peerUserId(entry.peerId);
      if (toPeer && !this.#knowledge.isOurs(entry.peerId)) return 'cannot_show';
      const payload = toPeer
        ? this.#peerText(found.message)
        : this.#payload(found.message, userId, entry.peerId);
      if (payload === null) return 'waits';
      // It would never leave, and hold up everything behind it.
      if (!this.#c.mesh.fits(payload)) return 'too_large';
      const result = await this.#c.mesh.send('direct_message', entry.peerId, payload, {
        ttl: CONTENT_TTL,
        queue: false,
        encrypt: toPeer,
        // What is written into a dying connection is gone; it stays owed until the link has answered after it.
        confirm: true,
      });
      if (result !== 'sent' && result !== 'relayed') return 'waits';
    }
    this.#c.workspace.directMessages.describeAgain(id);
    return 'sent';
  }

  /** Why nothing can be sent to the peer just now, or `null`. */
  obstacle(peer: PeerId): string | null {
    const reach = this.#c.mesh.canReach(peer);
    if (reach === null) return 'offline';
    // A relay must not read it, and never sees the sign of acceptance, which only neighbours exchange.
    if (reach === 'relay') return this.#knowledge.readsEncrypted(peer) === true ? null : 'needs_encryption';
    return this.#knowledge.hasAcceptedUs(peer) ? null : 'awaiting_acceptance';
  }

  /** An answer in the conversation with a peer itself goes back as what started it: a text to the peer. */
  #peerText(message: MessageRow): { content: string; metadata: object } {
    const name = this.#c.workspace.people.get(message.senderId)?.displayName ?? null;
    const sender = { id: message.id, user_id: message.senderId, user_name: name };
    return { content: message.content, metadata: { [SENDER_KEY]: sender } };
  }

  #payload(
    message: MessageRow,
    recipientId: UserId,
    peer: PeerId,
  ): { content: string; metadata: object } | null {
    const sender = this.#c.workspace.people.get(message.senderId);
    const metadata = {
      type: 'direct_message',
      sender_id: message.senderId,
      recipient_id: recipientId,
      message_id: message.id,
      timestamp: toIsoTime(message.createdAt),
      ...(sender === undefined ? {} : { display_name: sender.displayName, account_type: sender.accountType }),
      ...(message.editedAt === null ? {} : { update_only: true, edited_at: toIsoTime(message.editedAt) }),
    };
    if (this.#knowledge.readsEncrypted(peer) !== true) {
      if (this.#c.mesh.canReach(peer) !== 'direct') return null;
      return { content: message.content, metadata: { ...metadata, metadata: message.metadata } };
    }
    const key = this.#knowledge.sealingKey(peer);
    if (key === null) return null;
    const { crypto, ports, mesh } = this.#c;
    const sealed = sealDm(crypto, ports.random, {
      content: message.content,
      metadata: message.metadata,
      senderPeerId: mesh.peerId,
      recipient: { peerId: peer, x25519PublicKey: key },
    });
    return { content: '', metadata: { ...metadata, metadata: sealed.metadata } };
  }
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}
