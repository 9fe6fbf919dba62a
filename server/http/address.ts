/** Client addresses as limits count them (04 section 1.6). */
import ipaddr from 'ipaddr.js';

/** The first 64 bits of an IPv6 address, in parts of 16. */
const NETWORK_PARTS = 4;

/** The address of a socket; IPv4 in its own form also where the listener is an IPv6 one. */
export function clientAddress(socket: { remoteAddress?: string | undefined }): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

/** An IPv6 host has a whole /64 of addresses to come from, so there the network counts. */
export function networkOf(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const { parts } = ipaddr.IPv6.parse(address);
  return parts
    .slice(0, NETWORK_PARTS)
    .map((part) => part.toString(16))
    .join(':');
}

/** Whether a client runs on this machine, or a proxy on it speaks for clients. */
export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}
