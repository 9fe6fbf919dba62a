/** `rate_limits`: 01 section 7.6. */
import * as z from 'zod';
import { ReferenceLimiter } from '../../../server/mesh/rate-limiter.ts';
import { MESSAGE_TYPES } from '../../../server/wire/message-types.ts';
import { expectEqual, wireClass } from '../check.ts';

const schema = z.object({
  messages: z.array(z.object({ at_ms: z.number(), type: z.enum(MESSAGE_TYPES), accepted: z.boolean() })),
});

export const rateLimits = wireClass('rate_limits', schema, (vector) => {
  const limiter = new ReferenceLimiter();
  expectEqual(
    vector.messages.map((message) => limiter.admit('author', message.type, message.at_ms)),
    vector.messages.map((message) => message.accepted),
  );
});
