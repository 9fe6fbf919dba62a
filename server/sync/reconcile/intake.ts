/**
 * Takes in the items of a page (06 section 4.3, "authority"): what the author's home signed or says itself is applied as
 * if live, what others say of something new is stored as reported by them, and nothing else changes anything. All rules
 * of the workspace hold (03).
 */
import * as z from 'zod';
import type { VerifySignature } from '../../crypto/backend.ts';
import type { Item } from '../../store/native-items.ts';
import { parseTime } from '../../store/time.ts';
import { envelopeText } from '../../wire/envelope.ts';
import type { ChannelId, MessageId, PeerId, PostId, UserId } from '../../wire/ids.ts';
import { CREATED, DELETED, FEED_SET, itemId, rankOfVersion } from '../../wire/item-id.ts';
import type { ItemKind } from '../../wire/item-id.ts';
import { catchupMessageSchema } from '../../wire/payloads/catchup.ts';
import { id, optionalText, optionalWord } from '../../wire/payloads/fields.ts';
import { ACCOUNT_TYPES } from '../../wire/payloads/vocabulary.ts';
import type { ForeignItem } from '../../wire/reconcile-frames.ts';
import { asRecord } from '../../wire/records.ts';
import type { CaughtUpMessage, LiveMessage } from '../../workspace/channel-inbox.ts';
import { announcedPrivacy } from '../../workspace/channel-rules.ts';
import { caughtUpMessage } from '../channel-forms.ts';
import type { SyncComponents } from '../context.ts';
import { readClaim } from './claim.ts';
import type { Claim, Proof } from './claim.ts';
import { PostIntake } from './post-intake.ts';
import type { Taken } from './types.ts';

/** Items read, and stored in one transaction, between two pauses: a few milliseconds. */
const SLICE = 32;

/** A direct message as a page carries it. */
export const directBodySchema = z.object({
  sender_id: id,
  recipient_id: id,
  content: z.string(),
  created_at: z.string(),
  edited_at: optionalText(),
  display_name: optionalText(),
  account_type: optionalWord(ACCOUNT_TYPES),
  metadata: z.custom<Readonly<Record<string, unknown>>>((value) => asRecord(value) !== null),
});

type Outcome = Taken['outcome'];

/** Who offers items, and of which set as the own tables name it. */
interface Source {
  peer: PeerId;
  setId: string;
}

export class Intake {
  readonly #c: SyncComponents;
  readonly #pause: () => Promise<void>;
  readonly #posts: PostIntake;
  readonly #readAhead = new WeakMap<readonly ForeignItem[], Promise<(Claim | null)[]>>();

  constructor(components: SyncComponents, init: { pause: () => Promise<void> }) {
    this.#c = components;
    this.#pause = init.pause;
    this.#posts = new PostIntake(components);
  }

  /** Begins to read items that are going to be taken, while others are stored. */
  ahead(items: readonly ForeignItem[]): void {
    const reading = this.#read(items);
    // Who takes them is told.
    reading.catch(() => undefined);
    this.#readAhead.set(items, reading);
  }

  /** @param setId as the own tables name it. Resolves after the commit, one answer per item. */
  async take(
    peer: PeerId,
    setId: string,
    items: readonly ForeignItem[],
    admits: (id: Uint8Array) => boolean,
  ): Promise<Taken[]> {
    const claims = await (this.#readAhead.get(items) ?? this.#read(items));
    const admitted = claims.map((claim) => (claim !== null && admits(claim.id) ? claim : null));
    const taken: Taken[] = [];
    for (let at = 0; at < admitted.length; at += SLICE) {
      if (at > 0) await this.#pause();
      const isLast = at + SLICE >= admitted.length;
      taken.push(...(await this.#slice({ peer, setId }, admitted.slice(at, at + SLICE), isLast)));
    }
    // What could not be stored is told with the id it has all the same.
    const answers = taken.map((one, at) => ({ ...one, id: claims[at]?.id ?? null }));
    const now = this.#c.ports.clock.now();
    const refusals = answers.flatMap(({ id: itemIs, ts, outcome }) =>
      outcome === 'refused' && itemIs !== null ? [{ setId, id: itemIs, ts }] : [],
    );
    if (refusals.length > 0)
      await this.#c.workspace.inbound.changes.run(() =>
        this.#c.repositories.refused.add(peer, refusals, now),
      );
    return answers;
  }

  /** Reads the items and checks what is signed; `null` for unsound ones. */
  async #read(items: readonly ForeignItem[]): Promise<(Claim | null)[]> {
    const { crypto, verifyBeside } = this.#c;
    const verify: VerifySignature =
      verifyBeside ?? ((key, bytes, signature) => crypto.verify(key, bytes, signature));
    const reader = { crypto, keyOf: (peer: PeerId) => this.#keyOf(peer), verify };
    const claims: Promise<Claim | null>[] = [];
    for (const [at, item] of items.entries()) {
      if (at > 0 && at % SLICE === 0) await this.#pause();
      claims.push(readClaim(reader, item));
    }
    return Promise.all(claims);
  }

  /** Stores a slice: what is a channel message in one transaction, the rest each on its own. */
  async #slice(from: Source, claims: readonly (Claim | null)[], isLast: boolean): Promise<Taken[]> {
    const messages = claims.filter((claim) => claim !== null).filter((claim) => isMessage(from.setId, claim));
    const stored = await this.#stored(from, messages, isLast);
    const outcomes = await Promise.all(
      claims.map(async (claim) => claim && (stored.get(claim) ?? this.#apply(from, claim))),
    );
    return claims.map((claim, at) => ({
      id: claim?.id ?? null,
      ts: claim?.ts ?? 0,
      outcome: outcomes[at] ?? 'invalid',
    }));
  }

  async #stored(from: Source, claims: readonly Claim[], isLast: boolean): Promise<Map<Claim, Outcome>> {
    const { changes } = this.#c.workspace.inbound;
    const store = (some: readonly Claim[]) => (): Map<Claim, Outcome> => this.#messages(from, some);
    try {
      // The wait for the disk comes once for a page, before it is acknowledged.
      return isLast ? await changes.run(store(claims)) : changes.unsynced(store(claims));
    } catch {
      // One that fails must not undo the others for ever: each on its own, and then it fails alone.
      const each = await Promise.all(claims.map((claim) => changes.run(store([claim]))));
      return new Map(each.flatMap((outcomes) => [...outcomes]));
    }
  }

  /** Inside a transaction. */
  #messages(from: Source, claims: readonly Claim[]): Map<Claim, Outcome> {
    const { items, refused } = this.#c.repositories;
    const ids = claims.map(({ objectId }) => objectId);
    const known = new Set(items.some(from.setId, ids).map(({ objectId }) => objectId));
    const hasRefused = refused.hasAny(from.peer, from.setId);
    return new Map(
      claims.map((claim) => {
        const fresh = known.has(claim.objectId) ? null : this.#fresh(from, claim);
        if (fresh === 'stored' && hasRefused) refused.remove(from.peer, from.setId, claim.id);
        return [claim, fresh ?? this.#message(from, claim)];
      }),
    );
  }

  /**
   * A message nobody here has heard of, with the signature of its author's home and nothing else: what nearly all of a
   * history is. `null` when it is not, or cannot be stored as it is.
   */
  #fresh({ peer, setId }: Source, claim: Claim): 'stored' | null {
    const [proof] = claim.proofs;
    if (claim.version !== CREATED || claim.proofs.length !== 1 || proof?.live == null) return null;
    const { live, signer } = proof;
    const { mesh, workspace, repositories } = this.#c;
    if (signer === mesh.peerId || !workspace.trust.isTrusted(signer)) return null;
    if (live.channelId !== setId.slice(2) || workspace.requests.isBlocked(signer)) return null;
    if (workspace.inbound.channelInbox.takeLive(live, signer, { via: peer }).state !== 'stored') return null;
    if (live.createdAt === null) repositories.items.dated(setId, claim.objectId, claim.ts);
    repositories.proofs.put(claim, envelopeText(proof.envelope));
    return 'stored';
  }

  #message(from: Source, claim: Claim): Outcome {
    if (!this.#isSettled(from.setId, claim) && !this.#writeMessage(from.peer, from.setId, claim))
      return 'invalid';
    return this.#settle(from.peer, from.setId, claim);
  }

  async #apply({ peer, setId }: Source, claim: Claim): Promise<Outcome> {
    if (claim.kind !== kindOf(setId)) return 'invalid';
    const writing = this.#write(peer, setId, claim);
    if (writing === null) return 'invalid';
    // Queued behind the writes, so that all is in one commit.
    const settled = this.#c.workspace.inbound.changes.run(() => this.#settle(peer, setId, claim));
    await writing;
    return settled;
  }

  /** Queues what the item changes; `null` when it is none of this set. */
  #write(peer: PeerId, setId: string, claim: Claim): Promise<unknown> | null {
    if (this.#isSettled(setId, claim)) return Promise.resolve();
    if (claim.version === DELETED) return this.#delete(peer, claim);
    if (claim.kind !== 'p') return this.#direct(peer, claim);
    return this.#c.workspace.inbound.changes.run(() => this.#posts.write(peer, claim));
  }

  /** Whether the object is here at that version or a later one; then only its time can differ. */
  #isSettled(setId: string, claim: Claim): boolean {
    const { reported } = this.#c.repositories;
    const item = this.#item(setId, claim);
    // What only others told of is replaced by the word of its author's home.
    if (reported.via(claim.kind, claim.objectId) !== null) return false;
    return item !== undefined && rankOfVersion(item.version) >= rankOfVersion(claim.version);
  }

  /** A post may stand in the set of its author's home (`post-items.ts`). */
  #item(setId: string, { kind, objectId }: Claim): Item | undefined {
    const { items } = this.#c.repositories;
    return kind === 'p' ? items.ofObject(kind, objectId)[0] : items.get(setId, objectId);
  }

  #delete(peer: PeerId, claim: Claim): Promise<unknown> {
    const { channelInbox, directInbox, feedInbox } = this.#c.workspace.inbound;
    const [proof] = claim.proofs;
    const signer = proof?.signer ?? peer;
    const objectId = claim.objectId as MessageId;
    // With it, or it could not be told on if the node ended in between.
    const deleted = (): void => {
      if (proof !== undefined)
        this.#c.repositories.proofs.put({ ...claim, objectId }, envelopeText(proof.envelope));
    };
    if (claim.kind === 'p') return feedInbox.receiveDeletion(claim.objectId as PostId, signer, { deleted });
    const inbox = claim.kind === 'm' ? channelInbox : directInbox;
    return inbox.receiveDeletion(objectId, signer, { deleted });
  }

  /** Writes what the item changes; false when it is none of this channel. Inside a transaction. */
  #writeMessage(peer: PeerId, setId: string, claim: Claim): boolean {
    const channelId = setId.slice(2) as ChannelId;
    const lives = claim.proofs.flatMap((proof) =>
      proof.live === null ? [] : [{ ...proof, live: proof.live }],
    );
    if (lives.some(({ live }) => live.channelId !== channelId)) return false;
    for (const { live, signer } of lives) this.#signed(peer, live, signer);
    if (lives.length > 0) return true;
    const unproven = claim.unproven.flatMap(({ live, author }) => (live === null ? [] : [{ live, author }]));
    if (unproven.some(({ live }) => live.channelId !== channelId)) return false;
    for (const { live, author } of unproven) this.#told(peer, live, author);
    if (unproven.length > 0) return true;
    const parsed = catchupMessageSchema.safeParse(claim.body);
    const foreign = parsed.success ? caughtUpMessage(parsed.data) : null;
    if (foreign === null || foreign.channelId !== channelId || foreign.id !== claim.objectId) return false;
    // Where its time was ahead, the row of whoever tells of it has another one (06 section 4.1).
    this.#reported(peer, { ...foreign, createdAt: claim.ts * 1000 }, claim.version);
    return true;
  }

  #signed(peer: PeerId, live: LiveMessage, signer: PeerId): void {
    const { mesh, workspace } = this.#c;
    if (signer === mesh.peerId || workspace.requests.isBlocked(signer)) return;
    // A change of what somebody unaccepted wrote, and an accepted peer reported, is that one's own word, too.
    const reported = this.#c.repositories.channelMessages.get(live.id);
    const changes = live.updateOnly && reported?.originPeer === signer;
    if (changes || workspace.trust.isTrusted(signer)) {
      workspace.inbound.channelInbox.takeLive(live, signer, { via: peer });
      return;
    }
    // Whoever never saw the creation takes the change for it (02 section 2.1).
    this.#told(peer, { ...live, updateOnly: live.updateOnly && reported !== undefined }, signer);
  }

  /** Nobody accepted the author here, or the author's key is not known: it is what an accepted peer reports. */
  #told(peer: PeerId, live: LiveMessage, author: PeerId): void {
    const { mesh, workspace, repositories } = this.#c;
    if (author === mesh.peerId || workspace.requests.isBlocked(author)) return;
    const channel = repositories.channels.get(live.channelId);
    if (channel === undefined || live.updateOnly) return;
    const reported: CaughtUpMessage = {
      ...live,
      originPeer: author,
      channelName: channel.name,
      channelType: channel.channelType,
      channelPrivacy: announcedPrivacy(channel.privacyMode, channel.channelType),
      channelOrigin: channel.originPeer,
    };
    workspace.inbound.channelInbox.takeCaughtUp(reported, peer);
  }

  #reported(peer: PeerId, foreign: CaughtUpMessage, version: string): void {
    const { mesh, workspace, repositories } = this.#c;
    const home = foreign.originPeer ?? peer;
    if (home === mesh.peerId) return;
    const { channelInbox } = workspace.inbound;
    const known = repositories.channelMessages.get(foreign.id);
    const confirms = home === peer && repositories.reported.via('m', foreign.id) !== null;
    if (known === undefined || confirms) {
      // A change that its author's home neither signed nor says itself is refused.
      if (home === peer || version === CREATED) channelInbox.takeCaughtUp(foreign, peer);
      return;
    }
    if (home !== peer || version === CREATED) return;
    const rev = rankOfVersion(version);
    const change = { updateOnly: true, editedAt: rev, rev };
    const unchanged = { postPolicy: null, allowMemberReplies: null, allowedPosters: null };
    channelInbox.takeLive({ ...foreign, ...change, ...unchanged }, peer);
  }

  /** `null` when the item is no direct message. Only the sender's home speaks for it, and it is the peer itself. */
  #direct(peer: PeerId, claim: Claim): Promise<unknown> | null {
    const parsed = directBodySchema.safeParse(claim.body);
    if (!parsed.success) return null;
    const { data } = parsed;
    const rev = claim.version === CREATED ? null : rankOfVersion(claim.version);
    return this.#c.workspace.inbound.directInbox.receive(
      {
        id: claim.objectId as MessageId,
        senderId: data.sender_id as UserId,
        recipientId: data.recipient_id as UserId,
        content: data.content,
        metadata: data.metadata,
        sentAt: parseTime(data.created_at),
        displayName: data.display_name,
        accountType: data.account_type,
        updateOnly: rev !== null,
        editedAt: rev,
        rev,
      },
      peer,
      { way: 'caught_up', peerId: peer },
    );
  }

  /** Merges version and time, keeps the evidence, and looks whether the item is here now. Inside a transaction. */
  #settle(peer: PeerId, setId: string, claim: Claim): Outcome {
    const { items, proofs, refused } = this.#c.repositories;
    const item = this.#item(setId, claim);
    // Deviation D-84: a deletion of what was never here, too: nobody can say who may delete it.
    if (item === undefined) return 'refused';
    const home = this.#home(claim);
    const signed = claim.proofs.filter(
      (proof) => proof.signer === home && (proof.live !== null || proof.post !== null),
    );
    if (home === peer || signed.some(({ version }) => version === claim.version))
      items.revised(claim.kind, claim.objectId, claim.version);
    // What a signature says beats what stands beside it, and of what was written here nobody else knows better.
    const word = signed.map(timeOf).find((ts) => ts !== null) ?? (home === peer ? claim.ts : null);
    if (home !== this.#c.mesh.peerId && word !== null) items.dated(item.setId, claim.objectId, word);
    else if (!this.#isDated(item, home)) items.created({ ...item, ts: claim.ts });
    for (const proof of signed) this.#keep(claim, proof);
    const now = this.#item(setId, claim);
    if (now === undefined || rankOfVersion(now.version) < rankOfVersion(claim.version)) return 'refused';
    if (now.version !== CREATED)
      proofs.keepOnly(claim.kind, claim.objectId, [this.#idAt(claim, CREATED), now.id]);
    refused.remove(peer, setId, claim.id);
    return 'stored';
  }

  #keep(claim: Claim, proof: Proof): void {
    const { proofs } = this.#c.repositories;
    const about = { ...claim, id: this.#idAt(claim, proof.version) };
    if (!proofs.has(about)) proofs.put(about, envelopeText(proof.envelope));
  }

  #idAt(claim: Claim, version: string): Uint8Array {
    return itemId(this.#c.crypto, { kind: claim.kind, objectId: claim.objectId, version });
  }

  /** Whether the time of an item is known by the word of its author: own ones, and those with evidence. */
  #isDated(item: Item, home: PeerId | null): boolean {
    // Of what is deleted nobody knows the author any more.
    if (item.version === DELETED) return false;
    if (home === this.#c.mesh.peerId) return true;
    const created = itemId(this.#c.crypto, { kind: item.kind, objectId: item.objectId, version: CREATED });
    const { proofs } = this.#c.repositories;
    return proofs.has({ ...item, id: created }) || proofs.has(item);
  }

  /** The home of the author of a stored object; `null` when it is gone. */
  #home(claim: Claim): PeerId | null {
    const { channelMessages, directMessages, feed } = this.#c.repositories;
    const { mesh, workspace } = this.#c;
    if (claim.kind === 'p') {
      const post = feed.get(claim.objectId as PostId);
      return post === undefined ? null : (workspace.feedRule.home(post.authorId) ?? mesh.peerId);
    }
    if (claim.kind === 'm') {
      const message = channelMessages.get(claim.objectId as MessageId);
      return message === undefined ? null : (message.originPeer ?? mesh.peerId);
    }
    const row = directMessages.get(claim.objectId as MessageId);
    const sender = row === undefined ? undefined : workspace.people.get(row.senderId);
    return sender?.local === true ? mesh.peerId : (sender?.originPeer ?? null);
  }

  #keyOf(peer: PeerId): Uint8Array | null {
    if (peer === this.#c.mesh.peerId) return this.#c.identity.ed25519.publicKey;
    return this.#c.knownPeers.get(peer)?.ed25519PublicKey ?? null;
  }
}

/** The creation time an author's envelope carries, whole Unix seconds; that of a change is the same (03 section 5.4). */
function timeOf({ live, post }: Proof): number | null {
  const createdAt = live?.createdAt ?? post?.createdAt ?? null;
  return createdAt === null ? null : Math.floor(createdAt / 1000);
}

/** The kind of objects in a set. */
function kindOf(setId: string): ItemKind {
  if (setId.startsWith('c:')) return 'm';
  return setId === FEED_SET ? 'p' : 'd';
}

/** Whether an item is a message of a channel, new or changed. */
function isMessage(setId: string, claim: Claim): boolean {
  return setId.startsWith('c:') && claim.kind === 'm' && claim.version !== DELETED;
}
