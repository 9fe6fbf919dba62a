import test from 'node:test';
import assert from 'node:assert/strict';
import { coalesced } from '../../../web/state/coalesce.ts';

test('a burst is one run and one more, and every caller sees a state newer than its call', async () => {
  let runs = 0;
  let release: () => void = () => undefined;
  const load = coalesced(() => {
    runs += 1;
    return new Promise<void>((resolve) => (release = resolve));
  });
  const first = load();
  const others = [load(), load(), load()];
  assert.equal(runs, 1);
  release();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(runs, 2);
  release();
  await Promise.all(others);
  assert.equal(runs, 2);
});

test('a failed run does not stop the next', async () => {
  let fail = true;
  const load = coalesced(() => (fail ? Promise.reject(new Error('gone')) : Promise.resolve()));
  await assert.rejects(load(), /gone/);
  fail = false;
  await load();
});
