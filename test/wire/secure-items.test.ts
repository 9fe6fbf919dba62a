import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BadFrameError, ITEM, MAX_BODY_BYTES } from '../../server/wire/secure-frames.ts';
import type { Frame, ItemType } from '../../server/wire/secure-frames.ts';
import {
  MAX_IDLE_MS,
  MAX_ITEM_BYTES,
  MAX_OPEN_BYTES,
  MAX_OPEN_ITEMS,
  MAX_UNKNOWN_FRAMES,
  Reassembly,
  fragments,
  maxItemBytes,
} from '../../server/wire/secure-items.ts';

const refusal =
  (code: BadFrameError['code']) =>
  (error: unknown): boolean =>
    error instanceof BadFrameError && error.code === code;
const fresh = (): Reassembly => new Reassembly(() => undefined);
const piece = (type: number, stream: number, size: number, more = true): Frame => ({
  type,
  stream,
  more,
  body: new Uint8Array(size),
});
const items = fc.array(
  fc.record({
    type: fc.constantFrom<ItemType>(...Object.values(ITEM), 0x30, 0x3a),
    size: fc.oneof(
      fc.nat({ max: 100 }),
      fc.constantFrom(MAX_BODY_BYTES - 1, MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 3 * MAX_BODY_BYTES),
    ),
  }),
  { maxLength: 8 },
);

describe('items in fragments (06 section 1.5)', () => {
  it('come together again, however their fragments take turns', () => {
    fc.assert(
      fc.property(items, fc.infiniteStream(fc.nat()), (list, choices) => {
        const bodies = list.map(({ size }, i) => new Uint8Array(size).fill(i + 1));
        const streams = list.map(({ type }, i) => [
          ...fragments(type, i + 1, bodies[i] ?? new Uint8Array(0)),
        ]);
        const reassembly = fresh();
        const got = new Map<number, { type: number; body: Uint8Array }>();
        let started = 0;
        while (streams.some((frames) => frames.length > 0)) {
          // A later item may not begin before an earlier one has.
          const ready = streams.map((_, i) => i).filter((i) => i <= started && (streams[i]?.length ?? 0) > 0);
          const choice = ready[(choices.next().value ?? 0) % ready.length] ?? 0;
          if (choice === started) started += 1;
          const frame = streams[choice]?.shift();
          assert.ok(frame);
          const item = reassembly.add(frame, 0);
          if (item !== null) got.set(choice, { type: item.type, body: Uint8Array.from(item.body) });
        }
        assert.equal(got.size, list.length);
        for (const [i, item] of got) assert.deepEqual(item, { type: list[i]?.type, body: bodies[i] });
        assert.equal(reassembly.heldBytes, 0);
      }),
    );
  });

  it('a used number, a smaller one and a changed type are bad', () => {
    const done = fresh();
    done.add(piece(ITEM.envelope, 5, 1, false), 0);
    assert.throws(() => done.add(piece(ITEM.envelope, 5, 1), 0), refusal('bad_frame'));
    assert.throws(() => done.add(piece(ITEM.envelope, 4, 1), 0), refusal('bad_frame'));
    const open = fresh();
    open.add(piece(ITEM.envelope, 1, 1), 0);
    assert.throws(() => open.add(piece(ITEM.file, 1, 1), 0), refusal('bad_frame'));
    assert.ok(fresh().add(piece(ITEM.ack, 0xffff_ffff, 9, false), 0));
  });

  it('says what may be held: size of an item, number of them, bytes together, time', () => {
    for (const type of [ITEM.envelope, ITEM.file]) {
      const large = fresh();
      const full = Math.floor(maxItemBytes(type) / 60_000);
      for (let i = 0; i < full; i += 1) large.add(piece(type, 1, 60_000), 0);
      assert.throws(() => large.add(piece(type, 1, 60_000, false), 0), refusal('limit'));
    }
    const many = fresh();
    for (let i = 1; i <= MAX_OPEN_ITEMS; i += 1) many.add(piece(ITEM.file, i, 1), 0);
    assert.throws(() => many.add(piece(ITEM.file, 99, 1), 0), refusal('limit'));
    many.add(piece(ITEM.file, 100, 1, false), 0);

    const together = fresh();
    let held = 0;
    assert.throws(() => {
      for (let stream = 1; ; stream += 1) {
        for (let size = 0; size + 60_000 <= MAX_ITEM_BYTES; size += 60_000, held += 60_000)
          together.add(piece(ITEM.file, stream, 60_000), 0);
      }
    }, refusal('limit'));
    assert.ok(held <= MAX_OPEN_BYTES && held + 60_000 > MAX_OPEN_BYTES);

    const slow = fresh();
    slow.add(piece(ITEM.file, 1, 1), 0);
    slow.add(piece(ITEM.file, 1, 1), MAX_IDLE_MS - 1);
    slow.check(MAX_IDLE_MS);
    slow.add(piece(ITEM.file, 1, 0), 2 * MAX_IDLE_MS - 2);
    assert.throws(() => slow.check(2 * MAX_IDLE_MS - 1), refusal('limit'));
  });

  it('passes over types nobody knows, names each once, and ends it when there are too many', () => {
    const told: number[] = [];
    const reassembly = new Reassembly((type) => told.push(type));
    assert.equal(reassembly.add(piece(0x77, 1, 60_000), 0), null);
    assert.equal(reassembly.add(piece(0x77, 1, 60_000, false), 0), null);
    assert.equal(reassembly.add(piece(0x78, 2, 9, false), 0), null);
    assert.deepEqual(told, [0x77, 0x78]);
    assert.equal(reassembly.heldBytes, 0);
    for (let i = 4; i < MAX_UNKNOWN_FRAMES; i += 1) reassembly.add(piece(0x77, i, 0, false), 0);
    assert.throws(() => reassembly.add(piece(0x77, 5_000, 0, false), 0), refusal('limit'));
  });

  it('whatever the frames: an item within its limit, or a refusal', () => {
    const frame = fc.record({
      type: fc.constantFrom(ITEM.envelope, ITEM.ack, ITEM.file, 0x99),
      stream: fc.nat({ max: 6 }),
      more: fc.boolean(),
      body: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const reassembly = fresh();
        let sent = 0;
        try {
          for (const one of frames) {
            sent += one.body.length;
            const item = reassembly.add(one, 0);
            if (item !== null) sent -= item.body.length;
            assert.ok(reassembly.heldBytes <= sent);
          }
        } catch (error) {
          assert.ok(refusal('bad_frame')(error));
        }
      }),
    );
  });
});
