/** Files on their way to the node: they go on where they were after outages, a few at a time, and end when told to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../web/api/client.ts';
import { uploadTransport, type UploadAnswer } from '../../../web/state/upload-transport.ts';

interface Put {
  address: string;
  size: number;
  progress: (sent: number) => void;
  answer: (status: number, body?: unknown) => void;
  cancelled: boolean;
}

const FILE = { file_id: 'F1', filename: 'a.txt', content_type: 'text/plain', size: 10 };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const unreachable = new ApiError(0, 'unreachable', 'This node is not answering.');

function setUp() {
  const puts: Put[] = [];
  const heard: string[] = [];
  const forgotten: string[] = [];
  const later: (() => void)[] = [];
  const node: { state: UploadAnswer | ApiError; renewed: number } = {
    state: { received: 0, file: null },
    renewed: 0,
  };
  let names = 0;
  const transport = uploadTransport({
    put: (address, body, progress) => {
      let answer: Put['answer'] = () => undefined;
      const promise = new Promise<{ status: number; body: unknown }>((resolve) => {
        answer = (status, given = {}) => resolve({ status, body: given });
      });
      const one: Put = { address, size: body.size, progress, answer, cancelled: false };
      puts.push(one);
      return { answer: promise, cancel: () => ((one.cancelled = true), answer(0)) };
    },
    state: () => (node.state instanceof ApiError ? Promise.reject(node.state) : Promise.resolve(node.state)),
    forget: (address) => forgotten.push(address),
    renewToken: () => Promise.resolve((node.renewed += 1)),
    later: (_ms, run) => {
      later.push(run);
      return () => undefined;
    },
    newName: () => `n${(names += 1)}`,
  });
  const start = (name = 'a.txt') =>
    transport(new File(['0123456789'], name, { type: 'text/plain' }), {
      progress: (loaded) => heard.push(`${loaded}`),
      waiting: (reason) => heard.push(reason),
      done: ({ id }) => heard.push(id),
      failed: (reason) => heard.push(`failed: ${reason}`),
    });
  const wait = async (): Promise<void> => {
    await settle();
    later.shift()?.();
    await settle();
  };
  return { puts, heard, forgotten, node, start, wait };
}

test('a file goes in one request', async () => {
  const { puts, heard, start } = setUp();
  start();
  assert.equal(
    puts[0]?.address,
    '/api/v1/files/uploads/n1?offset=0&size=10&filename=a.txt&content_type=text%2Fplain',
  );
  puts[0]?.progress(4);
  puts[0]?.answer(200, { received: 10, file: FILE });
  await settle();
  assert.deepEqual(heard, ['4', 'F1']);
});

test('after an outage it asks how much came and sends the rest', async () => {
  const { puts, heard, node, start, wait } = setUp();
  start();
  puts[0]?.progress(7);
  puts[0]?.answer(0);
  node.state = unreachable;
  for (let outage = 0; outage < 20; outage += 1) await wait();
  assert.equal(puts.length, 1);
  node.state = { received: 6, file: null };
  await wait();
  assert.deepEqual(puts[1]?.size, 4);
  assert.match(puts[1]?.address ?? '', /offset=6&size=10/);
  puts[1]?.answer(200, { received: 10, file: FILE });
  await settle();
  assert.deepEqual(heard.at(-1), 'F1');
  assert.ok(heard.includes('This node is not answering.'));
});

test('an answer that was lost is found again', async () => {
  const { puts, heard, node, start, wait } = setUp();
  start();
  puts[0]?.answer(0);
  node.state = { received: 10, file: FILE };
  await wait();
  assert.equal(puts.length, 1);
  assert.equal(heard.at(-1), 'F1');
});

test('what can be mended is; what the node refuses is not tried again', async () => {
  const { puts, heard, node, start, wait } = setUp();
  start();
  puts[0]?.answer(403, { error: 'Forbidden', code: 'csrf_required' });
  await wait();
  assert.equal(node.renewed, 1);
  puts[1]?.answer(409, { error: 'elsewhere', code: 'upload_offset' });
  await wait();
  puts[2]?.answer(400, { error: 'File is empty', code: 'file_empty' });
  await settle();
  assert.equal(heard.at(-1), 'failed: File is empty');
});

test('a file that never gets through is given up', async () => {
  const { puts, heard, start, wait } = setUp();
  start();
  for (let round = 0; round < 20; round += 1) {
    puts.at(-1)?.answer(0);
    await wait();
  }
  assert.match(heard.at(-1) ?? '', /^failed: It could not be sent/);
});

test('two at a time; one that is cancelled makes room and is forgotten by the node', async () => {
  const { puts, heard, forgotten, start } = setUp();
  const first = start('1');
  start('2');
  const third = start('3');
  start('4');
  assert.equal(puts.length, 2);
  third.cancel();
  first.cancel();
  await settle();
  assert.deepEqual(forgotten, ['/api/v1/files/uploads/n1']);
  assert.equal(puts[0]?.cancelled, true);
  assert.match(puts[2]?.address ?? '', /filename=4/);
  assert.equal(puts.length, 3);
  assert.deepEqual(heard, []);
});
