/** What every HTTP listener of a node bounds: how long a client may take, and how many there may be (08 section 6). */
import { createServer, type Server } from 'node:http';
import type { Express } from 'express';
import { answerClientError, refuseExpectation } from './client-errors.ts';
import { ConnectionCap, MAX_CONNECTIONS } from './connection-cap.ts';
import type { ServerClasses } from './express-classes.ts';
import type { Timers } from '../ports/types.ts';

/**
 * A client has this long to send its headers, and this long for a whole request: 100 MiB at 60 KB/s. Bodies that are no
 * uploads have a shorter time of their own.
 */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const KEEP_ALIVE_MS = 15_000;
/** A socket on which nothing moves is cut, also one whose client does not read; event streams have heartbeats. */
const IDLE_TIMEOUT_MS = 120_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** Running requests get this long to finish when the node stops. */
const STOP_GRACE_MS = 1_000;

/** A server that does not listen yet. */
export function boundedServer(app: Express, classes: ServerClasses): Server {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, ...classes }, app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(IDLE_TIMEOUT_MS);
  server.maxConnections = MAX_CONNECTIONS;
  const cap = new ConnectionCap();
  server.on('connection', (socket) => cap.admit(socket));
  server.on('clientError', answerClientError);
  server.on('checkExpectation', refuseExpectation);
  return server;
}

/** Lets running requests finish for a moment and cuts what is left. */
export async function closeServer(server: Server, components: { timers: Timers }): Promise<void> {
  await new Promise<void>((resolve) => {
    const cut = components.timers.after(STOP_GRACE_MS, () => server.closeAllConnections());
    server.close(() => {
      cut.cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
