/**
 * A listener of its own for one interface (07 section 2.1): the asset store on `--can-port`, libraries on
 * `--can-sync-port`. The routes are those of the main port, called by programs of this machine without a key.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Authenticator } from './auth.ts';
import { Csrf } from './csrf.ts';
import { errorHandler } from './error-handler.ts';
import { ApiError } from './errors.ts';
import { expressClasses } from './express-classes.ts';
import { securityHeaders } from './headers.ts';
import type { HostNames } from './host-check.ts';
import { boundedServer, closeServer } from './listening.ts';
import { PolledAnswers } from './polled.ts';
import { originCheck, PortAccess, portHostCheck } from './port-access.ts';
import { RequestCounts } from './request-counts.ts';
import { logRequests } from './request-log.ts';
import { buildRouter, type Route } from './routes.ts';
import { SessionCookies } from './session.ts';
import { isLoopbackHost } from '../config/values.ts';
import type { Ports } from '../ports/types.ts';
import { LOCAL_USER } from '../store/seed.ts';
import type { Log } from '../telemetry/log.ts';
import type { Permission } from '../workspace/api-keys.ts';
import type { Workspace } from '../workspace/workspace.ts';

export interface PortServerComponents {
  ports: Ports;
  log: Log;
  workspace: Workspace;
  routes: readonly Route[];
}

export interface PortServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Where the routes begin; empty: at the root. */
  prefix: '' | '/api/v1';
  /** What a key of an account needs to call anything here; null: each route says. */
  permission: Permission | null;
  /** `sync_api_key`. */
  key: string | null;
  /** `--can-allow-origin`. */
  origins: readonly string[];
  hosts: HostNames;
}

/** Serves one list of routes. Start and stop are idempotent. */
export class PortServer {
  readonly #components: PortServerComponents;
  readonly #options: PortServerOptions;
  #server: Server | null = null;

  constructor(components: PortServerComponents, options: PortServerOptions) {
    this.#components = components;
    this.#options = options;
  }

  /** The port in use; 0 before start. */
  get port(): number {
    const address: AddressInfo | string | null = this.#server?.address() ?? null;
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Listens. @throws the `Error` of the system (`EADDRINUSE` …) when the address cannot be had. */
  async start(): Promise<void> {
    if (this.#server !== null) return;
    const app = this.#build();
    const server = boundedServer(app, expressClasses(app));
    this.#server = server;
    const { host, port } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, resolve);
      });
    } catch (error) {
      this.#server = null;
      throw error;
    }
    server.on('error', (error) => this.#components.log.error({ err: error }, 'a listener failed'));
  }

  /** Lets running requests finish for a moment, cuts what is left. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server !== null) await closeServer(server, this.#components.ports);
  }

  #build() {
    const { workspace, ports, log, routes } = this.#components;
    const { host, hosts, key, origins, permission, prefix } = this.#options;
    const sessions = new SessionCookies({ sessions: workspace.sessions }, { secure: false });
    const csrf = new Csrf({ sessions });
    const authenticator = new Authenticator({
      accounts: workspace.accounts,
      apiKeys: workspace.apiKeys,
      sessions,
      csrf,
    });
    const access = new PortAccess(
      { authenticator, localUser: () => workspace.accounts.owner()?.id ?? LOCAL_USER },
      { key, needsKey: !isLoopbackHost(host) },
    );
    const polledAnswers = new PolledAnswers({
      revision: () => workspace.revision(),
      now: () => ports.clock.now(),
    });
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.enable('case sensitive routing');
    app.enable('strict routing');
    app.set('query parser', false);
    app.use(logRequests({ log, ports, counts: new RequestCounts() }));
    app.use(securityHeaders(false));
    app.use(portHostCheck(host, hosts));
    app.use(originCheck(origins));
    app.use((req, _res, next) => {
      access.require(req, { permission, session: false, pending: false });
      next();
    });
    const router = buildRouter(
      { authenticator: access, createOnce: workspace.createOnce, polledAnswers, compress: false },
      routes,
    );
    if (prefix === '') app.use(router);
    else app.use(prefix, router);
    app.use(() => {
      throw new ApiError('not_found');
    });
    app.use(errorHandler({ ports, log }, { saysStatus: true }));
    return app;
  }
}
