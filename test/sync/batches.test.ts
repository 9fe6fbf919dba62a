/** The channel list is cut into frames exactly as the reference cuts it (helpers of the golden mesh data). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelSyncBatches, channelSyncTarget } from '../../server/sync/batches.ts';

/** Cases recorded from the reference: description lengths, target, expected groups. */
const RECORDED: { lengths: number[]; target: number; groups: string[][] }[] = [
  { lengths: [10, 10, 10, 10, 10], target: 4096, groups: [['C0', 'C1', 'C2', 'C3', 'C4']] },
  {
    lengths: [1500, 1500, 1500, 1500, 1500, 1500],
    target: 4096,
    groups: [
      ['C0', 'C1'],
      ['C2', 'C3'],
      ['C4', 'C5'],
    ],
  },
  { lengths: [5000, 10, 10], target: 4096, groups: [['C1', 'C2']] },
  { lengths: [10, 5000, 10], target: 4096, groups: [['C0'], ['C2']] },
  { lengths: [3500, 3500, 10], target: 4096, groups: [['C0'], ['C1', 'C2']] },
];

for (const { lengths, target, groups } of RECORDED) {
  test(`descriptions of ${lengths.join(', ')} bytes in frames of ${target}`, () => {
    const channels = lengths.map((length, i) => ({ id: `C${i}`, name: `n${i}`, desc: 'd'.repeat(length) }));
    const ids = channelSyncBatches(channels, target).map((batch) => batch.map((channel) => channel.id));
    assert.deepEqual(ids, groups);
  });
}

test('a frame fills three quarters of what the peer accepts', () => {
  assert.equal(channelSyncTarget(true), 786_432);
  assert.equal(channelSyncTarget(false), 393_216);
});

test('no channels make no frame', () => {
  assert.deepEqual(channelSyncBatches([], 4096), []);
});
