/** `endpoints`: 01 section 2.4. */
import * as z from 'zod';
import {
  inviteCanonical,
  managerCanonical,
  parseEndpoint,
  sanitizeOwn,
  sanitizeRemote,
} from '../../../server/wire/endpoint.ts';
import { expectEqual, wireClass } from '../check.ts';

const texts = z.array(z.string());
const schema = z.union([
  z.object({
    input: z.string(),
    parse: z.unknown().optional(),
    invite_canonical: z.string().nullable(),
    manager_canonical: z.string().nullable(),
    sanitize_remote: texts,
  }),
  z.object({
    input_list: texts,
    invite_sanitized: texts,
    manager_sanitized_remote: texts,
    manager_sanitized_self: texts,
  }),
]);

export const endpoints = wireClass('endpoints', schema, (vector) => {
  if ('input' in vector) {
    const { input, ...expected } = vector;
    expectEqual(
      {
        parse: parseEndpoint(input),
        invite_canonical: inviteCanonical(input),
        manager_canonical: managerCanonical(input),
        sanitize_remote: sanitizeRemote([input]),
      },
      expected,
    );
    return;
  }
  const { input_list: list, ...expected } = vector;
  expectEqual(
    {
      invite_sanitized: sanitizeRemote(list),
      manager_sanitized_remote: sanitizeRemote(list),
      manager_sanitized_self: sanitizeOwn(list),
    },
    expected,
  );
});
