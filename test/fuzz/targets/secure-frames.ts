/** Plaintexts of a secure session, one after the other: the input is base64 parted by blanks. */
import assert from 'node:assert/strict';
import { toBase64, utf8 } from '../../../server/crypto/bytes.ts';
import {
  BadFrameError,
  CONTROL,
  ITEM,
  closeBody,
  controlFrame,
  decodeFrame,
  encodeFrame,
  presenceBody,
  readClose,
  readPresence,
} from '../../../server/wire/secure-frames.ts';
import { Reassembly, fragments, maxItemBytes } from '../../../server/wire/secure-items.ts';
import type { Target } from '../fuzzer.ts';

export const target: Target = {
  seeds: () => {
    const frames = [
      controlFrame(CONTROL.confirm, presenceBody({ instance: 'ab'.repeat(16), clock: 1_750_000_000_000 })),
      controlFrame(CONTROL.ping, new Uint8Array(8)),
      ...fragments(ITEM.envelope, 1, utf8('\0\0\0\0{"type":"p2p_message"}')),
      { type: ITEM.file, more: true, stream: 2, body: utf8('first') },
      { type: ITEM.ack, more: false, stream: 3, body: new Uint8Array(9) },
      { type: ITEM.file, more: false, stream: 2, body: utf8('last') },
      controlFrame(CONTROL.rekey),
      controlFrame(CONTROL.close, closeBody('superseded', 'bye')),
    ].map((frame) => toBase64(encodeFrame(frame)));
    return [frames.join(' '), ...frames];
  },
  refusals: [BadFrameError],
  run(input) {
    const reassembly = new Reassembly(() => undefined);
    let held = 0;
    for (const word of input.split(' ')) {
      const bytes = new Uint8Array(Buffer.from(word, 'base64'));
      const frame = decodeFrame(bytes);
      assert.deepEqual(encodeFrame(frame), bytes);
      if (frame.type === CONTROL.confirm) readPresence(frame.body);
      else if (frame.type === CONTROL.close) assert.ok(readClose(frame.body).text.length <= 120);
      else if (frame.type >= ITEM.envelope) {
        held += frame.body.length;
        const item = reassembly.add(frame, 0);
        if (item !== null) assert.ok(item.body.length <= Math.min(held, maxItemBytes(item.type)));
        assert.ok(reassembly.heldBytes <= held);
      }
    }
  },
};
