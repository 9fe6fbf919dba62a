/**
 * `POST /p2p/send` (04 section 3.6, 02 section 2.3, R14): a text to one peer or to all. On the wire it is the
 * reference's `direct_message` in an encrypted envelope, or its `broadcast`; our nodes show both to their people.
 * A Python node shows neither, so a direct text to one becomes a direct message to a person there.
 */
import { hexId } from '../store/ids.ts';
import type { OutboxEntry } from '../store/outbox.ts';
import type { InboundMessage } from '../mesh/types.ts';
import { asRecord, textMember } from '../wire/records.ts';
import type { MessageId, PeerId, UserId } from '../wire/ids.ts';
import { WorkspaceError } from '../workspace/errors.ts';
import { preview } from '../workspace/text.ts';
import type { SyncComponents } from './context.ts';
import { ACTIVITY_PREVIEW } from './channel-traffic.ts';
import { SENDER_KEY } from './direct-traffic.ts';
import type { DirectTraffic, Handover } from './direct-traffic.ts';
import type { Inbound } from './inbound.ts';
import type { PeerKnowledge } from './peer-knowledge.ts';

/** Hops of these texts (02 section 1). */
const SEND_TTL = 4;
const ID_HEX = 32;
/** A text that could not be handed over is given up after this long (06 section 3.1). */
const OWED_MS = 30 * 86_400_000;
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

/** A text as it waits in the outbox. */
interface OwedText {
  user: UserId;
  content: string;
  metadata: Record<string, unknown>;
  broadcast: boolean;
}

export class PeerSend {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #direct: DirectTraffic;
  readonly #drain: (peer: PeerId) => Promise<void>;

  constructor(
    components: SyncComponents,
    init: { knowledge: PeerKnowledge; direct: DirectTraffic; drain: (peer: PeerId) => Promise<void> },
  ) {
    this.#c = components;
    this.#knowledge = init.knowledge;
    this.#direct = init.direct;
    this.#drain = init.drain;
  }

  register(inbound: Inbound): void {
    inbound.on('broadcast', 'content', (_metadata, message) => this.#received(message, true));
    inbound.on('direct_message', 'content', (metadata, message) =>
      metadata.recipient_id === null && message.targeted
        ? this.#received(message, false)
        : this.#direct.receive(metadata, message.content, message.from),
    );
  }

  /** Sends to every neighbour. @param user the local account that asked. */
  async broadcast(user: UserId, content: string, metadata: Record<string, unknown>): Promise<PeerSendResult> {
    const id = hexId(this.#c.ports.random, ID_HEX);
    const text: OwedText = { user, content, metadata, broadcast: true };
    const reached = await this.#c.mesh.flood('broadcast', this.#payload(id, text), { ttl: SEND_TTL });
    const ours = reached.filter((peer) => this.#knowledge.isOurs(peer));
    const deliveredTo = ours.filter((peer) => this.#knowledge.hasAcceptedUs(peer));
    // A node that has not accepted us yet drops the text; it gets it again when it has.
    const queuedFor = ours.filter((peer) => !deliveredTo.includes(peer));
    for (const peer of queuedFor) this.#owe(id, peer, text);
    for (const peer of deliveredTo)
      this.#c.workspace.delivery.note('p2p_send', id as MessageId, peer, 'sent');
    return result({
      success: reached.length > 0,
      deliveredTo,
      queuedFor,
      cannotShow: reached.filter((peer) => !ours.includes(peer)),
      reason: reached.length > 0 ? null : 'not_connected',
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
    if (!unknown && !this.#knowledge.isOurs(peer)) return this.#toPerson(user, peer, content, metadata);
    const id = hexId(this.#c.ports.random, ID_HEX);
    this.#owe(id, peer, { user, content, metadata, broadcast: false });
    await this.#drainAwhile(peer);
    const sent =
      this.#c.workspace.delivery.summary('p2p_send', id as MessageId)?.sentTo.includes(peer) ?? false;
    return result({ success: true, ...(sent ? { deliveredTo: [peer] } : { queuedFor: [peer] }) });
  }

  /** Hands one owed text over. */
  async hand(entry: OutboxEntry): Promise<Handover> {
    const text = readOwed(entry.payload);
    if (text === null) return 'gone';
    const { peerId } = entry;
    if (!this.#knowledge.isOurs(peerId)) return this.#handToPerson(entry, text);
    const payload = this.#payload(entry.itemId, text);
    if (!this.#c.mesh.fits(payload)) return 'too_large';
    if (text.broadcast) {
      const options = { ttl: SEND_TTL, targeted: false, confirm: true };
      return (await this.#c.mesh.sendDirect('broadcast', peerId, payload, options)) ? 'sent' : 'waits';
    }
    const options = { ttl: SEND_TTL, encrypt: true, queue: false, confirm: true };
    const sent = await this.#c.mesh.send('direct_message', peerId, payload, options);
    return sent === 'sent' || sent === 'relayed' ? 'sent' : 'waits';
  }

  #drainAwhile(peer: PeerId): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#c.ports.timers.after(PATIENCE_MS, resolve);
      this.#drain(peer)
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  /** The peer turned out to be a Python node: a person is found there, or it is shown as failed. */
  async #handToPerson(entry: OutboxEntry, text: OwedText): Promise<Handover> {
    const person = text.broadcast ? null : this.#personAt(entry.peerId, text.metadata);
    if (person === null) return 'cannot_show';
    const post = { recipientIds: [person], content: text.content };
    try {
      // Under the id of the text: should the process end before the entry is removed, it is still one message.
      await this.#c.workspace.directMessages.send(text.user, post, { id: entry.itemId as MessageId });
      return 'gone';
    } catch (error) {
      // Longer than a direct message may be, for instance; it must not hold up what is behind it.
      if (error instanceof WorkspaceError) return 'cannot_show';
      throw error;
    }
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
    await this.#drainAwhile(peer);
    const sent =
      this.#c.workspace.delivery.summary('direct_message', message.id)?.sentTo.includes(peer) ?? false;
    return result({ success: true, ...(sent ? { deliveredTo: [peer] } : { queuedFor: [peer] }) });
  }

  /** `metadata.recipient_id` if it names somebody there, else the only person known there. */
  #personAt(peer: PeerId, metadata: Record<string, unknown>): UserId | null {
    const people = this.#c.workspace.people.ofPeer(peer);
    const wanted = metadata['recipient_id'];
    if (wanted !== undefined) return people.find((person) => person.id === wanted)?.id ?? null;
    return people.length === 1 ? (people[0]?.id ?? null) : null;
  }

  #owe(id: string, peer: PeerId, text: OwedText): void {
    const now = this.#c.ports.clock.now();
    this.#c.workspace.inbound.changes.now(() => {
      this.#c.repositories.outbox.put({
        peerId: peer,
        kind: 'p2p_send',
        itemId: id,
        payload: JSON.stringify(text),
        createdAt: now,
        expiresAt: now + OWED_MS,
      });
      this.#c.workspace.delivery.note('p2p_send', id as MessageId, peer, 'queued', 'offline');
    });
  }

  #payload(id: string, text: OwedText): { content: string; metadata: object } {
    const sender = {
      id,
      user_id: text.user,
      user_name: this.#c.workspace.people.get(text.user)?.displayName ?? null,
    };
    return { content: text.content, metadata: { ...text.metadata, [SENDER_KEY]: sender } };
  }

  async #received(message: InboundMessage, broadcast: boolean): Promise<void> {
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
    if (!news) return;
    this.#c.mesh.recordActivity({
      kind: broadcast ? 'broadcast' : 'direct_message',
      peer_id: message.from,
      preview: broadcast ? preview(message.content, ACTIVITY_PREVIEW) : '',
      ref: { user_id: textMember(sender, 'user_id') },
    });
  }
}

function result(fields: Partial<PeerSendResult> & { success: boolean }): PeerSendResult {
  return { deliveredTo: [], queuedFor: [], cannotShow: [], reason: null, knownPeople: [], ...fields };
}

function readOwed(payload: string | null): OwedText | null {
  if (payload === null) return null;
  try {
    const text = asRecord(JSON.parse(payload));
    const metadata = asRecord(text?.['metadata']);
    if (text === null || metadata === null) return null;
    const user = textMember(text, 'user');
    const content = textMember(text, 'content');
    if (user === null || content === null) return null;
    return {
      user: user as UserId,
      content,
      metadata: { ...metadata },
      broadcast: text['broadcast'] === true,
    };
  } catch {
    return null;
  }
}
