/**
 * The page to read the API by (04 section 10a): plain HTML made here from the OpenAPI document, without scripts, so it
 * needs no exception of the content policy. The search is a form; the parts of a route open and close by themselves.
 */
import type { JsonSchema } from './openapi-schemas.ts';
import type { OpenApiDocument, Operation, Parameter } from './openapi.ts';

/** Fields of fields are told down to here. */
const MAX_DEPTH = 3;
/** Longest search that is looked at. */
const MAX_SEARCH = 200;

interface Entry {
  path: string;
  method: string;
  operation: Operation;
}

/** @param search only routes in whose address or summary all its words stand. */
export function referencePage(document: OpenApiDocument, search: string): string {
  const asked = search.slice(0, MAX_SEARCH).trim();
  const all = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Entry => ({ path, method, operation })),
  );
  const found = all.filter((entry) => matches(entry, asked));
  const tags = document.tags.map(({ name }) => name).filter((name) => found.some(hasTag(name)));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${asked === '' ? '' : `${escape(asked)} – `}Canopy API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="reference.css">
</head>
<body>
<a class="skip" href="#routes">Skip to the routes</a>
<header>
<h1>Canopy API</h1>
<p>Version ${escape(document.info.version)}. ${escape(document.info.description)}</p>
<p>Send an API key in the header <code>X-API-Key</code>; keys are made on the API Keys page. For programs:
<a href="openapi.json">openapi.json</a>.</p>
<form method="get" action="reference" role="search">
<label for="q">Find a route</label>
<input type="search" id="q" name="q" value="${escape(asked)}" maxlength="${MAX_SEARCH}">
<button>Search</button>${asked === '' ? '' : '\n<a href="reference">Show all</a>'}
</form>
</header>
<nav aria-label="Areas">
<ul>
${tags.map((tag) => `<li><a href="#area-${escape(tag)}">${escape(tag)}</a></li>`).join('\n')}
</ul>
</nav>
<main id="routes" tabindex="-1">
<p role="status">${found.length === 1 ? '1 route' : `${found.length} routes`}</p>
${tags.map((tag) => area(document, tag, found.filter(hasTag(tag)))).join('\n')}
</main>
</body>
</html>
`;
}

function hasTag(name: string): (entry: Entry) => boolean {
  return ({ operation }) => operation.tags.includes(name);
}

function matches({ path, method, operation }: Entry, asked: string): boolean {
  const text = `${method} ${path} ${operation.summary} ${operation.description}`.toLowerCase();
  return asked
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function area(document: OpenApiDocument, tag: string, entries: readonly Entry[]): string {
  return `<section aria-labelledby="area-${escape(tag)}">
<h2 id="area-${escape(tag)}">${escape(tag)}</h2>
${entries.map((entry) => route(document, entry)).join('\n')}
</section>`;
}

function route(document: OpenApiDocument, { path, method, operation }: Entry): string {
  const body = operation.requestBody?.content['application/json'];
  const [status, answer] = Object.entries(operation.responses)[0] ?? ['200', { description: '' }];
  const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
  return `<details id="${escape(operation.operationId)}">
<summary><span class="method ${escape(method)}">${escape(method.toUpperCase())}</span> <code>${escape(path)}</code>
<span class="says">${escape(operation.summary)}</span></summary>
<p>${escape(operation.description)}</p>
${parameters(operation.parameters)}
${body === undefined ? '' : `<h3>Body</h3>\n${fields(document, body.schema)}\n${example(body.example)}`}
<h3>Answer ${escape(status)}${type === undefined || type === 'application/json' ? '' : `, ${escape(type)}`}</h3>
${media === undefined ? '' : fields(document, media.schema)}
${media?.example === undefined ? '' : example(media.example)}
${errors(operation)}
</details>`;
}

function parameters(all: readonly Parameter[]): string {
  if (all.length === 0) return '';
  const rows = all.map(
    (one) =>
      `<tr><th scope="row"><code>${escape(one.name)}</code></th><td>${one.in}${one.required ? ', required' : ''}</td>` +
      `<td>${escape(typeName(one.schema))}</td><td>${escape(one.description ?? '')}</td></tr>`,
  );
  return `<h3>Parameters</h3>\n${table(['Name', 'Where', 'Type', 'Meaning'], rows)}`;
}

/** The fields of an object, those of objects within it as `outer.inner`. */
function fields(document: OpenApiDocument, schema: JsonSchema): string {
  const rows = fieldRows(document, schema, '', 0);
  return rows.length === 0 ? '' : table(['Field', 'Type', 'Meaning'], rows);
}

function fieldRows(document: OpenApiDocument, schema: JsonSchema, prefix: string, depth: number): string[] {
  const { properties = {}, required = [] } = resolve(document, schema);
  return Object.entries(properties).flatMap(([name, field]) => {
    const label = `${prefix}${name}`;
    const optional = required.includes(name) ? '' : ', optional';
    const own =
      `<tr><th scope="row"><code>${escape(label)}</code></th><td>${escape(typeName(field))}${optional}</td>` +
      `<td>${escape(field.description ?? '')}</td></tr>`;
    const items = field.items === undefined ? field : field.items;
    const suffix = field.items === undefined ? '.' : '[].';
    return depth >= MAX_DEPTH ? [own] : [own, ...fieldRows(document, items, `${label}${suffix}`, depth + 1)];
  });
}

function resolve(document: OpenApiDocument, schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

function typeName(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map(typeName).join(' | ');
  if (schema.type === 'array') return `list of ${typeName(schema.items ?? {})}`;
  const range = schema.maximum === undefined ? '' : ` ${schema.minimum ?? ''}–${schema.maximum}`;
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'anything');
  return `${schema.format === 'date-time' ? 'time' : type}${range}`;
}

function errors(operation: Operation): string {
  const rows = Object.entries(operation.responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, reply]) =>
      reply.description.split('; ').map((each) => {
        const [code = '', ...says] = each.split(': ');
        return (
          `<tr><th scope="row"><code>${escape(code)}</code></th><td>${escape(status)}</td>` +
          `<td>${escape(says.join(': '))}</td></tr>`
        );
      }),
    );
  return `<h3>Errors</h3>\n${table(['Code', 'Status', 'Meaning'], rows)}`;
}

function table(heads: readonly string[], rows: readonly string[]): string {
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join('');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function example(value: unknown): string {
  return `<pre>${escape(JSON.stringify(value, null, 2))}</pre>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => ENTITIES[found] ?? found);
}
