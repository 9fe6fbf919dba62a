/** What counts as one address for limits: an IPv4 address, or the /64 network that one IPv6 customer gets. */
import ipaddr from 'ipaddr.js';

/** IPv4 as such even when it arrives on an IPv6 socket. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** @param address as the system gives it, without brackets and port. */
export function addressKey(address: string): string {
  const host = plainAddress(address);
  if (!host.includes(':')) return host;
  try {
    return ipaddr.parse(host).toByteArray().slice(0, 8).join('.');
  } catch {
    return host;
  }
}
