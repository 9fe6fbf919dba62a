import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import type { Harness } from './harness.ts';
import { startHarness } from './harness.ts';

const ROOT = '/api/v1/can/0';

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A valid PNG of `side` by `side` black and white pixels. */
function hugePng(side: number): Buffer {
  const chunk = (name: string, body: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(name), body]);
    let crc = 0xffffffff;
    for (const byte of named) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    const framed = Buffer.alloc(named.length + 8);
    framed.writeUInt32BE(body.length, 0);
    named.copy(framed, 4);
    framed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, named.length + 4);
    return framed;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(side * (1 + side / 8)))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('the asset store over HTTP', () => {
  let node: Harness;
  let key: string;

  before(async () => {
    node = await startHarness();
    await node.setUp();
    key = node.key('owner', ['read_files', 'write_files', 'delete_data']);
  });
  after(() => node.close());

  async function ingest(
    content: string | Uint8Array<ArrayBuffer>,
    fields: [string, string][] = [],
    name = 'a.bin',
  ): Promise<{ status: number; json: { status: string; data: Record<string, unknown>; code?: string } }> {
    const form = new FormData();
    form.append('file', new Blob([content]), name);
    for (const [field, value] of fields) form.append(field, value);
    const answer = await fetch(`${node.url}${ROOT}/ingest`, {
      method: 'POST',
      headers: { 'X-API-Key': key },
      body: form,
    });
    return { status: answer.status, json: (await answer.json()) as never };
  }

  async function data(where: string): Promise<Record<string, unknown>> {
    const { status, json } = await node.call('GET', ROOT + where, { key });
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json['status'], 'success');
    return json['data'] as Record<string, unknown>;
  }

  async function found(where: string): Promise<string[]> {
    const { assets } = (await data(where)) as { assets: { hash: string }[] };
    return assets.map(({ hash }) => hash);
  }

  it('stores what a form brings, once', async () => {
    const first = await ingest('hello assets', [
      ['tags', 'sea, summer'],
      ['tags', 'sea'],
      ['mime_type', 'text/plain'],
      ['application', 'paste'],
    ]);
    assert.equal(first.status, 201);
    assert.equal(first.json.status, 'success');
    assert.deepEqual(
      { ...first.json.data, timestamp: 0, origin_peer: '' },
      {
        hash: hashOf('hello assets'),
        size: 12,
        mime_type: 'text/plain',
        filename: 'a.bin',
        application: 'paste',
        tags: ['sea', 'summer'],
        user: null,
        description: null,
        timestamp: 0,
        origin_peer: '',
      },
    );
    const again = await ingest('hello assets', [['user', 'ann']]);
    assert.equal(again.status, 200);
    assert.equal(again.json.data['user'], 'ann');
    assert.equal((await ingest('')).json.data['size'], 0);
  });

  it('refuses a form without a file, fields that are too long and assets that are too large', async () => {
    const nothing = await fetch(`${node.url}${ROOT}/ingest`, {
      method: 'POST',
      headers: { 'X-API-Key': key },
      body: new FormData(),
    });
    assert.equal(nothing.status, 400);
    assert.deepEqual(await nothing.json(), {
      status: 'error',
      error: 'A form with the part file is needed',
      code: 'asset_file_required',
    });
    const long = await ingest('long', [['user', 'u'.repeat(129)]]);
    assert.equal(long.status, 400);
    assert.equal(long.json.code, 'asset_field_invalid');
    const large = await ingest(new Uint8Array(8 * 1024 * 1024 + 1));
    assert.equal(large.status, 413);
    assert.equal(large.json.code, 'asset_too_large');
    assert.deepEqual(readdirSync(path.join(node.folder, 'assets', '.incoming')), []);
  });

  it('keeps nothing of a sender that goes away', async () => {
    const url = new URL(`${node.url}${ROOT}/ingest`);
    const req = request(url, {
      method: 'POST',
      headers: {
        'X-API-Key': key,
        'Content-Type': 'multipart/form-data; boundary=b',
        'Content-Length': 999_999,
      },
    });
    req.on('error', () => undefined);
    req.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n');
    // More than what is kept in memory until it is whole.
    req.write('half of'.repeat(20_000));
    const incoming = path.join(node.folder, 'assets', '.incoming');
    const until = async (count: number): Promise<void> => {
      for (let n = 0; n < 200 && readdirSync(incoming).length !== count; n += 1)
        await new Promise((resolve) => setTimeout(resolve, 25));
      assert.equal(readdirSync(incoming).length, count);
    };
    await until(1);
    req.destroy();
    await until(0);
  });

  it('lists, filters and searches', async () => {
    const sea = hashOf('hello assets');
    assert.deepEqual(await found('/list?application=paste'), [sea]);
    assert.deepEqual(await found('/list?tag=summer'), [sea]);
    assert.deepEqual(await found('/list?tag=winter'), []);
    assert.deepEqual(await found('/list?user=ann&mime_prefix=TEXT/'), [sea]);
    assert.deepEqual(await found('/list?until=1'), []);
    assert.deepEqual(await found('/search?q=SUMM'), [sea]);
    assert.deepEqual(await found('/search?q=%25'), []);
    const all = await found('/list');
    const pages: string[] = [];
    let cursor = '';
    do {
      const page = await data(`/list?limit=1&cursor=${cursor}`);
      pages.push(...(page['assets'] as { hash: string }[]).map(({ hash }) => hash));
      assert.equal(page['total'], all.length);
      cursor = String(page['next_cursor'] ?? '');
    } while (cursor !== '');
    assert.deepEqual(pages, all);
    assert.deepEqual(await found('/list?order=asc'), [...all].reverse());
    assert.deepEqual(await found('/list?offset=1&limit=1'), [all[1]]);
    for (const bad of ['/list?cursor=x', '/list?since=y', '/search?q=', '/list?order=up'])
      assert.equal((await node.call('GET', ROOT + bad, { key })).json['status'], 'error');
    const stats = await data('/stats');
    assert.equal(stats['assets'], all.length);
    assert.deepEqual((stats['by_application'] as unknown[])[1], {
      application: 'paste',
      assets: 1,
      bytes: 12,
    });
  });

  it('gives bytes in such a way that a browser runs nothing of them', async () => {
    const sea = hashOf('hello assets');
    const get = (hash: string, headers: Record<string, string> = {}, method = 'GET') =>
      node.call(method, `${ROOT}/asset/${hash}`, { key, headers });
    const whole = await get(sea);
    assert.equal(whole.text, 'hello assets');
    assert.equal(whole.headers.get('etag'), `"${sea}"`);
    assert.match(whole.headers.get('content-disposition') ?? '', /^inline/);
    const part = await get(sea, { Range: 'bytes=6-' });
    assert.equal(part.status, 206);
    assert.equal(part.text, 'assets');
    assert.equal((await get(sea, { 'If-None-Match': `"${sea}"` })).status, 304);
    const head = await get(sea, {}, 'HEAD');
    assert.equal(head.headers.get('content-length'), '12');
    const page = await ingest('<script>alert(1)</script>', [['mime_type', 'text/html']], '../evil".html');
    const html = await get(String(page.json.data['hash']));
    assert.match(html.headers.get('content-disposition') ?? '', /^attachment/);
    assert.match(html.headers.get('content-security-policy') ?? '', /sandbox/);
    assert.equal(html.headers.get('x-content-type-options'), 'nosniff');
    assert.equal((await get('0'.repeat(64))).status, 404);
    assert.equal((await get('zz')).json['status'], 'error');
  });

  it('makes small pictures of raster images only', async () => {
    const picture = await sharp({ create: { width: 900, height: 30, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const { json } = await ingest(new Uint8Array(picture), [], 'red.png');
    assert.equal(json.data['mime_type'], 'image/png');
    const get = async (hash: unknown) =>
      fetch(`${node.url}${ROOT}/asset/${String(hash)}/thumbnail`, { headers: { 'X-API-Key': key } });
    const answer = await get(json.data['hash']);
    assert.equal(answer.status, 200);
    const { width, format } = await sharp(new Uint8Array(await answer.arrayBuffer())).metadata();
    assert.deepEqual({ width, format }, { width: 320, format: 'webp' });
    // An SVG that says it is a PNG, and an image of 64 million pixels in a few kilobytes.
    const svg = await ingest('<svg xmlns="http://www.w3.org/2000/svg"/>', [['mime_type', 'image/png']]);
    assert.equal((await get(svg.json.data['hash'])).status, 404);
    const bomb = hugePng(8000);
    const large = await ingest(new Uint8Array(bomb), [], 'bomb.png');
    const refused = await get(large.json.data['hash']);
    assert.equal(refused.status, 404);
    assert.equal(((await refused.json()) as { code: string }).code, 'no_thumbnail');
  });

  it('changes, deletes and restores', async () => {
    const { json } = await ingest('to change');
    const at = `${ROOT}/asset/${String(json.data['hash'])}`;
    const changed = await node.call('PATCH', `${at}/meta`, {
      key,
      body: { filename: '/etc/passwd', description: 'd', tags: ['t'] },
    });
    assert.equal((changed.json['data'] as Record<string, unknown>)['filename'], 'passwd');
    assert.deepEqual(await data(at.slice(ROOT.length) + '/meta'), changed.json['data']);
    assert.equal((await node.call('PATCH', `${at}/meta`, { key, body: { tags: 'x' } })).status, 400);
    assert.equal((await node.call('DELETE', at, { key })).status, 200);
    assert.equal((await node.call('GET', at, { key })).status, 404);
    assert.equal((await data('/stats'))['hidden'], 1);
    assert.equal((await node.call('POST', `${at}/restore`, { key })).status, 200);
    assert.equal((await node.call('POST', `${at}/restore`, { key })).status, 404);
  });

  it('asks for a key with the right to do it', async () => {
    const reader = node.key('owner', ['read_messages']);
    for (const [method, where] of [
      ['GET', '/list'],
      ['GET', '/stats'],
      ['POST', '/ingest'],
      ['DELETE', `/asset/${hashOf('hello assets')}`],
    ] as const) {
      assert.equal((await node.call(method, ROOT + where)).status, 401);
      const weak = await node.call(method, ROOT + where, { key: reader });
      assert.equal(weak.status, 403);
      assert.equal(weak.json['status'], 'error');
    }
  });
});
