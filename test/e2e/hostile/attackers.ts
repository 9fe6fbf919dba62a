/**
 * Hostile peers for the end-to-end tests: they have valid identities and complete the handshake, over plain connections
 * as a Python node makes them or over secure sessions, and then say whatever a test wants.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import type { SecureLink } from '../../../server/mesh/secure/types.ts';
import { systemPorts } from '../../../server/ports/system.ts';
import { createEnvelope, frameText } from '../../../server/wire/envelope.ts';
import type { EnvelopeDraft, Signer } from '../../../server/wire/envelope.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { fromPlain } from '../../../server/wire/pyjson.ts';
import { ReferencePeer } from '../../mesh/reference-peer.ts';
import { createNode } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { eventually } from '../node-process.ts';
import type { NodeProcess } from '../node-process.ts';

let ids = 0;

/** A frame signed by `by`, whatever it claims. */
export function frame(by: Signer, payload: unknown, draft: Partial<EnvelopeDraft> = {}): string {
  ids += 1;
  return frameText(
    createEnvelope(nativeCrypto, by, {
      id: ids.toString(16).padStart(32, '0'),
      type: 'channel_message',
      toPeer: null,
      timestamp: Date.now() / 1000,
      ttl: 3,
      payload: fromPlain(payload),
      ...draft,
    }),
  );
}

/** Puts blanks before a text until it has so many bytes: what nobody signed may be as long as one likes. */
export function padded(text: string, bytes: number): string {
  return `${' '.repeat(bytes - text.length)}${text}`;
}

/** Lets a person at the victim accept a peer. */
async function accept(victim: NodeProcess, peer: PeerId): Promise<void> {
  await eventually('the request shows', async () =>
    (await victim.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests')).requests.some(
      (request) => request.peer_id === peer,
    ),
  );
  await victim.api('POST', `/p2p/requests/${peer}`, { action: 'accept' });
}

/** A peer with a plain connection. */
export class PlainAttacker {
  readonly peer = new ReferencePeer(systemPorts());
  readonly #victim: NodeProcess;
  readonly #victimId: PeerId;

  private constructor(victim: NodeProcess, victimId: PeerId) {
    this.#victim = victim;
    this.#victimId = victimId;
  }

  static async connect(victim: NodeProcess, accepted: boolean): Promise<PlainAttacker> {
    const attacker = new PlainAttacker(victim, (await victim.peerId()) as PeerId);
    await attacker.peer.dial(attacker.#victimId, `ws://127.0.0.1:${victim.meshPort}`);
    await victim.waitConnected(attacker.peerId);
    if (accepted) await accept(victim, attacker.peerId);
    return attacker;
  }

  get peerId(): PeerId {
    return this.peer.peerId;
  }

  get connected(): boolean {
    return this.peer.connected(this.#victimId);
  }

  /** Sends a text; resolves when it was handed to the operating system, or the connection is gone. */
  async say(text: string): Promise<void> {
    await this.peer.send(this.#victimId, text).catch(() => undefined);
  }

  /** A frame this peer signed. */
  frame(payload: unknown, draft: Partial<EnvelopeDraft> = {}): string {
    return frame(this.peer.identity, payload, draft);
  }

  /** Ends the connection and waits until the victim knows. */
  async leave(): Promise<void> {
    this.peer.leave(this.#victimId);
    await waitGone(this.#victim, this.peerId);
  }
}

/** A peer with a secure session, whose items a test makes. */
export class SecureAttacker {
  readonly node: SimNode = createNode(systemPorts(), { host: '127.0.0.1' });
  readonly #victim: NodeProcess;
  #link: SecureLink | null = null;

  private constructor(victim: NodeProcess) {
    this.#victim = victim;
  }

  static async connect(victim: NodeProcess, accepted: boolean): Promise<SecureAttacker> {
    const attacker = new SecureAttacker(victim);
    const victimId = (await victim.peerId()) as PeerId;
    const { mesh } = attacker.node;
    await mesh.start();
    await mesh.connect(victimId, [`ws://127.0.0.1:${victim.meshPort}`]);
    await victim.waitConnected(mesh.peerId);
    attacker.#link = mesh.links.get(victimId);
    if (accepted) await accept(victim, mesh.peerId);
    return attacker;
  }

  get peerId(): PeerId {
    return this.node.mesh.peerId;
  }

  get connected(): boolean {
    return this.#link?.ended === false;
  }

  /** Sends an item; resolves when it was handed to the socket, or the session is gone. */
  async say(type: number, body: Uint8Array): Promise<void> {
    // Whatever number a test makes up goes out as it is.
    await this.#link?.send(type as Parameters<SecureLink['send']>[0], body).catch(() => undefined);
  }

  async leave(): Promise<void> {
    await this.node.mesh.stop();
    await waitGone(this.#victim, this.peerId);
  }
}

async function waitGone(victim: NodeProcess, peer: PeerId): Promise<void> {
  await eventually('the attacker is gone', async () => {
    const peers = await victim.api<{ connected_peers: string[] }>('GET', '/p2p/peers');
    return !peers.connected_peers.includes(peer);
  });
}

/** A bare TCP connection to the mesh port, and whether it still stands. */
export interface RawConnection {
  socket: Socket;
  open: boolean;
  received: string;
}

/** Opens one; never rejects. @param first is written at once. */
export function rawConnection(victim: NodeProcess, first = ''): Promise<RawConnection> {
  return new Promise((resolve) => {
    const raw: RawConnection = { socket: connect(victim.meshPort, '127.0.0.1'), open: true, received: '' };
    raw.socket.on('data', (data) => (raw.received += data.toString('latin1')));
    raw.socket.on('error', () => undefined);
    raw.socket.on('close', () => {
      raw.open = false;
      resolve(raw);
    });
    raw.socket.on('connect', () => {
      if (first !== '') raw.socket.write(first);
      resolve(raw);
    });
  });
}

/** A request to become a websocket. @param more further header lines. */
export function upgradeRequest(more = ''): string {
  return `GET /p2p HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;
}

/** One frame of a client, masked with zeros. @param claimed length in the header, when it is not that of the payload. */
export function clientFrame(opcode: number, payload: Uint8Array, claimed = payload.length): Buffer {
  const head = Buffer.alloc(14);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | 127;
  head.writeBigUInt64BE(BigInt(claimed), 2);
  return Buffer.concat([head, payload]);
}
