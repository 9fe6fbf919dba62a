/** Pictures and cards of people over REST (04 sections 3.2 and 10a): what is handed out is a picture made here. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { PASSWORD, startHarness, type Harness, type Session } from './harness.ts';

let node: Harness;
let session: Session;
let ada: string;
let adaId: string;
let bob: string;
before(async () => {
  node = await startHarness();
  session = await node.setUp('ada');
  adaId = node.components.workspace.accounts.owner()?.id ?? '';
  ada = node.key('owner', ['read_messages', 'write_messages', 'write_files', 'read_files']);
  const answer = await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } });
  bob = node.key((answer.json['user'] as { id: string }).id, ['read_messages', 'write_messages']);
});
after(() => node.close());

async function upload(bytes: Uint8Array, filename: string, content_type: string): Promise<string> {
  const body = { filename, content_type, data: Buffer.from(bytes).toString('base64') };
  const answer = await node.call('POST', '/api/v1/files/upload', { key: ada, body });
  assert.equal(answer.status, 201, answer.text);
  return String(answer.json['file_id']);
}
const choose = (avatar_file_id: string | null, key = ada) =>
  node.call('POST', '/api/v1/profile', { key, body: { avatar_file_id } });

test('a picture is shown small and as a JPEG to everybody here, and to nobody else', async () => {
  const wide = sharp({ create: { width: 900, height: 300, channels: 3, background: '#3355ff' } });
  const id = await upload(await wide.png().toBuffer(), 'me.png', 'image/png');
  assert.equal((await choose(id, bob)).json['code'], 'avatar_file_invalid', 'somebody else’s file');
  assert.equal((await choose(id)).status, 200);
  const card = await node.call('GET', `/api/v1/people/${adaId}`, { key: bob });
  const url = String(card.json['avatar_url']);
  assert.match(url, new RegExp(`^/api/v1/people/${adaId}/avatar\\?v=`));
  const { agents } = (await node.call('GET', '/api/v1/agents?include_humans=1', { key: bob })).json;
  assert.ok((agents as { avatar_url: string | null }[]).some((one) => one.avatar_url === url));
  assert.equal((await fetch(node.url + url)).status, 401);
  const shown = await fetch(node.url + url, { headers: { Cookie: session.cookie } });
  assert.deepEqual(
    ['content-type', 'x-content-type-options', 'content-security-policy'].map((name) =>
      shown.headers.get(name),
    ),
    ['image/jpeg', 'nosniff', "default-src 'none'; sandbox"],
  );
  const { width, height } = await sharp(Buffer.from(await shown.arrayBuffer())).metadata();
  assert.deepEqual([width, height], [128, 43]);
  const etag = shown.headers.get('etag') ?? '';
  const again = await fetch(node.url + url, { headers: { 'X-API-Key': bob, 'If-None-Match': etag } });
  assert.equal(again.status, 304);
});

test('only a picture of at most 5 MiB can be one, and none can be taken away', async () => {
  const text = await upload(Buffer.from('hello there, this is a text'), 'a.txt', 'text/plain');
  assert.equal((await choose(text)).status, 400);
  assert.equal((await choose('F000000000000000000000000')).status, 400);
  const small = sharp({ create: { width: 9, height: 9, channels: 3, background: '#333333' } });
  const large = await upload(await small.png().toBuffer(), 'big.png', 'image/png');
  node.sql.run('UPDATE files SET size = 5 * 1024 * 1024 + 1 WHERE id = @large', { large });
  assert.equal((await choose(large)).json['code'], 'avatar_file_invalid');
  assert.equal((await choose(null)).status, 200);
  const gone = await node.call('GET', `/api/v1/people/${adaId}/avatar`, { key: bob });
  assert.deepEqual([gone.status, gone.json['code']], [404, 'avatar_not_found']);
  assert.equal((await node.call('GET', '/api/v1/people/user_nobody', { key: bob })).status, 404);
});

test('the device can be named and described by anybody here, and its picture is a picture', async () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const set = (body: object) => node.call('POST', '/api/v1/device/profile', { key: ada, body });
  assert.equal((await set({ display_name: 'Desk', description: 'Under the stairs' })).status, 200);
  const blank = await set({ display_name: ' ', description: 'Nowhere' });
  assert.deepEqual([blank.status, blank.json['field']], [400, 'display_name']);
  assert.match(String(blank.json['error']), /needs a name\. Type one/);
  assert.equal((await set({ avatar_b64: 'PGh0bWw+' })).status, 400);
  await set({ avatar_b64: svg.toString('base64') });
  const { json } = await node.call('GET', '/api/v1/device/profile', { session });
  assert.deepEqual([json['display_name'], json['description']], ['Desk', 'Under the stairs']);
  const bytes = Buffer.from(String(json['avatar_b64']), 'base64');
  assert.ok(!bytes.includes('<script'), 'never as it came');
  const card = await node.call('GET', `/api/v1/people/${adaId}`, { key: ada });
  assert.equal((card.json['device'] as Record<string, unknown>)['description'], 'Under the stairs');
});
