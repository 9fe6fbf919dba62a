/** Questions to the network, each with a time limit: does a port listen, is one free, does multicast come back. */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

/** How a connection attempt ended. */
export type Reached = 'open' | 'refused' | 'timeout' | 'unreachable' | 'unknown name';

/** Tries a TCP connection and closes it at once. Never throws. */
export function tryConnect(host: string, port: number, timeoutMs: number): Promise<Reached> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (reached: Reached): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    // The socket's own timeout does not cover looking up the name.
    const timer = setTimeout(() => done('timeout'), timeoutMs);
    socket.once('connect', () => done('open'));
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'ECONNREFUSED') done('refused');
      else if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') done('unknown name');
      else done('unreachable');
    });
  });
}

/** Listens for a moment; null when that works, else the system's code such as `EADDRINUSE`. */
export function tryListen(host: string | null, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(codeOf(error)));
    server.listen({ port, ...(host === null ? {} : { host }) }, () => server.close(() => resolve(null)));
  });
}

/** Where multicast DNS lives (RFC 6762). */
const MDNS_GROUP = '224.0.0.251';
const MDNS_PORT = 5353;
/** DNS header of a query with one question. */
const QUERY_HEADER = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
/** Type PTR, class IN. */
const PTR_IN = Buffer.from([0, 12, 0, 1]);

/**
 * Joins the group of multicast DNS, asks for a service and waits for anything to come in, its own question included.
 * @returns null when something did, else why not.
 */
export function tryMulticast(service: string, timeoutMs: number, port = MDNS_PORT): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const done = (failure: string | null): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      resolve(failure);
    };
    const timer = setTimeout(() => done('nothing came back, not even our own question'), timeoutMs);
    socket.once('error', (error) => done(error.message));
    socket.once('message', () => done(null));
    socket.bind(port, () => {
      try {
        socket.addMembership(MDNS_GROUP);
        socket.send(query(service), socket.address().port, MDNS_GROUP, (error) => {
          if (error !== null) done(error.message);
        });
      } catch (error) {
        done(error instanceof Error ? error.message : String(error));
      }
    });
  });
}

function query(service: string): Buffer {
  const labels = service.split('.').filter((label) => label !== '');
  const name = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([QUERY_HEADER, ...name, Buffer.from([0]), PTR_IN]);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : error.message;
}
