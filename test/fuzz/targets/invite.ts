/** Invite codes. */
import assert from 'node:assert/strict';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { sanitizeRemote } from '../../../server/wire/endpoint.ts';
import { decodeInvite, encodeInvite, InviteError } from '../../../server/wire/invite.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

export const target: Target = {
  seeds: () => [...vectorTexts('invites', 'input'), ...vectorTexts('invites', 'expect_json_text')],
  refusals: [InviteError],
  run(input) {
    const read = decodeInvite(nativeCrypto, input);
    sanitizeRemote(read.endpoints);
    const code = encodeInvite(read, read.endpoints);
    // Escaped, the same invite may be longer than what is read.
    if (code.length <= input.length)
      assert.deepEqual(decodeInvite(nativeCrypto, code), { ...read, version: 1 });
  },
};
