/**
 * `POST /p2p/send` (04 section 3.6, 02 section 2.3, R14): a text to one peer or to all. On the wire it is the
 * reference's `direct_message` in an encrypted envelope, or its `broadcast`; our nodes show both to their people.
 * Deviation D-22: a Python node shows neither, so a direct text to one becomes a direct message to a person there.
 */
import { ACK } from '../mesh/secure/types.ts';
import type { AckStatus } from '../mesh/secure/types.ts';
import type { InboundMessage } from '../mesh/types.ts';
import type { DeliveryKind } from '../store/delivery.ts';
import { hexId } from '../store/ids.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { asRecord, textMember } from '../wire/records.ts';
import { WorkspaceError } from '../workspace/errors.ts';
import { preview } from '../workspace/text.ts';
import { ACTIVITY_PREVIEW } from './channel-traffic.ts';
import type { SyncComponents } from './context.ts';
import { SENDER_KEY } from './delivery/frames.ts';
import type { OwedFrames, OwedText } from './delivery/frames.ts';
import type { AcknowledgingLinks } from './delivery/links.ts';
import type { DirectTraffic } from './direct-traffic.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

/** Hops of a broadcast (02 section 1). */
const BROADCAST_TTL = 4;
const ID_HEX = 32;
/** How long an answer waits for the text to leave; at Python's pace it may take longer, and then it is queued. */
const PATIENCE_MS = 3000;

/** What became of a send. */
export interface PeerSendResult {
  success: boolean;
  /** Our nodes the text was handed to, or Python nodes that got it as a direct message. */
  deliveredTo: PeerId[];
  /** Nodes it waits for; kept over restarts. */
  queuedFor: PeerId[];
  /** Peers whose program shows nothing for it. */
  cannotShow: PeerId[];
  /** `recipient_needed`, `unknown_peer`, `self`, `not_connected` when `success` is false. */
  reason: string | null;
  /** With `recipient_needed`: the people known on that peer. */
  knownPeople: { userId: UserId; displayName: string; username: string }[];
}

export interface PeerSendInit {
  knowledge: PeerKnowledge;
  direct: DirectTraffic;
  frames: OwedFrames;
  links: AcknowledgingLinks;
  /** Something new is owed to the peer. */
  poke: (peer: PeerId) => void;
}

export class PeerSend {
  readonly #c: SyncComponents;
  readonly #init: PeerSendInit;

  constructor(components: SyncComponents, init: PeerSendInit) {
    this.#c = components;
    this.#init = init;
  }

  register(inbound: Inbound): void {
    inbound.on('broadcast', 'content', (_metadata, message) => this.#received(message, true));
    inbound.on('direct_message', 'content', (metadata, message) =>
      metadata.recipient_id === null && message.targeted
        ? this.#received(message, false)
        : this.#init.direct.receive(metadata, message),
    );
  }

  /** Sends to every neighbour. @param user the local account that asked. */
  async broadcast(user: UserId, content: string, metadata: Record<string, unknown>): Promise<PeerSendResult> {
    const { mesh, workspace } = this.#c;
    const { knowledge, links, frames } = this.#init;
    const id = hexId(this.#c.ports.random, ID_HEX);
    const text: OwedText = { user, content, metadata, broadcast: true };
    const neighbours = new Set([...mesh.neighbours(), ...links.peers()]);
    const ours = [...neighbours].filter((peer) => knowledge.isOurs(peer));
    // To those the flood is lost on (they drop it before they accept us) or that say what became of it, it is owed.
    const owed = ours.filter((peer) => links.acknowledges(peer) || !knowledge.hasAcceptedUs(peer));
    await this.#owe(id, owed, text);
    const reached = await mesh.flood('broadcast', frames.textPayload(id, text), { ttl: BROADCAST_TTL });
    workspace.inbound.changes.now(() => {
      for (const peer of reached)
        if (ours.includes(peer) && !owed.includes(peer)) workspace.delivery.sent('send', id, peer);
    });
    await this.#left('send', id, owed);
    const answered = [...new Set([...reached, ...owed])];
    return result({
      success: answered.length > 0,
      ...this.#split(
        'send',
        id,
        answered.filter((peer) => ours.includes(peer)),
      ),
      cannotShow: answered.filter((peer) => !ours.includes(peer)),
      reason: answered.length > 0 ? null : 'not_connected',
    });
  }

  /** Sends to one peer; what cannot be handed over now is kept and sent when the peer connects. */
  async direct(
    user: UserId,
    peer: PeerId,
    content: string,
    metadata: Record<string, unknown>,
  ): Promise<PeerSendResult> {
    if (peer === this.#c.mesh.peerId) return result({ success: false, reason: 'self' });
    const connected = this.#c.mesh.isConnected(peer);
    if (!connected && this.#c.knownPeers.get(peer) === undefined)
      return result({ success: false, reason: 'unknown_peer' });
    // Of a peer that was never connected nothing is known; what it is shows when it comes.
    const unknown = !connected && this.#c.repositories.peerFacts.get(peer) === undefined;
    if (!unknown && !this.#init.knowledge.isOurs(peer)) return this.#toPerson(user, peer, content, metadata);
    const id = hexId(this.#c.ports.random, ID_HEX);
    await this.#owe(id, [peer], { user, content, metadata, broadcast: false });
    await this.#left('send', id, [peer]);
    return result({ success: true, ...this.#split('send', id, [peer]) });
  }

  /**
   * What became of a text that was taken before, by the id it is owed under; `null` when nothing is known of that.
   * Python neighbours a broadcast was lost on are not remembered.
   */
  again(id: string): PeerSendResult | null {
    const { delivery } = this.#c.workspace;
    for (const kind of ['send', 'dm'] as const) {
      const peers = delivery.details(kind, id).map(({ peerId }) => peerId);
      if (peers.length > 0) return result({ success: true, ...this.#split(kind, id, peers) });
    }
    return null;
  }

  /**
   * The peer turned out to be a Python node, which shows no texts: the row becomes a direct message to a person there,
   * under the same id, so that it stays one message whatever happens in between; or it fails.
   */
  async convert(entry: OutboxEntry): Promise<boolean> {
    const { owing, inbound, directMessages } = this.#c.workspace;
    const text = this.#init.frames.text(entry.objectId);
    const person = text === null || text.broadcast ? null : this.#personAt(entry.peerId, text.metadata);
    if (text !== null && person !== null) {
      try {
        const post = { recipientIds: [person], content: text.content };
        await directMessages.send(text.user, post, { id: entry.objectId as MessageId });
        await inbound.changes.run(() => owing.dropped(entry));
        this.#init.poke(entry.peerId);
        return true;
      } catch (error) {
        // Longer than a direct message may be, for instance; it must not hold up what is behind it.
        if (!(error instanceof WorkspaceError)) throw error;
      }
    }
    await inbound.changes.run(() => owing.failed(entry, 'cannot_show'));
    return true;
  }

  async #toPerson(
    user: UserId,
    peer: PeerId,
    content: string,
    metadata: Record<string, unknown>,
  ): Promise<PeerSendResult> {
    const person = this.#personAt(peer, metadata);
    if (person === null) {
      const knownPeople = this.#c.workspace.people
        .ofPeer(peer)
        .map(({ id, displayName, username }) => ({ userId: id, displayName, username }));
      return result({ success: false, reason: 'recipient_needed', knownPeople });
    }
    const { recipient_id: _recipient, ...own } = metadata;
    const message = await this.#c.workspace.directMessages.send(user, {
      recipientIds: [person],
      content,
      metadata: own,
    });
    await this.#left('dm', message.id, [peer]);
    return result({ success: true, ...this.#split('dm', message.id, [peer]) });
  }

  /** `metadata.recipient_id` if it names somebody there, else the only person known there. */
  #personAt(peer: PeerId, metadata: Record<string, unknown>): UserId | null {
    const people = this.#c.workspace.people.ofPeer(peer);
    const wanted = metadata['recipient_id'];
    if (wanted !== undefined) return people.find((person) => person.id === wanted)?.id ?? null;
    return people.length === 1 ? (people[0]?.id ?? null) : null;
  }

  async #owe(id: string, peers: readonly PeerId[], text: OwedText): Promise<void> {
    const { inbound, owing } = this.#c.workspace;
    await inbound.changes.run(() => {
      owing.text(id, peers, JSON.stringify(text));
      inbound.changes.creates(id);
    });
    for (const peer of peers) this.#init.poke(peer);
  }

  /** Resolves when it went, or is known not to go now, to everybody within reach, or patience is at its end. */
  #left(kind: DeliveryKind, id: string, peers: readonly PeerId[]): Promise<void> {
    const { delivery } = this.#c.workspace;
    const near = peers.filter(
      (peer) => this.#c.mesh.canReach(peer) !== null || this.#init.links.acknowledges(peer),
    );
    const waits = (): boolean =>
      delivery
        .details(kind, id)
        .some((row) => row.state === 'queued' && row.reason === 'offline' && near.includes(row.peerId));
    if (!waits()) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        unsubscribe();
        timer.cancel();
        resolve();
      };
      const timer = this.#c.ports.timers.after(PATIENCE_MS, done);
      const unsubscribe = this.#c.bus.on('message.delivery', (event) => {
        if (event.id === id && !waits()) done();
      });
    });
  }

  #split(
    kind: DeliveryKind,
    id: string,
    peers: readonly PeerId[],
  ): Pick<PeerSendResult, 'deliveredTo' | 'queuedFor'> {
    const { delivery } = this.#c.workspace;
    const queued = peers.filter((peer) => delivery.state(kind, id, peer) === 'queued');
    const failed = peers.filter((peer) => delivery.state(kind, id, peer) === 'failed');
    const deliveredTo = peers.filter((peer) => !queued.includes(peer) && !failed.includes(peer));
    return { deliveredTo, queuedFor: queued };
  }

  async #received(message: InboundMessage, broadcast: boolean): Promise<AckStatus> {
    const { [SENDER_KEY]: claimed, ...metadata } = message.metadata;
    const sender = asRecord(claimed) ?? {};
    const news = await this.#c.workspace.inbound.peerMessages.receive(
      {
        id: textMember(sender, 'id') ?? message.envelope.id,
        content: message.content,
        broadcast,
        sender: { userId: textMember(sender, 'user_id'), displayName: textMember(sender, 'user_name') },
        metadata,
      },
      message.from,
    );
    if (news)
      this.#c.mesh.recordActivity({
        kind: broadcast ? 'broadcast' : 'direct_message',
        peer_id: message.from,
        preview: broadcast ? preview(message.content, ACTIVITY_PREVIEW) : '',
        ref: { user_id: textMember(sender, 'user_id') },
      });
    return ACK.stored;
  }
}

function result(fields: Partial<PeerSendResult> & { success: boolean }): PeerSendResult {
  return { deliveredTo: [], queuedFor: [], cannotShow: [], reason: null, knownPeople: [], ...fields };
}
