/**
 * Direct messages that arrive from other nodes (02 section 2.2; 03 sections 6.2 and 6.3; 02 P3, P4). Own ones are owed
 * to the recipients' peers and sent by `delivery`.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import { parseTime } from '../store/time.ts';
import { openDm } from '../wire/dm-bundle.ts';
import type { MessageId, UserId } from '../wire/ids.ts';
import type { DirectMessage as Metadata } from '../wire/payloads/direct-message.ts';
import { PLAINTEXT_SECURITY } from '../workspace/dm-security.ts';
import { preview } from '../workspace/text.ts';
import { ACTIVITY_PREVIEW } from './channel-traffic.ts';
import type { SyncComponents } from './context.ts';
import { hopOf } from './delivery/reach.ts';
import { directStatus } from './delivery/receipts.ts';

export class DirectTraffic {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  /** Takes in a message for somebody who lives here; others are only relayed, which the mesh does. */
  async receive(metadata: Metadata, message: InboundMessage): Promise<AckStatus> {
    const { content, from } = message;
    const { sender_id: senderId, recipient_id: recipientId } = metadata;
    const { directInbox } = this.#c.workspace.inbound;
    if (senderId === null || recipientId === null) return ACK.invalid;
    if (!directInbox.isForUs(recipientId as UserId)) return ACK.gone;
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
        rev: metadata.canopy_rev,
      },
      from,
      { way: 'live', peerId: hopOf(this.#c.mesh, message) },
    );
    if (outcome.state === 'refused')
      this.#c.log.debug({ peer: from, reason: outcome.reason }, 'a direct message was not taken');
    if (outcome.state === 'stored')
      this.#c.mesh.recordActivity({
        kind: 'direct_message',
        peer_id: from,
        // The list is kept in clear; what came encrypted is not shown there.
        preview: opened.state === 'plain' ? preview(opened.content, ACTIVITY_PREVIEW) : '',
        ref: { message_id: metadata.message_id, sender_id: senderId, recipient_id: recipientId },
      });
    return directStatus(outcome);
  }
}

function time(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}
