/** Walking lists by cursor: each row once, whatever comes or goes meanwhile. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenApiDocument } from '../../server/http/openapi.ts';
import type { ChannelId, UserId } from '../../server/wire/ids.ts';
import { startHarness, type Harness } from './harness.ts';

interface Row {
  id: string;
}
interface Page {
  messages: Row[];
  next_cursor: string | null;
}
/** What happens between two pages. */
type Meanwhile = 'nothing' | 'a new one' | 'the last one goes';

/** Few walks: each is dozens of requests. */
const RUNS = 6;
const ROWS = 13;

describe('walking lists by cursor', () => {
  let node: Harness;
  let key: string;
  let other: string;
  before(async () => {
    node = await startHarness();
    await node.setUp();
    key = node.key('owner', ['read_feed', 'write_feed', 'write_messages', 'read_messages']);
    const { account } = await node.components.workspace.accounts.registerByApi({
      username: 'bob',
      password: 'Passw0rd!x',
      displayName: null,
      accountType: 'human',
    });
    other = account.id;
    for (let i = 0; i < ROWS; i += 1) {
      await write.channel(i);
      await write.direct(i);
    }
  });
  after(() => node.close());

  const post = async (path: string, body: object): Promise<Row> => {
    const answer = await node.call('POST', path, { key, body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json['message'] as Row;
  };
  const write = {
    channel: (n: number) => post('/api/v1/channels/messages', { channel_id: 'general', content: `m${n}` }),
    direct: (n: number) => post('/api/v1/messages', { recipient_id: other, content: `d${n}` }),
  };
  const lists = (): { path: string; write: () => Promise<Row>; remove: (id: string) => string }[] => [
    {
      path: '/api/v1/channels/general/messages',
      write: () => write.channel(0),
      remove: (id) => `/api/v1/channels/general/messages/${id}`,
    },
    { path: '/api/v1/messages', write: () => write.direct(0), remove: (id) => `/api/v1/messages/${id}` },
    {
      path: `/api/v1/messages/conversation/${other}`,
      write: () => write.direct(0),
      remove: (id) => `/api/v1/messages/${id}`,
    },
  ];
  const page = async (path: string, limit: number, cursor: string | null): Promise<Page> => {
    const query = cursor === null ? '' : `&before=${encodeURIComponent(cursor)}`;
    const answer = await node.call('GET', `${path}?limit=${limit}${query}`, { key });
    assert.equal(answer.status, 200, answer.text);
    return answer.json as unknown as Page;
  };

  it('gives each row once while others come and go', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.constantFrom<Meanwhile>('nothing', 'a new one', 'the last one goes'), { maxLength: 6 }),
        async (which, limit, happening) => {
          const list = lists()[which];
          assert.ok(list !== undefined);
          const there = new Set((await page(list.path, 500, null)).messages.map(({ id }) => id));
          const seen: string[] = [];
          let cursor: string | null = null;
          let pages = 0;
          do {
            const got: Page = await page(list.path, limit, cursor);
            assert.ok(got.messages.length <= limit);
            seen.push(...got.messages.map(({ id }) => id));
            cursor = got.next_cursor;
            const event = happening[pages++] ?? 'nothing';
            if (event === 'a new one') await list.write();
            // Where the walk stands is said by a message that is gone by then.
            const [last] = got.messages;
            if (event === 'the last one goes' && last !== undefined)
              assert.equal((await node.call('DELETE', list.remove(last.id), { key })).status, 200);
          } while (cursor !== null);
          assert.equal(new Set(seen).size, seen.length, 'twice');
          assert.deepEqual(new Set(seen), there, 'missing, or too new');
          while ((await page(list.path, 500, null)).messages.length < ROWS) await list.write();
        },
      ),
      { numRuns: RUNS, seed: 7 },
    );
  });

  it('refuses cursors that are none, and bears those that are made up', async () => {
    for (const [path, made] of [
      ['/api/v1/channels/general/messages', ['~', 'x', 9]],
      ['/api/v1/messages', ["' OR 1=1 --", 3]],
    ] as const) {
      for (const bad of [
        '~',
        '~AAAA',
        `~${'A'.repeat(500)}`,
        `~${Buffer.from('[1,2]').toString('base64url')}`,
      ]) {
        const answer = await node.call('GET', `${path}?before=${bad}`, { key });
        assert.equal(answer.status, 400, bad);
        assert.equal(answer.json['code'], 'invalid_cursor');
      }
      const cursor = `~${Buffer.from(JSON.stringify(made)).toString('base64url')}`;
      assert.equal((await node.call('GET', `${path}?before=${cursor}`, { key })).status, 200);
    }
  });

  it('walks every list that shows the newest first, and each by itself', async () => {
    const { workspace } = node.components;
    const author = other as UserId;
    const owner = workspace.accounts.owner();
    assert.ok(owner !== null);
    for (let i = 0; i < 5; i += 1) {
      const posted = await workspace.channelMessages.post(author, {
        channelId: 'general' as ChannelId,
        content: `@owner ${i}`,
      });
      const body = { source_type: 'channel_message', source_id: posted.id };
      assert.equal((await node.call('POST', '/api/v1/bookmarks', { key, body })).status, 201);
      assert.equal((await node.call('POST', '/api/v1/tasks', { key, body: { title: `t${i}` } })).status, 201);
    }
    await workspace.inbox.configure(owner.id, { cooldown_seconds: 0, sender_cooldown_seconds: 0 });
    await workspace.attention.rebuild(owner.id, 0, 100);
    for (const [path, rows] of [
      ['/api/v1/mentions?', 'mentions'],
      ['/api/v1/agents/me/inbox?', 'items'],
      ['/api/v1/agents/me/inbox/audit?', 'items'],
      ['/api/v1/bookmarks?', 'bookmarks'],
      ['/api/v1/tasks?', 'tasks'],
      ['/api/v1/agents?include_humans=yes&active_only=no&', 'agents'],
    ] as const) {
      const read = async (query: string) => {
        const answer = await node.call('GET', `${path}${query}`, { key });
        assert.equal(answer.status, 200, answer.text);
        const list = answer.json[rows] as { id?: string; user_id?: string }[];
        const ids = list.map((row) => row.id ?? row.user_id ?? '');
        return { ids, next: answer.json['next_cursor'] as string | null };
      };
      const all = (await read('limit=200')).ids;
      assert.ok(all.length >= 2, `${path} has rows`);
      const walked: string[] = [];
      for (let next: string | null = ''; next !== null;) {
        const page = await read(`limit=2&before=${encodeURIComponent(next)}`);
        walked.push(...page.ids);
        next = page.next;
      }
      assert.deepEqual(walked, all, path);
      assert.deepEqual((await read('before=nobody')).ids, [], path);
      assert.equal(
        (await node.call('GET', `${path}before=~x`, { key })).json['code'],
        'invalid_cursor',
        path,
      );
    }
  });

  it('goes on by cursor in every list that has a limit', async () => {
    const { paths } = (await node.call('GET', '/api/v1/openapi.json')).json as unknown as OpenApiDocument;
    const withoutCursor = Object.entries(paths)
      .filter(([, { get }]) => get !== undefined)
      .filter(([, { get }]) => {
        const names = (get?.parameters ?? []).map(({ name }) => name);
        return names.includes('limit') && !names.includes('before') && !names.includes('cursor');
      })
      .map(([path]) => path);
    assert.deepEqual(withoutCursor.sort(), [
      // The newest lines of a file, filtered.
      '/api/v1/admin/log',
      // Sections of other lists, each with a cursor of its own.
      '/api/v1/agents/me/catchup',
      // A journal is read forwards, after a number.
      '/api/v1/agents/me/events',
      '/api/v1/events',
      '/api/v1/events/diagnostics',
      '/api/v1/mentions/stream',
      // A ring in memory, smaller than the largest page.
      '/api/v1/p2p/activity',
    ]);
  });
});
