/** What the rest of the mesh does when a session begins and when it ends. */
import type { LinkClose } from '../ports/types.ts';
import type { EventBus } from '../telemetry/bus.ts';
import type { Log } from '../telemetry/log.ts';
import { PROTOCOL_VERSION } from '../wire/handshake.ts';
import type { PeerId } from '../wire/ids.ts';
import type { CloseCode } from '../wire/secure-frames.ts';
import type { Activity } from './activity.ts';
import type { Connections } from './connections.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Forgetting } from './forgetting.ts';
import type { Inbound } from './inbound.ts';
import { YOUNG_SESSION } from './limits.ts';
import type { Outbound } from './outbound.ts';
import type { PeerVersions } from './peer-versions.ts';
import type { Reconnector } from './reconnector.ts';
import type { Relays } from './relay/relays.ts';
import type { Alarms } from './secure/alarms.ts';
import type { Links } from './secure/links.ts';
import type { Session } from './session.ts';
import type { RelayedSessions } from './tunnel/relayed-sessions.ts';
import type { PeerInfo } from './types.ts';

export interface SessionEventsComponents {
  activity: Activity;
  alarms: Alarms;
  bus: EventBus;
  connections: Connections;
  diagnostics: Diagnostics;
  forgetting: Forgetting;
  inbound: Inbound;
  links: Links;
  log: Log;
  outbound: Outbound;
  reconnector: Reconnector;
  relayed: RelayedSessions;
  relays: Relays;
  versions: PeerVersions;
}

/** What a peer says when another connection takes the place of one. */
const SUPERSEDED: CloseCode = 'superseded';

/** Tells them. */
export class SessionEvents {
  readonly #c: SessionEventsComponents;

  constructor(components: SessionEventsComponents) {
    this.#c = components;
  }

  opened(session: Session): void {
    const { activity, alarms, bus, reconnector, relayed, relays, versions } = this.#c;
    const { peerId, outbound, endpoint } = session;
    const { protocolVersion } = session.peer;
    alarms.settled(peerId);
    // 01 section 5.4, check 8; whoever is refused for it does not get here.
    if (protocolVersion !== PROTOCOL_VERSION)
      this.#c.log.warn({ peer: peerId, protocolVersion }, 'a peer speaks another version of the protocol');
    if (session.secure?.via == null) {
      versions.note(session.peer);
      relays.remove(peerId);
      reconnector.cancel(peerId);
      relayed.relayCame(peerId);
      activity.connection(peerId, 'connected', outbound ? 'Connected' : 'Peer connected', endpoint);
    } else {
      const detail = 'Connected securely through a relay';
      activity.connection(peerId, 'connected', detail, null, session.secure.via);
    }
    this.#c.diagnostics.transition(peerId, 'connected');
    this.#c.log.info({ peer: peerId, outbound, endpoint }, 'peer connected');
    bus.publish({ type: 'peer.connected', peerId, outbound, endpoint });
    this.linkChanged(peerId, session.info());
    if (session.secure !== null) this.#c.links.opened(session.secure);
  }

  /** @param replaced see {@link ConnectionEvents.closed}. */
  closed(session: Session, info: LinkClose, replaced: boolean): void {
    const { activity, alarms, bus, reconnector } = this.#c;
    const { peerId, endpoint } = session;
    if (info.fault !== undefined) alarms.raise(peerId, info.fault === 'broken' ? 'unreadable' : 'too_large');
    this.#c.inbound.ended(session);
    this.#c.outbound.dropped(peerId);
    if (!replaced) this.#neighbourGone(peerId, info);
    this.#c.diagnostics.transition(peerId, 'disconnected');
    activity.connection(peerId, 'disconnected', 'Connection closed', endpoint);
    this.#c.log.info({ peer: peerId, code: info.code }, 'peer disconnected');
    bus.publish({ type: 'peer.disconnected', peerId });
    if (session.age >= YOUNG_SESSION) reconnector.reset(peerId);
    reconnector.schedule(peerId);
    this.#c.forgetting.trimStrangers();
  }

  /**
   * Ends what went through a neighbour. When it says that a dial of ours takes the place of the connection, that dial is
   * given until its end: its `ready` comes another way and may be late (06 section 1.2).
   */
  #neighbourGone(peer: PeerId, { reason }: LinkClose): void {
    const { connections, relays, relayed } = this.#c;
    const dial = reason === SUPERSEDED ? connections.dials().get(peer) : undefined;
    if (dial !== undefined) {
      void dial.ended.then(() => {
        if (connections.direct(peer) === undefined) this.#neighbourGone(peer, { code: 1000, reason: '' });
      });
      return;
    }
    relays.lost(peer);
    relayed.relayGone();
  }

  /** How the link to a peer is protected changed. @param info `undefined` without a session. */
  linkChanged(peer: PeerId, info: PeerInfo | undefined): void {
    const { protection = null, via = null } = info ?? {};
    this.#c.bus.publish({ type: 'peer.link', peerId: peer, protection, via });
  }
}
