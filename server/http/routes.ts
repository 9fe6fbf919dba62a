/**
 * Routes as data. An area of the API (`api/*.ts`) is a list of routes; this module turns lists into an express router
 * and adds what holds for all of them (04 sections 1.1 to 1.5): exact paths, `HEAD` with `GET`, `OPTIONS`, 405 with
 * `Allow`, who may call, how bodies are read, and how answers are written.
 */
import express, { type Request, type Response, type Router } from 'express';
import type { Access } from './access.ts';
import { WrittenJson, type Answer } from './answer.ts';
import type { CreateOnce } from '../workspace/create-once.ts';
import type { Authenticator, Caller } from './auth.ts';
import { jsonBody, readBody, type BodyClass, type JsonObject } from './body.ts';
import { compressed } from './compress.ts';
import { ApiError } from './errors.ts';
import { answerOnce } from './idempotency.ts';
import type { PolledAnswers } from './polled.ts';
import { RouteTable, type PathParams } from './route-match.ts';
import type { RouteSchema } from './route-schema.ts';

export { ok, WrittenJson, type Answer } from './answer.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request to a route. */
export interface Call<Who> {
  caller: Who;
  req: Request;
  /** A path parameter; the route's path guarantees that it is there. */
  param(name: string): string;
  query: URLSearchParams;
  /** The JSON body, read by the route's body class. */
  body: JsonObject;
}

interface RouteBase {
  method: Method;
  /** Relative to the prefix the list is mounted at; `:name` is a parameter. */
  path: string;
  /** @default 'none' */
  body?: BodyClass;
  /** What it takes and answers, for the description of the API. */
  schema: RouteSchema;
  /**
   * It creates something, so a client may send `Idempotency-Key`; `secret`: and tells a secret that is shown once;
   * `streamed`: what it is asked for shows only when the body was read, so it calls {@link answerOnce} itself.
   */
  creates?: true | 'secret' | 'streamed';
  /**
   * A list that is asked for again and again: it answers with an `ETag`, and 304 when nothing changed. `stored`: what it
   * answers comes from the database alone, so nothing is read while that is unchanged; `live`: it is made each time.
   */
  polled?: 'stored' | 'live';
}
/** Needs no credentials; the caller is known when they were given and are good. */
export interface OpenRoute extends RouteBase {
  access: 'open';
  handle(call: Call<Caller | null>, res: Response): Answer | null | Promise<Answer | null>;
}
export interface SignedRoute extends RouteBase {
  access: Access;
  handle(call: Call<Caller>, res: Response): Answer | null | Promise<Answer | null>;
  /**
   * Of a route that creates: the answer again, from the object it created, when the node ended before the first one was
   * kept. What it throws means that the object is not there any more.
   */
  recall?(call: Call<Caller>, created: string): Answer;
}
export type Route = OpenRoute | SignedRoute;

/** What a route is, without what it does. */
export interface RegisteredRoute {
  method: Method;
  /** From the root; `:name` is a parameter. */
  path: string;
  access: Route['access'];
  schema: RouteSchema;
  body: BodyClass;
  creates: boolean;
  polled: boolean;
}

/** The routes of one path. */
interface RouteGroup {
  path: string;
  routes: readonly Route[];
  /** For `Allow`. */
  allow: string;
}

/** What a router works with. */
export interface RouterComponents {
  authenticator: Pick<Authenticator, 'require' | 'optional'>;
  createOnce: CreateOnce;
  polledAnswers: PolledAnswers;
  /** Whether answers may be compressed: no TLS protects what is in them. */
  compress: boolean;
}

/** Builds one router from lists of routes. Literal paths win over ones with parameters, then earlier over later. */
export function buildRouter(components: RouterComponents, routes: readonly Route[]): Router {
  const table = new RouteTable(byPath(routes));
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use((req, res, next) => {
    const found = lookUp(table, req.path);
    if (found === null) return next();
    const { path, routes: group, allow } = found.entry;
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const route = group.find((candidate) => candidate.method === method);
    if (route === undefined) {
      if (req.method !== 'OPTIONS') throw new ApiError('method_not_allowed', { headers: { Allow: allow } });
      res.status(200).set({ Allow: allow, 'Content-Type': 'text/html; charset=utf-8' }).end();
      return;
    }
    res.locals['route'] = `${route.method} ${req.baseUrl}${path}`;
    run(components, { route, params: found.params }, req, res).catch(next);
  });
  return router;
}

function lookUp(table: RouteTable<RouteGroup>, path: string): ReturnType<RouteTable<RouteGroup>['find']> {
  try {
    return table.find(path);
  } catch (error) {
    if (error instanceof URIError) throw new ApiError('bad_request');
    throw error;
  }
}

function byPath(routes: readonly Route[]): [path: string, group: RouteGroup][] {
  const groups = new Map<string, Route[]>();
  for (const route of routes) groups.set(route.path, [...(groups.get(route.path) ?? []), route]);
  return [...groups].map(([path, group]) => [path, { path, routes: group, allow: allowed(group) }]);
}

function allowed(group: readonly Route[]): string {
  const methods = new Set<string>(group.map((route) => route.method));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods, 'OPTIONS'].join(', ');
}

/** A route with what its path says. */
interface Matched {
  route: Route;
  params: PathParams;
}

async function run(
  components: RouterComponents,
  { route, params }: Matched,
  req: Request,
  res: Response,
): Promise<void> {
  // A form may carry the CSRF token in its body, so that is read first.
  if (req.is('application/x-www-form-urlencoded') === 'application/x-www-form-urlencoded')
    await readBody(req);
  const { authenticator } = components;
  if (route.access === 'open') {
    const call = await callFor({ route, params }, req, authenticator.optional(req));
    await finish(components, { route, call, res }, { handle: () => route.handle(call, res) });
  } else {
    const caller = authenticator.require(req, route.access);
    res.locals['keyId'] = caller.key?.id ?? null;
    const call = await callFor({ route, params }, req, caller);
    const { recall } = route;
    await finish(
      components,
      { route, call, res },
      {
        handle: () => route.handle(call, res),
        ...(recall === undefined ? {} : { recall: (created) => recall(call, created) }),
      },
    );
  }
}

async function finish(
  { createOnce, polledAnswers, compress }: RouterComponents,
  { route, call, res }: { route: Route; call: Call<Caller | null>; res: Response },
  {
    handle,
    recall,
  }: {
    handle: () => Answer | null | Promise<Answer | null>;
    recall?: (created: string) => Answer;
  },
): Promise<void> {
  let answer: Answer | null;
  if (route.creates === true || route.creates === 'secret') {
    const repeating = {
      route: `${route.method} ${route.path}`,
      secret: route.creates === 'secret',
      ...(recall === undefined ? {} : { recall }),
    };
    answer = await answerOnce(createOnce, call, repeating, async () => handle());
  } else if (route.polled !== undefined) {
    answer = await polledAnswers.answer({ ...call, kind: route.polled }, handle);
  } else {
    answer = await handle();
  }
  if (answer !== null) sendJson(res, compress ? await compressed(call.req, answer) : answer);
}

/** Writes an answer as JSON; answers are private to their caller and never cached. */
export function sendJson(res: Response, answer: Answer): void {
  if (res.headersSent) return;
  if (answer.status === 304) {
    res.writeHead(304, { 'Cache-Control': 'no-store', ...answer.headers }).end();
    return;
  }
  const { bytes } = WrittenJson.of(answer.body);
  res.statusCode = answer.status;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  for (const [name, value] of Object.entries(answer.headers ?? {})) res.setHeader(name, value);
  res.setHeader('Content-Length', bytes.length);
  res.end(bytes);
}

async function callFor<Who>({ route, params }: Matched, req: Request, caller: Who): Promise<Call<Who>> {
  const bodyClass = route.body ?? 'none';
  // Only now, so that strangers cannot make the node collect megabytes.
  if (bodyClass !== 'none') await readBody(req);
  return {
    caller,
    req,
    param: (name) => params[name] ?? '',
    query: queryOf(req),
    body: jsonBody(req, bodyClass),
  };
}

/** The query as sent; repeated names are kept. */
export function queryOf(req: Request): URLSearchParams {
  const at = req.originalUrl.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.originalUrl.slice(at + 1));
}
