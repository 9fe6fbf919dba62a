/** Introductions, with signatures checked and with every signature taken for good, to see what stands behind the check. */
import assert from 'node:assert/strict';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { verifyHandshake } from '../../../server/wire/handshake.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

/** Whom the introductions of the golden vectors are for. */
const ME = '4sRfafF6z5bgH3z4' as PeerId;

export const target: Target = {
  seeds: () => vectorTexts('handshake_cases', 'frame_text'),
  refusals: [],
  run(input) {
    for (const role of ['responder', 'initiator'] as const) {
      const expectation = { role, localPeerId: ME, rejectProtocolMismatch: true };
      const checked = verifyHandshake(nativeCrypto, input, expectation);
      const trusted = verifyHandshake({ ...nativeCrypto, verify: () => true }, input, expectation);
      if (checked.ok) assert.ok(trusted.ok, 'a good signature is worse than any');
    }
  },
};
