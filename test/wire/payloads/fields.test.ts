import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { MAX_ID_BYTES } from '../../../server/wire/ids.ts';
import {
  MAX_LABEL,
  flag,
  id,
  listOf,
  mapOf,
  optionalFlag,
  optionalId,
  optionalInt,
  optionalListOf,
  optionalPeerId,
  optionalRecord,
  optionalText,
  optionalWord,
  textOr,
} from '../../../server/wire/payloads/fields.ts';
import { plainData } from '../support.ts';

const absent = [undefined, null];
const wrong = [5, true, {}, [], 1n];

describe('optional fields', () => {
  const kinds: [string, z.ZodType, unknown, unknown[]][] = [
    ['text', optionalText(), 'text', ['x'.repeat(MAX_LABEL + 1)]],
    ['id', optionalId, 'M1', ['', 'a\u0000', 'é'.repeat(MAX_ID_BYTES / 2 + 1)]],
    ['peer id', optionalPeerId, '1'.repeat(16), ['', '0'.repeat(16), 'short']],
    ['word', optionalWord(['open', 'private']), 'open', ['Open', '']],
    ['integer', optionalInt, -3, [1.5, NaN, 2 ** 60, '3']],
    ['flag', optionalFlag, false, ['true', 1]],
    ['object', optionalRecord, { a: 1 }, ['{}']],
  ];
  for (const [name, schema, good, bad] of kinds) {
    it(`of kind ${name} keep what is sound and count as absent otherwise`, () => {
      assert.deepEqual(schema.parse(good), good);
      for (const value of [...absent, ...bad]) assert.equal(schema.parse(value), null);
      for (const value of wrong) {
        if (typeof value !== typeof good || Array.isArray(value)) assert.equal(schema.parse(value), null);
      }
      assert.deepEqual(z.object({ field: schema }).parse({}), { field: null });
    });
  }

  it('with a fallback take it', () => {
    const schema = textOr('general', 10);
    for (const value of [...absent, ...wrong, 'x'.repeat(11)]) assert.equal(schema.parse(value), 'general');
    assert.equal(schema.parse(''), '');
    for (const value of [...absent, 'true', 1]) assert.equal(flag.parse(value), false);
  });
});

describe('ids', () => {
  it('that a message cannot do without are refused when unsound', () => {
    for (const value of [...absent, ...wrong, '', 'a\nb', 'x'.repeat(MAX_ID_BYTES + 1)]) {
      assert.equal(id.safeParse(value).success, false);
    }
    assert.equal(id.parse('general'), 'general');
  });
});

describe('lists', () => {
  it('lose their unsound items and what is beyond the limit', () => {
    const schema = listOf(id, 3);
    assert.deepEqual(schema.parse(['a', '', 5, 'b', 'c']), ['a']);
    assert.deepEqual(schema.parse(['a', 'b', 'c', 'd']), ['a', 'b', 'c']);
    for (const value of [...absent, 'a', { 0: 'a', length: 1 }]) assert.deepEqual(schema.parse(value), []);
  });

  it('that may be absent tell that from empty', () => {
    const schema = optionalListOf(id);
    assert.deepEqual(schema.parse([]), []);
    for (const value of [...absent, 'a']) assert.equal(schema.parse(value), null);
  });
});

describe('maps', () => {
  it('keep sound members only, whatever their names', () => {
    const schema = mapOf(z.string(), 3);
    const object = JSON.parse(
      '{"__proto__": "p", "constructor": "c", "": "empty", "n": 5, "a": "x", "b": "y"}',
    ) as unknown;
    assert.deepEqual(
      [...schema.parse(object)],
      [
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['a', 'x'],
      ],
    );
    for (const value of [...absent, [], 'a']) assert.equal(schema.parse(value).size, 0);
  });
});

it('nothing makes a tolerant field throw', () => {
  const schemas = [
    optionalText(),
    optionalId,
    optionalRecord,
    listOf(id),
    optionalListOf(z.unknown()),
    mapOf(id),
    textOr(''),
  ];
  fc.assert(
    fc.property(plainData, (value) => {
      for (const schema of schemas) assert.ok(schema.safeParse(value).success);
    }),
  );
});
