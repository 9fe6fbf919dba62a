import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_FRESH, RESCAN_MS } from '../../../server/libraries/content/limits.ts';
import { Wanted } from '../../../server/libraries/content/wanted.ts';
import type { LibraryAsset } from '../../../server/libraries/types.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { LIBRARY, recordOf } from './nodes.ts';

const AUTHOR = '5PaqYvhzDTHyF6xY' as PeerId;
const asset = (n: number): LibraryAsset => recordOf(Buffer.from(String(n)), AUTHOR);

/** What is wanted of a library, with the pages that were looked up. */
function scene() {
  const clock = { time: 1, now: () => clock.time, monotonic: () => clock.time };
  const missing: LibraryAsset[] = [];
  const pages: number[] = [];
  const view = {
    wanted: (): LibraryAsset[] => {
      pages.push(missing.length);
      return [...missing];
    },
  };
  const wanted = new Wanted({ clock, view }, LIBRARY);
  const drain = (): LibraryAsset[] => {
    const all: LibraryAsset[] = [];
    for (let one = wanted.next(); one !== null; one = wanted.next()) all.push(one);
    return all;
  };
  return { clock, missing, pages, wanted, drain };
}

describe('what a library wants', () => {
  it('is looked up once, and not for what records tell of as they come', () => {
    const { pages, wanted, drain } = scene();
    drain();
    assert.equal(pages.length, 1);
    const told = Array.from({ length: 500 }, (_, n) => asset(n));
    for (const one of told) {
      wanted.changed([one]);
      assert.equal(wanted.wait, 0);
    }
    assert.deepEqual(drain(), told);
    assert.equal(wanted.wait, null);
    assert.equal(pages.length, 1);
  });

  it('is looked up again for what did not come, and when too much was told at once', () => {
    const { clock, missing, pages, wanted, drain } = scene();
    drain();
    missing.push(asset(1));
    wanted.changed([asset(1)]);
    drain();
    clock.time += RESCAN_MS;
    wanted.lookAgain();
    assert.deepEqual(drain(), [asset(1)]);
    assert.equal(pages.length, 2);
    clock.time += RESCAN_MS;
    const one = asset(2);
    wanted.changed(Array.from({ length: MAX_FRESH + 1 }, () => one));
    drain();
    assert.equal(pages.length, 3);
  });
});
