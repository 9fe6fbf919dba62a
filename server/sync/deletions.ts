/**
 * Deletions that other nodes ask for (02 section 2.10, 03 sections 9.2 to 9.4). Only the node that signed counts: it may
 * delete what people at home there wrote, and in its own channels everything. What it says about `requester_peer` is
 * not believed. Own deletions of public messages are told to everybody besides those who are owed them, since nodes
 * further away may have them from the ones in between.
 */
import type { z } from 'zod';
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import { hexId } from '../store/ids.ts';
import { envelopeText } from '../wire/envelope.ts';
import type { ChannelId, MessageId, PeerId, PostId } from '../wire/ids.ts';
import type { ItemKind } from '../wire/item-id.ts';
import type { deleteSignalSchema } from '../wire/payloads/delete-signal.ts';
import { isPublicForSync } from '../workspace/channel-rules.ts';
import type { DeletionOutcome } from '../workspace/channel-inbox.ts';
import type { FramePayload } from './channel-frames.ts';
import type { SyncComponents } from './context.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

type Signal = z.output<typeof deleteSignalSchema>;

/** How the ids of signals begin that nobody waits an answer for. */
const OWN_SIGNAL = 'DS';
/** Random characters of such a signal id after that. */
const SIGNAL_ID_HEX = 16;
/** Hops of a signal to one peer, and of its answer (01 section 7.3). */
export const SIGNAL_TTL = 4;
/** Why a channel goes everywhere (03 section 9.2). */
const CHANNEL_REASON = 'channel_deleted_by_origin';
/** Deletions of messages that are not here, remembered for one peer until the next start. */
const MAX_UNKNOWN = 10_000;

const STATUS: Readonly<Record<DeletionOutcome, AckStatus>> = {
  deleted: ACK.stored,
  unknown: ACK.stored,
  refused: ACK.not_entitled,
};

/** A request to delete something (02 section 2.10). */
export function deleteSignal(
  components: Pick<SyncComponents, 'ports' | 'mesh'>,
  what: { type: string; id: string; reason?: string; signalId?: string },
): FramePayload {
  const { ports, mesh } = components;
  const metadata = {
    type: 'delete_signal',
    signal_id: what.signalId ?? `${OWN_SIGNAL}${hexId(ports.random, SIGNAL_ID_HEX)}`,
    data_type: what.type,
    data_id: what.id,
    reason: what.reason ?? (what.type === 'channel' ? CHANNEL_REASON : 'user_deleted'),
    requester_peer: mesh.peerId,
    is_ack: false,
  };
  return { content: '', metadata };
}

/** Kinds of items by the words of the wire. */
const ITEM_KINDS: Readonly<Record<string, ItemKind>> = {
  channel_message: 'm',
  direct_message: 'd',
  message: 'd',
  feed_post: 'p',
  post: 'p',
};

export class Deletions {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #unknown = new Map<PeerId, number>();

  constructor(components: SyncComponents, init: { knowledge: PeerKnowledge }) {
    this.#c = components;
    this.#knowledge = init.knowledge;
  }

  register(inbound: Inbound): void {
    inbound.on('delete_signal', 'trusted', (signal, message) => this.#received(signal, message));
  }

  /** An own message is gone: whoever may know of the channel is told. */
  async announce(channelId: ChannelId, messageId: MessageId): Promise<void> {
    const channel = this.#c.repositories.channels.get(channelId);
    if (channel === undefined || !isPublicForSync(channel)) return;
    await this.#c.mesh.flood(
      'delete_signal',
      deleteSignal(this.#c, { type: 'channel_message', id: messageId }),
    );
  }

  /** An own public channel is gone. */
  async announceChannel(channelId: ChannelId): Promise<void> {
    await this.#c.mesh.flood('delete_signal', deleteSignal(this.#c, { type: 'channel', id: channelId }));
  }

  async #received(signal: Signal, { envelope, from }: InboundMessage): Promise<AckStatus> {
    if (signal.is_ack) {
      // For those asked for by the API; who has taken one of ours is known from the delivery.
      const { signal_id: id, ack_status: status } = signal;
      if (id !== null && !id.startsWith(OWN_SIGNAL))
        this.#c.workspace.deleteSignals.answered(id, from, status);
      return ACK.stored;
    }
    if (signal.data_id === null) return ACK.invalid;
    const outcome = await this.#delete(signal.data_type, signal.data_id, { signer: from, envelope });
    if (outcome === null) return ACK.invalid;
    if (outcome === 'refused')
      this.#c.log.info({ peer: from, type: signal.data_type }, 'a deletion of what others wrote was refused');
    // Our own nodes know from the acknowledgement of the session, unless a person asked.
    if (!this.#knowledge.isOurs(from) || signal.signal_id?.startsWith(OWN_SIGNAL) !== true)
      await this.#answer(signal, from, outcome);
    return STATUS[outcome];
  }

  /** `null` for types nothing is known of. */
  async #delete(
    type: string,
    id: string,
    { signer, envelope }: { signer: PeerId; envelope: InboundMessage['envelope'] },
  ): Promise<DeletionOutcome | null> {
    const { channelInbox, channelRemoval, directInbox, feedInbox } = this.#c.workspace.inbound;
    const known = this.#unknown.get(signer) ?? 0;
    const deleted = (): void => this.#keepProof(type, id, envelope);
    const init = { rememberUnknown: known < MAX_UNKNOWN, deleted };
    let outcome: DeletionOutcome;
    switch (type) {
      case 'channel_message':
        outcome = await channelInbox.receiveDeletion(id as MessageId, signer, init);
        break;
      case 'feed_post':
      case 'post':
        outcome = await feedInbox.receiveDeletion(id as PostId, signer, init);
        break;
      case 'direct_message':
      case 'message':
        outcome = await directInbox.receiveDeletion(id as MessageId, signer, init);
        break;
      case 'channel':
        outcome = await channelRemoval.receive(id as ChannelId, signer, init);
        break;
      default:
        return null;
    }
    if (outcome === 'unknown') this.#unknown.set(signer, known + 1);
    return outcome;
  }

  /** Keeps what the author signed, for others who still have the message (06 section 4.3). Inside a transaction. */
  #keepProof(type: string, id: string, envelope: InboundMessage['envelope']): void {
    const { items, proofs } = this.#c.repositories;
    const kind = ITEM_KINDS[type];
    if (kind === undefined) return;
    for (const item of items.ofObject(kind, id)) proofs.put(item, envelopeText(envelope));
  }

  async #answer(signal: Signal, to: PeerId, outcome: DeletionOutcome): Promise<void> {
    const metadata = {
      type: 'delete_signal',
      signal_id: signal.signal_id ?? '',
      is_ack: true,
      ack_status: outcome === 'refused' ? 'rejected' : 'complied',
      responder_peer: this.#c.mesh.peerId,
    };
    await this.#c.mesh.send(
      'delete_signal',
      to,
      { content: '', metadata },
      {
        queue: false,
        ttl: SIGNAL_TTL,
      },
    );
  }
}
