import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { CipherState, MAX_NONCE, NoiseError } from '../../../server/crypto/noise.ts';
import { REKEY_AFTER, RecordChannel } from '../../../server/mesh/secure/record-channel.ts';
import { BadFrameError, CONTROL, controlFrame, encodeFrame } from '../../../server/wire/secure-frames.ts';
import type { Frame } from '../../../server/wire/secure-frames.ts';

const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const cipher = (fill: number, n = 0): CipherState => new CipherState(nativeCrypto, key(fill), n);
const ping = controlFrame(CONTROL.ping, new Uint8Array(8));
const NO_AD = new Uint8Array(0);

/** Two ends whose clock the test moves. @param limits what is less than what one key may be used for. */
function ends(limits: Partial<typeof REKEY_AFTER> = {}): {
  a: RecordChannel;
  b: RecordChannel;
  clock: { now: number };
} {
  const clock = { now: 0 };
  const components = { clock: { monotonic: () => clock.now } };
  const rekeyAfter = { ...REKEY_AFTER, ...limits };
  return {
    clock,
    a: new RecordChannel(components, { send: cipher(1), receive: cipher(2) }, rekeyAfter),
    b: new RecordChannel(components, { send: cipher(2), receive: cipher(1) }, rekeyAfter),
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

  it('change their key after as many messages as one key may see, which are a million, 1 GiB or an hour', () => {
    assert.deepEqual(REKEY_AFTER, { messages: 1_048_576, bytes: 1_073_741_824, ms: 3_600_000 });
    const { a, b } = ends({ messages: 5 });
    const said = Array.from({ length: 14 }, () => types(b, a.seal(ping)));
    const rekeyed = said.flatMap((frames, at) => (frames[0] === CONTROL.rekey ? [at] : []));
    // A rekey is the last message under the old key and not one of the new.
    assert.deepEqual(rekeyed, [5, 10]);
  });

  it('of a sender that keeps its key for twice the time, bytes or messages are refused', () => {
    const use = (limits: Partial<typeof REKEY_AFTER>) => {
      const { b, clock } = ends(limits);
      const send = cipher(1);
      return { clock, says: (frame: Frame) => b.open(send.encrypt(NO_AD, encodeFrame(frame))) };
    };
    const time = use({});
    time.says(ping);
    time.clock.now = 2 * REKEY_AFTER.ms - 1;
    time.says(ping);
    time.clock.now = 2 * REKEY_AFTER.ms;
    assert.throws(() => time.says(ping), bad);

    const messages = use({ messages: 5 });
    for (let sent = 1; sent < 10; sent += 1) messages.says(ping);
    assert.throws(() => messages.says(ping), bad);

    // A frame of 78 bytes is a record of 100: 6 bytes before its body, a tag of 16 behind it.
    const bytes = use({ bytes: 500 });
    const frame = { type: 0x20, more: false, stream: 1, body: new Uint8Array(78) };
    for (let sent = 1; sent < 10; sent += 1) bytes.says(frame);
    assert.throws(() => bytes.says(frame), bad);
  });

  it('end with the number 2^48, whatever key they have', () => {
    const clock = { monotonic: () => 0 };
    const b = new RecordChannel({ clock }, { send: cipher(2), receive: cipher(1, 2 ** 48 - 1) });
    const send = cipher(1, 2 ** 48 - 1);
    const last = send.encrypt(NO_AD, encodeFrame(ping));
    assert.equal(b.open(last).type, CONTROL.ping);
    assert.throws(() => b.open(last), bad);
    assert.throws(() => send.encrypt(NO_AD, encodeFrame(ping)), { code: 'order' });
    assert.equal(MAX_NONCE, 2 ** 48);
  });

  it('of the old key are not opened after a rekey, and those of the new key not before it', () => {
    const { b } = ends();
    const [send, early] = [cipher(1), cipher(1)];
    early.rekey();
    assert.throws(() => b.open(early.encrypt(NO_AD, encodeFrame(ping))), NoiseError);
    b.open(send.encrypt(NO_AD, encodeFrame(controlFrame(CONTROL.rekey))));
    // What cannot be opened changes nothing: only the key is wrong, not the number.
    const old = cipher(1, send.n);
    assert.throws(() => b.open(old.encrypt(NO_AD, encodeFrame(ping))), NoiseError);
    send.rekey();
    assert.equal(b.open(send.encrypt(NO_AD, encodeFrame(ping))).type, CONTROL.ping);
  });

  it('of lengths that none has, and a rekey with a body, are bad', () => {
    const { b } = ends();
    assert.throws(() => b.open(new Uint8Array(21)), bad);
    assert.throws(() => b.open(new Uint8Array(65_536)), bad);
    const send = cipher(1);
    assert.throws(() => b.open(send.encrypt(NO_AD, encodeFrame(controlFrame(CONTROL.rekey, key(1))))), bad);
  });
});
