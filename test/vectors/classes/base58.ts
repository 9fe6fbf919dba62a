/** `base58`: 01, conventions. */
import * as z from 'zod';
import { Base58Error, decodeBase58, encodeBase58 } from '../../../server/wire/base58.ts';
import { expectEqual, hex, toHexText, wireClass } from '../check.ts';

const schema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('roundtrip'), hex: z.string(), b58: z.string() }),
  z.object({
    op: z.literal('decode'),
    b58: z.string(),
    expect: z.enum(['ok', 'error']),
    hex: z.string().optional(),
  }),
]);

export const base58 = wireClass('base58', schema, (vector) => {
  if (vector.op === 'roundtrip') {
    expectEqual(
      { b58: encodeBase58(hex(vector.hex)), hex: toHexText(decodeBase58(vector.b58)) },
      { b58: vector.b58, hex: vector.hex },
    );
    return;
  }
  expectEqual(decode(vector.b58), vector.expect === 'ok' ? vector.hex : 'error');
});

function decode(text: string): string {
  try {
    return toHexText(decodeBase58(text));
  } catch (error) {
    if (error instanceof Base58Error) return 'error';
    throw error;
  }
}
