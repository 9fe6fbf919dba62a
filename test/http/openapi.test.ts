/** The description of the API and its page: that they say what the routes do, all of it, and are well formed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ERROR_TABLE } from '../../server/http/error-table.ts';
import type { OpenApiDocument, Operation } from '../../server/http/openapi.ts';
import type { z } from 'zod';
import { startHarness, type Harness } from './harness.ts';

const NAMES_UNIQUE = 'an account has a name, so a second registration is refused by itself';
/** Creations that need no idempotency key, and why. */
const NO_KEY_NEEDED: Readonly<Record<string, string>> = {
  'POST /api/v1/register': NAMES_UNIQUE,
  'POST /api/v1/can/0/ingest': 'the same bytes are one asset, however often they come',
};

describe('the description of the API', () => {
  let node: Harness;
  let document: OpenApiDocument;
  before(async () => {
    node = await startHarness();
    await node.setUp();
    document = (await node.call('GET', '/api/v1/openapi.json')).json as unknown as OpenApiDocument;
  });
  after(() => node.close());

  const operations = (): [name: string, operation: Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]): [string, Operation] => [
        `${method.toUpperCase()} ${path}`,
        one,
      ]),
    );
  const named = (route: { method: string; path: string }): string =>
    `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`;

  it('has every route, and no other', () => {
    assert.deepEqual(
      operations()
        .map(([name]) => name)
        .sort(),
      [...new Set(node.routes.map(named))].sort(),
    );
  });

  it('says who may call each route', () => {
    for (const route of node.routes) {
      const operation =
        document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
      assert.ok(operation !== undefined);
      const permission = route.access === 'open' ? null : route.access.permission;
      assert.equal(operation['x-permission'], permission, named(route));
      const asks = operation.security.map((one) => Object.keys(one)[0] ?? 'nothing');
      const wanted =
        route.access === 'open'
          ? ['nothing']
          : route.access.sessionOnly === true
            ? ['session']
            : ['key', 'bearer', ...(route.access.session ? ['session'] : [])];
      assert.deepEqual(asks, wanted, named(route));
    }
  });

  it('is well formed: references lead somewhere, names are unique, parameters are those of the path', () => {
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(name in document.components.schemas, name);
    assert.ok(!text.includes('$defs') && !text.includes('"$schema"'));
    assert.equal([...text.matchAll(/"\$ref":"(?!#\/components\/)/g)].length, 0);
    const ids = operations().map(([, { operationId }]) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const [name, operation] of operations()) {
      const inPath = operation.parameters.filter((one) => one.in === 'path');
      assert.deepEqual(
        inPath.map((one) => `{${one.name}}`),
        name.match(/\{\w+\}/g) ?? [],
        name,
      );
      assert.ok(inPath.every((one) => one.required));
      assert.ok(
        operation.tags.every((tag) => tags.has(tag)),
        name,
      );
      for (const each of operation.security)
        for (const scheme of Object.keys(each)) assert.ok(scheme in document.components.securitySchemes);
      for (const [status, reply] of Object.entries(operation.responses)) {
        assert.match(status, /^[2-5]\d\d$/);
        assert.notEqual(reply.description, '', name);
      }
      assert.ok(operation.summary !== '' && !operation.summary.endsWith('.'), name);
    }
  });

  it('lists the codes each route can answer, under their status', () => {
    for (const [name, operation] of operations())
      for (const code of operation['x-error-codes']) {
        const reply = operation.responses[String(ERROR_TABLE[code].status)];
        assert.ok(reply?.description.includes(`${code}: `), `${name} ${code}`);
      }
  });

  it('gives examples that fit the schemas', () => {
    for (const route of node.routes) {
      const operation =
        document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
      const { answer, body, status = 200 } = route.schema;
      const reply = operation?.responses[status]?.content?.['application/json'];
      const problem = (schema: z.ZodType, value: unknown): unknown => schema.safeParse(value).error?.issues;
      if (typeof answer !== 'string')
        assert.equal(problem(answer, reply?.example), undefined, `the answer of ${named(route)}`);
      const sent = operation?.requestBody?.content['application/json'];
      if (body !== undefined)
        assert.equal(problem(body, sent?.example), undefined, `the body of ${named(route)}`);
    }
  });

  it('offers an idempotency key wherever something is created', () => {
    for (const route of node.routes) {
      const name = `${route.method} ${route.path}`;
      if (route.method !== 'POST' || route.schema.status !== 201 || name in NO_KEY_NEEDED) continue;
      assert.ok(route.creates, `${name} creates, so it says creates: true`);
    }
  });

  it('is a page, too: without scripts, styles of its own or anything from outside', async () => {
    const page = await node.call('GET', '/api/v1/reference');
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    for (const [name] of operations()) {
      const [method = '', path = ''] = name.split(' ');
      assert.ok(page.text.includes(`>${method}</span> <code>${path}</code>`), name);
    }
    assert.doesNotMatch(page.text, /<script|<style|style=|\son\w+=|(?:src|href)="(?:https?:)?\/\//);
    assert.equal((await node.call('GET', '/api/v1/reference.css')).status, 200);
  });

  it('finds routes by words, and shows what was asked for as text', async () => {
    const found = await node.call('GET', '/api/v1/reference?q=post+bookmark');
    assert.doesNotMatch(found.text, /id="get_health"/);
    const one = await node.call('GET', '/api/v1/reference?q=openapi.json');
    assert.match(one.text, /<p role="status">1 route<\/p>/);
    const hostile = await node.call('GET', `/api/v1/reference?q=${encodeURIComponent('"><b>&')}`);
    assert.ok(hostile.text.includes('value="&quot;&gt;&lt;b&gt;&amp;"'));
    assert.match(hostile.text, /<p role="status">0 routes<\/p>/);
  });
});
