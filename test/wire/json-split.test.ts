import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { splitElements } from '../../server/wire/json-split.ts';

it('cuts a list into its elements, whatever stands in them and beside it', () => {
  const value = fc.jsonValue();
  const document = fc.record({
    list: fc.array(value),
    others: fc.dictionary(fc.string(), value),
    blanks: fc.boolean(),
  });
  fc.assert(
    fc.property(document, ({ list, others, blanks }) => {
      const before = Object.fromEntries(Object.entries(others).filter(([key]) => key !== 'items'));
      const whole = { ...before, items: list, after: 'items' };
      const split = splitElements(JSON.stringify(whole, null, blanks ? 2 : 0), 'items');
      assert.ok(split);
      assert.deepEqual(JSON.parse(split.rest), JSON.parse(JSON.stringify({ ...whole, items: [] })));
      assert.deepEqual(
        split.elements.map((element) => JSON.parse(element) as unknown),
        JSON.parse(JSON.stringify(list)),
      );
    }),
  );
});

it('takes only the list of the outermost object', () => {
  assert.equal(splitElements('{"a":{"items":[1]}}', 'items'), null);
  assert.equal(splitElements('[{"items":[1]}]', 'items'), null);
  assert.equal(splitElements('{"items":{}}', 'items'), null);
  assert.equal(splitElements('{"a":"items"}', 'items'), null);
});

it('says nothing of a list that does not end', () => {
  for (const text of ['{"items":[', '{"items":[1,2', '{"items":["a\\"]}', '{"items":[[1]'])
    assert.equal(splitElements(text, 'items'), null);
});

it('leaves what is no element to the parser', () => {
  assert.deepEqual(splitElements('{"items":[1,,2]}', 'items')?.elements, ['1', '', '2']);
  assert.deepEqual(splitElements('{"items":[1}}', 'items'), { rest: '{"items":[}}', elements: ['1'] });
});
