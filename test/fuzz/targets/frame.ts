/** A frame after the handshake, and what is relayed of it. */
import assert from 'node:assert/strict';
import { frameText, parseFrame, signingBytes } from '../../../server/wire/envelope.ts';
import { WireError } from '../../../server/wire/errors.ts';
import type { Target } from '../fuzzer.ts';
import { vectorTexts } from '../inputs.ts';

export const target: Target = {
  seeds: () => vectorTexts('signed_messages', 'frame_text'),
  refusals: [WireError],
  run(input) {
    const parsed = parseFrame(input);
    if (parsed.kind === 'other') return;
    const relayed = parseFrame(frameText(parsed.envelope));
    assert.ok(relayed.kind === 'p2p_message');
    assert.deepEqual(signingBytes(relayed.envelope), signingBytes(parsed.envelope));
    assert.equal(frameText(relayed.envelope), frameText(parsed.envelope));
  },
};
