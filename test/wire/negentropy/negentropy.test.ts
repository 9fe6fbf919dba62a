import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { WireError } from '../../../server/wire/errors.ts';
import { varint } from '../../../server/wire/negentropy/byte-reader.ts';
import {
  NegentropyClient,
  NegentropyServer,
  SLICE_STEPS,
  atOnce,
} from '../../../server/wire/negentropy/negentropy.ts';
import { BLOCK_RECORDS } from '../../../server/wire/negentropy/record-set.ts';
import type { Snapshot } from '../../../server/wire/negentropy/snapshot.ts';
import { seededRandom } from '../../crypto/support.ts';
import { converse, recordNumber, snapshotOf } from './support.ts';

const bytes = (text: string): Uint8Array => fromHex(text) ?? assert.fail('hex');
const server = (snapshot: Snapshot): NegentropyServer =>
  new NegentropyServer({ snapshot, crypto: nativeCrypto });
const range = (from: number, to: number, leave: (n: number) => boolean = () => false): Snapshot =>
  snapshotOf(
    Array.from({ length: to - from }, (_, i) => from + i)
      .filter((n) => !leave(n))
      .map((n) => recordNumber(n)),
  );
const total = (messages: readonly Uint8Array[]): number =>
  messages.reduce((sum, message) => sum + message.length, 0);
const numbers = (ids: readonly Uint8Array[]): string[] => ids.map(toHex).toSorted();

describe('two sets', () => {
  it('yield exactly their difference, in frames within their limit', () => {
    const scene = fc.record({
      both: fc.uniqueArray(fc.nat(3_000), { maxLength: 800 }),
      mine: fc.uniqueArray(fc.nat(3_000), { maxLength: 200 }),
      theirs: fc.uniqueArray(fc.nat(3_000), { maxLength: 200 }),
      perSecond: fc.constantFrom(1, 7, 10_000),
      limit: fc.constantFrom(4_096, 60_000),
    });
    fc.assert(
      fc.property(scene, ({ both, mine, theirs, perSecond, limit }) => {
        const have = mine.filter((n) => !both.includes(n) && !theirs.includes(n));
        const need = theirs.filter((n) => !both.includes(n) && !mine.includes(n));
        const a = new Set([...both, ...mine]);
        const b = new Set([...both, ...theirs]);
        const set = (of: Set<number>) => snapshotOf([...of].map((n) => recordNumber(n, perSecond)));
        const said = converse(set(a), set(b), [limit, limit]);
        const ids = (of: number[]) => numbers(of.map((n) => recordNumber(n).id));
        assert.deepEqual(numbers(said.have), ids(have));
        assert.deepEqual(numbers(said.need), ids(need));
        for (const message of said.messages) assert.ok(message.length <= limit);
      }),
      { numRuns: 60 },
    );
  });

  it('that are equal and large say so in less than 1 KB', () => {
    const all = range(0, 100_000);
    assert.ok(total(converse(all, all).messages) < 1_024);
  });

  it('find the newest 200 of 10,000 in less than 12 KB', () => {
    const said = converse(range(0, 9_800), range(0, 10_000));
    assert.equal(said.need.length, 200);
    assert.ok(total(said.messages) < 12_288);
  });

  it('find 200 scattered of 10,000 in less than 80 KB', () => {
    const random = new DataView(seededRandom(7).bytes(4_000).buffer);
    const scattered = new Set<number>();
    for (let at = 0; scattered.size < 200; at += 4) scattered.add(random.getUint32(at) % 10_000);
    const said = converse(
      range(0, 10_000, (n) => scattered.has(n)),
      range(0, 10_000),
    );
    assert.equal(said.need.length, 200);
    assert.ok(total(said.messages) < 81_920);
  });
});

describe('a message', () => {
  it('of a later version is answered by the version we speak, and refused as an answer', () => {
    const set = range(0, 1);
    assert.deepEqual(atOnce(server(set).reconcile(bytes('62aabbcc'))), bytes('61'));
    const client = new NegentropyClient({ snapshot: set, crypto: nativeCrypto });
    assert.throws(() => atOnce(client.reconcile(bytes('62'))), WireError);
  });

  it('that is malformed is refused', () => {
    const bad = {
      empty: '',
      'no version': '7f00',
      'ends in a bound': '6180',
      'bound longer than an id': '610021',
      'unknown kind': '61000003',
      'fingerprint cut off': '61000001ffff',
      'ids missing': '6100000205',
      'more ids than can be': '61000002ffffffffffffff7f',
      'varint above 2^53': '61a080808080808001',
      'varint without end': '618080808080808080808080',
    };
    for (const [what, hex] of Object.entries(bad))
      assert.throws(() => atOnce(server(range(0, 40)).reconcile(bytes(hex))), WireError, what);
  });

  it('of any bytes is answered or refused, never anything else', () => {
    const set = range(0, 100);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => {
        try {
          const answer = atOnce(server(set).reconcile(Uint8Array.of(0x61, ...rest)));
          assert.ok(answer.length <= 60_000);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
    );
  });

  it('is worked on in slices, however much it asks for', () => {
    // Ranges that all differ and end in the middle of blocks: the most work a message can cause.
    const work = server(range(0, 50_000)).reconcile(differingRanges(125, 400));
    const slices: number[] = [];
    for (let step = work.next(); step.done !== true; step = work.next()) slices.push(step.value);
    assert.ok(slices.length > 3);
    // A slice ends with the fingerprint that fills it, which adds at most two blocks and the sums between.
    for (const steps of slices) assert.ok(steps < SLICE_STEPS + 6 * BLOCK_RECORDS);
  });
});

/** A message of `count` ranges of `seconds` each with fingerprints of nothing. */
function differingRanges(count: number, seconds: number): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x61)];
  for (let i = 0; i < count; i += 1)
    parts.push(varint(1 + seconds + (i === 0 ? 1_700_000_000 : 0)), Uint8Array.of(0, 1), new Uint8Array(16));
  return concatBytes(...parts);
}
