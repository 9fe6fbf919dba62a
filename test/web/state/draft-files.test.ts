/** Files of drafts stay over a reload once the node has them, and go with the message or the files themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepFiles, keptFiles } from '../../../web/state/draft-files.ts';
import { AddedFiles, type FileRef } from '../../../web/state/uploads.ts';

const stored = new Map<string, unknown>();
const store = {
  read: (key: string): unknown => stored.get(key) ?? null,
  write: (key: string, value: unknown): void =>
    void (value === null ? stored.delete(key) : stored.set(key, value)),
};
const ref: FileRef = { id: 'F1', name: 'one.txt', type: 'text/plain', size: 3 };

/** A page that was just loaded. */
function opened(): { added: AddedFiles; done: (file: FileRef) => void } {
  const calls: ((file: FileRef) => void)[] = [];
  const added = new AddedFiles({
    transport: (_file, on) => {
      calls.push(on.done);
      return { cancel: () => undefined };
    },
    previewOf: () => null,
    measure: () => Promise.resolve(null),
    now: () => 1_000,
    kept: keptFiles(store),
    keep: keepFiles(store),
  });
  return { added, done: (file) => calls.at(-1)?.(file) };
}

test('what the node has is beside the text again after a reload, in its order and with its description', () => {
  const { added, done } = opened();
  added.add('a', [new File(['abc'], 'one.txt')]);
  assert.equal(stored.size, 0);
  done(ref);
  const [file] = added.of('a');
  assert.ok(file);
  added.describe('a', file.localId, 'a leaf');
  const again = opened().added;
  assert.deepEqual(
    again.of('a').map(({ state, name, alt }) => [state, name, alt]),
    [['done', 'one.txt', 'a leaf']],
  );
  assert.deepEqual(again.take('a'), [{ ...ref, alt: 'a leaf' }]);
  assert.deepEqual([stored.size, opened().added.of('a')], [0, []]);
});

test('what stands there but is no file is passed over', () => {
  for (const wrong of ['x', [1], { a: 'x' }, { a: [null, { id: 1 }] }]) {
    stored.set('draft-files', wrong);
    assert.deepEqual(keptFiles(store), {});
  }
});
