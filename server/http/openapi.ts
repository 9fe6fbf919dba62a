/**
 * The description of the API (04 section 10a): an OpenAPI 3.1 document made from the routes themselves, their schemas,
 * their access and the error table, so that it cannot say anything else than they do.
 */
import type { Access } from './access.ts';
import { ERROR_TABLE, type ErrorRow } from './error-table.ts';
import type { ErrorCode } from './errors.ts';
import { SchemaBook, type JsonSchema } from './openapi-schemas.ts';
import type { RegisteredRoute } from './routes.ts';
import type { RouteSchema } from './route-schema.ts';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}
interface Media {
  schema: JsonSchema;
  example?: unknown;
}
interface Reply {
  description: string;
  content?: Record<string, Media>;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
}
export interface Operation {
  operationId: string;
  summary: string;
  /** Who may call it, in words. */
  description: string;
  tags: string[];
  security: Record<string, string[]>[];
  /** What a key needs; null when any key will do, or none is needed. */
  'x-permission': string | null;
  'x-error-codes': ErrorCode[];
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Reply>;
}
export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    securitySchemes: Record<string, object>;
    schemas: Record<string, JsonSchema>;
  };
}

const JSON_TYPE = 'application/json';
const DESCRIPTION =
  'The REST API of a Canopy node. Paths below /api/v1 also answer below /api. Answers are JSON objects; times are ' +
  'ISO 8601 with zone, ids are opaque. Errors have a sentence in `error` and a stable `code`. Unknown fields of ' +
  'bodies are ignored; new fields may appear in answers.';
const SECURITY_SCHEMES = {
  key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The API key as a bearer token' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'session',
    description:
      'A browser session; other methods than GET also need the header X-CSRFToken (see /api/v1/csrf)',
  },
};
const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    error: { type: 'string', description: 'What went wrong, for people' },
    code: { type: 'string', description: 'The same, for programs: it does not change' },
    message: { type: 'string' },
    hint: { type: 'string', description: 'What to do' },
  },
  required: ['error'],
};
/** What every route can answer. */
const EVERYWHERE: readonly ErrorCode[] = ['rate_limited', 'internal_error'];

/** The document of all `routes`. @param version of the program. */
export function openApi(
  routes: readonly RegisteredRoute[],
  { version }: { version: string },
): OpenApiDocument {
  const book = new SchemaBook();
  const paths: OpenApiDocument['paths'] = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] ??= operation(route, route.schema, book);
  }
  const tags = new Set(
    Object.values(paths).flatMap((each) => Object.values(each).flatMap((one) => one.tags)),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Canopy', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: [...tags].sort().map((name) => ({ name })),
    paths,
    components: { securitySchemes: SECURITY_SCHEMES, schemas: { ...book.components, Error: ERROR_SCHEMA } },
  };
}

function operation(route: RegisteredRoute, schema: RouteSchema, book: SchemaBook): Operation {
  const codes = errorCodes(route);
  return {
    operationId: operationId(route),
    summary: schema.summary,
    description: whoMay(route.access),
    tags: [tagOf(route.path)],
    security: securityOf(route.access),
    'x-permission': route.access === 'open' ? null : route.access.permission,
    'x-error-codes': codes,
    parameters: parametersOf(route, schema, book),
    ...(schema.body === undefined
      ? {}
      : {
          requestBody: { required: route.body !== 'silent', content: jsonMedia(book, schema.body, 'input') },
        }),
    responses: { ...success(route, schema, book), ...failures(codes), ...otherAnswers(schema) },
  };
}

function operationId({ method, path }: RegisteredRoute): string {
  const words = path.replace(/^\/api\/v1/, '').match(/\w+/g) ?? [];
  return [...(path.startsWith('/api/v1') ? [] : ['page']), method.toLowerCase(), ...words].join('_');
}

/** The area of the API: the first word of the path. */
function tagOf(path: string): string {
  const [first = 'node'] = path.replace(/^\/api\/v1/, '').match(/[\w-]+/g) ?? [];
  return path.startsWith('/api/v1') ? first : 'page';
}

function whoMay(access: 'open' | Access): string {
  if (access === 'open') return 'Needs no key.';
  const key =
    access.permission === null
      ? 'Any API key'
      : `An API key with ${access.permission}${IMPLIED[access.permission] ?? ''}`;
  if (access.sessionOnly === true) return 'A browser session.';
  return access.session ? `${key}, or a browser session.` : `${key}.`;
}
const IMPLIED: Readonly<Record<string, string>> = {
  read_feed: ' (or read_messages)',
  write_feed: ' (or write_messages)',
};

function securityOf(access: 'open' | Access): Record<string, string[]>[] {
  if (access === 'open') return [{}];
  const session = { session: [] };
  if (access.sessionOnly === true) return [session];
  const keys: Record<string, string[]>[] = [{ key: [] }, { bearer: [] }];
  return access.session ? [...keys, session] : keys;
}

/** The codes of everything that can go wrong with a call of a route. */
export function errorCodes(route: RegisteredRoute): ErrorCode[] {
  const { errors = [], body, query } = route.schema;
  const fields: ErrorCode[] = body === undefined && query === undefined ? [] : ['invalid_field'];
  const all = [...credentialErrors(route.access), ...bodyErrors(route), ...errors, ...fields, ...EVERYWHERE];
  return [...new Set(all)];
}

function credentialErrors(access: 'open' | Access): ErrorCode[] {
  if (access === 'open') return [];
  const common: ErrorCode[] = [
    'insufficient_permissions',
    ...(access.pending ? [] : (['pending_approval'] as const)),
  ];
  return access.session
    ? [
        'authentication_required',
        ...common,
        'csrf_failed',
        ...(access.sessionOnly === true ? (['session_required'] as const) : []),
      ]
    : ['api_key_required', ...common];
}

function bodyErrors({ body, creates }: RegisteredRoute): ErrorCode[] {
  const repeated: ErrorCode[] = creates
    ? ['invalid_idempotency_key', 'idempotency_key_reused', 'idempotency_answer_gone']
    : [];
  const malformed: ErrorCode[] = body === 'silent' ? [] : ['bad_json', 'unsupported_media_type'];
  return body === 'none' ? repeated : [...malformed, 'not_an_object', 'body_too_large', ...repeated];
}

function parametersOf(route: RegisteredRoute, schema: RouteSchema, book: SchemaBook): Parameter[] {
  const path = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']): Parameter => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const found = schema.query === undefined ? {} : book.add(schema.query, 'input');
  const query = Object.entries(found.properties ?? {}).map(([name, { description, ...own }]): Parameter => ({
    name,
    in: 'query',
    required: found.required?.includes(name) === true,
    ...(description === undefined ? {} : { description }),
    schema: own,
  }));
  return [...path, ...query, ...headersOf(route)];
}

function headersOf(route: RegisteredRoute): Parameter[] {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  if (route.creates)
    return [
      header('Idempotency-Key', 'Names this creation: sent again, it is answered again and not done twice'),
    ];
  return route.polled ? [header('If-None-Match', 'The ETag of the answer that is known')] : [];
}

function success(route: RegisteredRoute, schema: RouteSchema, book: SchemaBook): Record<string, Reply> {
  const text = { type: 'string' };
  const reply: Reply = {
    description: 'It worked.',
    content:
      typeof schema.answer === 'string'
        ? { [schema.answer]: { schema: {} } }
        : jsonMedia(book, schema.answer, 'output'),
    ...(route.polled ? { headers: { ETag: { description: 'Of this answer', schema: text } } } : {}),
    ...(route.creates
      ? {
          headers: {
            'Idempotency-Replayed': { description: 'true on an answer given before', schema: text },
          },
        }
      : {}),
  };
  return {
    [schema.status ?? 200]: reply,
    ...(route.polled ? { 304: { description: 'Nothing changed since the ETag given.' } } : {}),
  };
}

/** Answers of their own shape, which are no errors. */
function otherAnswers({ others = {} }: RouteSchema): Record<string, Reply> {
  return Object.fromEntries(
    Object.entries(others).map(([status, says]): [string, Reply] => [
      status,
      status.startsWith('3')
        ? { description: says }
        : { description: says, content: { [JSON_TYPE]: { schema: { type: 'object' } } } },
    ]),
  );
}

function jsonMedia(
  book: SchemaBook,
  schema: NonNullable<RouteSchema['body']>,
  io: 'input' | 'output',
): Record<string, Media> {
  const found = book.add(schema, io);
  return { [JSON_TYPE]: { schema: found, example: book.example(found) } };
}

/** One answer for each status; its codes are listed, the first is the example. */
function failures(codes: readonly ErrorCode[]): Record<string, Reply> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_TABLE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const replies = [...byStatus].map(([status, all]): [number, Reply] => {
    const schema: JsonSchema = {
      allOf: [
        { $ref: '#/components/schemas/Error' },
        { type: 'object', properties: { code: { enum: all } } },
      ],
    };
    return [
      status,
      { description: sayCodes(all), content: { [JSON_TYPE]: { schema, example: errorExample(all) } } },
    ];
  });
  return Object.fromEntries(replies);
}

function sayCodes(codes: readonly ErrorCode[]): string {
  return codes.map((code) => `${code}: ${ERROR_TABLE[code].error}`).join('; ');
}

function errorExample([code]: readonly ErrorCode[]): object {
  if (code === undefined) return {};
  const { status: _status, ...row }: ErrorRow = ERROR_TABLE[code];
  return { ...row, code };
}
