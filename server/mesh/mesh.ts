/**
 * The mesh: connects this node with others and moves signed envelopes between them (01 sections 3 to 7,
 * 02 sections 3 and 5). It knows nothing of chat; handlers register for a type.
 */
import type { PeerId } from '../wire/ids.ts';
import type { MessageType } from '../wire/message-types.ts';
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
  RelayPolicy,
  SendResult,
} from './types.ts';

const todo = (): never => {
  throw new Error('not there yet');
};

export class Mesh {
  constructor(_components: MeshComponents, _init: MeshOptions) {}

  /** Starts listening, discovery and the reconnect pass. Rejects when the port cannot be had. Idempotent. */
  start(): Promise<void> {
    return todo();
  }
  /** Closes every session, then the listener. Idempotent. */
  stop(): Promise<void> {
    return todo();
  }
  get running(): boolean {
    return todo();
  }
  get peerId(): PeerId {
    return todo();
  }
  /** The mesh port in use. */
  get port(): number {
    return todo();
  }
  /** Endpoints under which others may reach this node, best first. */
  localEndpoints(): string[] {
    return todo();
  }
  get relayPolicy(): RelayPolicy {
    return todo();
  }
  set relayPolicy(_policy: RelayPolicy) {
    todo();
  }

  /** Registers the handler of a type; one per type. */
  handle(_type: MessageType, _handler: MessageHandler): void {
    todo();
  }

  isConnected(_peer: PeerId): boolean {
    return todo();
  }
  neighbours(): PeerId[] {
    return todo();
  }
  canReach(_peer: PeerId): 'direct' | 'relay' | null {
    return todo();
  }
  peerInfo(_peer: PeerId): PeerInfo | undefined {
    return todo();
  }
  /** Live connection, introduction, cached version, LAN record, in this order. */
  supports(_peer: PeerId, _capability: string): boolean {
    return todo();
  }

  /** To one peer: neighbour, route, fallback flood of control types, queue. `ttl` is that of the first hop. */
  send(
    _type: MessageType,
    _to: PeerId,
    _payload: OutboundPayload,
    _options?: { ttl?: number; encrypt?: boolean; queue?: boolean },
  ): Promise<SendResult> {
    return todo();
  }
  /** To a neighbour or not at all; `true` once written. */
  sendDirect(
    _type: MessageType,
    _to: PeerId,
    _payload: OutboundPayload,
    _options?: { ttl?: number; targeted?: boolean },
  ): Promise<boolean> {
    return todo();
  }
  /** To every neighbour; answers those it was written to. */
  flood(_type: MessageType, _payload: OutboundPayload, _options?: { ttl?: number }): Promise<PeerId[]> {
    return todo();
  }
  /** Hands what waited for a peer to the router (step h of 02 section 5.2); how many messages left. */
  flushPending(_peer: PeerId): Promise<number> {
    return todo();
  }

  /** A person wants this peer: lifts a hold, dials the endpoints in order as given, then those stored. */
  connect(
    _peer: PeerId,
    _endpoints: readonly string[],
    _options?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<ConnectResult> {
    return todo();
  }
  /** As connect, with discovered and stored endpoints; `attempts` is empty when there is none. */
  reconnect(_peer: PeerId): Promise<ConnectResult> {
    return todo();
  }
  /** Tries every known peer in the background. */
  reconnectAll(): void {
    todo();
  }
  /** Ends the session and keeps the peer away until a person connects again or the node restarts; whether there was a session. */
  disconnect(_peer: PeerId): boolean {
    return todo();
  }
  /** Closes the session without holding the peer off (it was refused, its trust changed …). */
  drop(_peer: PeerId): boolean {
    return todo();
  }
  forget(_peer: PeerId): ForgetCounts {
    return todo();
  }
  /** Leaves a relay for a direct connection; the route stays when no endpoint answers. */
  promoteDirect(_peer: PeerId): Promise<ConnectResult & { wasRelayed: boolean }> {
    return todo();
  }

  discovered(): DiscoveredPeer[] {
    return todo();
  }
  introduced(): IntroducedPeer[] {
    return todo();
  }
  /** Stores announced peers; how many were new or changed. Records that do not hold are skipped. */
  introduce(_records: readonly IntroductionRecord[], _by: PeerId): number {
    return todo();
  }
  routing(): { routing_table: Record<string, PeerId>; active_relays: Record<string, PeerId> } {
    return todo();
  }
  versions(): Record<string, PeerVersion | { capabilities: string[] }> {
    return todo();
  }
  diagnostics(): MeshDiagnostics {
    return todo();
  }
  /** Events after `since` (Unix seconds), oldest first, the newest `limit` of them. */
  activity(_since?: number, _limit?: number): ActivityEvent[] {
    return todo();
  }
  /** Adds a content event (`kind`, `preview`, `ref` …); id and time are filled in when absent. */
  recordActivity(_event: Partial<ActivityEvent> & { kind: string; peer_id: string }): void {
    todo();
  }
}
