/** Where this node can be found: its endpoints for others, and its record on the LAN (01 sections 2.5 and 3.1). */
import type { Ports, SeenService } from '../ports/types.ts';
import type { Log } from '../telemetry/log.ts';
import { formatEndpoint } from '../wire/endpoint.ts';
import type { PeerId } from '../wire/ids.ts';
import { serviceRecord } from '../wire/mdns.ts';

export interface PresenceComponents {
  ports: Pick<Ports, 'discovery' | 'localAddresses'>;
  log: Log;
}

export interface PresenceInit {
  localPeerId: PeerId;
  host?: string;
  canopyVersion: string;
  capabilities: readonly string[];
  allowLoopback: boolean;
  /** Hosts to name in place of the addresses found. */
  advertise: readonly string[] | null;
}

/** Shows this node to others. */
export class Presence {
  readonly #components: PresenceComponents;
  readonly #init: PresenceInit;

  constructor(components: PresenceComponents, init: PresenceInit) {
    this.#components = components;
    this.#init = init;
  }

  /** Endpoints under which others may reach this node at `port`, best first. */
  endpoints(port: number): string[] {
    const hosts = this.#init.advertise ?? this.#addresses();
    return hosts.map((host) => formatEndpoint({ scheme: 'ws', host, port }));
  }

  /** Announces this node on the LAN and looks for others; that it cannot is said in the log and nothing more. */
  async start(
    port: number,
    handlers: { seen(service: SeenService): void; gone(instance: string): void },
  ): Promise<void> {
    const { ports, log } = this.#components;
    const { localPeerId, canopyVersion, capabilities } = this.#init;
    const addresses = this.#addresses().filter(isIpLiteral);
    const record = serviceRecord({ peerId: localPeerId, port, canopyVersion, capabilities, addresses });
    const failed = (error: unknown): void =>
      log.warn({ err: error }, 'LAN discovery does not work here; invite codes still do');
    try {
      await ports.discovery.start(record, { ...handlers, failed });
    } catch (error) {
      failed(error);
    }
  }

  /** Says goodbye. */
  stop(): Promise<void> {
    return this.#components.ports.discovery.stop();
  }

  /**
   * Addresses at which the listener answers: the one it is bound to, or all of this machine's.
   * Deviation D-06: IPv6 ones are named and announced too.
   */
  #addresses(): readonly string[] {
    const { host, allowLoopback } = this.#init;
    const found = this.#components.ports.localAddresses();
    const loopback = allowLoopback ? ['127.0.0.1'] : [];
    if (host === undefined || host === '::') return [...found, ...loopback];
    if (host === '0.0.0.0') return [...found.filter((address) => !address.includes(':')), ...loopback];
    const isLoopbackHost = host === 'localhost' || host === '::1' || host.startsWith('127.');
    return isLoopbackHost && !allowLoopback ? [] : [host];
  }
}

/** An IPv4 address, or anything with the colons only an IPv6 address has. */
function isIpLiteral(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
}
