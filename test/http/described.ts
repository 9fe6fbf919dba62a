/** Holds what a server answers to what its description says: every answer of every test of this room goes through here. */
import assert from 'node:assert/strict';
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

  /** @throws {AssertionError} when a good answer, or what was sent for it, is not what the route's schema says. */
  check(exchange: Exchange): void {
    const { method, path, status, type, sent, json } = exchange;
    if (status < 200 || status > 299) return;
    const address =
      path.startsWith('/api/') && !path.startsWith('/api/v1/') ? `/api/v1${path.slice(4)}` : path;
    const route = this.#table.find(address)?.entry.get(method);
    if (route === undefined) return;
    const name = `${method} ${route.path}`;
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

/** Nothing wrong, nothing missing, and nothing the schema does not know. */
function fits(schema: z.ZodType, value: unknown, what: string): void {
  const result = schema.safeParse(value);
  if (!result.success) assert.fail(`${what} is not as described: ${JSON.stringify(result.error.issues)}`);
  assert.deepEqual(result.data, value, `${what} has more than what is described`);
}
