/** Which key of a channel is in use, in whatever order keys arrive (03 section 5.11). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChannelId, PeerId } from '../../server/wire/ids.ts';
import { CoreWorld } from '../sim/core.ts';

const ORIGIN = 'Vyzvscbv6rvhYYvK' as PeerId;
const KEYS = 5;

test('the last of a chain of keys is in use once all are here, whatever came first or twice', () => {
  const core = new CoreWorld(1).core();
  const { channelKeys } = core.workspace;
  const rows = core.disk.repositories.channelKeys;
  let channels = 0;
  const order = fc.array(fc.integer({ min: 1, max: KEYS }), { maxLength: 8 });
  fc.assert(
    fc.property(order, fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: KEYS }), (some, all) => {
      const channelId = `C${(channels += 1).toString(16).padStart(16, '0')}` as ChannelId;
      const arrive = (n: number) =>
        core.disk.store.commit.now(() =>
          channelKeys.receive(
            {
              channelId,
              keyId: `K${n}`,
              key: new Uint8Array(32).fill(n),
              keyVersion: 1,
              rotatedFrom: n === 1 ? null : `K${n - 1}`,
              replaced: false,
            },
            ORIGIN,
          ),
        );
      for (const n of [...some, ...all]) assert.equal(arrive(n), null);
      assert.equal(rows.active(channelId)?.keyId, `K${KEYS}`);
      assert.deepEqual(
        rows
          .list(channelId)
          .map(({ keyId }) => keyId)
          .sort(),
        ['K1', 'K2', 'K3', 'K4', 'K5'],
      );
    }),
    { numRuns: 30 },
  );
});

test('an old key that comes before the one in use is not taken for it', () => {
  const core = new CoreWorld(2).core();
  const channelId = 'C00000000000000ff' as ChannelId;
  const arrive = (keyId: string, rotatedFrom: string | null, replaced: boolean) =>
    core.disk.store.commit.now(() =>
      core.workspace.channelKeys.receive(
        { channelId, keyId, key: new Uint8Array(32).fill(7), keyVersion: 1, rotatedFrom, replaced },
        ORIGIN,
      ),
    );
  const active = (): string | undefined => core.disk.repositories.channelKeys.active(channelId)?.keyId;
  arrive('K3', 'K2', false);
  arrive('K1', null, true);
  assert.equal(active(), 'K3');
  assert.equal(core.disk.repositories.channelKeys.get(channelId, 'K1')?.key?.length, 32);
});
