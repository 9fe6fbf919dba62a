/** What the page keeps in the browser, and how one tab hears what another chose (05 sections 10.8 L-4, 10.13 X-6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stored } from '../../../web/state/storage.ts';

/** As much of a browser's storage as is used here. */
function makeStorage(): Storage {
  const kept: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => void (kept[key] = value),
    removeItem: (key: string) => void delete kept[key],
  };
  Object.setPrototypeOf(kept, methods);
  return kept as unknown as Storage;
}

test('what another tab chose is heard, and nothing else', () => {
  const storage = makeStorage();
  const events = new EventTarget();
  const stored = new Stored(
    () => storage,
    () => events,
  );
  const heard: unknown[] = [];
  stored.onChange('sound', (value) => heard.push(value));
  const changed = (key: string | null): boolean =>
    events.dispatchEvent(Object.assign(new Event('storage'), { key }));
  stored.write('sound', true);
  stored.write('other', 1);
  changed('canopy.other');
  changed('canopy.sound');
  assert.deepEqual(heard, [true]);
  stored.erase();
  changed(null);
  assert.deepEqual(heard, [true, null]);
  assert.equal(stored.read('other'), null);
});

test('a browser that forbids storage keeps nothing, and nothing breaks', () => {
  const forbidden = (): never => {
    throw new Error('forbidden');
  };
  const stored = new Stored(forbidden, forbidden);
  stored.write('sound', true);
  stored.onChange('sound', () => assert.fail('nothing changes'));
  stored.erase();
  assert.equal(stored.read('sound'), null);
});
