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

test('whoever calls in the moment between two runs does not start a second one beside them', async () => {
  let under = 0;
  let most = 0;
  const load = coalesced(async () => {
    most = Math.max(most, (under += 1));
    await new Promise((resolve) => setImmediate(resolve));
    under -= 1;
  });
  const first = load();
  await Promise.all([load(), first.then(load), first.then(() => undefined).then(load), first.finally(load)]);
  assert.equal(most, 1);
});
