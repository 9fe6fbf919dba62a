import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FolderSync } from '../../../server/libraries/assets/folder-sync.ts';

function scene() {
  const looks: { folder: string; end: () => void }[] = [];
  const sync = new FolderSync((folder) => new Promise((end) => looks.push({ folder, end })));
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { sync, looks, turn };
}

describe('making names durable', () => {
  it('waits for the disk once for all who come together', async () => {
    const { sync, looks, turn } = scene();
    const all = Promise.all(Array.from({ length: 16 }, () => sync.sync('a')));
    const other = sync.sync('b');
    await turn();
    assert.deepEqual(
      looks.map(({ folder }) => folder),
      ['a', 'b'],
    );
    for (const { end } of looks) end();
    await Promise.all([all, other]);
  });

  it('looks again for who comes while it waits, who is told only then', async () => {
    const { sync, looks, turn } = scene();
    const told: string[] = [];
    void sync.sync('a').then(() => told.push('first'));
    await turn();
    const late = Promise.all([sync.sync('a'), sync.sync('a')]).then(() => told.push('late'));
    await turn();
    assert.equal(looks.length, 1);
    looks[0]?.end();
    await turn();
    assert.deepEqual([told, looks.length], [['first'], 2]);
    looks[1]?.end();
    await late;
    assert.deepEqual(told, ['first', 'late']);
    const after = sync.sync('a');
    await turn();
    assert.equal(looks.length, 3);
    looks[2]?.end();
    await after;
  });
});
