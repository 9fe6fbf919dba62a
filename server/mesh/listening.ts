/** Being found: the listener for other nodes, and this node's endpoints and record on the LAN (01 sections 2.5, 3.1). */
import type { Link, Listener, Ports } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { MAX_HANDSHAKE_BYTES, MAX_LINKS, MAX_LINKS_PER_ADDRESS } from './limits.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { Presence } from './presence.ts';
import type { PresenceInit } from './presence.ts';

export interface ListeningComponents {
  ports: Pick<Ports, 'transport' | 'discovery' | 'localAddresses'>;
  neighbourhood: Pick<Neighbourhood, 'seen' | 'gone'>;
  log: Log;
}

export interface ListeningInit extends PresenceInit {
  /** As configured; 0 chooses one. */
  port: number;
  /** Whether this node shows itself on the LAN and looks for others there. */
  discovery: boolean;
  /** A connection came in. */
  accept(link: Link): void;
  /** One was turned away because there are too many from its address. */
  refused(address: string): void;
}

export class Listening {
  readonly #components: ListeningComponents;
  readonly #init: ListeningInit;
  readonly #presence: Presence;
  #listener: Listener | null = null;

  constructor(components: ListeningComponents, init: ListeningInit) {
    this.#components = components;
    this.#init = init;
    this.#presence = new Presence(components, init);
  }

  /** Opens the port; rejects when it cannot be had. */
  async open(): Promise<void> {
    const { host, port, refused, accept } = this.#init;
    const options = {
      ...(host === undefined ? {} : { host }),
      port,
      maxMessageBytes: MAX_HANDSHAKE_BYTES,
      maxLinks: MAX_LINKS,
      maxLinksPerAddress: MAX_LINKS_PER_ADDRESS,
      refused,
    };
    this.#listener = await this.#components.ports.transport.listen(options, accept);
  }

  /** Shows this node on the LAN, where that is wanted. */
  announce(): void {
    if (!this.#init.discovery) return;
    const { neighbourhood } = this.#components;
    void this.#presence.start(this.port, {
      seen: (service) => neighbourhood.seen(service),
      gone: (instance) => neighbourhood.gone(instance),
    });
  }

  /** Says goodbye on the LAN and closes the port. */
  async stop(): Promise<void> {
    await Promise.all([this.#presence.stop(), this.#listener?.stop()]);
  }

  /** The port in use. */
  get port(): number {
    return this.#listener?.port ?? this.#init.port;
  }

  /** Endpoints under which others may reach this node, best first. */
  endpoints(): string[] {
    return this.#presence.endpoints(this.port);
  }
}
