/** Exporting and importing the database (04 section 6.3, 05 section 10.15, K-2). */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PASSWORD, sessionOf, startHarness, type Harness, type Session } from './harness.ts';

let node: Harness;
let owner: Session;
let other: Session;
before(async () => {
  node = await startHarness();
  owner = await node.setUp();
  other = sessionOf(await node.call('POST', '/register', { body: { username: 'bob', password: PASSWORD } }));
});
after(() => node.close());

const headersOf = (session: Session) => ({
  Cookie: session.cookie,
  'X-CSRFToken': session.csrf,
  'X-Canopy-Page': '1',
});

async function take(session: Session = owner): Promise<{ status: number; headers: Headers; bytes: Blob }> {
  const answer = await fetch(`${node.url}/ajax/database_export`, { headers: headersOf(session) });
  return { status: answer.status, headers: answer.headers, bytes: await answer.blob() };
}

async function bring(
  fields: Record<string, string | Blob>,
  session: Session = owner,
): Promise<[status: number, code: unknown]> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'canopy.db');
  const answer = await fetch(`${node.url}/ajax/database_import`, {
    method: 'POST',
    headers: headersOf(session),
    body: form,
  });
  const json = (await answer.json()) as Record<string, unknown>;
  return [answer.status, json['code'] ?? json['restart_required']];
}

const waits = async (): Promise<unknown> => {
  const { json } = await node.call('GET', '/api/v1/node', { session: owner });
  return (json['database'] as Record<string, unknown>)['import_waiting'];
};

test('the owner takes the database out and brings one in; nothing happens without the phrase', async () => {
  const { status, headers, bytes } = await take();
  assert.deepEqual([status, headers.get('content-type')], [200, 'application/x-sqlite3']);
  assert.match(
    headers.get('content-disposition') ?? '',
    /^attachment; filename=canopy_export_\d{8}_\d{6}\.db$/u,
  );
  assert.equal(Number(headers.get('content-length')), bytes.size);
  assert.equal(await bytes.slice(0, 15).text(), 'SQLite format 3');
  const phrase = 'IMPORT DATABASE';
  for (const [fields, wanted] of [
    [{ database: bytes, confirm_phrase: 'import' }, [400, 'import_unconfirmed']],
    [{ database: bytes }, [400, 'import_unconfirmed']],
    [{ confirm_phrase: phrase }, [400, 'import_file_required']],
    [{ other: bytes, confirm_phrase: phrase }, [400, 'import_file_required']],
    [{ database: new Blob(['no database']), confirm_phrase: phrase }, [400, 'import_refused']],
  ] as const) {
    assert.deepEqual(await bring(fields), wanted);
    assert.equal(await waits(), false);
  }
  assert.deepEqual(await bring({ confirm_phrase: ` ${phrase} `, database: bytes }), [200, true]);
  assert.equal(await waits(), true);
  assert.equal((await node.call('DELETE', '/ajax/database_import', { session: owner })).status, 200);
  assert.equal(await waits(), false);
});

test('nobody else can', async () => {
  assert.equal((await take(other)).status, 403);
  assert.deepEqual(await bring({ confirm_phrase: 'IMPORT DATABASE', database: new Blob(['x']) }, other), [
    403,
    'owner_required',
  ]);
  for (const [method, path] of [
    ['GET', '/ajax/database_export'],
    ['POST', '/ajax/database_import'],
    ['DELETE', '/ajax/database_import'],
  ] as const)
    assert.notEqual((await node.call(method, path)).status, 200, path);
  const key = node.key('owner', ['manage_keys', 'delete_data']);
  assert.notEqual((await node.call('GET', '/ajax/database_export', { key })).status, 200);
});
