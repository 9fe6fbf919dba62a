/** Holds what a server answers to what its description says: every answer of every test of this room goes through here. */
import assert from 'node:assert/strict';
import { ERROR_TABLE } from '../../server/http/error-table.ts';
import { errorCodes } from '../../server/http/openapi.ts';
import { RouteTable } from '../../server/http/route-match.ts';
import type { RegisteredRoute } from '../../server/http/routes.ts';
import type { z } from 'zod';

/** One exchange, as a client saw it. */
export interface Exchange {
  method: string;
  /** Without the query. */
  path: string;
  /** The JSON body that was sent, if any. */
  sent: unknown;
  status: number;
  type: string;
  json: unknown;
}

/** Finds routes by address, as the server does. */
export class Described {
  readonly #table: RouteTable<Map<string, RegisteredRoute>>;

  constructor(routes: readonly RegisteredRoute[]) {
    const byPath = new Map<string, Map<string, RegisteredRoute>>();
    for (const route of routes) {
      const methods = byPath.get(route.path) ?? new Map<string, RegisteredRoute>();
      if (!methods.has(route.method)) methods.set(route.method, route);
      byPath.set(route.path, methods);
    }
    this.#table = new RouteTable([...byPath]);
  }

  /** @throws {AssertionError} when an answer, or what was sent for a good one, is not what the route's schema says. */
  check(exchange: Exchange): void {
    const { method, path, status, type, sent, json } = exchange;
    const address =
      path.startsWith('/api/') && !path.startsWith('/api/v1/') ? `/api/v1${path.slice(4)}` : path;
    if (!isDecodable(address)) return;
    const route = this.#table.find(address)?.entry.get(method);
    if (route === undefined) return;
    const name = `${method} ${route.path}`;
    if (status > 299) return refused(route, name, exchange);
    const { answer, body } = route.schema;
    if (!type.startsWith('application/json')) return;
    if (typeof answer !== 'string') {
      assert.equal(
        status,
        [route.schema.status ?? 200, 202].includes(status) ? status : route.schema.status,
        name,
      );
      fits(answer, json, `the answer of ${name}`);
    }
    if (body !== undefined && typeof sent === 'object' && sent !== null)
      fits(body, sent, `the body of ${name}`);
  }
}

function isDecodable(address: string): boolean {
  try {
    decodeURIComponent(address);
    return true;
  } catch {
    return false;
  }
}

/** What an answer says that is given before any route is asked. */
const BEFORE_ROUTES: ReadonlySet<string> = new Set([
  'bad_request',
  'expectation_failed',
  'headers_too_large',
  'request_timeout',
  'wrong_host',
]);

/** What is refused, or answered otherwise, is among what the description names. */
function refused(route: RegisteredRoute, name: string, { status, json }: Exchange): void {
  if (status === 304 || status in (route.schema.others ?? {})) return;
  const codes = errorCodes(route);
  const code = typeof json === 'object' && json !== null && 'code' in json ? String(json.code) : null;
  const known =
    code === null
      ? codes.some((one) => ERROR_TABLE[one].status === status)
      : BEFORE_ROUTES.has(code) || codes.some((one) => one === code);
  assert.ok(known, `${name} answers ${status} ${code ?? ''}, which its description does not say`);
}

/** Nothing wrong, nothing missing, and nothing the schema does not know. */
function fits(schema: z.ZodType, value: unknown, what: string): void {
  const result = schema.safeParse(value);
  if (!result.success) assert.fail(`${what} is not as described: ${JSON.stringify(result.error.issues)}`);
  assert.deepEqual(result.data, value, `${what} has more than what is described`);
}
