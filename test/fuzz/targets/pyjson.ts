/** JSON, read and printed. */
import assert from 'node:assert/strict';
import { WireError } from '../../../server/wire/errors.ts';
import { canonicalJson, fromPlain, parsePyJson, printPyJson, toPlain } from '../../../server/wire/pyjson.ts';
import type { PyValue } from '../../../server/wire/pyjson.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

export const target: Target = {
  seeds: () => vectorTexts('canonical_json', 'input_json'),
  refusals: [WireError],
  run(input) {
    const value = parsePyJson(input);
    assert.ok(/NaN|Infinity/.test(input) || isJson(input), 'more is read than JSON');
    for (const print of [canonicalJson, printPyJson, (v: PyValue) => printPyJson(v, { compact: true })]) {
      const printed = print(value);
      assert.equal(print(parsePyJson(printed)), printed);
    }
    fromPlain(toPlain(value));
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
