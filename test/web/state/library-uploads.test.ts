import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LibraryUploads,
  uploadWords,
  type Ingest,
  type LibraryUpload,
} from '../../../web/state/library-uploads.ts';

type Sent = {
  name: string;
  fields: Readonly<Record<string, string>>;
  on: Parameters<Ingest>[2];
  ended: boolean;
};

function scene() {
  const sent: Sent[] = [];
  const uploads = new LibraryUploads({
    ingest: (file, fields, on) => {
      const one: Sent = { name: file.name, fields, on, ended: false };
      sent.push(one);
      return () => {
        one.ended = true;
      };
    },
  });
  return { sent, uploads };
}

const file = (name: string, type = 'image/png'): File => new File(['x'], name, { type });
const pictures = { id: 'L', filter: { mime_prefix: 'image/', tags: ['summer'] } };

test('a few go at a time, the next when one is there', () => {
  const { sent, uploads } = scene();
  assert.equal(
    uploads.add(
      pictures,
      ['a', 'b', 'c', 'd'].map((name) => file(name)),
    ),
    null,
  );
  assert.deepEqual(
    sent.map(({ name }) => name),
    ['a', 'b', 'c'],
  );
  assert.deepEqual(sent[0]?.fields, { tags: 'summer' });
  sent[1]?.on.progress(1);
  assert.equal(uploads.of('L')[1]?.loaded, 1);
  sent[1]?.on.done();
  assert.deepEqual(
    uploads.of('L').map(({ name, state }) => [name, state]),
    [
      ['a', 'uploading'],
      ['c', 'uploading'],
      ['d', 'uploading'],
    ],
  );
});

test('what fails stays with its reason, holds nothing up and can be tried again', () => {
  const { sent, uploads } = scene();
  uploads.add(
    pictures,
    ['a', 'b', 'c', 'd'].map((name) => file(name)),
  );
  sent[0]?.on.failed('disk full');
  assert.deepEqual(uploads.of('L').map(({ state, reason }) => [state, reason])[0], ['failed', 'disk full']);
  assert.equal(sent.length, 4);
  sent[3]?.on.done();
  uploads.retry(uploads.of('L')[0]?.id ?? 0);
  assert.equal(sent.at(-1)?.name, 'a');
});

test('what is cancelled is ended; what does not belong is not sent', () => {
  const { sent, uploads } = scene();
  assert.match(
    uploads.add(pictures, [file('a.txt', 'text/plain'), file('b')]) ?? '',
    /^a\.txt was not added\./,
  );
  assert.deepEqual(
    sent.map(({ name }) => name),
    ['b'],
  );
  uploads.remove(uploads.of('L')[0]?.id ?? 0);
  assert.equal(sent[0]?.ended, true);
  assert.deepEqual(uploads.of('L'), []);
  assert.deepEqual(uploads.of('other'), []);
});

test('how far one is is said in words', () => {
  const upload: LibraryUpload = {
    id: 1,
    libraryId: 'L',
    name: 'a',
    size: 30_000_000,
    loaded: 12_000_000,
    since: 1_000,
    state: 'uploading',
    reason: null,
  };
  assert.equal(uploadWords(upload, 5_000), '40 %, 12 MB of 30 MB, 3.0 MB/s, 6 s left');
  assert.equal(uploadWords({ ...upload, state: 'waiting', loaded: 0, since: 0 }, 5_000), 'Waiting');
});
