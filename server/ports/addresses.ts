/**
 * This machine's addresses as others can reach them (01 section 2.5): the source address of the default route
 * first, then the other IPv4 addresses, then IPv6; no loopback and no link-local ones.
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

/** A public address; a UDP socket connected to it shows which source the system would use. Nothing is sent. */
const PROBE_ADDRESS = '192.0.2.1';
const PROBE_PORT = 9;
/** The route is asked for again when the answer is older than this: networks change under a running node. */
const ROUTE_MAX_AGE_MS = 10_000;

/** Orders interface addresses: `first` if present, IPv4 in system order, then IPv6. */
export function orderAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  first: string | null,
): string[] {
  const all = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter((info) => !isLoopback(info.address) && !isLinkLocal(info.address));
  const v4 = all.filter((info) => info.family === 'IPv4').map((info) => info.address);
  const v6 = all.filter((info) => info.family === 'IPv6').map((info) => info.address);
  const lead = first !== null && v4.includes(first) ? [first] : [];
  return [...new Set([...lead, ...v4, ...v6])];
}

/** By address, not by interface: a routed address may well stand on the loopback interface. */
function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** Whether an IP literal is usable on its own link only. */
function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || /^fe[89ab]/i.test(address);
}

/** The addresses of this machine, with the default route kept fresh in the background. */
export class LocalAddresses {
  #source: string | null = null;
  #askedAt = -Infinity;

  constructor() {
    this.#ask();
  }

  /** Best first. */
  list(): string[] {
    if (performance.now() - this.#askedAt > ROUTE_MAX_AGE_MS) this.#ask();
    return orderAddresses(networkInterfaces(), this.#source);
  }

  #ask(): void {
    this.#askedAt = performance.now();
    const socket = createSocket('udp4');
    socket.unref();
    const done = (source: string | null): void => {
      this.#source = source;
      socket.close();
    };
    socket.once('error', () => done(null));
    socket.connect(PROBE_PORT, PROBE_ADDRESS, () => done(socket.address().address));
  }
}
