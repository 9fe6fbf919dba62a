/** Files over real sockets (04 section 3.11): uploading in both forms, what is refused, reading, ranges, who may, deleting. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { disposition } from '../../../server/http/file-answer.ts';
import type { FileId } from '../../../server/wire/ids.ts';
import {
  PASSWORD,
  sessionOf,
  startHarness,
  eventually,
  type Harness,
  type Session,
  type TestAnswer,
} from '../harness.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP8z4APMOGVHbHSAEEsAROxCnMTAAAAAElFTkSuQmCC',
  'base64',
);
const NO_FILE =
  'Provide a file via multipart form or JSON {"filename": "...", "content_type": "...", "data": "<base64>"}';

let node: Harness;
let session: Session;
let key: string;
let bob: string;
let bobKey: string;
let bobSession: Session;
before(async () => {
  node = await startHarness();
  session = await node.setUp('ada');
  const all = ['read_messages', 'write_messages', 'read_files', 'write_files', 'delete_data'];
  key = node.key('owner', all);
  const answer = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bob = (answer.json['user'] as { id: string }).id;
  bobSession = sessionOf(answer);
  bobKey = node.key(bob, all);
});
after(() => node.close());

interface Form {
  name?: string;
  filename?: string;
  type?: string;
  data: string | Uint8Array<ArrayBuffer>;
}

async function uploadForm(parts: Form | Form[], by = key): Promise<TestAnswer> {
  const form = new FormData();
  for (const { name = 'file', filename = 'a.txt', type = 'text/plain', data } of [parts].flat())
    form.append(name, new Blob([data], { type }), filename);
  const response = await fetch(`${node.url}/api/v1/files/upload`, {
    method: 'POST',
    headers: { 'X-API-Key': by },
    body: form,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: JSON.parse(text) as Record<string, unknown>,
    text,
  };
}

const uploadJson = (body: unknown, by = key): Promise<TestAnswer> =>
  node.call('POST', '/api/v1/files/upload', { key: by, body });
const idOf = (answer: TestAnswer): string => {
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['file_id']);
};
const download = (id: string, init: { by?: string; headers?: Record<string, string> } = {}) =>
  fetch(`${node.url}/api/v1/files/${id}`, { headers: { 'X-API-Key': init.by ?? key, ...init.headers } });
const files = (category: string): string[] => readdirSync(path.join(node.folder, 'files', category));
const coming = (): string[] => readdirSync(path.join(node.folder, 'files-incoming'));

test('a form is stored as the reference stores it, and comes back byte for byte', async () => {
  const data = randomBytes(3_000_000);
  const answer = await uploadForm({ filename: 'räkning 1.zip', type: 'application/octet-stream', data: 'x' });
  assert.equal(answer.json['error'], "File content does not match claimed type 'application/zip'");
  const id = idOf(
    await uploadForm({
      filename: '../../räksmörgås.tar.gz',
      type: 'application/gzip',
      data: new Uint8Array([0x1f, 0x8b, ...data]),
    }),
  );
  assert.match(id, /^F[0-9a-f]{24}$/);
  assert.ok(files('other').includes(`${id}.gz`));
  const row = node.sql.get<Record<string, unknown>>('SELECT * FROM files WHERE id = @id', { id });
  assert.deepEqual(
    [row?.['file_path'], row?.['stored_name'], row?.['size']],
    [`other/${id}.gz`, `${id}.gz`, 3_000_002],
  );
  assert.equal(node.repositories.files.get(id as FileId)?.originalName, 'räksmörgås.tar.gz');
  const read = await download(id);
  const bytes = Buffer.from(await read.arrayBuffer());
  assert.equal(createHash('sha256').update(bytes).digest('hex'), row?.['checksum']);
  assert.equal(read.headers.get('content-type'), 'application/gzip');
  assert.match(read.headers.get('content-disposition') ?? '', /^attachment; .*filename\*=UTF-8''r%C3%A4ksm/);
  assert.deepEqual(coming(), []);
});

test('JSON with Base64 in any place of the object, and names made out from the content', async () => {
  const data = PNG.toString('base64');
  const bare = await uploadJson({ data });
  assert.deepEqual(
    [bare.json['filename'], bare.json['content_type'], bare.json['metadata_normalized']],
    ['file.png', 'image/png', true],
  );
  assert.equal(typeof bare.json['nudge'], 'string');
  for (const body of [
    { filename: 'dot.png', content_type: 'image/png', data },
    {
      data,
      more: { data: 'no', list: ['data', { data: 1 }] },
      filename: 'dot.png',
      content_type: 'image/png',
    },
    `{"filename":"dot.png", "d\\u0061ta" : "${data.replaceAll('/', '\\/')}" }`,
  ]) {
    const answer = await uploadJson(body);
    assert.equal(answer.json['filename'], 'dot.png', answer.text);
    assert.deepEqual(Buffer.from(await (await download(idOf(answer))).arrayBuffer()), PNG);
  }
});

test('bodies that are no upload are refused in the words of the reference', async () => {
  const cases: [unknown, number, string][] = [
    [{ filename: 'x' }, 400, NO_FILE],
    ['{nonsense', 400, NO_FILE],
    ['[]', 400, NO_FILE],
    ['', 400, NO_FILE],
    [{ data: 5 }, 400, 'Invalid base64 in data field'],
    [{ data: 'abc' }, 400, 'Invalid base64 in data field'],
    [{ data: 'ab=c' }, 400, 'Invalid base64 in data field'],
    [{ data: 'YQ==YQ==' }, 400, 'Invalid base64 in data field'],
    [{ data: 'Y Q=' }, 400, 'Invalid base64 in data field'],
    ['{"data":"YQ==","data":"Yg=="}', 400, 'Invalid base64 in data field'],
    [{ data: '', filename: 'a.txt' }, 400, 'File is empty'],
    [
      { data: 'YQ==', filename: 'a.exe', content_type: 'application/x-msdownload' },
      400,
      "File type 'application/x-msdownload' is not allowed",
    ],
    [{ data: 'YQ==', other: 'x'.repeat(70_000) }, 413, 'Request body too large'],
  ];
  for (const [body, status, error] of cases) {
    const answer = await uploadJson(body);
    assert.deepEqual([answer.status, answer.json['error']], [status, error], JSON.stringify(body));
    assert.equal(typeof answer.json['code'], 'string');
  }
  const wrong = await uploadForm({ name: 'upload', data: 'x' });
  assert.deepEqual([wrong.status, wrong.json['error']], [400, NO_FILE]);
  assert.equal((await uploadForm({ filename: 'e.txt', data: '' })).json['error'], 'File is empty');
  assert.deepEqual(coming(), []);
});

test('raw forms: an empty name, broken parts, no boundary, too many parts', async () => {
  const part = (headers: string, data = 'x'): string => `--b\r\n${headers}\r\n\r\n${data}\r\n`;
  const file = 'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain';
  const send = (body: string, type = 'multipart/form-data; boundary=b'): Promise<TestAnswer> =>
    node.call('POST', '/api/v1/files/upload', { key, body, headers: { 'Content-Type': type } });
  const empty = await send(
    `${part('Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: text/plain')}--b--\r\n`,
  );
  assert.deepEqual([empty.status, empty.json['error']], [400, 'Empty file']);
  const twice = await send(`${part(file, 'first')}${part(file, 'second')}--b--\r\n`);
  assert.equal(await (await download(idOf(twice))).text(), 'first');
  for (const body of [part(file), `${part(file)}--b`, `${part(file)}--b\r\nnonsense`, 'nothing', ''])
    assert.equal((await send(body)).status, 400, body);
  assert.equal((await send(part(file), 'multipart/form-data')).status, 400);
  const field = part('Content-Disposition: form-data; name="x"');
  assert.equal((await send(`${part(file)}${field.repeat(30)}--b--\r\n`)).status, 400);
  assert.equal((await send(`${field.repeat(3)}--b--\r\n`)).json['error'], NO_FILE);
  assert.deepEqual(coming(), []);
});

test('too much is refused when announced, and when it comes', async () => {
  const announced = await raw(
    `POST /api/v1/files/upload HTTP/1.1\r\nHost: x\r\nX-API-Key: ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 120000000\r\n\r\n`,
  );
  assert.match(announced, /^HTTP\/1\.1 413 [^]*upload_too_large/);
  const big = new Uint8Array(100 * 1024 * 1024 + 7);
  big.set([0x1f, 0x8b]);
  const answer = await uploadForm({ filename: 'a.gz', type: 'application/gzip', data: big });
  assert.deepEqual(
    [answer.status, answer.json['error']],
    [400, 'File size 104857607 bytes exceeds maximum 104857600 bytes'],
  );
  assert.deepEqual(coming(), []);
});

test('a sender that goes away leaves nothing', async () => {
  const url = new URL(node.url);
  const socket = connect(Number(url.port), url.hostname);
  socket.write(
    `POST /api/v1/files/upload HTTP/1.1\r\nHost: ${url.host}\r\nX-API-Key: ${key}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n${'x'.repeat(100_000)}`,
  );
  await eventually('the upload began', () => Promise.resolve(coming().length > 0));
  socket.destroy();
  await eventually('it is gone', () => Promise.resolve(coming().length === 0));
});

test('strangers and weak keys are refused before anything is written', async () => {
  const weak = node.key('owner', ['read_files']);
  assert.equal((await uploadForm({ data: 'x' }, weak)).status, 403);
  assert.equal((await node.call('POST', '/api/v1/files/upload', { body: { data: 'YQ==' } })).status, 401);
  const id = idOf(await uploadForm({ data: 'x' }));
  assert.equal((await download(id, { by: node.key('owner', ['write_files']) })).status, 403);
});

test('ranges, entity tags and HEAD', async () => {
  const id = idOf(await uploadForm({ data: '0123456789' }));
  const part = async (range: string, more = {}): Promise<[number, string, string | null]> => {
    const answer = await download(id, { headers: { Range: range, ...more } });
    return [answer.status, await answer.text(), answer.headers.get('content-range')];
  };
  assert.deepEqual(await part('bytes=2-4'), [206, '234', 'bytes 2-4/10']);
  assert.deepEqual(await part('bytes=7-'), [206, '789', 'bytes 7-9/10']);
  assert.deepEqual(await part('bytes=-3'), [206, '789', 'bytes 7-9/10']);
  assert.deepEqual(await part('bytes=8-99'), [206, '89', 'bytes 8-9/10']);
  assert.deepEqual(await part('bytes=10-'), [416, '', 'bytes */10']);
  assert.deepEqual(await part('bytes=-0'), [416, '', 'bytes */10']);
  assert.deepEqual(await part('bytes=0-1,3-4'), [200, '0123456789', null]);
  assert.deepEqual(await part('lines=1-2'), [200, '0123456789', null]);
  const etag = (await download(id)).headers.get('etag') ?? '';
  assert.match(etag, /^"[0-9a-f]{64}"$/);
  assert.deepEqual(await part('bytes=0-0', { 'If-Range': etag }), [206, '0', 'bytes 0-0/10']);
  assert.deepEqual(await part('bytes=0-0', { 'If-Range': '"x"' }), [200, '0123456789', null]);
  assert.equal((await download(id, { headers: { 'If-None-Match': `"a", W/${etag}` } })).status, 304);
  const head = await fetch(`${node.url}/api/v1/files/${id}`, {
    method: 'HEAD',
    headers: { 'X-API-Key': key },
  });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', '']);
});

test('a PDF is shown in a frame of the page, sandboxed; nothing else is, and nowhere else', async () => {
  const pdf = idOf(await uploadForm({ filename: 'p.pdf', type: 'application/pdf', data: '%PDF-1.4\n%%EOF' }));
  const framed = await node.call('GET', `/files/${pdf}?framed=1`, { session });
  assert.equal(framed.headers.get('content-type'), 'application/pdf');
  assert.equal(framed.headers.get('x-content-type-options'), 'nosniff');
  assert.match(framed.headers.get('content-disposition') ?? '', /^inline;/);
  assert.equal(
    framed.headers.get('content-security-policy'),
    "default-src 'none'; sandbox; frame-ancestors 'self'",
  );
  assert.equal(framed.headers.get('x-frame-options'), 'SAMEORIGIN');
  const svg = idOf(
    await uploadForm({
      filename: 'f.svg',
      type: 'image/svg+xml',
      data: '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    }),
  );
  for (const place of [`/files/${pdf}`, `/files/${svg}?framed=1`, `/files/${pdf}?framed=0`]) {
    const { headers } = await node.call('GET', place, { session });
    assert.match(headers.get('content-disposition') ?? '', /^attachment;/, place);
    assert.equal(headers.get('content-security-policy'), "default-src 'none'; sandbox", place);
    assert.equal(headers.get('x-frame-options'), 'DENY', place);
  }
});

test('nothing can run in our origin, on either address', async () => {
  const html = idOf(
    await uploadForm({ filename: 'p.html', type: 'text/html', data: '<html><p>hello</p></html>' }),
  );
  const module = idOf(
    await uploadForm({
      filename: 'p.canopy-module.html',
      type: 'text/html',
      data: '<!doctype html><script>1</script>',
    }),
  );
  const svg = idOf(
    await uploadForm({
      filename: 'p.svg',
      type: 'image/svg+xml',
      data: '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    }),
  );
  const xml = idOf(
    await uploadForm({ filename: 'p.xml', type: 'application/xml', data: '<?xml version="1.0"?><a/>' }),
  );
  for (const id of [html, module, svg, xml])
    for (const place of [`/files/${id}`, `/files/${id}/thumb`, `/api/v1/files/${id}`]) {
      const answer = await node.call('GET', place, { key });
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment;/, place);
      assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'; sandbox", place);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    }
  const png = idOf(await uploadForm({ filename: 'p.png', type: 'image/png', data: new Uint8Array(PNG) }));
  const shown = await node.call('GET', `/files/${png}`, { session });
  assert.match(shown.headers.get('content-disposition') ?? '', /^inline;/);
  assert.equal(shown.headers.get('content-security-policy'), "default-src 'none'; sandbox");
  assert.match(
    (await node.call('GET', `/api/v1/files/${png}`, { key })).headers.get('content-disposition') ?? '',
    /^attachment;/,
  );
  // What an old directory calls a type that this node does not know is bytes.
  node.sql.run("UPDATE files SET content_type = 'text/x-evil' WHERE id = @id", { id: png });
  assert.equal(
    (await node.call('GET', `/files/${png}`, { session })).headers.get('content-type'),
    'application/octet-stream',
  );
});

test('names in headers cannot break out of them', () => {
  assert.equal(disposition('attachment', 'hello.txt'), 'attachment; filename=hello.txt');
  assert.equal(
    disposition('inline', 'a"b\r\nSet-Cookie: x=1;\\é.png'),
    'inline; filename="a_b__Set-Cookie: x=1;__.png"; filename*=UTF-8\'\'a%22b%0D%0ASet-Cookie%3A%20x%3D1%3B%5C%C3%A9.png',
  );
  assert.doesNotThrow(() => disposition('inline', '\ud800.png'));
});

test('who may read a file follows from what refers to it, and naming an id opens nothing', async () => {
  const reason = async (id: string, by = bobKey): Promise<[number, unknown]> => {
    const answer = await node.call('GET', `/api/v1/files/${id}`, { key: by });
    return [answer.status, answer.json['reason']];
  };
  const access = async (id: string, by = bobKey): Promise<unknown> =>
    (await node.call('GET', `/api/v1/files/${id}/access`, { key: by })).json['access'];
  const post = (body: object, by = key): Promise<TestAnswer> =>
    node.call('POST', '/api/v1/channels/messages', { key: by, body: { channel_id: 'general', ...body } });
  const id = idOf(await uploadForm({ data: 'secret' }));
  assert.deepEqual(await access(id, key), { allowed: true, reason: 'admin', evidence: [] });
  assert.deepEqual(await reason(id), [403, 'unreferenced']);
  assert.deepEqual(await access(id), { allowed: false, reason: 'unreferenced', evidence: [] });
  // Bob has heard of the id and names it himself.
  assert.equal((await post({ content: `see /files/${id}` }, bobKey)).status, 201);
  assert.deepEqual(await reason(id), [403, 'no-visible-reference']);
  assert.deepEqual(await access(id), { allowed: false, reason: 'no-visible-reference', evidence: [] });
  const posted = await post({ content: 'look', attachments: [{ id }] });
  const message = posted.json['message'] as { id: string };
  assert.deepEqual(await access(id), {
    allowed: true,
    reason: 'channel-membership',
    evidence: [
      { source_type: 'channel_message', source_id: message.id, detail: 'channel:general', can_view: true },
    ],
  });
  assert.deepEqual(await reason(id), [200, undefined]);
  // A direct message opens it for its two ends alone.
  const private_ = idOf(await uploadForm({ data: 'for bob' }));
  const carol = await node.call('POST', '/register', { body: { username: 'carol', password: PASSWORD } });
  const carolKey = node.key((carol.json['user'] as { id: string }).id, ['read_files']);
  const sent = await node.call('POST', '/api/v1/messages', {
    key,
    body: { recipient_id: bob, content: '', attachments: [{ id: private_, name: 'a.txt' }] },
  });
  assert.equal(sent.status, 201, sent.text);
  assert.deepEqual(await reason(private_), [200, undefined]);
  assert.deepEqual(await reason(private_, carolKey), [403, 'no-visible-reference']);
  assert.deepEqual(((await access(private_, carolKey)) as { evidence: unknown }).evidence, []);
  // The owner of the node reads what its people upload; nobody else does.
  const own = idOf(await uploadForm({ data: 'x' }, bobKey));
  assert.deepEqual(await reason(own, key), [200, undefined]);
  assert.deepEqual(await reason(own, carolKey), [403, 'unreferenced']);
  assert.equal((await node.call('GET', '/api/v1/files/Fffff', { key })).status, 404);
});

test('a damaged or missing file is no file', async () => {
  const id = idOf(await uploadForm({ data: 'whole' }));
  const place = path.join(node.folder, 'files', 'documents', `${id}.txt`);
  assert.equal((await download(id)).status, 200);
  writeFileSync(place, 'WHOLE');
  const damaged = await node.call('GET', `/api/v1/files/${id}`, { key });
  assert.deepEqual([damaged.status, damaged.json['error']], [404, 'File not found']);
  const page = await node.call('GET', `/files/${id}`, { session });
  assert.deepEqual(
    [page.status, page.text],
    [404, 'File not found. It may not have synced to this device yet.'],
  );
});

test('deleting takes the file, its small picture and the log of who opened it', async () => {
  const picture = await sharp({ create: { width: 1200, height: 900, channels: 3, background: '#3a7' } })
    .jpeg()
    .toBuffer();
  const id = idOf(
    await uploadForm({ filename: 'big.jpg', type: 'image/jpeg', data: new Uint8Array(picture) }),
  );
  const thumb = await fetch(`${node.url}/files/${id}/thumb`, { headers: { Cookie: session.cookie } });
  const { width, height } = await sharp(Buffer.from(await thumb.arrayBuffer())).metadata();
  assert.deepEqual([width, height], [800, 600]);
  assert.ok(files('images').includes(`${id}_thumb.jpg`));
  await node.call('GET', `/files/${id}`, { session });
  const log = (): number => node.sql.all('SELECT 1 FROM file_access_log WHERE file_id = @id', { id }).length;
  assert.equal(log(), 1);
  const foreign = await node.call('DELETE', `/api/v1/files/${id}`, { key: bobKey });
  assert.deepEqual(
    [foreign.status, foreign.json['error']],
    [403, 'Access denied — you can only delete your own files'],
  );
  assert.deepEqual((await node.call('GET', `/files/${id}`, { session: bobSession })).text, 'Access denied.');
  const gone = await node.call('DELETE', `/api/v1/files/${id}`, { key });
  assert.deepEqual([gone.status, gone.json], [200, { file_id: id, success: true }]);
  assert.equal((await download(id)).status, 404);
  assert.equal(log(), 0);
  assert.ok(!files('images').some((name) => name.startsWith(id)));
  assert.deepEqual(coming(), []);
});

test('previews show the beginning of texts and nothing of the rest', async () => {
  const id = idOf(await uploadForm({ filename: 'a.txt', data: 'é'.repeat(60_000) }));
  const { json } = await node.call('GET', `/api/v1/files/${id}/preview`, { key });
  assert.deepEqual([json['kind'], json['previewable'], json['truncated']], ['text', true, true]);
  assert.equal(String(json['text']).length, 50_000);
  const png = idOf(await uploadForm({ filename: 'p.png', type: 'image/png', data: new Uint8Array(PNG) }));
  const none = await node.call('GET', `/api/v1/files/${png}/preview`, { key });
  assert.deepEqual([none.status, none.json['kind'], none.json['previewable']], [200, 'unsupported', false]);
  assert.ok(existsSync(path.join(node.folder, 'files', 'images', `${png}.png`)));
});

/** Sends a text and gives back what comes until the other side closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const url = new URL(node.url);
    let answer = '';
    const socket = connect(Number(url.port), url.hostname, () =>
      socket.write(text.replace('Host: x', `Host: ${url.host}`)),
    );
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
