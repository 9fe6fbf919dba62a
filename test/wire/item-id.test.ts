import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import type { ChannelId, PeerId } from '../../server/wire/ids.ts';
import {
  changedAt,
  channelSet,
  directSet,
  isVersion,
  itemId,
  rankOfVersion,
  setTag,
} from '../../server/wire/item-id.ts';

describe('an item', () => {
  it('has the id of the check value', () => {
    const item = { kind: 'm', objectId: 'M7b76ed0ffb77c80c4cc2904b', version: 'r1750000000123' } as const;
    assert.equal(
      toHex(itemId(nativeCrypto, item)),
      '940d4cac3195b2da84c85891f9226556205a2ebc117c765ab93a6b113d806deb',
    );
  });

  it('has versions in one order: created, changed by time, deleted', () => {
    const order = ['', 'r0', changedAt(9), changedAt(10), 'r1750000000123', 'x'];
    assert.deepEqual(
      order.toReversed().toSorted((a, b) => rankOfVersion(a) - rankOfVersion(b)),
      order,
    );
    assert.ok(order.every(isVersion));
    for (const text of ['r', 'r-1', 'r01', 'r1.5', 'y', 'xx', 'r99999999999999999'])
      assert.ok(!isVersion(text), text);
  });
});

describe('a set', () => {
  it('has the tag of the check value', () => {
    assert.equal(toHex(setTag(nativeCrypto, channelSet('general' as ChannelId))), 'ac9af53c53711fc8');
  });

  it('of two nodes is called the same by both', () => {
    assert.equal(directSet('B' as PeerId, 'a' as PeerId), 'd:B:a');
    assert.equal(directSet('a' as PeerId, 'B' as PeerId), 'd:B:a');
  });
});
