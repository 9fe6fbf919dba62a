/** Files beside a draft: uploads begin at once, can be cancelled and tried again, and go with the message when they are done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attachmentsOf,
  heardOfTransfer,
  isPicture,
  transferWords,
  transfers,
} from '../../../web/state/attachments.ts';
import { AddedFiles, MAX_FILES, sizeWords, type FileRef } from '../../../web/state/uploads.ts';

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
    previewOf: () => null,
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
  heardOfTransfer({ origin_file_id: 'F9', state: 'running', done: 30, total: 120 });
  assert.equal(transferWords(transfers.value.get('F9')), 'Fetching, 25 %');
  heardOfTransfer({ origin_file_id: 'F9', state: 'failed', done: 30, total: 120 });
  assert.equal(transferWords(transfers.value.get('F9')), 'Could not be fetched');
  heardOfTransfer({ origin_file_id: 'F9', state: 'available', done: 120, total: 120 });
  assert.equal(transfers.value.has('F9'), false);
  assert.match(transferWords(undefined), /when its device is connected/);
});
