/** What the class modules share: exact comparison, and files of the common shape `{schema, class, cases}`. */
import * as z from 'zod';
import { CaseMismatch, type VectorClass } from './types.ts';

const MISSING = '(nothing)';

/**
 * Throws {@link CaseMismatch} unless both values are equal as JSON values. The mismatch names only the places
 * that differ, as `path: value`, so that a difference on purpose can be stated without the keys of the vectors.
 */
export function expectEqual(ours: unknown, expected: unknown): void {
  const left: Record<string, unknown> = {};
  const right: Record<string, unknown> = {};
  collect('', ours, expected, left, right);
  if (Object.keys(left).length > 0) throw new CaseMismatch(left, right);
}

/** Whether two JSON values are equal. */
export function sameJson(a: unknown, b: unknown): boolean {
  try {
    expectEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

function collect(
  path: string,
  ours: unknown,
  expected: unknown,
  left: Record<string, unknown>,
  right: Record<string, unknown>,
): void {
  const lists = Array.isArray(ours) && Array.isArray(expected) && ours.length === expected.length;
  if (lists || (isObject(ours) && isObject(expected))) {
    const a = new Map<string, unknown>(Object.entries(ours));
    const b = new Map<string, unknown>(Object.entries(expected));
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      collect(path === '' ? key : `${path}.${key}`, a.get(key), b.get(key), left, right);
    }
  } else if (!Object.is(ours, expected) && !(isEmptyList(ours) && isEmptyList(expected))) {
    left[path] = ours === undefined ? MISSING : ours;
    right[path] = expected === undefined ? MISSING : expected;
  }
}

/** Whether `value` is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

const caseId = z.object({ id: z.string() });

/** A class of the common shape of the wire vectors; `check` throws when a case does not come out as recorded. */
export function wireClass<S extends z.ZodType>(
  name: string,
  schema: S,
  check: (vector: z.infer<S>) => void | Promise<void>,
): VectorClass {
  return {
    name,
    recognises: (json) =>
      isObject(json) && json['schema'] === 'canopy-wire-vectors/1' && json['class'] === name,
    cases: (json) => {
      const { cases } = z.object({ cases: z.array(z.unknown()) }).parse(json);
      return cases.map((vector) => ({
        id: caseId.parse(vector).id,
        run: () => check(schema.parse(vector)),
      }));
    },
  };
}

/** Bytes of hex in a vector. */
export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Hex of bytes. */
export function toHexText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The public half of an identity as vectors state it. */
export const refSchema = z.object({
  peer_id: z.string(),
  ed25519_public_b58: z.string(),
  x25519_public_b58: z.string(),
});
