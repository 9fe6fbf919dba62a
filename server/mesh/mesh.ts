/**
 * The mesh: connects this node with others and moves signed envelopes between them (01 sections 3 to 7,
 * 02 sections 3 and 5). It knows nothing of chat; handlers register for a type. This class puts the parts together
 * and is what the rooms above see of them.
 */
import type { Timer } from '../ports/types.ts';
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
import { Activity } from './activity.ts';
import { Connections } from './connections.ts';
import { Counters } from './counters.ts';
import { Diagnostics } from './diagnostics.ts';
import { Dialer } from './dialer.ts';
import { Dialling } from './dialling.ts';
import type { ConnectOptions } from './dialling.ts';
import { Forgetting } from './forgetting.ts';
import { EndpointBook } from './endpoint-book.ts';
import { Handshaker } from './handshaker.ts';
import { Inbound } from './inbound.ts';
import { Introductions } from './introductions.ts';
import { inPlace } from './large/answering.ts';
import { LargeFrames } from './large/large-frames.ts';
import {
  LARGE_FRAME_BYTES,
  MAX_INTRODUCED_PER_PEER,
  MAX_MESSAGE_BYTES,
  PROBE_TIMEOUT,
  STARTUP_RECONNECT_DELAY,
} from './limits.ts';
import { Listening } from './listening.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { Outbound } from './outbound.ts';
import { PeerVersions } from './peer-versions.ts';
import { Reception } from './reception.ts';
import { carriesAlways } from './relay/policy.ts';
import { Relays } from './relay/relays.ts';
import { Router, verdictOn } from './router.ts';
import { Acknowledgements } from './secure/acknowledgements.ts';
import { Alarms } from './secure/alarms.ts';
import type { Offence } from './secure/alarm-reasons.ts';
import { Links } from './secure/links.ts';
import { Pins } from './secure/pins.ts';
import type { SecureSession } from './secure/secure-session.ts';
import type { AckStatus, SecureLinks } from './secure/types.ts';
import { Upgrader } from './secure/upgrade.ts';
import { SessionEvents } from './session-events.ts';
import { StoredBytes } from './stored-bytes.ts';
import type {
  ActivityEvent,
  ConnectResult,
  DiscoveredPeer,
  ForgetCounts,
  IntroducedPeer,
  IntroductionRecord,
  MeshComponents,
  MeshDiagnostics,
  MeshOptions,
  MessageHandler,
  OutboundPayload,
  PeerInfo,
  PeerVersion,
  Routing,
  SendResult,
} from './types.ts';
import { SECURE_SESSION } from '../wire/native-extensions.ts';
import { RelayedSessions } from './tunnel/relayed-sessions.ts';
import { WakeWatch } from './wake-watch.ts';

/** One node's part of the mesh. */
export class Mesh {
  /** Relays in use, and what is carried for others. */
  readonly relays: Relays;
  /** Sessions that carry more than envelopes (06 section 1.5). */
  readonly links: SecureLinks;
  readonly #components: MeshComponents;
  readonly #init: MeshOptions;
  readonly #activity: Activity;
  readonly #book: EndpointBook;
  readonly #versions = new PeerVersions();
  readonly #introductions: Introductions;
  readonly #neighbourhood: Neighbourhood;
  readonly #connections: Connections;
  readonly #pins: Pins;
  readonly #links: Links;
  readonly #acknowledgements: Acknowledgements;
  readonly #router: Router;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #relayed: RelayedSessions;
  readonly #dialer: Dialer;
  readonly #reception: Reception;
  readonly #dialling: Dialling;
  readonly #forgetting: Forgetting;
  readonly #sessions: SessionEvents;
  readonly #alarms: Alarms;
  readonly #diagnostics: Diagnostics;
  readonly #wake: WakeWatch;
  readonly #listening: Listening;
  #startup: Timer | null = null;
  #state: 'new' | 'starting' | 'running' | 'stopped' = 'new';

  constructor(components: MeshComponents, init: MeshOptions) {
    const { ports, crypto, identity, knownPeers, bus, log, admission } = components;
    const pins = new Pins({ store: components.pins, clock: ports.clock, log });
    this.#pins = pins;
    const { clock, timers, random, transport } = ports;
    const { allowLoopback, allowUnverifiedRelay } = init;
    const localPeerId = identity.peerId;
    this.#components = components;
    this.#init = init;
    const counters = new Counters();
    const activity = new Activity({ clock, bus });
    this.#activity = activity;
    this.#book = new EndpointBook(clock);
    this.#introductions = new Introductions({ knownPeers, admission }, { localPeerId, allowLoopback });
    this.#neighbourhood = new Neighbourhood(
      { clock, timers },
      {
        localPeerId,
        allowLoopback,
        dial: (peer) => this.#dialling.discovered(peer),
        changed: (peer) => bus.publish({ type: 'peer.changed', peerId: peer }),
      },
    );
    const connections = new Connections(
      {
        clock,
        timers,
        knownPeers,
        admission,
        pins,
        events: {
          opened: (session) => this.#sessions.opened(session),
          closed: (session, info, replaced) => this.#sessions.closed(session, info, replaced),
          frame: (session, text) => this.#inbound.frame(session, text),
        },
      },
      { localPeerId, isLocal: (peer) => this.#neighbourhood.get(peer) !== undefined },
    );
    this.#connections = connections;
    const router = new Router(
      {
        now: () => clock.now(),
        policy: () => this.relays.policy,
        isFamiliar: (peer) => admission.isFamiliar(peer),
        isKnown: (peer) => knownPeers.get(peer as PeerId) !== undefined,
        carriesAlways: (peer) => carriesAlways(connections.get(peer), init.canopyVersion),
        neighbours: () => connections.neighbours(),
        verify: (envelope) => verdictOn({ crypto, knownPeers }, envelope),
      },
      { localPeerId, allowUnverifiedRelay },
    );
    this.#router = router;
    const { storedBytesPerPeer: limit } = init;
    const storedBytes = new StoredBytes({ clock }, limit === undefined ? {} : { limit });
    const maxMessageBytes = (peer: PeerId): number =>
      admission.isFamiliar(peer) ? MAX_MESSAGE_BYTES : LARGE_FRAME_BYTES;
    const handshaker = new Handshaker({ crypto, identity, clock, random }, { ...init, maxMessageBytes });
    const alarms = new Alarms({ clock, bus, activity, counters, log });
    this.#alarms = alarms;
    const links = new Links(
      { clock, timers, random, connections, pins, alarms, log, storedBytes, maxMessageBytes },
      {
        envelope: (session, text, n) => this.#envelope(session, text, n),
        charge: (session, bytes) => this.#inbound.charge(session, bytes),
        renew: (session) => void this.#dialling.renew(session),
      },
    );
    this.#links = links;
    this.links = links;
    this.#acknowledgements = new Acknowledgements({ timers, links });
    const sending = {
      clock,
      timers,
      random,
      crypto,
      identity,
      knownPeers,
      connections,
      router,
      acknowledgements: this.#acknowledgements,
      counters,
      log,
    };
    const waitsForSession = (peer: PeerId): boolean => this.#waitsForSession(peer);
    this.#outbound = new Outbound(sending, { ...init, waitsForSession });
    this.relays = new Relays(
      { clock, bus, activity, knownPeers, connections, router, pairs: this.#outbound.forwarder.pairs },
      { localPeerId, policy: init.relayPolicy, offered: (peer) => this.#relayed.offered(peer) },
    );
    this.#inbound = new Inbound({
      ...sending,
      activity,
      alarms,
      storedBytes,
      largeFrames: new LargeFrames({
        background: components.background ?? inPlace(crypto),
        keyOf: (author) => knownPeers.get(author)?.ed25519PublicKey,
      }),
      admission,
      forward: (decision) => this.#outbound.forwarder.forward(decision),
      tunnel: (envelope, via) => this.#relayed.receive(envelope, via),
    });
    const upgrader = new Upgrader({ crypto, clock, random, keys: identity.x25519 });
    this.#relayed = new RelayedSessions(
      { ...sending, keys: identity.x25519, links, alarms, upgrader, versions: this.#versions },
      {
        localPeerId,
        capabilities: init.capabilities,
        canopyVersion: init.canopyVersion,
        post: (hop, peer, message) => void this.#outbound.sendTunnel(hop, peer, message),
        attempt: (peer) => void this.attempt(peer),
      },
    );
    const connecting = { connections, handshaker, upgrader, links, alarms, timers, log };
    this.#dialer = new Dialer(
      { ...connecting, transport, random, knownPeers, book: this.#book },
      { localPeerId, allowLoopback },
    );
    this.#reception = new Reception({ ...connecting, activity, clock });
    const parts = {
      clock,
      timers,
      random,
      bus,
      log,
      knownPeers,
      pins,
      alarms,
      counters,
      activity,
      connections,
      router,
      book: this.#book,
      versions: this.#versions,
      neighbourhood: this.#neighbourhood,
      introductions: this.#introductions,
      dialer: this.#dialer,
      reception: this.#reception,
      relays: this.relays,
      relayed: this.#relayed,
      inbound: this.#inbound,
      outbound: this.#outbound,
      links,
    };
    this.#dialling = new Dialling(parts, {
      isRunning: () => this.running,
      renewRelayed: (peer) => this.#relayed.renew(peer),
    });
    const { reconnector } = this.#dialling;
    this.#forgetting = new Forgetting({ ...parts, reconnector, pending: router.pending });
    this.#listening = new Listening(
      { ports, log, neighbourhood: this.#neighbourhood },
      {
        ...init,
        localPeerId,
        accept: (link) => this.#reception.accept(link),
        refused: (address) => this.#reception.tooMany(address),
      },
    );
    this.#wake = new WakeWatch(
      { clock, timers, localAddresses: () => this.#components.ports.localAddresses() },
      (clockSet) => this.#woke(clockSet),
    );
    this.#diagnostics = new Diagnostics({ ...parts, reconnector });
    this.#sessions = new SessionEvents({
      ...parts,
      reconnector,
      diagnostics: this.#diagnostics,
      forgetting: this.#forgetting,
    });
  }

  /** Starts listening, discovery and the reconnect pass. Rejects when the port cannot be had. Idempotent. */
  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'starting';
    const { ports, log } = this.#components;
    try {
      await this.#listening.open();
    } catch (error) {
      this.#state = 'new';
      throw error;
    }
    this.#state = 'running';
    this.#wake.start();
    this.#relayed.start();
    this.#startup = ports.timers.after(STARTUP_RECONNECT_DELAY, () => this.#dialling.begin());
    log.debug({ port: this.port, peer: this.peerId }, 'mesh is listening');
    this.#listening.announce();
  }

  /** Closes every session, then the listener. Idempotent. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#startup?.cancel();
    this.#wake.stop();
    this.#relayed.stop();
    this.#dialling.stop();
    this.#neighbourhood.stop();
    this.#reception.stop();
    this.#connections.closeAll();
    this.#inbound.stop();
    await this.#listening.stop();
    this.#components.knownPeers.flush();
  }

  get running(): boolean {
    return this.#state === 'running';
  }

  get peerId(): PeerId {
    return this.#components.identity.peerId;
  }

  /** The mesh port in use. */
  get port(): number {
    return this.#listening.port;
  }

  /** Endpoints under which others may reach this node, best first. */
  localEndpoints(): string[] {
    return this.#listening.endpoints();
  }

  /**
   * Registers the handler of a type; one per type.
   * @param options.overlaps the order of its effects is settled when it returns, so the author's next message of such a
   *   type may begin before its promise has ended.
   */
  handle(type: MessageType, handler: MessageHandler, options?: { overlaps?: boolean }): void {
    this.#inbound.handle(type, handler, options);
  }

  /** Whether there is a session with the peer, direct or through a relay. */
  isConnected(peer: PeerId): boolean {
    return this.#connections.get(peer) !== undefined;
  }

  /** Whether the peer is a neighbour. */
  isDirect(peer: PeerId): boolean {
    return this.#connections.direct(peer) !== undefined;
  }

  neighbours(): PeerId[] {
    return this.#connections.neighbours();
  }

  /** Every peer with a session, neighbours first. */
  connected(): PeerId[] {
    const relayed = this.#connections.all().map(({ peerId }) => peerId);
    return [...new Set([...this.neighbours(), ...relayed])];
  }

  /** Something is owed to a peer that is not connected: where there is a relay, a session through it is opened. */
  wantRelayed(peer: PeerId): void {
    if (this.running) this.#relayed.want(peer);
  }

  /** Whether nobody here keeps a peer away: it is neither blocked nor was it disconnected by a person. */
  isWelcome(peer: PeerId): boolean {
    return !this.#connections.isHeld(peer) && this.#connections.isAdmitted(peer);
  }

  /** Whether loopback endpoints mean anything here. */
  get allowsLoopback(): boolean {
    return this.#init.allowLoopback;
  }

  /** How content gets to a peer now: to itself, through one that carries it, or not. */
  canReach(peer: PeerId): 'direct' | 'relay' | null {
    if (this.isConnected(peer)) return 'direct';
    return this.relays.to(peer) === undefined ? null : 'relay';
  }

  peerInfo(peer: PeerId): PeerInfo | undefined {
    return this.#connections.get(peer)?.info();
  }

  /** Whether a peer can do something: by its live connection, else by anything we heard of it (01 section 5.5). */
  supports(peer: PeerId, capability: string): boolean {
    const session = this.#connections.get(peer);
    if (session !== undefined) return session.peer.capabilities.includes(capability);
    const heard = [this.#introductions.get(peer), this.#versions.get(peer), this.#neighbourhood.get(peer)];
    return heard.some((source) => source?.capabilities.includes(capability) ?? false);
  }

  /**
   * Sends to one peer: neighbour, route, fallback flood of the control types, or the queue (unless `queue` is
   * false). Resolves once it was written to the next hop, paced, or put into the queue.
   * @param options.ttl as in the first frame; 5 by default.
   * @param options.encrypt seal the payload (01 section 8.1); fails rather than sending in clear.
   * @param options.confirm `sent` and `relayed` then mean that the connection answered after it: what is written into a
   *   dying connection counts as failed.
   */
  send(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options?: { ttl?: number; encrypt?: boolean; queue?: boolean; confirm?: boolean },
  ): Promise<SendResult> {
    return this.#outbound.send(type, to, payload, options);
  }

  /** Whether a payload has a form and a size that receivers take (02 section 3.7); others are never sent. */
  fits(payload: OutboundPayload): boolean {
    return this.#outbound.fits(payload);
  }

  /**
   * Sends to a neighbour or not at all; `true` once written.
   * @param options.confirm as in {@link send}.
   * @param options.targeted `false` leaves `to_peer` empty: the form of a flood, to this neighbour alone.
   */
  sendDirect(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options?: { ttl?: number; targeted?: boolean; confirm?: boolean },
  ): Promise<boolean> {
    return this.#outbound.sendDirect(type, to, payload, options);
  }

  /**
   * Sends to a peer with a secure session and waits for what it says after its commit (06 section 3.2). Calls for one
   * peer arrive in their order; more than its window allows wait here.
   * @param options.targeted `false` leaves `to_peer` empty: the form of a flood, to this peer alone.
   * @returns `busy` also when it cannot be sealed now, `too_large` when nobody would take it.
   * @throws {LinkLost} when there is no such session, or it ends first.
   */
  sendOwed(
    type: MessageType,
    to: PeerId,
    payload: OutboundPayload,
    options?: { ttl?: number; encrypt?: boolean; targeted?: boolean },
  ): Promise<AckStatus> {
    return this.#outbound.sendOwed(type, to, payload, options);
  }

  /** Sends to every neighbour; answers those it was written to. */
  flood(type: MessageType, payload: OutboundPayload, options?: { ttl?: number }): Promise<PeerId[]> {
    return this.#outbound.flood(type, payload, options);
  }

  /** Hands what waited for a peer to the router (step h of 02 section 5.2); how many messages left. */
  flushPending(peer: PeerId): Promise<number> {
    return this.#outbound.flush(peer);
  }

  /**
   * A person wants this peer: lifts a hold and dials `endpoints` as given, in order, until one works.
   */
  connect(peer: PeerId, endpoints: readonly string[], options?: ConnectOptions): Promise<ConnectResult> {
    return this.#dialling.connect(peer, endpoints, options);
  }

  /**
   * Dials without a person asking, when nobody keeps the peer away: it was vouched for, or a relay is to be left.
   * @returns whether the peer is connected now; `endpoints` are tried before those that are known.
   */
  attempt(peer: PeerId, endpoints: readonly string[] = []): Promise<boolean> {
    return this.#dialling.attempt(peer, endpoints);
  }

  /** A person wants this peer: nothing keeps it away any more but a block. */
  release(peer: PeerId): void {
    this.#connections.release(peer);
  }

  /** As {@link connect}, with discovered and stored endpoints; `attempts` is empty when there is none. */
  reconnect(peer: PeerId, options?: ConnectOptions): Promise<ConnectResult> {
    return this.connect(peer, this.#dialling.endpoints(peer), options);
  }

  /** Tries every known peer in the background, those held off included: a person asked for it. */
  reconnectAll(): void {
    this.#dialling.reconnectAll();
  }

  /** Ends the session and keeps the peer away until a person connects again or the node restarts; whether there was one. */
  disconnect(peer: PeerId): boolean {
    this.#dialling.hold(peer);
    this.relays.remove(peer);
    return this.drop(peer);
  }

  /** Ends the session without holding the peer off; whether there was one. */
  drop(peer: PeerId): boolean {
    const session = this.#connections.get(peer);
    session?.close('not_wanted');
    return session !== undefined;
  }

  /** Removes everything the mesh knows of a peer (02 section 5.12). It may come back, as a stranger. */
  forget(peer: PeerId, options: { introduced?: boolean } = {}): ForgetCounts {
    return this.#forgetting.forget(peer, options);
  }

  /** Whether nothing less than a secure session is accepted of a peer (06 section 1.4). */
  isPinned(peer: PeerId): boolean {
    return this.#pins.has(peer);
  }

  /**
   * A person lifts what keeps a peer away that used to connect securely; the next secure session pins it again.
   * @param action `unpin`: it went back to another program; `accept_key`: secure still, but with another key.
   * @returns whether there was anything to lift.
   */
  liftPin(peer: PeerId, action: 'unpin' | 'accept_key'): boolean {
    if (!this.#pins.lift(peer, action)) return false;
    this.#alarms.lifted(peer, action);
    this.#sessions.linkChanged(peer, this.peerInfo(peer));
    return true;
  }

  /** Leaves a relay for a direct connection. Deviation D-44: the relay stays in use when no endpoint answers. */
  async promoteDirect(peer: PeerId): Promise<ConnectResult & { wasRelayed: boolean }> {
    const wasRelayed = this.peerInfo(peer)?.via != null || this.canReach(peer) === 'relay';
    const introduced = this.#introductions.get(peer)?.endpoints ?? [];
    const result = await this.connect(peer, [...new Set([...this.#dialling.endpoints(peer), ...introduced])]);
    return { ...result, wasRelayed };
  }

  /** Nodes on the LAN now. */
  discovered(): DiscoveredPeer[] {
    return this.#neighbourhood.toRecords((peer) => this.isConnected(peer));
  }

  introduced(): IntroducedPeer[] {
    return this.#introductions.list();
  }

  introducedPeer(peer: PeerId): IntroducedPeer | undefined {
    return this.#introductions.get(peer);
  }

  /** Stores peers that `by` announced; how many were taken. Records that do not hold are skipped. */
  introduce(records: readonly IntroductionRecord[], by: PeerId): number {
    if (records.length > MAX_INTRODUCED_PER_PEER) this.offence(by, 'too_many');
    const taken = this.#introductions.add(records, by);
    if (taken > 0) this.#components.bus.publish({ type: 'peer.changed', peerId: by });
    return taken;
  }

  /** A peer did what no honest one does: named in the log, in the activity list and in the events. */
  offence(peer: PeerId, offence: Offence): void {
    this.#alarms.raise(peer, offence);
  }

  /** Ways to peers that are no neighbours, and what is carried for others. */
  routing(): Routing {
    return this.relays.routing(this.links.all());
  }

  /** Peers that were connected with what they said, peers that were introduced with their capabilities. */
  versions(): Record<string, PeerVersion | { capabilities: string[] }> {
    return this.#versions.toRecord(this.#introductions.list());
  }

  diagnostics(): MeshDiagnostics {
    const endpoints = this.localEndpoints();
    return this.#diagnostics.report({ mesh_port: this.port, endpoints, relay_policy: this.relays.policy });
  }

  /** Events after `since` (Unix seconds), oldest first; of these the newest `limit`. */
  activity(since?: number, limit?: number): ActivityEvent[] {
    return this.#activity.list(since, limit);
  }

  /** Adds an event to the activity list; id and time are filled in when absent. */
  recordActivity(event: Partial<ActivityEvent> & { kind: string; peer_id: string }): void {
    this.#activity.record(event);
  }

  /**
   * A peer that has had a secure session gets nothing in clear through others, also when this node no longer offers
   * one; nor does a peer with which one is possible.
   */
  #waitsForSession(peer: PeerId): boolean {
    const possible = this.#init.capabilities.includes(SECURE_SESSION) && this.supports(peer, SECURE_SESSION);
    if (!possible && !this.#pins.has(peer)) return false;
    this.wantRelayed(peer);
    return true;
  }

  #envelope(session: SecureSession, text: string | Uint8Array, n: number): void {
    if (n === 0) return this.#inbound.frame(session, text);
    this.#inbound.frame(session, text, this.#acknowledgements.received(session, n));
  }

  #woke(clockSet: boolean): void {
    this.#components.log.info({}, 'the machine slept or has another network; checking connections');
    for (const session of this.#connections.all()) void session.probe(PROBE_TIMEOUT);
    this.#dialling.reconnector.resetAll();
    if (clockSet) this.#components.bus.publish({ type: 'clock.set' });
  }
}
