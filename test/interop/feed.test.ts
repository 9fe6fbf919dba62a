/**
 * The feed between our node and a running Python node: polls and votes, files, visibility and deletion, and what was written
 * while the other was away. What is done on Python goes by its page where 0.4 tells nobody of what REST does.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { picture } from './bytes.ts';
import { Meeting, soon } from './meeting.ts';
import type { Way } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();
/** Posts while the other is away: more than one frame of them. */
const MISSED = 25;

interface Post {
  id: string;
  content: string;
  metadata: { attachments?: { id: string; name: string; size: number }[] } | null;
}
interface Poll {
  options: { count: number }[];
  total_votes: number;
}

describe('the feed with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'feed' });
  const { ours, python } = meeting;
  const text = (what: string): string => meeting.text(what);
  before(() => meeting.begin());
  after(() => meeting.end());

  const [here, there] = meeting.ways as [Way, Way];
  const posts = async (way: Way): Promise<Post[]> =>
    (await way.api('GET', '/feed?limit=100'))['posts'] as Post[];
  const post = async (way: Way, content: string, more: object = {}): Promise<string> => {
    const answer = await way.api('POST', '/feed', { content, visibility: 'network', ...more });
    return ((answer['post'] ?? answer) as Post).id;
  };
  const seen = (way: Way, content: string): Promise<Post> =>
    soon(`${way.name} sees "${content}"`, async () =>
      (await posts(way)).find((one) => one.content === content),
    );
  const gone = (way: Way, id: string): Promise<boolean> =>
    soon(`it is gone on ${way.name}`, async () => !(await posts(way)).some((one) => one.id === id));
  const pairs = [
    [here, there],
    [there, here],
  ] as const;

  test('a poll in a post: votes of both are counted on both', async () => {
    for (const [from, to] of pairs) {
      const question = text(`What is shipped next, asks ${from.name}?`);
      const id = await post(from, `[poll]\n${question}\n- Reliability\n- Polish\nduration: 3d\n[/poll]`);
      await soon('it is there', async () => (await posts(to)).some((one) => one.id === id));
      await from.api('POST', '/polls/vote', { poll_id: id, item_type: 'feed', option_index: 0 });
      await to.api('POST', '/polls/vote', { poll_id: id, item_type: 'feed', option_index: 1 });
      for (const way of [from, to])
        await soon(`both votes are counted on ${way.name}`, async () => {
          const poll = (await way.api('GET', `/polls/${id}?item_type=feed`)) as unknown as Poll;
          return poll.total_votes === 2 && poll.options.every(({ count }) => count === 1);
        });
    }
  });

  test('a small file with a post', async () => {
    const bytes = picture(80, 80);
    for (const [from, to] of pairs) {
      const { file_id: file } = await from.api('POST', '/files/upload', {
        filename: 'plan.png',
        content_type: 'image/png',
        data: bytes.toString('base64'),
      });
      const content = text(`with a file, by ${from.name}`);
      await post(from, content, {
        metadata: { attachments: [{ id: file, name: 'plan.png', type: 'image/png', size: bytes.length }] },
      });
      await soon(`the file is on ${to.name}`, async () => {
        const [attached] = (await seen(to, content)).metadata?.attachments ?? [];
        if (attached?.id === undefined) return false;
        assert.equal(attached.size, bytes.length);
        return to.api('GET', `/files/${attached.id}/access`).then(
          () => true,
          () => false,
        );
      });
    }
  });

  test('a post that becomes private is gone on the other side, and so is a deleted one', async () => {
    for (const [from, to] of pairs) {
      const narrowed = await post(from, text(`narrowed by ${from.name}`));
      const deleted = await post(from, text(`deleted by ${from.name}`));
      await seen(to, text(`narrowed by ${from.name}`));
      await seen(to, text(`deleted by ${from.name}`));
      if (from === here) {
        await from.api('PATCH', `/feed/posts/${narrowed}`, { visibility: 'private' });
        await from.api('DELETE', `/feed/posts/${deleted}`);
        await gone(to, narrowed);
      } else {
        await python.page('POST', '/ajax/delete_post', { post_id: deleted });
      }
      await gone(to, deleted);
    }
  });

  test('what ours wrote while Python was away', async () => {
    const early = await post(here, text('early'));
    await seen(there, text('early'));
    python.stop();
    await ours.api('PATCH', `/feed/posts/${early}`, { content: text('early, changed') });
    await ours.api('POST', `/feed/posts/${early}/like`, {});
    for (let n = 0; n < MISSED; n += 1) await post(here, text(`missed post ${n}`));
    python.start();
    await ours.waitConnected(meeting.pythonId);
    await seen(there, text('early, changed'));
    for (let n = 0; n < MISSED; n += 1) await seen(there, text(`missed post ${n}`));
    const ids = (await posts(there)).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'nothing is there twice');
  });

  test('what Python wrote while ours was away', async (t) => {
    await ours.stop();
    const content = text('written while ours was away');
    const id = await post(there, content);
    await ours.start();
    await ours.waitConnected(meeting.pythonId);
    const found = await soon('it is here', async () => (await posts(here)).find((one) => one.id === id));
    t.diagnostic(found.content === content ? 'whole' : 'not readable');
    if (found.content === content) return;
    // 0.5 hands out what it has stored, which only it can read.
    await python.api('PATCH', `/feed/posts/${id}`, { content: `${content}, changed` });
    await seen(here, `${content}, changed`);
  });
});
