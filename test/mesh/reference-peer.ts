/**
 * A peer with the connection habits of the reference (01 sections 5.4, 5.9, pitfalls R1 and R2): it acks and then
 * closes the loser of an arbitration, never doubts an authenticated connection, and does not announce that its
 * receiver delays. Only as much of it as the tests of our side need.
 */
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { replaces } from '../../server/mesh/arbitration.ts';
import type { ConnectionState } from '../../server/mesh/arbitration.ts';
import type { Link, Ports } from '../../server/ports/types.ts';
import { buildHandshake, verifyHandshake } from '../../server/wire/handshake.ts';
import type { HandshakeType } from '../../server/wire/handshake.ts';
import type { PeerId } from '../../server/wire/ids.ts';

interface Connection {
  state: ConnectionState;
  outbound: boolean;
  link: Link | null;
}

const LIMITS = { maxMessageBytes: 20_971_520, maxLinks: 100, maxLinksPerAddress: 100 };

/** One reference-like node. */
export class ReferencePeer {
  readonly identity: NodeIdentity;
  readonly received: string[] = [];
  /** Told of every message. */
  onMessage: (text: string) => void = () => undefined;
  /** Connections that ended although they were the adopted one. */
  losses = 0;
  readonly #ports: Ports;
  readonly #table = new Map<PeerId, Connection>();
  #stamp = 0;

  constructor(ports: Ports, identity: NodeIdentity = createNodeIdentity(ports.random, nativeCrypto)) {
    this.#ports = ports;
    this.identity = identity;
  }

  get peerId(): PeerId {
    return this.identity.peerId;
  }

  /** Whether it believes to be connected with `peer`. */
  connected(peer: PeerId): boolean {
    return this.#table.get(peer)?.state === 'authenticated';
  }

  async listen(port: number): Promise<void> {
    await this.#ports.transport.listen({ port, ...LIMITS }, (link) => {
      let first = true;
      const connection: Connection = { state: 'handshaking', outbound: false, link };
      link.attach({
        message: (text) => {
          if (!first) return this.#received(text);
          first = false;
          this.#respond(connection, link, text);
        },
        close: () => this.#lost(connection),
      });
    });
  }

  /** Dials as the reference does: the dial is in the table from its start. */
  async dial(peer: PeerId, endpoint: string): Promise<void> {
    const connection: Connection = { state: 'connecting', outbound: true, link: null };
    if (this.connected(peer)) return;
    this.#table.set(peer, connection);
    try {
      const link = await this.#ports.transport.dial(endpoint, {
        timeoutMs: 5_000,
        maxMessageBytes: 20_971_520,
      });
      connection.link = link;
      connection.state = 'handshaking';
      let first = true;
      link.attach({
        message: (text) => {
          if (!first) return this.#received(text);
          first = false;
          this.#acked(peer, connection, text);
        },
        close: () => this.#lost(connection),
      });
      await link.send(this.hello('handshake'));
    } catch {
      connection.state = 'failed';
    }
  }

  /** Its introduction. */
  hello(type: HandshakeType): string {
    this.#stamp += 1;
    return buildHandshake(nativeCrypto, this.identity, {
      type,
      capabilities: ['chat', 'files', 'voice'],
      canopyVersion: '0.5.38',
      timestamp: this.#ports.clock.now() / 1000 + this.#stamp / 1e6,
    });
  }

  /** Sends to a connected peer. */
  async send(peer: PeerId, text: string): Promise<void> {
    await this.#table.get(peer)?.link?.send(text);
  }

  /** Its link to a peer, for what no honest program does. */
  link(peer: PeerId): Link | null {
    return this.#table.get(peer)?.link ?? null;
  }

  /** Cuts its connection. */
  leave(peer: PeerId): void {
    this.#table.get(peer)?.link?.terminate();
  }

  #received(text: string): void {
    this.received.push(text);
    this.onMessage(text);
  }

  #respond(connection: Connection, link: Link, text: string): void {
    const result = verifyHandshake(nativeCrypto, text, {
      role: 'responder',
      localPeerId: this.peerId,
      rejectProtocolMismatch: false,
    });
    if (!result.ok) return link.close();
    void link.send(this.hello('handshake_ack')).catch(() => undefined);
    this.#arbitrate(result.peer.peerId, connection);
  }

  #acked(peer: PeerId, connection: Connection, text: string): void {
    const result = verifyHandshake(nativeCrypto, text, {
      role: 'initiator',
      localPeerId: this.peerId,
      expectedPeerId: peer,
      rejectProtocolMismatch: false,
    });
    if (!result.ok) return connection.link?.close();
    this.#arbitrate(peer, connection);
  }

  #arbitrate(peer: PeerId, candidate: Connection): void {
    candidate.state = 'authenticated';
    const other = this.#table.get(peer);
    const existing = other === undefined || other === candidate ? null : other;
    if (replaces(this.peerId, peer, existing, candidate)) {
      this.#table.set(peer, candidate);
      existing?.link?.close();
      return;
    }
    candidate.link?.close();
  }

  #lost(connection: Connection): void {
    const adopted = [...this.#table.values()].includes(connection);
    if (adopted && connection.state === 'authenticated') this.losses += 1;
    connection.state = 'disconnected';
  }
}
