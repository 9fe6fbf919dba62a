/**
 * Keeps two workspaces equal over the mesh (02, 03): the one object `node.ts` and `http` see of this room. It wires the
 * parts to the mesh's handlers and to what happens on this node.
 */
import type { NodeEvent } from '../telemetry/bus.ts';
import type { PeerId } from '../wire/ids.ts';
import { encodeBase58 } from '../wire/base58.ts';
import { Brokering } from './brokering/brokering.ts';
import { CatchupAnswers } from './catchup-answers.ts';
import { Catchup } from './catchup.ts';
import { ChannelKeyTraffic } from './channel-keys.ts';
import { ChannelTraffic } from './channel-traffic.ts';
import type { SyncComponents } from './context.ts';
import { OwedFrames } from './delivery/frames.ts';
import type { AcknowledgingLinks } from './delivery/links.ts';
import { meshLinks } from './delivery/mesh-links.ts';
import { reachable } from './delivery/reach.ts';
import { ReadReceipts } from './delivery/read-receipts.ts';
import { Sender } from './delivery/sender.ts';
import { Deletions } from './deletions.ts';
import { FeedCatchup } from './feed-catchup.ts';
import { FeedTraffic } from './feed-traffic.ts';
import { DirectTraffic } from './direct-traffic.ts';
import { MeshFiles } from './files/files.ts';
import { Inbound } from './inbound.ts';
import { Interactions } from './interactions.ts';
import { Introductions } from './introductions.ts';
import { MemberTraffic } from './member-traffic.ts';
import { Membership } from './membership.ts';
import { MentionTraffic } from './mentions.ts';
import { PeerKnowledge } from './peer-knowledge.ts';
import { PeerSend } from './peer-send.ts';
import { PostConnect } from './post-connect.ts';
import { Profiles } from './profiles.ts';
import { ReactionTraffic } from './reactions.ts';
import { Reconciler } from './reconcile/reconciler.ts';

export class Sync {
  /** `POST /p2p/send`. */
  readonly peerSend: PeerSend;
  /** Reaching peers through others. */
  readonly brokering: Brokering;
  readonly #c: SyncComponents;
  readonly #knowledge: PeerKnowledge;
  readonly #inbound: Inbound;
  readonly #channels: ChannelTraffic;
  readonly #channelKeys: ChannelKeyTraffic;
  readonly #deletions: Deletions;
  readonly #feed: FeedTraffic;
  readonly #profiles: Profiles;
  readonly #introductions: Introductions;
  readonly #members: MemberTraffic;
  readonly #membership: Membership;
  readonly #catchup: Catchup;
  readonly #reconciler: Reconciler;
  readonly #links: AcknowledgingLinks;
  readonly #receipts: ReadReceipts;
  /** Sends what is owed; for `reconcile`. */
  readonly delivery: Sender;
  readonly #postConnect: PostConnect;
  readonly #files: MeshFiles;
  /** Peers whose channel list came in this session; a second one says they synced again (02 R12). */
  readonly #listed = new Set<PeerId>();
  #cleanup: (() => void)[] = [];

  constructor(components: SyncComponents) {
    this.#c = components;
    const { mesh, workspace } = components;
    const knowledge = new PeerKnowledge({
      mesh,
      knownPeers: components.knownPeers,
      facts: components.repositories.peerFacts,
      clock: components.ports.clock,
    });
    const links = components.links ?? meshLinks(mesh);
    this.#files = new MeshFiles(components, { knowledge });
    const attachments = this.#files.outgoing;
    const frames = new OwedFrames(components, { knowledge, attachments });
    this.#links = links;
    this.#receipts = new ReadReceipts(components, { links });
    this.delivery = new Sender(components, {
      links,
      frames,
      knowledge,
      convert: (entry) => this.peerSend.convert(entry),
    });
    const feed = new FeedCatchup(components, { attachments });
    const answers = new CatchupAnswers(components, { owed: this.delivery, attachments, feed });
    this.#knowledge = knowledge;
    this.#inbound = new Inbound({
      mesh,
      trust: workspace.trust,
      requests: workspace.requests,
      log: components.log,
    });
    this.#channels = new ChannelTraffic(components, { listed: (peer) => this.#peerListed(peer) });
    this.#channelKeys = new ChannelKeyTraffic(components, {
      knowledge,
      arrived: () => this.delivery.lookAgain(),
    });
    this.#deletions = new Deletions(components, { knowledge });
    this.#feed = new FeedTraffic(components);
    this.#profiles = new Profiles(components, { knowledge, onAcceptance: (peer) => this.#acceptedBy(peer) });
    this.#introductions = new Introductions(components);
    this.brokering = new Brokering(components, { knowledge, reached: (peer) => this.#relayed(peer) });
    this.#membership = new Membership(components, { queried: (peer) => this.#acceptedBy(peer) });
    this.#members = new MemberTraffic(components, { ask: (peer) => this.#membership.queryAgain(peer) });
    this.#reconciler = new Reconciler(components, {
      links: mesh.links,
      attachments,
      foreign: components.foreignSets,
      reconciled: (peer, found) => this.delivery.reconciled(peer, found),
    });
    this.delivery.useRuns((peer) => this.#reconciler.awaits(peer));
    this.#catchup = new Catchup(components, {
      answers,
      feed,
      knowledge,
      covered: (peer) => this.#reconciler.covers(peer),
    });
    this.peerSend = new PeerSend(components, {
      knowledge,
      frames,
      links,
      direct: new DirectTraffic(components),
      poke: (peer) => this.delivery.poke(peer),
    });
    this.#postConnect = new PostConnect(components, {
      steps: {
        channels: (peer) => this.#channels.sendChannelList(peer),
        cards: (peer) => this.#profiles.sendCards(peer),
        membership: async (peer) => {
          await this.#membership.query(peer);
          await this.#channelKeys.connected(peer);
        },
        introductions: async (peer) => {
          await this.#introductions.introduce(peer);
          await this.#profiles.sendOthers(peer);
        },
        owed: (peer) => this.#sendOwed(peer),
        catchup: async (peer) => {
          this.#reconciler.listsSent(peer);
          await this.#catchup.ask(peer);
        },
      },
    });
    workspace.directReactions.useKnowledge((peer) => knowledge.showsDirectReactions(peer));
    workspace.directMessages.useEncryption((peer) => knowledge.readsEncrypted(peer));
    workspace.channelKeys.useCapability((peer) => knowledge.readsEncryptedChannels(peer));
    workspace.owing.useReach(() => reachable(mesh));
    const interactions = new Interactions();
    new ReactionTraffic(components).listen(interactions);
    new MentionTraffic(components).listen(interactions);
    this.#feed.listen(interactions);
    // Before the mesh starts, so that not even the first message finds nobody.
    for (const part of [
      this.#channels,
      this.#channelKeys,
      interactions,
      this.#feed,
      this.#deletions,
      this.#profiles,
      this.#introductions,
      this.#members,
      this.#membership,
      this.#catchup,
      this.peerSend,
      this.brokering,
      this.#files,
    ])
      part.register(this.#inbound);
  }

  /** Begins; idempotent. Call before the mesh starts. */
  start(): void {
    if (this.#cleanup.length > 0) return;
    this.#cleanup = [this.#c.bus.subscribe((event) => this.#happened(event)), this.#receipts.start()];
    this.delivery.start();
    this.#catchup.start();
    this.#reconciler.start();
    this.brokering.start();
    this.#files.start();
  }

  /** Clears up what the last run left of files. Call before anything comes in. */
  recover(): Promise<void> {
    return this.#files.recover();
  }

  /** Ends timers and listeners; idempotent. Call before the mesh stops. */
  async stop(): Promise<void> {
    for (const end of this.#cleanup) end();
    this.#cleanup = [];
    this.delivery.stop();
    this.#postConnect.stop();
    this.#catchup.stop();
    this.#reconciler.stop();
    this.brokering.stop();
    await this.#files.stop();
  }

  /** Runs the work after connecting towards a neighbour again (trust raised, a person asked). */
  resync(peer: PeerId): void {
    this.#profiles.connected(peer);
    this.#postConnect.enqueue(peer);
  }

  /** Asks a peer again for a file of a message here. @returns whether it can be asked now. */
  fetchFile(peer: PeerId, originFileId: string): boolean {
    return this.#files.fetchAgain(peer, originFileId);
  }

  /**
   * Whether a connected peer has accepted this node: what it sends shows that. `null` when that is not known, as of a
   * program that sends everybody the same.
   */
  acceptedBy(peer: PeerId): boolean | null {
    if (this.#knowledge.hasAcceptedUs(peer)) return true;
    return this.#links.acknowledges(peer) ? false : null;
  }

  /** Runs after connecting under way and waiting, for the status of the node. */
  queueDepth(): number {
    return this.#postConnect.depth;
  }

  /** Peers whose catch-up answer is coming in. */
  activeCatchups(): PeerId[] {
    return [...new Set([...this.#catchup.active(), ...this.#reconciler.active()])];
  }

  /** Counts of what came, by type and fate. */
  counts(): Record<string, number> {
    return this.#inbound.counts();
  }

  #happened(event: NodeEvent): void {
    this.#files.happened(event);
    switch (event.type) {
      case 'peer.connected':
        this.#connected(event.peerId);
        break;
      case 'peer.disconnected':
        this.#disconnected(event.peerId);
        break;
      case 'trust.changed':
        this.#reconciler.acceptanceChanged(event.peerId);
        if (event.trusted) this.#background('taking in an accepted peer', this.#accepted(event.peerId));
        else this.#c.workspace.owing.refuse(event.peerId);
        break;
      case 'requests.changed':
        for (const peer of this.#c.mesh.connected())
          if (this.#c.workspace.requests.isBlocked(peer)) this.#c.mesh.drop(peer);
        break;
      case 'channel.message.local':
        this.delivery.pokeAll();
        if (event.change === 'deleted')
          this.#background(
            'telling of a deletion',
            this.#deletions.announce(event.channelId, event.messageId),
          );
        break;
      case 'dm.local':
        if (event.change === 'read') this.#receipts.read(event.messageId);
        else this.delivery.pokeAll();
        break;
      case 'clock.set':
        // Lists, cards and introductions are told at connecting only, and envelopes of another time are refused (01 section 5).
        for (const peer of this.#c.mesh.neighbours()) this.resync(peer);
        break;
      case 'reaction.local':
      case 'interaction.local':
        this.delivery.pokeAll();
        break;
      case 'feed.local':
        this.delivery.pokeAll();
        if (event.change === 'deleted')
          this.#background(
            'telling of a deletion',
            this.#feed.announceDeletion(event.postId, event.visibility),
          );
        break;
      case 'channel.local':
        this.#reconciler.setsChanged(null);
        this.delivery.pokeAll();
        this.#background('announcing a channel', this.#channels.announce(event.channelId));
        break;
      case 'channel.learned':
        this.#reconciler.setsChanged(null);
        this.#background('passing a channel on', this.#channels.passOn(event.channelId, event.from));
        break;
      case 'channel.members':
        this.#reconciler.setsChanged(null);
        for (const peer of this.#c.mesh.connected()) this.#c.workspace.earlierReactions.owe(peer);
        this.delivery.pokeAll();
        break;
      case 'channel.deleted':
        this.delivery.pokeAll();
        if (event.announce)
          this.#background('telling of a deletion', this.#deletions.announceChannel(event.channelId));
        break;
      case 'channel.key.owed':
        this.delivery.poke(event.peerId);
        break;
      case 'channel.key.missing':
        this.#background('asking for a channel key', this.#channelKeys.missing(event.channelId, event.keyId));
        break;
      case 'profile.local':
        this.#background('announcing a profile', this.#profiles.announce(event.userId));
        break;
      default:
    }
  }

  #connected(peer: PeerId): void {
    this.#knowledge.connected(peer);
    this.delivery.connected(peer);
    this.#profiles.connected(peer);
    this.#listed.delete(peer);
    this.#ask(peer);
    this.brokering.connected(peer);
    this.#files.connected(peer);
    this.#postConnect.enqueue(peer);
  }

  #disconnected(peer: PeerId): void {
    this.#knowledge.disconnected(peer);
    this.delivery.disconnected(peer);
    this.#listed.delete(peer);
    this.#catchup.disconnected(peer);
    this.#channels.disconnected(peer);
    this.#membership.disconnected(peer);
    this.#profiles.disconnected(peer);
    this.#postConnect.disconnected(peer);
    this.#files.disconnected(peer);
  }

  /** Deviation D-43: a peer that can be reached through a relay now gets what neighbours would tell it on their own. */
  #relayed(peer: PeerId): void {
    if (!this.#c.workspace.trust.isTrusted(peer)) return;
    // All of it goes through the session that is opened now (06 section 2.5).
    if (this.#knowledge.couldBeSecure(peer)) return;
    this.#background('sending cards through a relay', this.#profiles.sendCardsThroughRelay(peer));
    this.#background('announcing channels through a relay', this.#channels.announceThroughRelay(peer));
    this.#background('sending what is owed', this.#sendOwed(peer));
  }

  /** An unaccepted peer becomes a request. */
  #ask(peer: PeerId): void {
    const info = this.#c.mesh.peerInfo(peer);
    if (info === undefined || this.#c.workspace.trust.policy === 'open') return;
    const known = this.#c.knownPeers.get(peer);
    const introduced = this.#c.mesh.introduced().find((one) => one.peer_id === peer);
    const names = [this.#c.workspace.peerDevices.get(peer)?.displayName, introduced?.display_name];
    this.#c.workspace.requests.arrived({
      peerId: peer,
      endpoint: info.endpoint ?? hostOf(info.remoteAddress),
      introducedBy: introduced?.introduced_by ?? null,
      protection: info.protection,
      x25519PublicKey: known === undefined ? null : encodeBase58(known.x25519PublicKey),
      names: names.filter((name) => typeof name === 'string'),
    });
  }

  async #accepted(peer: PeerId): Promise<void> {
    this.#c.workspace.requests.settle(peer);
    this.#links.tellAccepted(peer);
    await this.#channels.accepted(peer);
    await this.#profiles.accepted(peer);
    this.#files.connected(peer);
    this.resync(peer);
  }

  /** The peer showed that it takes our content: what waited for that goes now. */
  #acceptedBy(peer: PeerId): void {
    this.#knowledge.noteAcceptance(peer);
    this.#c.bus.publish({ type: 'peer.changed', peerId: peer });
    this.delivery.poke(peer);
    if (this.#listed.has(peer)) this.#background('sending cards again', this.#profiles.sendCardsAgain(peer));
  }

  #peerListed(peer: PeerId): void {
    const again = this.#listed.has(peer);
    this.#listed.add(peer);
    if (again) this.#background('sending cards again', this.#profiles.sendCardsAgain(peer));
  }

  async #sendOwed(peer: PeerId): Promise<void> {
    await this.#c.mesh.flushPending(peer);
    if (this.#c.workspace.trust.isTrusted(peer)) await this.#members.resend(peer);
    this.#c.workspace.earlierReactions.owe(peer);
    await this.delivery.drain(peer);
  }

  /** Work nobody waits for; what fails is logged and made good by the next round. */
  #background(what: string, work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#cleanup.length > 0) this.#c.log.warn({ err: error }, `${what} failed`);
    });
  }
}

/** A remote address without its port, which is another one with every connection. */
function hostOf(address: string): string {
  return address.replace(/:\d+$/, '');
}
