/**
 * The HTTP server: page, REST API and event stream on one port (04, 05). Builds the parts of this room, orders them
 * (host check, limits, page, accounts, API, JSON 404), and starts and stops the listener. Timeouts and a bound on
 * connections keep slow clients from occupying the node.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type Router } from 'express';
import { accountRoutes } from './api/accounts.ts';
import { adminRoutes } from './api/admin.ts';
import { agentEventRoutes } from './api/agent-events.ts';
import { agentRoutes } from './api/agents.ts';
import { catchupRoutes } from './api/catchup.ts';
import { channelManageRoutes } from './api/channel-manage.ts';
import { bookmarkRoutes } from './api/bookmarks.ts';
import { canRoutes } from './api/can.ts';
import { channelRoutes } from './api/channels.ts';
import { directHistoryRoutes } from './api/direct-history.ts';
import { historyRoutes } from './api/history.ts';
import { conversationChoiceRoutes } from './api/conversation-choices.ts';
import { descriptionRoutes } from './api/description.ts';
import { deleteSignalRoutes } from './api/delete-signals.ts';
import { databaseRoutes } from './api/database.ts';
import { deliveryRoutes } from './api/delivery.ts';
import { eventRoutes, stillCalls } from './api/events.ts';
import { feedRoutes } from './api/feed.ts';
import { fileFetchRoute } from './api/file-fetch.ts';
import { partialUploadRoutes } from './api/partial-uploads.ts';
import { filePageRoutes, fileRoutes } from './api/files.ts';
import { inboxRoutes } from './api/inbox.ts';
import { keyRoutes } from './api/keys.ts';
import { libraryRoutes } from './api/libraries.ts';
import { locateRoute } from './api/locate.ts';
import { mentionRoutes } from './api/mentions.ts';
import { messageEditRoutes } from './api/message-edits.ts';
import { messageRoutes } from './api/messages.ts';
import { metricsRoutes } from './api/metrics.ts';
import { nodeRoutes } from './api/node-info.ts';
import { connectionRoutes } from './api/p2p-connect.ts';
import { inviteRoutes } from './api/p2p-invite.ts';
import { securityRoute } from './api/p2p-security.ts';
import { sendRoutes } from './api/p2p-send.ts';
import { meshStatusRoutes } from './api/p2p-status.ts';
import { passwordRoutes } from './api/password.ts';
import { peopleRoutes } from './api/people.ts';
import { pollRoutes } from './api/polls.ts';
import { profileRoutes } from './api/profile.ts';
import { repostRoutes } from './api/reposts.ts';
import { requestRoutes } from './api/requests.ts';
import { searchRoutes } from './api/search.ts';
import { sessionRoutes } from './api/sessions.ts';
import { systemRoutes } from './api/system.ts';
import { threadRoutes } from './api/threads.ts';
import { taskRoutes } from './api/tasks.ts';
import { trustRoutes } from './api/trust.ts';
import { unreadRoutes } from './api/unread.ts';
import { pageFaultRoute } from './api/page-faults.ts';
import { violationRoute } from './api/violations.ts';
import { webRoutes } from './api/web.ts';
import { Authenticator } from './auth.ts';
import type { HttpComponents, HttpOptions } from './components.ts';
import { Csrf } from './csrf.ts';
import { errorHandler } from './error-handler.ts';
import { expressClasses, type ServerClasses } from './express-classes.ts';
import { EventStreams } from './event-stream.ts';
import { securityHeaders } from './headers.ts';
import { hostCheck } from './host-check.ts';
import { Invites } from './invites.ts';
import { boundedServer, closeServer } from './listening.ts';
import { limitRequests } from './limit-requests.ts';
import { RateLimiter } from './limits.ts';
import { MentionStreams } from './mention-stream.ts';
import { MeshView } from './mesh-view.ts';
import { loadPage, noSuchAddress, pageRouter } from './pages.ts';
import { PolledAnswers } from './polled.ts';
import { RequestCounts } from './request-counts.ts';
import { logRequests } from './request-log.ts';
import { buildRouter, type RegisteredRoute, type Route } from './routes.ts';
import { SessionCookies } from './session.ts';
import { EventLoopWatch } from '../telemetry/event-loop.ts';

/** Serves the page and the API. Start and stop are idempotent. */
export class HttpServer {
  readonly #components: HttpComponents;
  readonly #options: HttpOptions;
  readonly #streams: EventStreams;
  readonly #mentionStreams: MentionStreams;
  readonly #requests = new RequestCounts();
  readonly #loop = new EventLoopWatch();
  readonly #stopping = new AbortController();
  readonly #app: Express;
  readonly #classes: ServerClasses;
  #server: Server | null = null;
  readonly #routes: RegisteredRoute[] = [];

  constructor(components: HttpComponents, options: HttpOptions) {
    this.#components = components;
    this.#options = options;
    this.#streams = new EventStreams(components, options);
    this.#mentionStreams = new MentionStreams({
      mentions: components.workspace.mentions,
      claims: components.workspace.mentionClaims,
      bus: components.bus,
      timers: components.ports.timers,
      clock: components.ports.clock,
    });
    this.#app = this.#build();
    this.#classes = expressClasses(this.#app);
  }

  /** The port in use; 0 before start. */
  get port(): number {
    const address: AddressInfo | string | null = this.#server?.address() ?? null;
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Every route of the account forms, the page's own calls and the API, with its whole path (04 section 2). */
  get routes(): readonly RegisteredRoute[] {
    return this.#routes;
  }

  /** Listens. @throws the `Error` of the system (`EADDRINUSE` …) when the address cannot be had. */
  async start(): Promise<void> {
    if (this.#server !== null) return;
    const server = boundedServer(this.#app, this.#classes);
    this.#server = server;
    this.#streams.start();
    this.#mentionStreams.start();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: this.#options.host, port: this.#options.port }, resolve);
      });
    } catch (error) {
      this.#streams.stop();
      this.#mentionStreams.stop();
      this.#server = null;
      throw error;
    }
    server.on('error', (error) => this.#components.log.error({ err: error }, 'the HTTP listener failed'));
  }

  /** Ends event streams, lets running requests finish for a moment, cuts what is left. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    this.#stopping.abort();
    this.#streams.stop();
    this.#mentionStreams.stop();
    this.#loop.stop();
    await closeServer(server, this.#components.ports);
  }

  #build(): Express {
    const components = this.#components;
    const options = this.#options;
    const { workspace } = components;
    const sessions = new SessionCookies({ sessions: workspace.sessions }, { secure: options.secureCookie });
    const csrf = new Csrf({ sessions });
    const authenticator = new Authenticator({
      accounts: workspace.accounts,
      apiKeys: workspace.apiKeys,
      sessions,
      csrf,
    });
    const polledAnswers = new PolledAnswers({
      revision: () => workspace.revision(),
      now: () => components.ports.clock.now(),
    });
    const view = new MeshView(components, options);
    const invites = new Invites(components, options, view, this.#stopping.signal);
    const limiter = new RateLimiter({ clock: components.ports.clock }, { mode: options.rateLimits });
    const page = loadPage(options.webRoot);
    const metrics = metricsRoutes({
      components,
      options,
      view,
      requests: this.#requests,
      loop: this.#loop,
      streams: () => this.#streams.size,
    });
    const serve = (prefix: string, routes: readonly Route[]): Router => {
      for (const route of routes)
        this.#routes.push({
          method: route.method,
          path: prefix + route.path,
          access: route.access,
          schema: route.schema,
          body: route.body ?? 'none',
          creates: route.creates !== undefined,
          polled: route.polled !== undefined,
        });
      const compress = !options.secureCookie;
      const { createOnce } = workspace;
      return buildRouter({ authenticator, createOnce, polledAnswers, compress }, routes);
    };
    const api = serve('/api/v1', [
      ...systemRoutes(components, options, view),
      ...nodeRoutes(components, options, { view, port: () => this.port }),
      ...sessionRoutes({ workspace, sessions, csrf, authenticator }),
      ...keyRoutes({ workspace, authenticator }),
      ...profileRoutes(components),
      ...meshStatusRoutes(components, options, view),
      ...inviteRoutes(components, invites),
      ...connectionRoutes(components, view),
      securityRoute(view),
      ...sendRoutes(components, view),
      ...requestRoutes(components),
      ...trustRoutes(components),
      ...deleteSignalRoutes(components),
      ...agentRoutes(components),
      ...agentEventRoutes(components),
      ...peopleRoutes(components),
      ...catchupRoutes(components),
      ...channelRoutes(workspace),
      ...historyRoutes(workspace),
      ...directHistoryRoutes(workspace),
      ...channelManageRoutes({ ...workspace, ports: components.ports }),
      ...searchRoutes(workspace),
      ...bookmarkRoutes(workspace),
      ...taskRoutes(workspace),
      ...messageRoutes(workspace),
      ...messageEditRoutes(workspace),
      ...feedRoutes(workspace),
      ...repostRoutes(workspace),
      ...pollRoutes(workspace),
      ...fileRoutes(workspace),
      ...canRoutes(components.assets),
      fileFetchRoute(components),
      ...libraryRoutes(components.libraries),
      ...partialUploadRoutes(workspace),
      ...deliveryRoutes(workspace),
      ...eventRoutes(components, this.#streams, authenticator),
      ...mentionRoutes({
        workspace,
        streams: this.#mentionStreams,
        stillCalls: (call) => stillCalls(authenticator, call),
      }),
      ...inboxRoutes(components),
      ...threadRoutes(workspace),
      ...conversationChoiceRoutes(workspace),
      locateRoute(workspace),
      ...unreadRoutes(workspace),
      ...accountRoutes.api({ workspace, options }),
      ...metrics,
      ...descriptionRoutes({ routes: () => this.#routes, version: options.version }),
    ]);

    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.enable('case sensitive routing');
    app.enable('strict routing');
    app.set('query parser', false);
    app.use(logRequests({ log: components.log, ports: components.ports, counts: this.#requests }));
    app.use(securityHeaders(options.secureCookie));
    app.use(
      hostCheck({
        machineName: options.machineName,
        advertised: options.advertise,
        allowed: options.allowedHosts,
      }),
    );
    app.use(limitRequests({ limiter, authenticator }, { retryAfterSeconds: options.retryAfterSeconds }));
    // First what programs ask for many times a second; no path is in two of these lists.
    app.use('/api/v1', api);
    app.use('/api', api);
    app.use(
      pageRouter(page, {
        webRoot: options.webRoot,
        accounts: workspace.accounts,
        signedIn: (req) => authenticator.bySession(req) !== null,
      }),
    );
    app.use(
      serve('', accountRoutes.web({ workspace, sessions, csrf, invites, page, ports: components.ports })),
    );
    app.use(
      serve('', [
        ...webRoutes({ components, options, view, authenticator }),
        violationRoute(components),
        pageFaultRoute(components),
        ...passwordRoutes({ workspace, sessions, csrf, authenticator }),
        ...filePageRoutes(workspace),
        ...adminRoutes(workspace),
        ...databaseRoutes(components),
        ...metrics,
      ]),
    );
    app.use(noSuchAddress(page));
    app.use(errorHandler(components));
    return app;
  }
}
