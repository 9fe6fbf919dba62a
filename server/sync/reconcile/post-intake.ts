/**
 * Posts of a page (06 section 4.3, "authority"), by the rules of messages: the word of the author's home as if live, that
 * of others as reported, and only where the post is new. All rules of the workspace hold (03 sections 7.3 and 8.4).
 */
import { isReadable } from '../../store/feed.ts';
import type { PeerId } from '../../wire/ids.ts';
import { CREATED, rankOfVersion } from '../../wire/item-id.ts';
import { caughtUpPostSchema } from '../../wire/payloads/feed.ts';
import type { ForeignPost } from '../../workspace/feed-inbox.ts';
import type { SyncComponents } from '../context.ts';
import { caughtUpPost } from '../feed-forms.ts';
import type { Claim } from './claim.ts';

export class PostIntake {
  readonly #c: SyncComponents;

  constructor(components: SyncComponents) {
    this.#c = components;
  }

  /** Writes what the item changes; false when it is no post. Inside a transaction. */
  write(peer: PeerId, claim: Claim): boolean {
    const signed = claim.proofs.flatMap(({ post, signer }) => (post === null ? [] : [{ post, signer }]));
    for (const { post, signer } of signed) this.#signed(peer, post, signer);
    if (signed.length > 0) return true;
    const told = claim.unproven.flatMap(({ post, author }) => (post === null ? [] : [{ post, author }]));
    for (const { post, author } of told) this.#told(peer, post, author);
    if (told.length > 0) return true;
    const parsed = caughtUpPostSchema.safeParse(claim.body);
    const post = parsed.success ? caughtUpPost(parsed.data) : null;
    if (post === null || post.unreadable || post.id !== claim.objectId) return false;
    // Where its time was ahead, the row of whoever tells of it has another one (06 section 4.1).
    this.#plain(peer, { ...post, createdAt: claim.ts * 1000 }, claim.version);
    return true;
  }

  #signed(peer: PeerId, post: ForeignPost, signer: PeerId): void {
    const { mesh, workspace, repositories } = this.#c;
    if (signer === mesh.peerId || workspace.requests.isBlocked(signer)) return;
    // Posts for those the author trusts come from nobody but the author's node.
    if (post.visibility === 'trusted' && signer !== peer) return;
    const known = repositories.feed.get(post.id);
    // A change of what somebody unaccepted wrote, and an accepted peer reported, is that one's own word, too.
    const changes = known !== undefined && workspace.feedRule.home(known.authorId) === signer;
    if (changes || workspace.trust.isTrusted(signer)) workspace.inbound.feedInbox.takeLive(post, signer);
    else this.#told(peer, post, signer);
  }

  /** Nobody accepted the author here, or the author's key is not known: it is what an accepted peer reports. */
  #told(peer: PeerId, post: ForeignPost, author: PeerId): void {
    const { mesh, workspace } = this.#c;
    if (author === mesh.peerId || workspace.requests.isBlocked(author)) return;
    workspace.inbound.feedInbox.takeCaughtUp({ ...post, originPeer: author }, peer);
  }

  #plain(peer: PeerId, post: ForeignPost, version: string): void {
    const { mesh, workspace, repositories } = this.#c;
    const home = post.originPeer ?? peer;
    if (home === mesh.peerId) return;
    const rev = version === CREATED ? null : rankOfVersion(version);
    const { feedInbox } = workspace.inbound;
    const known = repositories.feed.get(post.id);
    const isFirst =
      known === undefined || !isReadable(known) || repositories.reported.via('p', post.id) !== null;
    // A change that its author's home neither signed nor says itself is refused.
    if (isFirst && (home === peer || rev === null)) feedInbox.takeCaughtUp({ ...post, rev }, peer);
    else if (!isFirst && home === peer && rev !== null) feedInbox.takeLive({ ...post, rev }, peer);
  }
}
