import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, utf8 } from '../../server/crypto/bytes.ts';
import { printPyJson } from '../../server/wire/pyjson.ts';
import {
  MAX_GET_IDS,
  decodeEnd,
  decodeGet,
  decodeMsg,
  decodeOpen,
  decodePage,
  decodePageAck,
  decodeState,
  encodeEnd,
  encodeGet,
  encodeMsg,
  encodeOpen,
  encodePage,
  encodePageAck,
  encodeState,
} from '../../server/wire/reconcile-frames.ts';
import { BadFrameError } from '../../server/wire/secure-frames.ts';
import { bytesOf } from '../crypto/support.ts';

const run = fc.integer({ min: 0, max: 0xffff_ffff });
const whole = fc.nat();
const tag = bytesOf(8);
const id = bytesOf(32);
const ids = fc.array(id, { minLength: 1, maxLength: 20 });

/** What is written is what is read. */
function roundTrip<T>(
  frame: fc.Arbitrary<T>,
  encode: (frame: T) => Uint8Array,
  decode: (body: Uint8Array) => T,
) {
  fc.assert(
    fc.property(frame, (one) => assert.deepEqual(structuredClone(decode(encode(one))), structuredClone(one))),
  );
}

describe('reconcile frames', () => {
  it('are read as they were written', () => {
    const set = fc.record({ tag, count: whole, fingerprint: bytesOf(16), floor: whole });
    const end = fc.record({
      run,
      status: fc.constantFrom('ok', 'partial', 'aborted'),
      got: whole,
      gave: whole,
      refused: whole,
    });
    roundTrip(fc.record({ run, cut: whole, root: id }), encodeOpen, decodeOpen);
    roundTrip(fc.record({ run, sets: fc.array(set) }), encodeState, (body) => {
      const state = decodeState(body);
      return 'sets' in state ? state : assert.fail('no sets');
    });
    roundTrip(
      fc.record({ run, tag, floor: fc.maxSafeNat(), message: fc.uint8Array() }),
      encodeMsg,
      decodeMsg,
    );
    roundTrip(fc.record({ run, tag, ids }), encodeGet, decodeGet);
    roundTrip(fc.record({ run, page: run, refused: fc.array(id) }), encodePageAck, decodePageAck);
    roundTrip(end, encodeEnd, decodeEnd);
    assert.deepEqual(decodeState(encodeState({ run: 1, same: true })), { run: 1, same: true });
    assert.deepEqual(decodeState(encodeState({ run: 1, error: 'busy' })), { run: 1, error: 'busy' });
  });

  it('carry items without touching what was signed', () => {
    const signed = '{"timestamp": 1.0, "big": 123456789012345678901234567890, "e": 1e+22}';
    const head = { run: 1, tag: new Uint8Array(8), page: 2, gone: [new Uint8Array(32)], done: 1, total: 3 };
    const page = decodePage(encodePage({ ...head, items: [`{"ts":5,"env":[${signed}]}`, '{"k":"m"}'] }));
    assert.deepEqual({ ...page, items: [] }, { ...head, items: [] });
    const [first, second] = page.items;
    assert.equal(printPyJson(first?.envelopes[0] ?? null), signed);
    assert.deepEqual({ ...first?.fields }, { ts: 5 });
    assert.deepEqual([second?.envelopes, { ...second?.fields }], [[], { k: 'm' }]);
  });

  it('that are unsound are bad frames, whatever their bytes', () => {
    const decoders = [decodeOpen, decodeState, decodeMsg, decodeGet, decodePage, decodePageAck, decodeEnd];
    const body = fc.oneof(fc.uint8Array({ maxLength: 100 }), fc.json().map(utf8));
    fc.assert(
      fc.property(body, fc.constantFrom(...decoders), (bytes, decode) => {
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(error instanceof BadFrameError);
        }
      }),
    );
    const page = { run: 1, tag: '00'.repeat(8), page: 1, gone: [], done: 0, total: 0 };
    const bad: [(body: Uint8Array) => unknown, Uint8Array | object][] = [
      [decodeOpen, { run: 2 ** 32, cut: 1, root: '00'.repeat(32) }],
      [decodeOpen, { run: 1, cut: -1, root: '00'.repeat(32) }],
      [decodeOpen, { run: 1, cut: 1, root: '00' }],
      [decodeState, { run: 1 }],
      [decodeState, { run: 1, sets: [['00'.repeat(8), 1.5, '00'.repeat(16), 0]] }],
      [decodeMsg, concatBytes(new Uint8Array(12), new Uint8Array(8).fill(255))],
      [decodeMsg, new Uint8Array(20 + 60_001)],
      [decodeGet, new Uint8Array(12)],
      [decodeGet, new Uint8Array(12 + 33)],
      [decodeGet, new Uint8Array(12 + 32 * (MAX_GET_IDS + 1))],
      [decodePage, { ...page, items: [1] }],
      [decodePage, { ...page, items: [{ env: [1] }] }],
      [decodePage, { ...page, items: [{ env: [{}, {}, {}] }] }],
      [decodePage, page],
      [decodePageAck, new Uint8Array(9)],
      [decodeEnd, { run: 1, status: 'well', got: 0, gave: 0, refused: 0 }],
    ];
    for (const [decode, body] of bad) {
      const bytes = body instanceof Uint8Array ? body : utf8(JSON.stringify(body));
      assert.throws(() => decode(bytes), BadFrameError);
    }
  });
});
