/** Plaintexts of an encrypted session, one a line, each character a byte: frames, their items, and control bodies. */
import assert from 'node:assert/strict';
import { utf8 } from '../../../server/crypto/bytes.ts';
import {
  BadFrameError,
  closeBody,
  CONTROL,
  controlFrame,
  decodeFrame,
  encodeFrame,
  FIRST_ITEM_TYPE,
  ITEM,
  presenceBody,
  readClose,
  readPresence,
} from '../../../server/wire/secure-frames.ts';
import { fragments, Reassembly } from '../../../server/wire/secure-items.ts';
import type { Target } from '../fuzzer.ts';

const presence = { instance: '0123456789abcdef0123456789abcdef', clock: 1_700_000_000_000 };
const seed = (...frames: Uint8Array[]): string =>
  frames.map((frame) => Buffer.from(frame).toString('latin1')).join('\n');

export const target: Target = {
  seeds: () => [
    seed(encodeFrame(controlFrame(CONTROL.ready, presenceBody(presence)))),
    seed(encodeFrame(controlFrame(CONTROL.close, closeBody('limit', 'too much')))),
    seed(...[...fragments(ITEM.envelope, 1, utf8('{"type":"p2p_message"}'))].map(encodeFrame)),
    seed(
      encodeFrame({ type: ITEM.file, stream: 1, more: true, body: utf8('one') }),
      encodeFrame({ type: ITEM.ack, stream: 2, more: false, body: utf8('two') }),
      encodeFrame({ type: ITEM.file, stream: 1, more: false, body: utf8('three') }),
    ),
  ],
  refusals: [BadFrameError],
  run(input) {
    const items = new Reassembly(() => undefined);
    let received = 0;
    for (const [now, line] of input.split('\n').entries()) {
      const bytes = Buffer.from(line, 'latin1');
      const frame = decodeFrame(bytes);
      assert.deepEqual(Buffer.from(encodeFrame(frame)), bytes);
      received += frame.body.length;
      if (frame.type >= FIRST_ITEM_TYPE) {
        const item = items.add(frame, now);
        assert.ok((item?.body.length ?? 0) <= received, 'nothing comes out that did not come in');
      } else if (frame.type === CONTROL.close) readClose(frame.body);
      else readPresence(frame.body);
      assert.ok(items.heldBytes >= 0 && items.heldBytes <= received);
    }
  },
};
