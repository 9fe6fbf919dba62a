/**
 * The {@link Transport} over websockets (01 section 4): listens on IPv6 and IPv4, accepts any request path, never
 * negotiates compression, limits sockets before they can cost anything, and dials `ws://` and `wss://` endpoints
 * as they are written: an explicit `wss` is never tried in clear (01 S12).
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { addressKey, plainAddress } from './address-key.ts';
import { DialError } from './types.ts';
import type { DialFailure, Link, Listener, Transport } from './types.ts';
import { Masking, WebSocketLink } from './websocket-link.ts';

/** Path asked for by a dialler; listeners accept any. */
const REQUEST_PATH = '/p2p';
/** A client must have asked for its upgrade by then, and an upgrade request is small. */
const UPGRADE_TIMEOUT_MS = 5_000;
const MAX_HEADER_BYTES = 8 * 1024;
/** Fragments of one message, and socket chunks held for one: memory against dribbled frames. */
const MAX_FRAGMENTS = 1024;
const MAX_BUFFERED_CHUNKS = 64 * 1024;
/** How long a stopping listener waits for sockets that are closing. */
const STOP_GRACE_MS = 1_000;

const shared = {
  // Pings are answered by the link, within bounds.
  autoPong: false,
  // Deviation D-07: with nobody, Python nodes included.
  perMessageDeflate: false,
  maxFragments: MAX_FRAGMENTS,
  maxBufferedChunks: MAX_BUFFERED_CHUNKS,
};

/** Opens and accepts websockets. */
export function websocketTransport(): Transport {
  return { dial, listen };
}

function dial(
  endpoint: string,
  options: { timeoutMs: number; maxMessageBytes: number; signal?: AbortSignal },
): Promise<Link> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(new DialError('aborted', 'the dial was cancelled'));
    const masking = new Masking();
    let socket: WebSocket;
    try {
      socket = new WebSocket(endpoint + REQUEST_PATH, {
        ...shared,
        generateMask: masking.generate,
        maxPayload: options.maxMessageBytes,
        followRedirects: false,
      });
    } catch {
      return reject(new DialError('invalid', 'this endpoint is not an address'));
    }
    const finish = (outcome: Link | DialError): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (outcome instanceof DialError) {
        socket.on('error', () => undefined);
        socket.terminate();
        reject(outcome);
      } else {
        resolve(outcome);
      }
    };
    const onAbort = (): void => finish(new DialError('aborted', 'the dial was cancelled'));
    const timer = setTimeout(() => finish(new DialError('timeout', 'no answer in time')), options.timeoutMs);
    timer.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
    // The link listens from this moment on: the first message may be in the same packet as the upgrade.
    const link = new WebSocketLink(socket, new URL(endpoint).host, masking);
    socket.once('open', () => finish(link));
    socket.once('error', (error) => finish(dialError(error)));
  });
}

const FAILURES: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EINVAL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EPROTO: 'tls',
};

/** The stable word for what Node reports; a host with several addresses reports one error per address. */
export function dialError(error: Error): DialError {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : '';
  const known = FAILURES[code];
  if (known !== undefined) return new DialError(known, code);
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return new DialError('tls', code);
  if (error.message.startsWith('Unexpected server response')) return new DialError('http', error.message);
  return new DialError('failed', code === '' ? 'the connection failed' : code);
}

async function listen(
  options: {
    host?: string;
    port: number;
    maxMessageBytes: number;
    maxLinks: number;
    maxLinksPerAddress: number;
    refused?: (address: string) => void;
  },
  accept: (link: Link) => void,
): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: UPGRADE_TIMEOUT_MS,
    requestTimeout: UPGRADE_TIMEOUT_MS,
    connectionsCheckingInterval: UPGRADE_TIMEOUT_MS,
    keepAlive: false,
  });
  const upgrades = new WebSocketServer({ ...shared, noServer: true, maxPayload: options.maxMessageBytes });
  const links = new Set<WebSocketLink>();
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();

  server.on('connection', (socket) => {
    const key = addressKey(socket.remoteAddress ?? '');
    const count = perAddress.get(key) ?? 0;
    if (sockets.size >= options.maxLinks || count >= options.maxLinksPerAddress) {
      options.refused?.(plainAddress(socket.remoteAddress ?? ''));
      socket.destroy();
      return;
    }
    sockets.add(socket);
    perAddress.set(key, count + 1);
    // A client that asks for nothing at all: the request timeouts only begin with its first byte.
    socket.setTimeout(UPGRADE_TIMEOUT_MS, () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(key) ?? 1) - 1;
      if (left > 0) perAddress.set(key, left);
      else perAddress.delete(key);
    });
  });
  server.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Length': '0' }).end();
  });
  server.on('upgrade', (request, socket, head) => {
    request.socket.setTimeout(0);
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const { remoteAddress, remotePort } = request.socket;
      const link = new WebSocketLink(webSocket, formatRemote(remoteAddress ?? '', remotePort ?? 0));
      links.add(link);
      webSocket.once('close', () => links.delete(link));
      accept(link);
    });
  });
  // A broken request is the client's business; the default handler would answer it, which is more than it deserves.
  server.on('clientError', (_error, socket) => socket.destroy());

  const port = await bind(server, options.host, options.port);
  server.on('error', () => undefined);
  let stopping: Promise<void> | null = null;
  return {
    port,
    stop() {
      stopping ??= new Promise((resolve) => {
        for (const link of links) if (!link.attached) link.terminate();
        const grace = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, STOP_GRACE_MS);
        server.close(() => {
          clearTimeout(grace);
          resolve();
        });
        server.closeIdleConnections();
      });
      return stopping;
    },
  };
}

type HttpServer = ReturnType<typeof createServer>;

/** Without a host: IPv6 and IPv4 on one socket, IPv4 alone where IPv6 is switched off. */
async function bind(server: HttpServer, host: string | undefined, port: number): Promise<number> {
  if (host !== undefined) return bindTo(server, { host, port });
  try {
    return await bindTo(server, { host: '::', port, ipv6Only: false });
  } catch (error) {
    if (!isNoIpv6(error)) throw error;
    return bindTo(server, { host: '0.0.0.0', port });
  }
}

function bindTo(
  server: HttpServer,
  options: { host: string; port: number; ipv6Only?: boolean },
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.removeListener('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function isNoIpv6(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL';
}

function formatRemote(address: string, port: number): string {
  const host = plainAddress(address);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
