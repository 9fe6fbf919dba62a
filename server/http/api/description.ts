/** The API about itself (04 section 10a): the OpenAPI document and a page to read it. Nothing in them is secret. */
import * as z from 'zod';
import { openApi, type OpenApiDocument } from '../openapi.ts';
import { referencePage } from '../reference-page.ts';
import { REFERENCE_STYLE } from '../reference-style.ts';
import { textParam } from '../route-schema.ts';
import { ok, WrittenJson, type RegisteredRoute, type Route } from '../routes.ts';

/** Browsers may keep these for a while; they change with the program. */
const CACHE = 'public, max-age=300';

/** @param parts.routes all routes of the server, asked for when somebody wants to know. */
export function descriptionRoutes(parts: {
  routes: () => readonly RegisteredRoute[];
  version: string;
}): Route[] {
  let made: { document: OpenApiDocument; written: WrittenJson } | null = null;
  const described = () => {
    if (made === null) {
      const document = openApi(parts.routes(), { version: parts.version });
      made = { document, written: WrittenJson.of(document) };
    }
    return made;
  };
  return [
    {
      method: 'GET',
      path: '/openapi.json',
      access: 'open',
      polled: 'live',
      schema: {
        summary: 'The description of this API, as OpenAPI 3.1',
        answer: z.looseObject({ openapi: z.literal('3.1.0') }),
      },
      handle: () => ok(described().written),
    },
    {
      method: 'GET',
      path: '/reference',
      access: 'open',
      schema: {
        summary: 'The description of this API, as a page',
        query: z.looseObject({ q: textParam('Words a route has to contain') }),
        answer: 'text/html',
      },
      handle: ({ query }, res) => {
        const html = referencePage(described().document, query.get('q') ?? '');
        res.status(200).set({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': CACHE }).end(html);
        return null;
      },
    },
    {
      method: 'GET',
      path: '/reference.css',
      access: 'open',
      schema: { summary: 'How that page looks', answer: 'text/css' },
      handle: (_call, res) => {
        res
          .status(200)
          .set({ 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': CACHE })
          .end(REFERENCE_STYLE);
        return null;
      },
    },
  ];
}
