import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { CipherState, NoiseError } from '../../../server/crypto/noise.ts';
import { REKEY_AFTER, RecordChannel } from '../../../server/mesh/secure/record-channel.ts';
import { BadFrameError, CONTROL, controlFrame, encodeFrame } from '../../../server/wire/secure-frames.ts';
import type { Frame } from '../../../server/wire/secure-frames.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const cipher = (fill: number): CipherState => new CipherState(nativeCrypto, key(fill));
const ping = controlFrame(CONTROL.ping, new Uint8Array(8));
const NO_AD = new Uint8Array(0);

/** Two ends whose clock the test moves. */
function ends(): { a: RecordChannel; b: RecordChannel; clock: { now: number } } {
  const clock = { now: 0 };
  const components = { clock: { monotonic: () => clock.now } };
  return {
    clock,
    a: new RecordChannel(components, { send: cipher(1), receive: cipher(2) }),
    b: new RecordChannel(components, { send: cipher(2), receive: cipher(1) }),
  };
}

const types = (at: RecordChannel, records: Uint8Array[]): number[] =>
  records.map((record) => at.open(record).type);
const bad = (error: unknown): boolean => error instanceof BadFrameError && error.code === 'bad_frame';

describe('records of a session (06 section 1.5)', () => {
  it('change their key after an hour of it, each direction by itself', () => {
    const { a, b, clock } = ends();
    assert.deepEqual(types(b, a.seal(ping)), [CONTROL.ping]);
    clock.now = REKEY_AFTER.ms - 1;
    assert.deepEqual(types(b, a.seal(ping)), [CONTROL.ping]);
    clock.now = REKEY_AFTER.ms;
    assert.deepEqual(types(b, a.seal(ping)), [CONTROL.rekey, CONTROL.ping]);
    assert.deepEqual(types(b, a.seal(ping)), [CONTROL.ping]);
    assert.deepEqual(types(a, b.seal(ping)), [CONTROL.rekey, CONTROL.ping]);
    clock.now += REKEY_AFTER.ms;
    assert.deepEqual(types(b, a.seal(ping)), [CONTROL.rekey, CONTROL.ping]);
  });

  it('change their key after as many bytes as one key may see', () => {
    const { a, b } = ends();
    const body = new Uint8Array(65_000);
    let rekeys = 0;
    for (let sent = 0; sent < REKEY_AFTER.bytes + 3 * body.length; sent += body.length) {
      for (const record of a.seal({ type: 0x20, more: false, stream: 1, body }))
        if (b.open(record).type === CONTROL.rekey) rekeys += 1;
    }
    assert.equal(rekeys, 1);
  });

  it('of a sender that keeps its key too long are refused', () => {
    const { b, clock } = ends();
    const send = cipher(1);
    const says = (frame: Frame): Uint8Array => send.encrypt(NO_AD, encodeFrame(frame));
    b.open(says(ping));
    clock.now = 2 * REKEY_AFTER.ms - 1;
    b.open(says(ping));
    clock.now = 2 * REKEY_AFTER.ms;
    assert.throws(() => b.open(says(ping)), bad);
  });

  it('of the old key are not opened after a rekey, and those of the new key not before it', () => {
    const { b } = ends();
    const [send, early] = [cipher(1), cipher(1)];
    early.rekey();
    assert.throws(() => b.open(early.encrypt(NO_AD, encodeFrame(ping))), NoiseError);
    b.open(send.encrypt(NO_AD, encodeFrame(controlFrame(CONTROL.rekey))));
    assert.throws(() => b.open(send.encrypt(NO_AD, encodeFrame(ping))), NoiseError);
    send.rekey();
  });

  it('of lengths that none has, and a rekey with a body, are bad', () => {
    const { b } = ends();
    assert.throws(() => b.open(new Uint8Array(21)), bad);
    assert.throws(() => b.open(new Uint8Array(65_536)), bad);
    const send = cipher(1);
    assert.throws(() => b.open(send.encrypt(NO_AD, encodeFrame(controlFrame(CONTROL.rekey, key(1))))), bad);
  });
});
