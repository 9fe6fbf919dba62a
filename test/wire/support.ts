/** Arbitrary JSON values, frames and payloads for the property tests of the wire room. */
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { MESSAGE_TYPES } from '../../server/wire/message-types.ts';
import { derivePeerId } from '../../server/wire/peer-id.ts';
import { PyFloat } from '../../server/wire/pyjson.ts';
import type { PyValue } from '../../server/wire/pyjson.ts';
import { testKeys } from '../crypto/support.ts';

/** A node with keys of its own. */
export function testPeer(seed: number) {
  const keys = testKeys(seed);
  return { ...keys, peerId: derivePeerId(nativeCrypto, keys.ed25519.publicKey) };
}

/** Texts with everything that is awkward: controls, astral characters, lone surrogates, delimiters. */
export const awkwardText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc
    .array(
      fc.constantFrom(
        '\ud83d',
        '\ude00',
        '\ud800',
        '\udfff',
        '\ue000',
        '\uffff',
        '"',
        '\\',
        '\u0000',
        '\u007f',
        'a',
      ),
      {
        maxLength: 6,
      },
    )
    .map((units) => units.join('')),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '10', '9', '01'),
);

const doubles = fc.oneof(
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    1e16,
    1e15,
    1e-4,
    1e-5,
    1e21,
    1e22,
    5e-324,
    NaN,
    Infinity,
    -Infinity,
    1735689600,
  ),
);
const integers = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map((value) => (isSafe(value) ? Number(value) : value)),
);

/** Any value the parser can give. */
export const pyValue = (options: { finite?: boolean } = {}): fc.Arbitrary<PyValue> =>
  fc.letrec<{ value: PyValue; list: PyValue[]; object: Map<string, PyValue> }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<PyValue>(null, true, false),
      integers,
      (options.finite === true ? doubles.filter(Number.isFinite) : doubles).map(
        (value) => new PyFloat(value),
      ),
      awkwardText,
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 5 }),
    object: fc
      .array(fc.tuple(awkwardText, tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  })).value;

/** Texts that look like JSON often enough to get deep into a parser. */
export const jsonLikeText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ':',
        ',',
        '1',
        '-',
        '.',
        'e',
        '+',
        '0',
        'u',
        'd83d',
        '\\u',
        '\\n',
        ' ',
        '\n',
        '\t',
        '"a"',
        '"k":',
        'true',
        'false',
        'null',
        'NaN',
        'Infinity',
        '-Infinity',
        '-0',
        '1e5',
        '\ufeff',
        '\u0000',
        'é',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
);

/** Plain data of any shape, with keys that payloads have. */
export const plainData = fc.anything({
  key: fc.oneof(
    awkwardText,
    fc.constantFrom(
      'channel_id',
      'user_id',
      'message_id',
      'profile',
      'channels',
      'messages',
      'metadata',
      'introduced_peers',
      'type',
    ),
  ),
  withBigInt: true,
  withNullPrototype: true,
  withSparseArray: true,
});

export const messageType = fc.constantFrom(...MESSAGE_TYPES);

function isSafe(value: bigint): boolean {
  return Number.isSafeInteger(Number(value));
}
