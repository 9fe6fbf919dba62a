/**
 * Towards peers that cannot acknowledge, Python ones first of all (06 section 3.4): one row after the other, at the pace
 * of the mesh, forgotten once it was written. What catch-up would not bring again is only forgotten when the link has
 * answered after it, and waits until the peer has shown that it takes our content.
 */
import type { OutboxEntry, OutboxKind } from '../../store/outbox.ts';
import type { MessageId, PeerId } from '../../wire/ids.ts';
import { CREATED } from '../../wire/item-id.ts';
import { asRecord } from '../../wire/records.ts';
import type { WaitReason } from '../../workspace/delivery.ts';
import type { SyncComponents } from '../context.ts';
import type { PeerKnowledge } from '../peer-knowledge.ts';
import type { CatchupTurn } from './catchup-turn.ts';
import type { OwedFrames } from './frames.ts';
import type { OwedFrame } from './links.ts';
import { floodHop } from './reach.ts';

/** Rows read at once. */
const BATCH = 50;
/** Rows told why they wait; a person looks at the first of them. */
const TOLD = 50;

/** The capability of peers that ask for files they were told of. */
const FETCHES_FILES = 'large_attachment_store_v1';

/** What catch-up brings again if a write is lost, as long as it was not changed. */
const CAUGHT_UP: readonly OutboxKind[] = ['message', 'post'];
/** What nothing brings again. */
const LASTING: readonly OutboxKind[] = ['delete', 'reaction', 'mention', 'member', 'key', 'announce'];
/** Nor these, which go sealed wherever they can, so that for direct messages a flood past a neighbour will do. */
const DIRECT: readonly OutboxKind[] = ['dm'];
const TEXTS: readonly OutboxKind[] = ['send'];

export class FlushedLane {
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #frames: OwedFrames;
  readonly #turn: CatchupTurn;
  readonly #convert: (entry: OutboxEntry) => Promise<boolean>;
  readonly #goesOn: (peer: PeerId) => boolean;

  /**
   * @param init.convert makes a text to a node into a direct message to a person there, because a Python node shows no
   *   texts; settles the row.
   * @param init.goesOn whether this lane still serves the peer.
   */
  constructor(
    components: SyncComponents,
    init: {
      knowledge: PeerKnowledge;
      frames: OwedFrames;
      turn: CatchupTurn;
      convert: (entry: OutboxEntry) => Promise<boolean>;
      goesOn: (peer: PeerId) => boolean;
    },
  ) {
    this.#c = components;
    this.#knowledge = init.knowledge;
    this.#frames = init.frames;
    this.#turn = init.turn;
    this.#convert = init.convert;
    this.#goesOn = init.goesOn;
  }

  /** Sends everything that can go to `peer` now. */
  async pass(peer: PeerId): Promise<void> {
    const { outbox } = this.#c.repositories;
    let after = 0;
    for (;;) {
      const kinds = this.#open(peer);
      const rows = kinds.length === 0 ? [] : outbox.forPeer(peer, { limit: BATCH, after, kinds });
      if (rows.length === 0) return;
      for (const { seq } of rows) {
        after = seq;
        // It may have changed, or travelled by catch-up, while those before it were on their way.
        const entry = outbox.get(seq);
        if (entry === undefined) continue;
        if (!this.#goesOn(peer) || !(await this.#hand(entry))) return;
      }
    }
  }

  /** Kinds that can go now; the others are told why not. */
  #open(peer: PeerId): OutboxKind[] {
    const open: OutboxKind[] = [];
    for (const kinds of [CAUGHT_UP, LASTING, DIRECT, TEXTS]) {
      const obstacle = this.#obstacle(peer, kinds);
      if (obstacle === null) open.push(...kinds);
      else if (kinds !== LASTING) this.#tell(peer, kinds, obstacle);
    }
    return open.filter((kind) => this.#turn.mayGo(peer, kind));
  }

  #obstacle(peer: PeerId, kinds: readonly OutboxKind[]): WaitReason | null {
    const { mesh } = this.#c;
    const reach = mesh.canReach(peer);
    if (reach === 'direct') return kinds !== CAUGHT_UP && this.#mayDrop(peer) ? 'awaiting_acceptance' : null;
    const isPrivate = kinds === DIRECT || kinds === TEXTS;
    const sealed = isPrivate && this.#knowledge.readsEncrypted(peer) === true;
    if (reach === null && !(kinds === DIRECT && floodHop(mesh, peer) !== null)) return 'offline';
    if (sealed) return null;
    // Of a peer that could have a secure session a relay gets nothing it could read (06 section 2.5).
    if (this.#knowledge.couldBeSecure(peer)) {
      mesh.wantRelayed(peer);
      return 'needs_secure_session';
    }
    return isPrivate ? 'needs_encryption' : null;
  }

  /** Deviation D-72: what would be lost at a gate waits until the neighbour has shown that it takes it. */
  #mayDrop(peer: PeerId): boolean {
    return this.#c.mesh.canReach(peer) === 'direct' && !this.#knowledge.hasAcceptedUs(peer);
  }

  #tell(peer: PeerId, kinds: readonly OutboxKind[], reason: WaitReason): void {
    const rows = this.#c.repositories.outbox.forPeer(peer, { limit: TOLD, kinds });
    if (rows.length > 0) this.#wait(rows, reason);
  }

  #wait(rows: readonly OutboxEntry[], reason: WaitReason): void {
    this.#c.workspace.inbound.changes.now(() => {
      for (const { kind, objectId, peerId } of rows)
        if (kind === 'message' || kind === 'dm' || kind === 'post' || kind === 'send')
          this.#c.workspace.delivery.waits(kind, objectId, peerId, reason);
    });
  }

  /** False when the peer cannot be had any more. */
  async #hand(entry: OutboxEntry): Promise<boolean> {
    if (entry.kind === 'send' && !this.#knowledge.isOurs(entry.peerId)) return this.#convert(entry);
    // Handed to a relay before, and the peer will acknowledge it itself when it comes (06 section 3.3).
    const keep = this.#knowledge.couldAcknowledge(entry.peerId);
    if (keep && this.#wasSent(entry)) return true;
    if (isCaughtUp(entry) || !this.#mayDrop(entry.peerId)) return this.#write(entry, keep);
    this.#wait([entry], 'awaiting_acceptance');
    return true;
  }

  async #write(entry: OutboxEntry, keep: boolean): Promise<boolean> {
    const { workspace } = this.#c;
    const { owing, inbound } = workspace;
    const built = this.#frames.build(entry, { secure: false });
    if (built.state === 'waits') return true;
    if (built.state === 'gone') return inbound.changes.run(() => owing.dropped(entry)).then(() => true);
    if (built.state === 'failed')
      return inbound.changes.run(() => owing.failed(entry, built.reason)).then(() => true);
    // A flood cannot be sealed as a whole.
    if (this.#c.mesh.canReach(entry.peerId) === null && built.frames.some((one) => one.encrypt)) return true;
    for (const one of built.frames) if (!(await this.#send(entry, one))) return false;
    await inbound.changes.run(() => {
      owing.sent(entry, keep, this.#leavesFilesOut(entry.peerId, built.frames) ? 'files_left_out' : null);
      if (entry.kind === 'dm') workspace.directMessages.handedOver(entry.objectId as MessageId);
    });
    return true;
  }

  /** Whether a file is only named to a neighbour that cannot ask for it, as 0.4.29 cannot (02 section 11). */
  #leavesFilesOut(peer: PeerId, frames: readonly OwedFrame[]): boolean {
    if (!this.#c.mesh.isConnected(peer) || this.#c.mesh.supports(peer, FETCHES_FILES)) return false;
    return frames.some(({ payload }) => {
      const files = asRecord(payload.metadata)?.['attachments'];
      return Array.isArray(files) && files.some((file) => asRecord(file)?.['large_attachment'] === true);
    });
  }

  #wasSent({ kind, objectId, peerId }: OutboxEntry): boolean {
    return (
      (kind === 'message' || kind === 'dm' || kind === 'post' || kind === 'send') &&
      this.#c.workspace.delivery.state(kind, objectId, peerId) === 'sent'
    );
  }

  async #send(entry: OutboxEntry, frame: OwedFrame): Promise<boolean> {
    const { mesh } = this.#c;
    const { peerId } = entry;
    const { type, payload, ttl, encrypt, targeted } = frame;
    // Deviation D-71: only forgotten when the link has answered after it.
    const confirm = !isCaughtUp(entry);
    const hop = mesh.canReach(peerId) === null && entry.kind === 'dm' ? floodHop(mesh, peerId) : null;
    if (hop !== null) return mesh.sendDirect(type, hop, payload, { ttl, targeted: false, confirm });
    if (!targeted) return mesh.sendDirect(type, peerId, payload, { ttl, targeted, confirm });
    const result = await mesh.send(type, peerId, payload, { ttl, encrypt, queue: false, confirm });
    return result === 'sent' || result === 'relayed';
  }
}

/** Whether catch-up brings it, if it is lost now: it never brings a change (03 section 8.5). */
function isCaughtUp({ kind, version }: OutboxEntry): boolean {
  return CAUGHT_UP.includes(kind) && version === CREATED;
}
