/** `canonical_json`: 01 section 7.4. */
import * as z from 'zod';
import { WireError } from '../../../server/wire/errors.ts';
import { canonicalJson, parsePyJson, printPyJson } from '../../../server/wire/pyjson.ts';
import { expectEqual, wireClass } from '../check.ts';

const schema = z.object({
  input_json: z.string(),
  canonical: z.string().optional(),
  expect_error: z.boolean().optional(),
});

export const canonicalJsonClass = wireClass('canonical_json', schema, (vector) => {
  const expected = vector.expect_error === true ? 'error' : vector.canonical;
  expectEqual(canonical(vector.input_json), expected);
  if (vector.expect_error === true) return;
  // Printed in insertion order and read again, nothing has changed: this is what a relay does.
  expectEqual(canonical(printPyJson(parsePyJson(vector.input_json))), expected);
});

function canonical(text: string): string {
  try {
    return canonicalJson(parsePyJson(text));
  } catch (error) {
    if (error instanceof WireError) return 'error';
    throw error;
  }
}
