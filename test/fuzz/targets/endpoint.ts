/** Addresses of peers. */
import assert from 'node:assert/strict';
import {
  inviteCanonical,
  isLoopback,
  managerCanonical,
  parseEndpoint,
  sanitizeOwn,
} from '../../../server/wire/endpoint.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

export const target: Target = {
  seeds: () => vectorTexts('endpoints', 'input'),
  refusals: [],
  run(input) {
    const canonical = managerCanonical(input);
    if (canonical === null) return;
    assert.equal(managerCanonical(canonical), canonical);
    assert.ok(parseEndpoint(input) !== null);
    const shared = inviteCanonical(input);
    assert.ok(shared === null || shared === canonical);
    assert.deepEqual(sanitizeOwn([input, canonical]), [canonical]);
    assert.equal(typeof isLoopback(canonical), 'boolean');
  },
};
