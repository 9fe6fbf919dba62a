/** Changing channels and who is in them over REST (04 sections 3.7 and 4.1), on one node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { UserId } from '../../../server/wire/ids.ts';
import { PASSWORD, startHarness, type Harness, type TestAnswer } from '../harness.ts';

let node: Harness;
/** Keys and ids: ada owns the node, bob and eve are accounts like others. */
const keys: Record<string, string> = {};
const ids: Record<string, string> = {};
before(async () => {
  node = await startHarness();
  await node.setUp('ada');
  ids['ada'] = node.components.workspace.accounts.owner()?.id ?? '';
  keys['ada'] = node.key('owner', ['read_feed', 'write_feed', 'write_messages', 'delete_data']);
  for (const name of ['bob', 'eve']) {
    const made = await node.call('POST', '/register', { body: { username: name, password: PASSWORD } });
    ids[name] = (made.json['user'] as { id: string }).id;
    keys[name] = node.key(ids[name], ['read_feed', 'write_feed', 'write_messages', 'delete_data']);
  }
});
after(() => node.close());

function call(who: string, method: string, path: string, body?: unknown): Promise<TestAnswer> {
  const key = keys[who] ?? '';
  return node.call(method, `/api/v1${path}`, { key, ...(body === undefined ? {} : { body }) });
}
let made = 0;
async function channel(fields: Record<string, unknown> = {}, by = 'ada'): Promise<string> {
  const answer = await call(by, 'POST', '/channels', { name: `channel ${(made += 1)}`, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return (answer.json['channel'] as { id: string }).id;
}
async function memberIds(who: string, id: string): Promise<string[]> {
  const answer = await call(who, 'GET', `/channels/${id}/members`);
  return (answer.json['members'] as { user_id: string }[] | undefined)?.map((one) => one.user_id) ?? [];
}
async function listed(who: string, path = '/channels'): Promise<string[]> {
  return ((await call(who, 'GET', path)).json['channels'] as { id: string }[]).map((one) => one.id);
}
async function said(answer: Promise<TestAnswer>): Promise<[number, unknown]> {
  const { status, json } = await answer;
  return [status, status < 300 ? json['success'] : json['error']];
}

test('a private channel is its members’ alone; an admin adds them, nobody else', async () => {
  const id = await channel({ type: 'private' });
  const shown = (await call('ada', 'GET', '/channels')).json['channels'] as Record<string, unknown>[];
  // Without a privacy mode a private channel is private (03 P9).
  assert.equal(shown.find((one) => one['id'] === id)?.['privacy_mode'], 'private');
  assert.ok(!(await listed('bob')).includes(id));
  const members = `/channels/${id}/members`;
  assert.deepEqual(await said(call('bob', 'GET', members)), [404, 'Not found']);
  const denied = [403, 'Permission denied or user not found'];
  assert.deepEqual(await said(call('bob', 'POST', members, { user_id: ids['bob'] })), denied);
  assert.deepEqual(await said(call('ada', 'POST', members, { user_id: 'user_nobody' })), denied);
  assert.deepEqual(await said(call('ada', 'POST', members, {})), [400, 'user_id required']);
  assert.equal((await call('ada', 'POST', members, { user_id: ids['bob'], role: 'king' })).status, 400);
  assert.deepEqual(await said(call('ada', 'POST', members, { user_id: ids['bob'] })), [200, true]);
  assert.deepEqual(await said(call('ada', 'POST', members, { user_id: ids['bob'] })), [200, true]);
  assert.ok((await listed('bob')).includes(id));
  assert.deepEqual(await said(call('bob', 'POST', members, { user_id: ids['eve'] })), denied);
  const role = `${members}/${ids['bob']}/role`;
  assert.deepEqual(await said(call('bob', 'PUT', role, { role: 'admin' })), denied);
  assert.deepEqual(await said(call('ada', 'PUT', role, { role: 'admin' })), [200, true]);
  assert.deepEqual(await said(call('bob', 'POST', members, { user_id: ids['eve'] })), [200, true]);
  assert.deepEqual(await said(call('eve', 'DELETE', `${members}/${ids['bob']}`)), denied);
  assert.deepEqual(await said(call('eve', 'DELETE', `${members}/${ids['eve']}`)), [200, true]);
  assert.deepEqual(await said(call('ada', 'DELETE', `${members}/${ids['eve']}`)), denied);
  assert.deepEqual((await memberIds('ada', id)).sort(), [ids['ada'], ids['bob']].sort());
});

test('a channel can be made for people, and for nobody who does not exist', async () => {
  const id = await channel({ privacy_mode: 'confidential', members: [ids['bob'], ids['bob'], ids['ada']] });
  assert.deepEqual((await memberIds('bob', id)).sort(), [ids['ada'], ids['bob']].sort());
  const name = 'for nobody';
  const body = { name, privacy_mode: 'private', members: ['user_nobody'] };
  assert.equal((await call('ada', 'POST', '/channels', body)).status, 403);
  assert.equal((await call('ada', 'POST', '/channels', { ...body, members: 'all' })).status, 400);
  // Nothing of it stayed.
  await channel({ name });
});

test('an open channel can be left and joined again; in a guarded one an admin lets people in', async () => {
  const open = await channel();
  const guarded = await channel({ privacy_mode: 'guarded' });
  assert.ok((await memberIds('ada', open)).includes(ids['bob'] ?? ''));
  assert.deepEqual(await memberIds('ada', guarded), [ids['ada']]);
  assert.equal((await call('bob', 'DELETE', `/channels/${open}/members/${ids['bob']}`)).status, 200);
  const joinable = await listed('bob', '/channels/joinable');
  assert.deepEqual([joinable.includes(open), joinable.includes(guarded)], [true, true]);
  assert.deepEqual(await said(call('bob', 'POST', `/channels/${open}/join`)), [200, true]);
  assert.equal((await call('bob', 'POST', `/channels/${guarded}/join`)).status, 404);
  assert.equal((await call('bob', 'POST', '/channels/Cffffffffffffffff/join')).status, 404);
  const bob = { user_id: ids['bob'] };
  assert.equal((await call('bob', 'POST', `/channels/${guarded}/members`, bob)).status, 403);
  assert.equal((await call('ada', 'POST', `/channels/${guarded}/members`, bob)).status, 200);
  // Whoever adds in an open channel gives no rights (04 S4).
  await call('eve', 'DELETE', `/channels/${open}/members/${ids['eve']}`);
  await call('bob', 'POST', `/channels/${open}/members`, { user_id: ids['eve'], role: 'admin' });
  const answer = await call('ada', 'GET', `/channels/${open}/members`);
  const eve = (answer.json['members'] as Record<string, unknown>[]).find(
    (one) => one['user_id'] === ids['eve'],
  );
  assert.equal(eve?.['role'], 'member');
});

test('what becomes private keeps its admins, its creator, the caller and the owner; then it can open again', async () => {
  const id = await channel({}, 'bob');
  const patch = (who: string, mode: string): Promise<TestAnswer> =>
    call(who, 'PATCH', `/channels/${id}`, { privacy_mode: mode });
  assert.deepEqual(await said(patch('eve', 'private')), [403, 'Not authorized to update privacy']);
  assert.deepEqual(await said(patch('bob', 'secret')), [400, 'Invalid privacy mode']);
  assert.equal((await patch('bob', 'private')).json['privacy_mode'], 'private');
  assert.deepEqual((await memberIds('bob', id)).sort(), [ids['ada'], ids['bob']].sort());
  assert.ok(!(await listed('eve')).includes(id));
  assert.equal((await call('bob', 'PUT', `/channels/${id}`, { privacy_mode: 'open' })).status, 200);
  assert.ok((await listed('eve')).includes(id));
  assert.deepEqual(await said(call('ada', 'PATCH', '/channels/general', { privacy_mode: 'private' })), [
    403,
    'General is always open. Use mute instead.',
  ]);
});

test('an admin renames a channel; a name is there once', async () => {
  const id = await channel({ name: 'before' });
  await channel({ name: 'taken' });
  const rename = (who: string, body: object): Promise<TestAnswer> =>
    call(who, 'PATCH', `/channels/${id}/details`, body);
  assert.equal((await rename('bob', { name: 'mine' })).status, 403);
  assert.equal((await rename('ada', { name: 'taken' })).status, 409);
  assert.equal((await rename('ada', { name: ' # ' })).status, 400);
  const renamed = await rename('ada', { name: '#after', description: ' why ' });
  const shown = renamed.json['channel'] as Record<string, unknown>;
  assert.deepEqual([shown['name'], shown['description']], ['after', 'why']);
});

test('in a curated channel admins and those they name begin threads', async () => {
  const id = await channel();
  const post = (who: string, more: object = {}): Promise<TestAnswer> =>
    call(who, 'POST', '/channels/messages', { channel_id: id, content: 'x', ...more });
  const policy = `/channels/${id}/post-policy`;
  assert.deepEqual(await said(call('ada', 'PATCH', policy, {})), [400, 'Invalid post policy']);
  assert.equal((await call('bob', 'PATCH', policy, { post_policy: 'curated' })).status, 403);
  const set = await call('ada', 'PATCH', policy, { post_policy: 'curated', allow_member_replies: 'no' });
  assert.deepEqual(set.json['policy'], {
    post_policy: 'curated',
    allow_member_replies: false,
    can_manage: true,
    can_post_top_level: true,
    can_reply: true,
    allowed_poster_count: 0,
  });
  assert.equal((await post('bob')).status, 403);
  const parent = (await post('ada')).json['message'] as { id: string };
  assert.equal((await post('bob', { parent_message_id: parent.id })).status, 403);
  const posters = `/channels/${id}/posters`;
  const unknown = [403, 'Not authorized or member not found'];
  assert.deepEqual(await said(call('ada', 'POST', posters, { user_id: 'user_nobody' })), unknown);
  assert.deepEqual(await said(call('ada', 'POST', posters, {})), [400, 'user_id required']);
  const granted = await call('ada', 'POST', posters, { user_id: ids['bob'] });
  const own = granted.json['policy'] as Record<string, unknown>;
  assert.deepEqual([own['allowed_poster_count'], own['is_admin_like'], own['user_role']], [1, true, 'admin']);
  assert.equal((await post('bob')).status, 201);
  assert.equal((await call('ada', 'DELETE', `${posters}/${ids['bob']}`)).status, 200);
  assert.equal((await post('bob')).status, 403);
});

test('a channel is archived by hand or for lack of talk, and comes back with what is written next', async () => {
  const id = await channel();
  const put = (body: object): Promise<TestAnswer> => call('ada', 'PUT', `/channels/${id}/lifecycle`, body);
  type Lifecycle = Record<string, unknown>;
  const state = async (): Promise<unknown> =>
    ((await call('ada', 'GET', '/channels')).json['channels'] as Lifecycle[]).find(
      (one) => one['id'] === id,
    )?.['lifecycle_status'];
  const archived = (await put({ archived: true, ttl_days: 5000 })).json['lifecycle'] as Lifecycle;
  assert.deepEqual(
    [archived['status'], archived['archive_reason'], archived['ttl_days'], archived['days_until_archive']],
    ['archived', 'manual_archive', 730, null],
  );
  assert.match(String(archived['archived_at']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  const sent = await call('bob', 'POST', '/channels/messages', { channel_id: id, content: 'still here' });
  assert.equal(await state(), 'active');
  await put({ archived: true });
  const message = (sent.json['message'] as { id: string }).id;
  await call('bob', 'PATCH', `/channels/${id}/messages/${message}`, { content: 'still there' });
  assert.equal(await state(), 'active');
  assert.equal((await call('bob', 'PATCH', `/channels/${id}/lifecycle`, { preserved: true })).status, 403);
  node.sql.run("UPDATE channels SET last_activity_at = '2020-01-01 00:00:00' WHERE id = @id", { id });
  assert.equal(await state(), 'inactive');
  node.components.workspace.expiry.purge();
  assert.equal(await state(), 'archived');
  const kept = (await put({ preserved: true, archived: false })).json['lifecycle'] as Lifecycle;
  assert.deepEqual([kept['status'], kept['archived_at']], ['preserved', null]);
  assert.equal((await put({ ttl_days: 'soon' })).status, 400);
});

test('an admin or the owner of the node deletes a channel, with what was written in it', async () => {
  const id = await channel({}, 'bob');
  const sent = await call('bob', 'POST', '/channels/messages', { channel_id: id, content: 'gone soon' });
  const message = (sent.json['message'] as { id: string }).id;
  assert.equal((await call('eve', 'DELETE', `/channels/${id}`)).status, 403);
  assert.deepEqual(await said(call('ada', 'DELETE', '/channels/general')), [
    403,
    'General cannot be deleted',
  ]);
  assert.deepEqual((await call('bob', 'DELETE', `/channels/${id}`)).json, {
    success: true,
    local_only: false,
  });
  assert.deepEqual(await said(call('ada', 'DELETE', `/channels/${id}`)), [404, 'Channel not found']);
  assert.equal((await call('bob', 'GET', `/channels/${id}/messages/${message}`)).status, 404);
  const left = node.sql.get<{ n: number }>('SELECT count(*) AS n FROM native_items WHERE set_id = @set', {
    set: `c:${id}`,
  });
  assert.equal(left?.n, 0);
  const third = await channel({}, 'bob');
  assert.equal((await call('ada', 'DELETE', `/channels/${third}`)).status, 200);
  const reading = node.key(ids['bob'] ?? '', ['read_feed', 'write_feed']);
  assert.equal((await node.call('DELETE', `/api/v1/channels/${third}`, { key: reading })).status, 403);
});

test('a channel that was retired by vote is hidden, and nobody changes it', async () => {
  const id = await channel({}, 'bob');
  node.sql.run(
    `INSERT INTO channel_removal_tombstones (tombstone_id, channel_id, electorate_json, threshold_count, retired_by_peer_id)
     VALUES ('T1', @id, '[]', 1, 'somebody')`,
    { id },
  );
  assert.ok(!(await listed('bob')).includes(id));
  assert.ok(!(await listed('eve', '/channels/joinable')).includes(id));
  assert.equal((await call('bob', 'GET', `/channels/${id}/messages`)).status, 404);
  assert.equal(
    (await call('bob', 'POST', '/channels/messages', { channel_id: id, content: 'x' })).status,
    404,
  );
  assert.equal((await call('bob', 'PATCH', `/channels/${id}`, { privacy_mode: 'private' })).status, 403);
  assert.equal((await call('eve', 'POST', `/channels/${id}/join`)).status, 404);
});

test('an account that the owner keeps to some channels gets into no others, and makes none', async () => {
  const [allowed, open] = [await channel(), await channel()];
  const limits = { id: ids['eve'] ?? '', channels: JSON.stringify([allowed]) };
  node.sql.run(
    `INSERT INTO user_channel_governance (user_id, enabled, block_public_channels, restrict_to_allowed_channels,
       allowed_channel_ids) VALUES (@id, 1, 0, 1, @channels)`,
    limits,
  );
  assert.equal((await call('eve', 'GET', `/channels/${allowed}/messages`)).status, 200);
  const blocked = await call('eve', 'GET', `/channels/${open}/messages`);
  assert.deepEqual(
    [blocked.status, blocked.json['error'], blocked.json['reason']],
    [403, 'Channel access blocked by admin governance policy', 'governance_channel_not_allowlisted'],
  );
  const made = await call('eve', 'POST', '/channels', { name: 'not this one' });
  assert.deepEqual(
    [made.status, made.json['error'], made.json['reason']],
    [
      403,
      'Channel creation blocked by admin governance policy',
      'governance_channel_creation_not_allowlisted',
    ],
  );
  const secret = await channel({ type: 'private' });
  assert.equal(
    (await call('ada', 'POST', `/channels/${secret}/members`, { user_id: ids['eve'] })).status,
    403,
  );
  assert.ok(!(await listed('eve', '/channels/joinable')).includes(open));
  node.sql.run('DELETE FROM user_channel_governance WHERE user_id = @id', { id: limits.id });
});

test('changes of a channel stand in the journal of its members', async () => {
  const id = await channel({ privacy_mode: 'private', members: [ids['bob']] });
  await call('ada', 'PATCH', `/channels/${id}/details`, { description: 'new' });
  await call('ada', 'DELETE', `/channels/${id}/members/${ids['bob']}`);
  const reader = { userId: ids['bob'] as UserId, readMessages: true };
  const query = { afterSeq: 0, limit: 200, types: ['channel.state.updated'] };
  const reasons = node.components.workspace.journal
    .page(reader, query)
    .items.filter((item) => item.channelId === id)
    .map((item) => item.payload?.['reason']);
  assert.deepEqual(reasons, ['channel_created', 'channel_updated', 'member_removed']);
});
