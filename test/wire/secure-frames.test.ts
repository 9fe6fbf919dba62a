import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../../server/crypto/bytes.ts';
import {
  BadFrameError,
  CLOSE_CODES,
  CONTROL,
  ITEM,
  MAX_BODY_BYTES,
  MAX_RECORD_BYTES,
  closeBody,
  controlFrame,
  decodeFrame,
  encodeFrame,
  presenceBody,
  readClose,
  readPresence,
} from '../../server/wire/secure-frames.ts';
import type { CloseCode, Frame } from '../../server/wire/secure-frames.ts';
import { bytesOf } from '../crypto/support.ts';

const bad = (error: unknown): boolean => error instanceof BadFrameError && error.code === 'bad_frame';
const itemFrame: fc.Arbitrary<Frame> = fc.record(
  {
    type: fc.integer({ min: 0x10, max: 0xff }),
    more: fc.boolean(),
    stream: fc.integer({ min: 1, max: 0xffff_ffff }),
    body: fc.uint8Array({ maxLength: 300 }),
  },
  { noNullPrototype: true },
);
const control: fc.Arbitrary<Frame> = fc
  .tuple(fc.constantFrom(...Object.values(CONTROL)), fc.uint8Array({ maxLength: 130 }))
  .map(([type, body]) => controlFrame(type, body));

describe('frames of a secure session (06 section 1.5)', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.oneof(itemFrame, control), (frame) => {
        const bytes = encodeFrame(frame);
        assert.equal(bytes.length, 6 + frame.body.length);
        const back = decodeFrame(bytes);
        assert.deepEqual({ ...back, body: Uint8Array.from(back.body) }, frame);
      }),
    );
  });

  it('whatever else arrives is refused as bad_frame or is exactly a frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        let frame: Frame;
        try {
          frame = decodeFrame(bytes);
        } catch (error) {
          assert.ok(bad(error));
          return;
        }
        assert.deepEqual(encodeFrame(frame), bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reserved flags, control frames in pieces and items without a number are bad', () => {
    const head = (type: number, flags: number, stream: number): Uint8Array =>
      Uint8Array.of(type, flags, 0, 0, 0, stream);
    for (let flags = 2; flags < 256; flags += 1)
      assert.throws(() => decodeFrame(head(ITEM.envelope, flags, 1)), bad);
    assert.throws(() => decodeFrame(head(CONTROL.ping, 1, 0)), bad);
    assert.throws(() => decodeFrame(head(CONTROL.ping, 0, 1)), bad);
    assert.throws(() => decodeFrame(head(ITEM.envelope, 0, 0)), bad);
    assert.throws(() => decodeFrame(head(ITEM.envelope, 0, 1).subarray(0, 5)), bad);
  });

  it('a full frame fits exactly into one record', () => {
    const frame = { type: ITEM.file, more: true, stream: 1, body: new Uint8Array(MAX_BODY_BYTES) };
    assert.equal(encodeFrame(frame).length + 16, MAX_RECORD_BYTES);
    assert.throws(() => encodeFrame({ ...frame, body: new Uint8Array(MAX_BODY_BYTES + 1) }), RangeError);
  });
});

describe('bodies', () => {
  it('a close says its code, and a text that is cut between characters', () => {
    const codes = fc.constantFrom(...(Object.keys(CLOSE_CODES) as CloseCode[]));
    fc.assert(
      fc.property(codes, fc.string({ unit: 'grapheme', maxLength: 200 }), (code, text) => {
        const body = closeBody(code, text);
        assert.ok(body.length <= 121);
        const back = readClose(body);
        assert.equal(back.code, code);
        assert.ok(Buffer.from(text).toString().startsWith(back.text));
      }),
    );
    assert.equal(readClose(Uint8Array.of(99)).code, 'normal');
    assert.throws(() => readClose(new Uint8Array(0)), bad);
    assert.throws(() => readClose(Uint8Array.of(0, 0xff)), bad);
    assert.throws(() => readClose(new Uint8Array(122)), bad);
  });

  it('confirm and ready carry an instance and a clock, and nothing less', () => {
    fc.assert(
      fc.property(bytesOf(16), fc.integer({ min: 0, max: 2 ** 45 }), (bytes, clock) => {
        const instance = Buffer.from(bytes).toString('hex');
        assert.deepEqual(readPresence(presenceBody({ instance, clock })), { instance, clock });
      }),
    );
    const instance = 'a'.repeat(32);
    for (const body of [
      '',
      '{}',
      '[]',
      'null',
      `{"instance":"${instance}"}`,
      `{"instance":"${instance}","clock":"1"}`,
      `{"instance":"${instance.slice(1)}","clock":1}`,
    ])
      assert.throws(() => readPresence(utf8(body)), bad, body);
    assert.throws(() => readPresence(Uint8Array.of(0xff)), bad);
    assert.deepEqual(readPresence(utf8(`{"instance":"${instance}","clock":1,"more":[]}`)), {
      instance,
      clock: 1,
    });
  });
});
