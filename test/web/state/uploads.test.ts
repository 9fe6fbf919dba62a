/** Files beside a draft: uploads begin at once, can be cancelled and tried again, and go with the message when they are done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attachmentsOf,
  heardOfTransfer,
  isPicture,
  shownSize,
  transferWords,
  transfers,
} from '../../../web/state/attachments.ts';
import { tableOf } from '../../../web/state/delimited.ts';
import { progressWords } from '../../../web/state/progress-words.ts';
import { sizeWords } from '../../../web/state/numbers.ts';
import { AddedFiles, MAX_FILES, refsOf, type FileRef } from '../../../web/state/uploads.ts';

interface Sent {
  file: File;
  progress: (loaded: number) => void;
  done: (file: FileRef) => void;
  failed: (reason: string) => void;
  cancelled: boolean;
}

function setUp(): { added: AddedFiles; sent: Sent[] } {
  const sent: Sent[] = [];
  const added = new AddedFiles({
    transport: (file, on) => {
      const one = { file, ...on, cancelled: false };
      sent.push(one);
      return { cancel: () => (one.cancelled = true) };
    },
    previewOf: ({ name }) => (name.endsWith('.png') ? 'blob:x' : null),
    measure: () => Promise.resolve({ width: 40, height: 30 }),
    now: () => 1_000,
  });
  return { added, sent };
}

const file = (name: string, size = 3): File => {
  const made = new File(['abc'.slice(0, size)], name, { type: 'text/plain' });
  if (size > 3) Object.defineProperty(made, 'size', { value: size });
  return made;
};
const ref = (id: string): FileRef => ({ id, name: `${id}.txt`, type: 'text/plain', size: 3 });
const states = (added: AddedFiles, draft = 'a'): string[] => added.of(draft).map((one) => one.state);

test('an upload begins when the file is added, and its file goes with the message once', () => {
  const { added, sent } = setUp();
  assert.equal(added.add('a', [file('1.txt'), file('2.txt')]), null);
  assert.deepEqual(states(added), ['uploading', 'uploading']);
  sent[0]?.progress(2);
  assert.equal(added.of('a')[0]?.loaded, 2);
  sent[1]?.done(ref('F2'));
  sent[0]?.done(ref('F1'));
  assert.deepEqual(states(added), ['done', 'done']);
  assert.deepEqual(added.of('other'), []);
  assert.deepEqual(
    added.take('a').map(({ id }) => id),
    ['F1', 'F2'],
  );
  assert.deepEqual(added.take('a'), []);
});

test('what failed is tried again; what is removed is not sent on', () => {
  const { added, sent } = setUp();
  added.add('a', [file('1.txt'), file('2.txt')]);
  const [first, second] = added.of('a');
  sent[0]?.failed('Too much');
  assert.deepEqual([states(added)[0], added.of('a')[0]?.reason], ['failed', 'Too much']);
  added.retry('a', first?.localId ?? '');
  assert.equal(sent.length, 3);
  assert.equal(states(added)[0], 'uploading');
  added.remove('a', second?.localId ?? '');
  assert.equal(sent[1]?.cancelled, true);
  sent[1]?.done(ref('late'));
  assert.equal(added.of('a').length, 1);
});

test('limits are said before anything is sent', () => {
  const { added, sent } = setUp();
  assert.match(added.add('a', [file('empty.txt', 0)]) ?? '', /empty/);
  assert.match(added.add('a', [file('big.txt', 104_857_601)]) ?? '', /100 MiB/);
  assert.equal(sent.length, 0);
  const many = Array.from({ length: MAX_FILES + 1 }, (_, i) => file(`${i}.txt`));
  assert.match(added.add('a', many) ?? '', /at most 20/);
  assert.equal(sent.length, MAX_FILES);
});

test('files of a message that is changed again are there again', () => {
  const { added } = setUp();
  added.restore('a', [ref('F1')]);
  assert.deepEqual(states(added), ['done']);
  assert.deepEqual(added.take('a'), [ref('F1')]);
});

test('sizes and transfers in words', () => {
  assert.deepEqual([12, 3_456, 2_345_678, 40_000_000].map(sizeWords), ['12 B', '3 KB', '2.3 MB', '40 MB']);
  const [here, away] = attachmentsOf([
    { id: 'F1', url: '/files/F1', name: 'a.png', type: 'image/png', size: 5 },
    { origin_file_id: 'F9', name: 'b.png', type: 'image/png', download_status: 'pending' },
  ]);
  assert.ok(here !== undefined && away !== undefined);
  assert.deepEqual([isPicture(here), isPicture(away), away.id], [true, false, null]);
  assert.equal(isPicture({ ...here, type: 'image/svg+xml' }), false);
  const words = (reachable = true, now = 0): string =>
    transferWords(transfers.value.get('F9'), { source: 'Ben', reachable, now });
  const heard = (state: string, done: number, now = 0): void =>
    heardOfTransfer({ origin_file_id: 'F9', state, done, total: 120 }, now);
  assert.equal(words(), 'Comes from Ben');
  assert.equal(words(false), 'Waiting for Ben');
  heard('running', 30);
  assert.equal(words(), 'Fetching, 25 %, 30 B of 120 B');
  heard('running', 60, 3_000);
  assert.equal(words(true, 3_000), 'Fetching, 50 %, 60 B of 120 B, 10 B/s, 6 s left');
  heard('waiting', 60);
  assert.equal(words(false), 'Paused: waiting for Ben');
  heard('failed', 60);
  assert.equal(words(), 'Could not be fetched from Ben');
  heard('available', 120);
  assert.equal(transfers.value.has('F9'), false);
});

test('a picture says what it shows and how large it is; its place keeps its shape', async () => {
  const { added, sent } = setUp();
  added.add('a', [file('1.txt'), file('2.png')]);
  const picture = added.of('a')[1];
  assert.ok(picture !== undefined);
  added.describe('a', picture.localId, ' A ladder ');
  added.moveEarlier('a', picture.localId);
  added.moveEarlier('a', picture.localId);
  for (const [at, one] of sent.entries()) one.done(ref(`F${at}`));
  await Promise.resolve();
  assert.deepEqual(refsOf(added.of('a')), [
    { ...ref('F1'), alt: 'A ladder', width: 40, height: 30 },
    ref('F0'),
  ]);
  const [read] = attachmentsOf([{ name: 'p.png', alt: 'A ladder', width: 800, height: 1200 }]);
  assert.equal(read?.alt, 'A ladder');
  assert.deepEqual(read.dimensions && shownSize(read.dimensions), { width: 200, height: 300 });
  for (const width of [-1, 0.5, '9', 1e9])
    assert.equal(attachmentsOf([{ name: 'p', width, height: 5 }])[0]?.dimensions, null);
});

test('time left is said once a rate is known', () => {
  const at = (done: number, elapsed: number): string =>
    progressWords({ done, total: 30_000_000, from: 0, elapsed });
  assert.equal(at(0, 0), '0 %, 0 B of 30 MB');
  assert.equal(at(12_000_000, 4_000), '40 %, 12 MB of 30 MB, 3.0 MB/s, 6 s left');
  assert.equal(at(100_000, 1_000), '0 %, 100 KB of 30 MB, 100 KB/s, 5 min left');
  assert.equal(at(30_000_000, 9_000), '100 %, 30 MB of 30 MB');
});

test('tables in text files', () => {
  assert.deepEqual(tableOf('a;b\n1;"x;""y""\nz"\n\n2;3'), [
    ['a', 'b'],
    ['1', 'x;"y"\nz'],
    ['2', '3'],
  ]);
  assert.deepEqual(tableOf('a,b\r\n1,2\r\n'), [
    ['a', 'b'],
    ['1', '2'],
  ]);
  assert.equal(tableOf('only one line'), null);
  assert.equal(tableOf('one\ntwo'), null);
});
