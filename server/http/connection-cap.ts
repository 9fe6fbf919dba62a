/**
 * How many sockets one address may hold open. A socket costs memory before anybody is known, and an event stream
 * holds one for as long as it likes; without this, one machine of the network could take all there are.
 */
import type { Socket } from 'node:net';
import { clientAddress, isLoopback, networkOf } from './address.ts';

/** Sockets at once, of everybody. */
export const MAX_CONNECTIONS = 1024;
/**
 * Sockets of one address (of a /64 in IPv6): an eighth of all, and half of the event streams there are. A household
 * behind one router, six sockets to a browser, stays below.
 */
export const MAX_CONNECTIONS_PER_ADDRESS = 128;

/** Counts the open sockets of each address. */
export class ConnectionCap {
  readonly #open = new Map<string, number>();

  /**
   * Counts a new socket until it closes, or closes it when its address holds enough. This machine is not counted:
   * what runs here may do worse, and a proxy here speaks for everybody.
   */
  admit(socket: Pick<Socket, 'remoteAddress' | 'destroy' | 'once'>): void {
    const address = clientAddress(socket);
    if (isLoopback(address)) return;
    const from = networkOf(address);
    const open = this.#open.get(from) ?? 0;
    if (open >= MAX_CONNECTIONS_PER_ADDRESS) {
      socket.destroy();
      return;
    }
    this.#open.set(from, open + 1);
    socket.once('close', () => this.#closed(from));
  }

  #closed(from: string): void {
    const open = this.#open.get(from) ?? 0;
    if (open > 1) this.#open.set(from, open - 1);
    else this.#open.delete(from);
  }
}
