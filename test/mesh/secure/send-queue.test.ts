import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SendQueue } from '../../../server/mesh/secure/send-queue.ts';
import { CONTROL, ITEM, MAX_BODY_BYTES, controlFrame } from '../../../server/wire/secure-frames.ts';
import type { ItemType } from '../../../server/wire/secure-frames.ts';
import { Reassembly } from '../../../server/wire/secure-items.ts';

/** Types of the frames that leave next. */
function leave(queue: SendQueue, most = Infinity): string[] {
  const left: string[] = [];
  for (let next = left.length < most ? queue.next() : null; next !== null;) {
    left.push(`${next.frame.type}/${next.frame.stream}`);
    next.handed?.(null);
    next = left.length < most ? queue.next() : null;
  }
  return left;
}

const big = (frames: number): Uint8Array => new Uint8Array(frames * MAX_BODY_BYTES);

describe('what leaves first (06 section 1.5)', () => {
  it('control before interactive before bulk; interactive one after the other, bulk in turns', () => {
    const queue = new SendQueue();
    void queue.item(ITEM.file, big(3));
    void queue.item(0x30, big(2));
    void queue.item(ITEM.envelope, big(2));
    void queue.item(ITEM.ack, new Uint8Array(9));
    queue.control(controlFrame(CONTROL.ping, new Uint8Array(8)));
    assert.deepEqual(leave(queue), ['4/0', '16/1', '16/1', '17/2', '39/3', '48/4', '39/3', '48/4', '39/3']);
  });

  it('a chat message overtakes a transfer that is under way, and its number is above all that began', () => {
    const queue = new SendQueue();
    void queue.item(ITEM.file, big(4));
    assert.deepEqual(leave(queue, 2), ['39/1', '39/1']);
    void queue.item(ITEM.envelope, new Uint8Array(10));
    assert.deepEqual(leave(queue), ['16/2', '39/1', '39/1']);
  });

  it('of many transfers eight take turns', () => {
    const queue = new SendQueue();
    for (let i = 0; i < 12; i += 1) void queue.item(ITEM.file, big(3));
    const left = leave(queue);
    assert.deepEqual(new Set(left.slice(0, 16)).size, 8);
    assert.equal(left.length, 36);
  });

  it('whatever waits, the receiver puts it together again, and every promise ends', async () => {
    const items = fc.array(
      fc.record({
        type: fc.constantFrom<ItemType>(...Object.values(ITEM)),
        size: fc.constantFrom(0, 1, MAX_BODY_BYTES, 2 * MAX_BODY_BYTES + 5),
        first: fc.nat({ max: 3 }),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const queue = new SendQueue();
        const reassembly = new Reassembly(() => undefined);
        const sent: Promise<void>[] = [];
        let received = 0;
        const step = (): boolean => {
          const next = queue.next();
          if (next === null) return false;
          const item = reassembly.add(next.frame, 0);
          assert.equal(next.handed !== null, item !== null);
          next.handed?.(null);
          if (item !== null) received += 1;
          return true;
        };
        for (const { type, size, first } of list) {
          sent.push(queue.item(type, new Uint8Array(size)));
          for (let i = 0; i < first; i += 1) step();
        }
        while (step());
        await Promise.all(sent);
        assert.deepEqual([received, queue.bytes], [list.length, 0]);
      }),
      { numRuns: 50 },
    );
  });

  it('is told when it will never leave', async () => {
    const queue = new SendQueue();
    const all = [ITEM.file, ITEM.envelope, ITEM.file].map((type) => queue.item(type, big(2)));
    leave(queue, 1);
    const ends = Promise.allSettled(all);
    queue.fail(new Error('over'));
    assert.deepEqual(
      (await ends).map((end) => end.status),
      ['rejected', 'rejected', 'rejected'],
    );
    assert.deepEqual([queue.next(), queue.bytes], [null, 0]);
  });
});
