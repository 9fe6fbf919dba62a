/**
 * What a hostile client may send: wrong types, broken bodies and odd ids on every route that takes any. Nothing of it
 * may be a 500, every refusal has `error` and `code`, and nothing tells how the program is built.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHarness, type CallInit, type Harness, type Session, type TestAnswer } from './harness.ts';

let node: Harness;
let owner: Session;
let key: string;
before(async () => {
  node = await startHarness({ mesh: true });
  owner = await node.setUp();
  key = node.key('owner', [
    'read_messages',
    'write_messages',
    'read_feed',
    'write_feed',
    'manage_keys',
    'view_trust',
    'delete_data',
  ]);
});
after(() => node.close());

const PEER = '3XjWVzhnQot4knTZ';
/** Routes that read a body, with a body that is in order; creating accounts is slow and reads its fields alike. */
const WRITES: [string, string, Record<string, unknown>][] = [
  ['POST', '/login', { username: 'nobody' }],
  ['POST', '/logout', {}],
  ['POST', '/setup', { username: 'late', password: 'x', invite_code: 'canopy:' }],
  ['POST', '/api/v1/register', { username: 'x', display_name: 'd', account_type: 'human' }],
  [
    'POST',
    '/api/v1/profile',
    { display_name: 'a', bio: 'b', avatar_file_id: 'x', account_type: 'human', agent_directives: 'x' },
  ],
  ['POST', '/api/v1/keys', { permissions: ['read_feed'], expires_days: 3, name: 'n' }],
  ['POST', '/api/v1/p2p/invite/import', { invite_code: 'canopy:abc' }],
  ['POST', '/api/v1/p2p/reconnect', { peer_id: PEER }],
  ['POST', '/api/v1/p2p/disconnect', { peer_id: PEER }],
  ['POST', '/api/v1/p2p/connect_introduced', { peer_id: PEER, force_broker: true }],
  ['POST', '/api/v1/p2p/promote_direct', { peer_id: PEER }],
  ['POST', '/api/v1/p2p/forget', { peer_id: PEER, purge_residue: true, remove_introduced: true }],
  ['POST', '/api/v1/p2p/relay_policy', { policy: 'off' }],
  [
    'POST',
    '/api/v1/p2p/send',
    { content: 'x', broadcast: true, peer_id: PEER, metadata: {}, client_id: 'x' },
  ],
  ['POST', `/api/v1/p2p/requests/${PEER}`, { action: 'accept' }],
  ['PUT', `/api/v1/trust/${PEER}`, { score: 50, tier: 'safe', reason: 'x' }],
  ['POST', '/trust/update', { peer_id: PEER, score: 50, tier: 'safe', reason: 'x' }],
  ['POST', '/ajax/p2p/resync', { include_reconnect: true }],
  ['POST', '/api/v1/device/profile', { display_name: 'a', description: 'd', avatar_b64: 'AAAA' }],
  [
    'POST',
    '/api/v1/channels',
    {
      name: 'c',
      description: 'd',
      type: 'public',
      privacy_mode: 'open',
      post_policy: 'open',
      allow_member_replies: 1,
    },
  ],
  [
    'POST',
    '/api/v1/channels/messages',
    {
      channel_id: 'general',
      content: 'x',
      attachments: [{ id: 'x', size: 3 }],
      parent_message_id: '',
      reply_to: '',
      expires_at: '2030-01-01',
      ttl_seconds: 5,
      ttl_mode: 'x',
      security: {},
      source_layout: {},
      repost_policy: 'deny',
    },
  ],
  [
    'POST',
    '/api/v1/messages',
    {
      content: 'x',
      recipient_id: '',
      recipient_ids: ['a'],
      message_type: 'text',
      attachments: [{ id: 'x' }],
      reply_to: 'x',
      metadata: {},
      source_layout: {},
    },
  ],
  ['POST', '/api/v1/messages/reply', { message_id: 'x', content: 'x', attachments: [] }],
];
/** JSON texts that a field may be given instead of its value. */
const VALUES = [
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e<script>"',
  '"__proto__"',
  '"../../etc/passwd"',
  '"-1"',
  '"9999-99-99"',
  '"+275760-09-13T00:00:00Z"',
  '"group:abc"',
  JSON.stringify('x'.repeat(60_000)),
  '0',
  '-1',
  '1.5',
  '1e400',
  '9007199254740993',
  'true',
  'false',
  'null',
  '[]',
  '[[]]',
  '[null, 1, {}]',
  '{}',
  '{"a": {"b": []}}',
  '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
];
const BODIES = [
  '',
  'null',
  '[]',
  '1',
  '"x"',
  '{',
  '{"a":}',
  '\u0000',
  '['.repeat(50_000),
  '{"__proto__": null}',
];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'x',
  ';;',
];
const IDS = [
  '__proto__',
  'constructor',
  '%00',
  '%ED%A0%80',
  '%E0%A4%A',
  '..%2f..%2fetc',
  'a'.repeat(3000),
  'group:x',
  '%20',
];
const QUERIES = [
  'limit=-1',
  'limit=1e9',
  'limit=abc',
  'q=%25%27%22%00',
  'q=%ED%A0%80',
  'before=%00',
  'since=99999999999999999',
  'since=%2B275760-09-13T00:00:00Z',
  'after_seq=-1',
  'after_seq=9007199254740992',
  'types=a,b&types=c',
  'public_host=%0d%0aX',
  'public_port=0',
  'external_endpoint=ws://[::1',
  '%',
  '__proto__=1',
];
const READS = [
  'channels',
  'channels/general/messages',
  'channels/general/search',
  'messages',
  'messages/search',
  'messages/everyone',
  'events',
  'agents',
  'p2p/activity',
  'p2p/invite',
  'keys',
  'trust',
];

async function harmless(method: string, path: string, init: CallInit, what: string): Promise<TestAnswer> {
  const session = /^\/(ajax|trust)\//.test(path);
  const answer = await node.call(method, path, session ? { session: owner, ...init } : { key, ...init });
  const told = `${method} ${path.slice(0, 80)} ${what.slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 200)}`;
  assert.notEqual(answer.status, 500, told);
  if (answer.status >= 400) {
    assert.equal(typeof answer.json['error'], 'string', told);
    assert.match(String(answer.json['code']), /^[a-z0-9_]+$/, told);
  }
  assert.doesNotMatch(answer.text, /\.ts:\d|node_modules|SQLITE/, told);
  return answer;
}

for (const [method, path, body] of WRITES) {
  test(`${method} ${path} bears every kind of body`, async () => {
    for (const raw of BODIES) await harmless(method, path, { body: raw }, raw);
    for (const type of TYPES) await harmless(method, path, { body, headers: { 'Content-Type': type } }, type);
    for (const field of Object.keys(body)) {
      for (const value of VALUES) {
        const others = Object.entries(body).filter(([name]) => name !== field);
        const parts = [
          ...others.map(([name, one]) => `"${name}": ${JSON.stringify(one)}`),
          `"${field}": ${value}`,
        ];
        await harmless(method, path, { body: `{${parts.join(', ')}}` }, `${field} ${value}`);
      }
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
}

test('ids and queries may be anything', async () => {
  const routes = [
    ['GET', '/api/v1/trust/@'],
    ['GET', '/api/v1/channels/@/messages'],
    ['GET', '/api/v1/channels/general/messages/@'],
    ['GET', '/api/v1/channels/@/members'],
    ['GET', '/api/v1/channels/@/search?q=x'],
    ['POST', '/api/v1/channels/@/read'],
    ['GET', '/api/v1/channels/@/history'],
    ['GET', '/api/v1/channels/general/history?around=@'],
    ['GET', '/api/v1/messages/@'],
    ['GET', '/api/v1/messages/conversation/@'],
    ['GET', '/api/v1/messages/conversation/group/@'],
    ['POST', '/api/v1/messages/@/read'],
    ['DELETE', '/api/v1/keys/@'],
    ['POST', '/ajax/admin/users/@/approve'],
    ['GET', '/assets/@'],
    ['GET', '/@'],
  ] as const;
  for (const [method, path] of routes)
    for (const id of IDS) await harmless(method, path.replace('@', id), {}, id);
  for (const read of READS)
    for (const query of QUERIES) await harmless('GET', `/api/v1/${read}?${query}`, {}, query);
});

test('what was stored meanwhile can be read', async () => {
  for (const read of READS) {
    const query = read.endsWith('search') ? '?q=x' : '?limit=500';
    assert.equal((await harmless('GET', `/api/v1/${read}${query}`, {}, 'read')).status, 200, read);
  }
});
