import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { WireError } from '../../server/wire/errors.ts';
import type { WireErrorCode } from '../../server/wire/errors.ts';
import {
  MAX_INTEGER_DIGITS,
  MAX_JSON_DEPTH,
  MAX_JSON_VALUES,
  PyFloat,
  canonicalJson,
  fromPlain,
  parsePyJson,
  printPyJson,
  toPlain,
} from '../../server/wire/pyjson.ts';
import type { PyValue } from '../../server/wire/pyjson.ts';
import { awkwardText, jsonLikeText, pyValue } from './support.ts';

const refused = (code: WireErrorCode) => (error: unknown) =>
  error instanceof WireError && error.code === code;

/** Blocks of code entered per character, at most; the worst case, one bracket after the other, takes about 15. */
const STEPS_PER_CHARACTER = 20;
const FEW = 60;

describe('printing and parsing', () => {
  it('gives the same value again, in either order and spacing', () => {
    fc.assert(
      fc.property(pyValue(), fc.boolean(), fc.boolean(), (value, sortKeys, compact) => {
        const text = printPyJson(value, { sortKeys, compact });
        assert.deepStrictEqual(parsePyJson(text), value);
        assert.equal(printPyJson(parsePyJson(text), { sortKeys, compact }), text);
        assert.match(text, /^[ -~]*$/);
      }),
    );
  });

  it('has one canonical text per value', () => {
    fc.assert(
      fc.property(pyValue(), (value) => {
        const text = canonicalJson(value);
        assert.equal(canonicalJson(parsePyJson(printPyJson(value))), text);
        assert.equal(canonicalJson(parsePyJson(printPyJson(value, { compact: true }))), text);
      }),
    );
  });

  it('keeps the order of keys unless asked to sort', () => {
    const text = '{"b": 1, "10": 2, "9": 3, "a": {"z": 1, "y": 2}}';
    assert.equal(printPyJson(parsePyJson(text)), text);
    assert.equal(canonicalJson(parsePyJson(text)), '{"10": 2, "9": 3, "a": {"y": 2, "z": 1}, "b": 1}');
  });

  it('sorts keys by code point', () => {
    fc.assert(
      fc.property(fc.uniqueArray(awkwardText, { maxLength: 8 }), (keys) => {
        const printed = parsePyJson(canonicalJson(new Map(keys.map((key) => [key, null]))));
        assert.ok(printed instanceof Map);
        assert.deepEqual([...printed.keys()], [...keys].sort(byCodePoints));
      }),
    );
  });

  it('keeps an object called __proto__ an ordinary member', () => {
    const value = parsePyJson('{"__proto__": {"polluted": true}, "constructor": 1}');
    const plain = toPlain(value) as Record<string, unknown>;
    assert.deepEqual(Object.keys(plain), ['__proto__', 'constructor']);
    assert.equal(Object.getPrototypeOf(plain), null);
    assert.equal((plain as { polluted?: unknown }).polluted, undefined);
    assert.equal(canonicalJson(fromPlain(plain)), canonicalJson(value));
  });

  it('lets the last of equal keys win, at the place of the first', () => {
    assert.equal(printPyJson(parsePyJson('{"a":1,"b":2,"a":3}')), '{"a": 3, "b": 2}');
    assert.equal(printPyJson(parsePyJson('{"\\u0061":1,"a":2}')), '{"a": 2}');
  });
});

describe('numbers', () => {
  it('keeps integers and floats apart', () => {
    assert.deepStrictEqual(parsePyJson('[1, 1.0, -0, -0.0, 1e0]'), [
      1,
      new PyFloat(1),
      0,
      new PyFloat(-0),
      new PyFloat(1),
    ]);
  });

  it('keeps every digit of an integer', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        const parsed = parsePyJson(String(value));
        assert.equal(BigInt(parsed as number | bigint), value);
        assert.equal(typeof parsed, Number.isSafeInteger(Number(value)) ? 'number' : 'bigint');
      }),
    );
    for (const text of [
      '9007199254740991',
      '9007199254740992',
      '-9007199254740993',
      '9'.repeat(MAX_INTEGER_DIGITS),
    ]) {
      assert.equal(printPyJson(parsePyJson(text)), text);
    }
  });

  it('refuses an integer of more digits than the reference', () => {
    assert.throws(() => parsePyJson('1'.repeat(MAX_INTEGER_DIGITS + 1)), refused('json_digits'));
    assert.throws(() => parsePyJson(`[-${'1'.repeat(MAX_INTEGER_DIGITS + 1)}]`), refused('json_digits'));
    assert.equal(
      printPyJson(parsePyJson(`-${'1'.repeat(MAX_INTEGER_DIGITS)}`)).length,
      MAX_INTEGER_DIGITS + 1,
    );
    assert.deepStrictEqual(parsePyJson(`${'1'.repeat(MAX_INTEGER_DIGITS + 1)}.0`), new PyFloat(Infinity));
  });

  it('reads the tokens that are no JSON', () => {
    assert.equal(canonicalJson(parsePyJson('[NaN,Infinity,-Infinity]')), '[NaN, Infinity, -Infinity]');
    for (const bad of ['nan', '-NaN', '+Infinity', 'Infinit', '-Infinit', 'NaNs']) {
      assert.throws(() => parsePyJson(bad), refused('json_syntax'));
    }
  });
});

describe('the parser', () => {
  it('accepts what JSON.parse accepts, and nothing more', () => {
    fc.assert(
      fc.property(jsonLikeText, (text) => {
        const ours = outcome(() => toPlain(parsePyJson(text)));
        if (/NaN|Infinity/.test(text)) return; // read here, refused there
        const theirs = outcome(() => JSON.parse(text) as unknown);
        assert.equal(ours.ok, theirs.ok);
        // Equal up to what doubles lose there: the sign of an integer zero and the digits of big integers.
        if (ours.ok) assert.equal(JSON.stringify(ours.value, asDouble), JSON.stringify(theirs.value));
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but its own error', () => {
    fc.assert(
      fc.property(jsonLikeText, (text) => {
        try {
          parsePyJson(text);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes a bounded number of steps per character, whatever it is given', () => {
    const repeated = fc.constantFrom(
      ['', '['],
      ['', '{"a":'],
      ['[', '[],'],
      ['[', '0,'],
      ['[', '"",'],
      ['{', '"":0,'],
      ['"', 'a'],
      ['"', '\\u0041'],
      ['"', '\\"'],
      ['1.', '0'],
      ['', '1'],
      ['', ' '],
    );
    const costly = fc.oneof(
      jsonLikeText,
      fc.tuple(repeated, fc.nat(300)).map(([[start, part], times]) => `${start}${part?.repeat(times)}`),
    );
    fc.assert(
      fc.property(costly, (text) => {
        const steps = countSteps(() => void outcome(() => parsePyJson(text)));
        assert.ok(
          steps <= STEPS_PER_CHARACTER * text.length + FEW,
          `${steps} steps for ${text.length} characters`,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('accepts nesting up to its limit and refuses one level more', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
    assert.equal(printPyJson(parsePyJson(nested(MAX_JSON_DEPTH))), nested(MAX_JSON_DEPTH));
    assert.doesNotThrow(() => parsePyJson(objects(MAX_JSON_DEPTH)));
    assert.throws(() => parsePyJson(nested(MAX_JSON_DEPTH + 1)), refused('json_depth'));
    assert.throws(() => parsePyJson(objects(MAX_JSON_DEPTH + 1)), refused('json_depth'));
    assert.throws(() => parsePyJson('['.repeat(1_000_000)), refused('json_depth'));
    assert.throws(() => parsePyJson('[[1]]', { maxDepth: 1 }), refused('json_depth'));
    assert.doesNotThrow(() => parsePyJson(`[${'[],'.repeat(1000)}[]]`));
  });

  it('accepts so many values, of whatever kind and size, and refuses one more before it has read it', () => {
    const list = (count: number, item: string): string => `[${Array(count).fill(item).join(',')}]`;
    for (const item of ['{}', '[]', '1', '""', '1.5', 'null']) {
      assert.doesNotThrow(() => parsePyJson(list(MAX_JSON_VALUES - 1, item)));
      assert.throws(() => parsePyJson(list(MAX_JSON_VALUES, item)), refused('json_values'));
    }
    const object = Array.from({ length: MAX_JSON_VALUES }, (_, i) => `"${i}":0`).join(',');
    assert.throws(() => parsePyJson(`{${object}}`), refused('json_values'));
    // What comes after is never looked at: it is no JSON at all.
    assert.throws(() => parsePyJson(`${list(MAX_JSON_VALUES, '{}')}}}}`), refused('json_values'));
  });

  it('keeps lone surrogates and joins pairs', () => {
    assert.equal(parsePyJson('"\\ud83d\\ude00"'), '😀');
    assert.equal(parsePyJson('"\\ud83d"'), '\ud83d');
    assert.equal(canonicalJson('\ud83d\ude00\ude00'), '"\\ud83d\\ude00\\ude00"');
  });
});

describe('plain data', () => {
  it('becomes what a receiver of its JSON text would parse', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        assert.equal(canonicalJson(fromPlain(value)), canonicalJson(parsePyJson(JSON.stringify(value))));
      }),
    );
    for (const value of [1e21, 1e20, 10 ** 16, 0.1, -0, 2 ** 53, 1.5e300, 5e-324, [undefined, 1]]) {
      assert.equal(canonicalJson(fromPlain(value)), canonicalJson(parsePyJson(JSON.stringify(value))));
    }
  });

  it('leaves out members that are undefined', () => {
    assert.equal(printPyJson(fromPlain({ a: undefined, b: 1 })), '{"b": 1}');
  });

  it('comes back as it went, up to how numbers are spelled', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
        assert.equal(JSON.stringify(toPlain(fromPlain(value)), asDouble), JSON.stringify(value));
      }),
    );
  });

  it('passes lossless values through', () => {
    fc.assert(
      fc.property(pyValue({ finite: true }), (value) => assert.deepStrictEqual(fromPlain(value), value)),
    );
  });

  const endless: unknown[] = [];
  endless.push(endless);
  const unprintable: [string, unknown, WireErrorCode][] = [
    ['undefined', undefined, 'json_value'],
    ['a function', () => 1, 'json_value'],
    ['a symbol', Symbol('s'), 'json_value'],
    ['NaN', NaN, 'json_value'],
    ['Infinity', [Infinity], 'json_value'],
    ['a date', new Date(0), 'json_value'],
    ['bytes', { a: new Uint8Array(1) }, 'json_value'],
    ['a cycle', endless, 'json_depth'],
  ];
  for (const [what, value, code] of unprintable) {
    it(`refuses ${what}`, () => assert.throws(() => fromPlain(value), refused(code)));
  }
});

type Outcome = { ok: true; value: unknown } | { ok: false; value?: undefined };

function outcome(run: () => unknown): Outcome {
  try {
    return { ok: true, value: run() };
  } catch (error) {
    assert.ok(error instanceof WireError || error instanceof SyntaxError);
    return { ok: false };
  }
}

function asDouble(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

/** The order the specification asks for, spelled out: code points, lone surrogates counting as their own. */
function byCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]].map((units) => units.map((unit) => unit.codePointAt(0) ?? 0));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i += 1) {
    const difference = (left?.[i] ?? -1) - (right?.[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

it('what is kept of a document does not keep the document', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  const parseOne = (n: number): PyValue[] => {
    const id = `M${String(n).padStart(23, '0')}`;
    const parsed = parsePyJson(
      `{"id": "${id}", "escaped": "\\u0041 ${id}", "filler": "${'x'.repeat(500_000)}"}`,
    );
    assert.ok(parsed instanceof Map);
    return [...parsed.values()].slice(0, 2);
  };
  collect();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 100 }, (_, n) => parseOne(n));
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(kept.length, 100);
  assert.ok(grown < 5_000_000, `100 ids out of 50 MB of text keep ${grown} bytes`);
});

it('the arbitrary values reach every kind', () => {
  const kinds = new Set<string>();
  const visit = (value: PyValue): void => {
    kinds.add(
      value instanceof PyFloat
        ? 'float'
        : value instanceof Map
          ? 'object'
          : Array.isArray(value)
            ? 'list'
            : typeof value,
    );
    if (value instanceof Map) [...value.values()].forEach(visit);
    if (Array.isArray(value)) value.forEach(visit);
  };
  fc.sample(pyValue(), { numRuns: 500, seed: 1 }).forEach(visit);
  assert.deepEqual([...kinds].sort(), ['bigint', 'boolean', 'float', 'list', 'number', 'object', 'string']);
});
