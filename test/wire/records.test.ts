import assert from 'node:assert/strict';
import test from 'node:test';
import { asRecord, textMember } from '../../server/wire/records.ts';

test('only objects that are no lists are records', () => {
  const record = { a: 1 };
  assert.equal(asRecord(record), record);
  for (const other of [null, undefined, [], 'x', 5, () => 1]) assert.equal(asRecord(other), null);
});

test('members are own texts, never inherited ones', () => {
  assert.equal(textMember({ a: 'x' }, 'a'), 'x');
  assert.equal(textMember({ a: 5 }, 'a'), null);
  assert.equal(textMember({}, 'toString'), null);
  assert.equal(textMember(Object.create({ a: 'inherited' }) as Record<string, unknown>, 'a'), null);
});
