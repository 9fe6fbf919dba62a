/** Search (04 3.8 to 3.10, 3.12): what is found, by whom, in which order, and what nobody else may find. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { WorkspaceError } from '../../server/workspace/errors.ts';
import type { Found, SearchWish } from '../../server/workspace/search.ts';
import { parseSearch } from '../../server/workspace/search-syntax.ts';
import { CoreWorld, GENERAL } from '../sim/core.ts';
import type { Core } from '../sim/core.ts';

let world: CoreWorld;
let node: Core;
let alice: UserId;
let carol: UserId;
let dave: UserId;

beforeEach(() => {
  world = new CoreWorld(5);
  node = world.core();
  [alice, carol, dave] = [node.addPerson('alice'), node.addPerson('carol'), node.addPerson('dave')];
});

async function settled<T>(work: Promise<T>): Promise<T> {
  const outcome = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await world.time.run(1_000);
  const done = await outcome;
  if ('error' in done) throw done.error;
  return done.value;
}

const post = (content: string, channelId = GENERAL, by = alice): Promise<{ id: MessageId }> =>
  settled(node.workspace.channelMessages.post(by, { channelId, content }));
const send = (from: UserId, to: UserId[], content: string): Promise<{ id: MessageId }> =>
  settled(node.workspace.directMessages.send(from, { recipientIds: to, content }));

const ALL = ['channel_message', 'direct_message', 'feed_post'] as const;
const wish = (text: string, more: Partial<SearchWish> = {}): SearchWish => ({
  text,
  mode: 'words',
  kinds: ALL,
  limit: 50,
  ...more,
});

function textOf(found: Found): string {
  return found.kind === 'feed_post' ? found.post.content : found.message.content;
}

function texts(userId: UserId, text: string, more: Partial<SearchWish> = {}): string[] {
  return node.workspace.search.find(userId, wish(text, more)).found.map(textOf);
}

describe('search', () => {
  test('shows nobody what they may not read: channels they are not in, messages of others, posts for others', async () => {
    const { channels, channelMessages, feed } = node.workspace;
    const vault = await settled(channels.create(alice, { name: 'vault', type: 'private' }));
    await post('needle in general');
    await post('needle in the vault', vault.id);
    await send(alice, [carol], 'needle for carol');
    await send(alice, [carol, dave], 'needle for both');
    await settled(feed.create(alice, { content: 'needle for all here', visibility: 'network' }));
    await settled(feed.create(alice, { content: 'needle of alice', visibility: 'private' }));
    await settled(
      feed.create(alice, { content: 'needle shown to dave', visibility: 'custom', permissions: [dave] }),
    );
    assert.deepEqual(texts(alice, 'needle'), [
      'needle shown to dave',
      'needle of alice',
      'needle for all here',
      'needle for both',
      'needle for carol',
      'needle in the vault',
      'needle in general',
    ]);
    assert.deepEqual(texts(carol, 'needle'), [
      'needle for all here',
      'needle for both',
      'needle for carol',
      'needle in general',
    ]);
    assert.deepEqual(texts(dave, 'needle'), [
      'needle shown to dave',
      'needle for all here',
      'needle for both',
      'needle in general',
    ]);
    assert.throws(
      () => texts(carol, 'needle', { channelId: vault.id }),
      (error: unknown) => error instanceof WorkspaceError && error.code === 'not_found',
    );
    // Nothing of it is told by the number of pages either: what is not shown is passed over.
    const one = node.workspace.search.find(carol, wish('needle', { kinds: ['direct_message'], limit: 1 }));
    assert.equal(one.found.length, 1);
    await settled(node.workspace.channelEdits.remove(alice, GENERAL, await newest(channelMessages)));
    assert.deepEqual(texts(carol, 'general'), []);
  });

  test('pages over all kinds go on exactly where they stopped', async () => {
    const wanted: string[] = [];
    for (let n = 0; n < 24; n += 1) {
      const content = `page number n${n}`;
      if (n % 3 === 0) await post(content);
      else if (n % 3 === 1) await send(alice, [carol], content);
      else await settled(node.workspace.feed.create(alice, { content, visibility: 'network' }));
      wanted.unshift(content);
    }
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page = node.workspace.search.find(
        carol,
        wish('page', { limit: 5, ...(cursor === null ? {} : { cursor }) }),
      );
      found.push(...page.found.map(textOf));
      cursor = page.cursor;
    } while (cursor !== null);
    assert.deepEqual(found, wanted);
    for (const broken of ['x1', 'c1e5', 'c-1', 'c1.', '..'])
      assert.throws(() => texts(carol, 'page', { cursor: broken }), WorkspaceError, broken);
  });

  test('filters by author, channel, person, time and attachments', async () => {
    const { channels } = node.workspace;
    const lab = await settled(channels.create(alice, { name: 'lab' }));
    await post('plan one');
    const from = world.time.now();
    await post('plan two', lab.id, carol);
    await send(carol, [alice], 'plan three');
    await send(dave, [alice], 'plan four');
    const until = world.time.now();
    await settled(
      node.workspace.channelMessages.post(dave, {
        channelId: GENERAL,
        content: 'with a file',
        attachments: [{ id: 'F0123456789abcdef01234567', name: 'Grand Plan.pdf', type: 'application/pdf' }],
      }),
    );
    assert.deepEqual(texts(alice, 'plan', { author: carol }), ['plan three', 'plan two']);
    assert.deepEqual(texts(alice, 'plan', { channelId: lab.id, kinds: ['channel_message'] }), ['plan two']);
    assert.deepEqual(texts(alice, 'plan', { with: carol, kinds: ['direct_message'] }), ['plan three']);
    assert.deepEqual(texts(alice, 'plan', { from, until }), ['plan four', 'plan three', 'plan two']);
    assert.deepEqual(texts(alice, 'plan', { hasAttachment: true }), ['with a file']);
    assert.deepEqual(texts(alice, 'LAN.PD', { mode: 'part' }), ['with a file']);
  });

  test('follows edits, and forgets what expired', async () => {
    const { id } = await post('before the change');
    await settled(node.workspace.channelEdits.edit(alice, GENERAL, id, { content: 'afterwards' }));
    assert.deepEqual(texts(alice, 'before'), []);
    assert.deepEqual(texts(alice, 'afterw*'), ['afterwards']);
    await settled(
      node.workspace.channelMessages.post(alice, { channelId: GENERAL, content: 'brief', ttlSeconds: 60 }),
    );
    assert.deepEqual(texts(alice, 'brief'), ['brief']);
    await world.time.run(120_000);
    assert.deepEqual(texts(alice, 'brief'), []);
    node.workspace.expiry.purge();
    assert.deepEqual(texts(alice, 'brief'), []);
  });
});

async function newest(messages: Core['workspace']['channelMessages']): Promise<MessageId> {
  const [last] = messages.list(alice, GENERAL, { limit: 1 });
  assert.ok(last);
  return last.id;
}

test('the syntax knows words, beginnings, phrases, alternatives and exclusions, and takes the rest as text', () => {
  const show = (text: string): string => {
    const { all, none } = parseSearch(text, 'words');
    const term = (one: (typeof none)[number]): string =>
      one.type === 'part' ? `~${one.text}` : one.words.join('+') + (one.prefix ? '*' : '');
    return [all.map((terms) => terms.map(term).join('|')).join(' '), ...none.map(term)].join(' !');
  };
  assert.equal(show('Hello wor*'), 'hello wor*');
  assert.equal(show('"hello wor"* x'), 'hello+wor* x');
  assert.equal(show('a OR b c'), 'a|b c');
  assert.equal(show('a AND b NOT c -d -"e f"'), 'a b !c !d !e+f');
  assert.equal(show('title:x NEAR(a, b) ^c "un closed'), 'title+x near+a b c un+closed');
  assert.equal(show('don’t - -- * ** OR'), 'don+t ~- ~--');
  assert.equal(show('日本 🎉'), '~日本 ~🎉');
  assert.equal(parseSearch('w '.repeat(100), 'words').all.length, 16);
  assert.deepEqual(parseSearch('a OR "b"', 'part').all, [[{ type: 'part', text: 'a or "b"' }]]);
});
