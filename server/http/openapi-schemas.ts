/**
 * JSON Schema of the zod schemas of routes, as OpenAPI wants it: shapes with a name stand once, in the components of
 * the document; and small examples made from a schema.
 */
import * as z from 'zod';

/** As much of JSON Schema as our schemas turn into. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  $defs?: Record<string, JsonSchema>;
  $schema?: string;
}

const OWN_REF = '#/$defs/';
const COMPONENT_REF = '#/components/schemas/';
const EXAMPLE_TIME = '2026-01-02T03:04:05.678Z';
/** Lists within lists deeper than this are empty in examples. */
const EXAMPLE_DEPTH = 3;

/** Turns schemas into JSON Schema and keeps the named ones. */
export class SchemaBook {
  /** By name. */
  readonly components: Record<string, JsonSchema> = {};

  /** @param io `input`: what a client sends; `output`: what it gets. */
  add(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const text = JSON.stringify(z.toJSONSchema(schema, { io }));
    const {
      $defs,
      $schema: _dialect,
      ...own
    } = JSON.parse(text.replaceAll(OWN_REF, COMPONENT_REF)) as JsonSchema;
    for (const [name, definition] of Object.entries($defs ?? {}))
      this.components[name] = withoutNoise(definition);
    return withoutNoise(own);
  }

  /** The schema behind a reference. */
  resolve(schema: JsonSchema): JsonSchema {
    const name = schema.$ref?.slice(COMPONENT_REF.length);
    return name === undefined ? schema : (this.components[name] ?? {});
  }

  /** A small value that fits `schema`: what is required, and one element of each list. */
  example(schema: JsonSchema, depth = 0): unknown {
    const { enum: values, const: only, ...found } = this.resolve(schema);
    if (only !== undefined) return only;
    if (values !== undefined) return values[0];
    const [first] = found.anyOf ?? found.oneOf ?? found.allOf ?? [];
    if (first !== undefined) return this.example(first, depth);
    switch (Array.isArray(found.type) ? found.type[0] : found.type) {
      case 'object':
        return this.#object(found, depth);
      case 'array':
        return depth >= EXAMPLE_DEPTH || found.items === undefined
          ? []
          : [this.example(found.items, depth + 1)];
      case 'string':
        return found.format === 'date-time' ? EXAMPLE_TIME : 'text';
      case 'integer':
      case 'number':
        return Math.max(1, found.minimum ?? 1);
      case 'boolean':
        return true;
      default:
        return null;
    }
  }

  #object({ properties = {}, required = [] }: JsonSchema, depth: number): object {
    const names = required.filter((name) => name in properties);
    return Object.fromEntries(names.map((name) => [name, this.example(properties[name] ?? {}, depth + 1)]));
  }
}

/** Names of fields are texts everywhere, and whole numbers are never larger than JavaScript's: that goes without saying. */
function withoutNoise(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (name, value: unknown) =>
      name === 'propertyNames' || Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER ? undefined : value,
    ),
  ) as JsonSchema;
}
