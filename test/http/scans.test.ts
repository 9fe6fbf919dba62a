/**
 * What pages and programs ask again and again reads no large table from end to end: the plans of all statements that
 * those requests run.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LibraryId } from '../../server/wire/ids.ts';
import { startHarness } from './harness.ts';

/** Tables that grow with use; others have a row for each person, peer, channel or the like. */
const LARGE = [
  'messages',
  'channel_messages',
  'feed_posts',
  'comments',
  'likes',
  'mention_events',
  'agent_inbox',
  'agent_inbox_audit',
  'workspace_events',
  'processed_messages',
  'files',
  'delete_signals',
  'can_assets',
  'lib_records',
  'native_items',
  'native_direct_reads',
  'native_outbox',
];

const PERMISSIONS = ['read_feed', 'write_feed', 'read_messages', 'write_messages', 'manage_keys'];

/** @param name as the plan calls it: the table, or what it is called in the statement. */
function isLarge(name: string, text: string): boolean {
  const isCalled = (table: string): boolean => new RegExp(`\\b${table} (AS )?${name}\\b`).test(text);
  return name !== '' && LARGE.some((table) => table === name || isCalled(table));
}

it('what is asked again and again reads no large table from end to end', async () => {
  const node = await startHarness();
  try {
    await node.setUp();
    const key = node.key('owner', PERMISSIONS);
    const { account } = await node.components.workspace.accounts.registerByApi({
      username: 'bob',
      password: 'Passw0rd!x',
      displayName: null,
      accountType: 'human',
    });
    const post = async (path: string, body: object): Promise<void> => {
      const answer = await node.call('POST', `/api/v1${path}`, { key, body });
      assert.equal(answer.status, 201, answer.text);
    };
    await post('/channels/messages', { channel_id: 'general', content: 'hello @owner' });
    await post('/messages', { content: 'to one', recipient_id: account.id });
    await post('/feed', { content: 'news' });
    const polled = node.routes.filter(({ method, polled: again }) => method === 'GET' && again);
    for (const { path } of polled) {
      const asked = path
        .replace(':channel', 'general')
        .replace(':user', account.id)
        .replace(':group', 'group:x');
      await node.call('GET', asked.endsWith('/messages/part') ? `${asked}?with=${account.id}` : asked, {
        key,
      });
    }
    const scans = node.sql
      .texts()
      .filter((text) => /^\s*(SELECT|WITH)\b/.test(text))
      .flatMap((text) => {
        const values = Object.fromEntries(
          [...text.matchAll(/@(\w+)/g)].map(([, name]) => [name ?? '', null]),
        );
        return (
          node.sql
            .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, values)
            // A list that is read in its order ends where the page is full.
            .filter(({ detail }) => !detail.includes(' USING INDEX ') || !text.includes('LIMIT @limit'))
            .filter(({ detail }) => isLarge(/^SCAN (\w+)/.exec(detail)?.[1] ?? '', text))
            .map(({ detail }) => `${detail}: ${text.replace(/\s+/g, ' ')}`)
        );
      });
    assert.deepEqual(scans, []);
    // What is unread in a channel is counted without reading the messages themselves.
    const counting = node.sql.texts().find((text) => /^SELECT count.*last_read_at/s.test(text)) ?? '';
    const values = { channelId: 'general', userId: 'owner', now: '' };
    const plan = node.sql.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${counting}`, values);
    assert.ok(plan.some(({ detail }) => detail.includes('COVERING INDEX native_channel_messages_times')));
    // And what a library holds is counted again only when a record or an asset came or went.
    const { libraryRecords } = node.repositories;
    const library = 'L' as LibraryId;
    assert.equal(libraryRecords.missing(library), libraryRecords.missing(library));
    const before = libraryRecords.totals(library);
    node.sql.run('DELETE FROM lib_records');
    assert.notEqual(libraryRecords.totals(library), before);
  } finally {
    await node.close();
  }
});
