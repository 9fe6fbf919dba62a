/** Uploads that go on after a lost connection or a restart (05 section 10.7, F-2), over real sockets. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, PASSWORD, startHarness, type Harness, type TestAnswer } from '../harness.ts';

let node: Harness;
let key: string;
let bobKey: string;
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  key = node.key('owner', ['write_files', 'read_files']);
  const answer = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bobKey = node.key((answer.json['user'] as { id: string }).id, ['write_files']);
});
after(() => node.close());

const randomText = (bytes: number): Buffer<ArrayBuffer> =>
  Buffer.from(randomBytes(bytes / 2).toString('hex'));
const coming = (): string[] => readdirSync(path.join(node.folder, 'files-incoming'));
const address = (name: string): string => `/api/v1/files/uploads/${name.padEnd(16, '0')}`;
const about = (offset: number, size: number, filename = 'a.txt', type = 'text/plain'): string =>
  `?offset=${offset}&size=${size}&filename=${filename}&content_type=${encodeURIComponent(type)}`;
const state = (name: string, by = key): Promise<TestAnswer> => node.call('GET', address(name), { key: by });

async function put(name: string, query: string, data: Uint8Array<ArrayBuffer>) {
  const answer = await fetch(`${node.url}${address(name)}${query}`, {
    method: 'PUT',
    headers: { 'X-API-Key': key },
    body: data,
  });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

/** Announces `size` bytes and sends `data` of them; the connection stays open. */
function half(name: string, size: number, data: Uint8Array) {
  const url = new URL(node.url);
  const socket = connect(Number(url.port), url.hostname);
  socket.on('error', () => undefined);
  socket.write(
    `PUT ${address(name)}${about(0, size)} HTTP/1.1\r\nHost: ${url.host}\r\nX-API-Key: ${key}\r\nContent-Length: ${size}\r\n\r\n`,
  );
  socket.write(data);
  return socket;
}

test('a whole file in one request is kept, and asking or sending again finds it', async () => {
  const data = randomText(300_000);
  const sent = await put('whole', about(0, data.length), data);
  assert.equal(sent.status, 200);
  const file = sent.json['file'] as Record<string, unknown>;
  assert.deepEqual(
    [file['filename'], file['content_type'], file['size']],
    ['a.txt', 'text/plain', data.length],
  );
  assert.deepEqual((await state('whole')).json, sent.json);
  assert.deepEqual((await put('whole', about(0, data.length), data)).json, sent.json);
  const read = await fetch(`${node.url}/api/v1/files/${String(file['file_id'])}`, {
    headers: { 'X-API-Key': key },
  });
  assert.deepEqual(Buffer.from(await read.arrayBuffer()), data);
  assert.deepEqual(coming(), []);
});

test('what came before the connection broke stays, and the rest makes the file', async () => {
  const data = randomText(200_000);
  const socket = half('broken', data.length, data.subarray(0, 120_000));
  // Asking would end the request; the disk says that it began.
  await eventually('it came', () => Promise.resolve(coming().length === 1));
  socket.destroy();
  const { received } = (await state('broken')).json as { received: number };
  assert.ok(received <= 120_000);
  assert.equal((await state('broken', bobKey)).json['received'], 0);
  const wrong = await put('broken', about(received + 1, data.length), data.subarray(received + 1));
  assert.deepEqual([wrong.status, wrong.json['code']], [409, 'upload_offset']);
  const rest = await put('broken', about(received, data.length), data.subarray(received));
  const file = rest.json['file'] as Record<string, unknown>;
  const read = await fetch(`${node.url}/api/v1/files/${String(file['file_id'])}`, {
    headers: { 'X-API-Key': key },
  });
  assert.deepEqual(Buffer.from(await read.arrayBuffer()), data);
  assert.deepEqual(coming(), []);
});

test('who asks where to go on ends the request that was lost without a word', async () => {
  const socket = half('stuck', 1_000, Buffer.alloc(400, 'x'));
  await eventually('it came', () => Promise.resolve(coming().length === 1));
  const { received } = (await state('stuck')).json as { received: number };
  await eventually('it was ended', () => Promise.resolve(socket.destroyed || socket.readableEnded));
  const rest = await put('stuck', about(received, 1_000), Buffer.alloc(1_000 - received, 'x'));
  assert.notEqual(rest.json['file'], null);
});

test('a start keeps what is gone on with; giving up leaves nothing', async () => {
  const begun = await put('later', about(0, 50), Buffer.alloc(20));
  assert.deepEqual([begun.json['received'], begun.json['file']], [20, null]);
  await node.components.workspace.inbound.uploads.recover(() => false);
  assert.equal((await state('later')).json['received'], 20);
  assert.equal((await node.call('DELETE', address('later'), { key })).status, 200);
  assert.equal((await state('later')).json['received'], 0);
  assert.deepEqual(coming(), []);
});

test('any file is taken, as what it is: a source as text, what nothing is known of as bytes to download', async () => {
  const typeOf = async (name: string, type: string, data: Uint8Array<ArrayBuffer>): Promise<unknown> => {
    const answer = await put(`any-${name.replace('.', '-')}`, about(0, data.length, name, type), data);
    assert.equal(answer.status, 200, name);
    return (answer.json['file'] as Record<string, unknown>)['content_type'];
  };
  const source = Buffer.from('export const å = 1;\n');
  assert.equal(await typeOf('a.ts', 'video/mp2t', source), 'text/plain');
  assert.equal(await typeOf('b.py', '', source), 'text/plain');
  assert.equal(
    await typeOf('c.ts', 'video/mp2t', Buffer.from([0x47, 0, 0x11, 0xff])),
    'application/octet-stream',
  );
  assert.equal(
    await typeOf('d.docx', 'application/msword', Buffer.from('PK\x03\x04')),
    'application/octet-stream',
  );
  assert.equal(await typeOf('e.png', 'image/png', Buffer.from('no picture')), 'application/octet-stream');
  assert.equal(
    await typeOf('f.html', 'text/html', Buffer.from('<html><script>1')),
    'application/octet-stream',
  );
});

test('what is refused leaves nothing: more than announced, too much, a bad name', async () => {
  const more = await put('more', about(0, 5), Buffer.alloc(9));
  assert.deepEqual([more.status, more.json['code']], [409, 'upload_offset']);
  const large = await put('large', about(0, 104_857_601), Buffer.alloc(1));
  assert.deepEqual([large.status, large.json['code']], [400, 'file_too_large']);
  assert.equal((await node.call('GET', '/api/v1/files/uploads/short', { key })).status, 400);
  assert.equal((await put('sizeless', '?offset=0', Buffer.alloc(1))).status, 400);
  assert.deepEqual(coming(), []);
});
