/** What people do with messages, on our node and a running Python node: each step is done on either side and seen on the other. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestMessage } from '../e2e/node-process.ts';
import { Meeting, soon } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';
import { picture } from './bytes.ts';

const environment = interopEnvironment();

interface Threaded extends TestMessage {
  parent_message_id?: string | null;
  like_counts?: Record<string, number>;
}

describe('messages with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'writer' });
  const { ours, python } = meeting;
  const text = (what: string): string => meeting.text(what);
  before(() => meeting.begin());
  after(() => meeting.end());

  test('replies each way', async () => {
    for (const [asks, answers] of [meeting.ways, meeting.ways.toReversed()]) {
      assert.ok(asks && answers);
      const question = await asks.post({ channel_id: 'general', content: text(`question of ${asks.name}`) });
      await asks.seen(question.content);
      const content = text(`answer of ${answers.name}`);
      await answers.post({ channel_id: 'general', content, parent_message_id: question.id });
      const seen: Threaded = await answers.seen(content);
      assert.equal(seen.parent_message_id, question.id);
    }
  });

  test('edits and deletions each way', async () => {
    for (const way of meeting.ways) {
      const { id, content } = await way.post({
        channel_id: 'general',
        content: text(`first by ${way.name}`),
      });
      await way.seen(content);
      const route = `/channels/general/messages/${id}`;
      await way.api('PATCH', route, { content: text(`better by ${way.name}`) });
      assert.equal((await way.seen(text(`better by ${way.name}`))).id, id);
      await way.api('DELETE', route);
      await soon('it is gone', async () => !(await way.list()).some((message) => message.id === id));
    }
  });

  test('a reaction each way, and taken back', async () => {
    const [mine, theirs] = [
      await ours.post(text('to be liked there')),
      (await meeting.ways[1]?.post({
        channel_id: 'general',
        content: text('to be liked here'),
      })) as TestMessage,
    ];
    await meeting.seenThere(mine.content);
    await meeting.seenHere(theirs.content);
    for (const count of [1, 0]) {
      await python.page('POST', '/ajax/toggle_like', { message_id: mine.id });
      await ours.api('POST', `/channels/general/messages/${theirs.id}/like`, { reaction_type: 'like' });
      await soon(`ours counts ${count}`, async () => {
        const seen: Threaded | undefined = (await meeting.messagesHere()).find(({ id }) => id === mine.id);
        return (seen?.like_counts?.['like'] ?? 0) === count;
      });
      await soon(`Python's page counts ${count}`, async () =>
        (await python.shown()).some(({ id, like_count: likes }) => id === theirs.id && likes === count),
      );
    }
  });

  test('mentions each way', async () => {
    // Python tells what its people are called to those it trusts, with the next connection.
    await ours.stop();
    await ours.start();
    await ours.waitConnected(meeting.pythonId);
    await soon('ours knows the name', async () =>
      (await meeting.people()).some(
        (person) => person.user_id === meeting.pythonUser && !/^peer-/.test(person.display_name ?? 'peer-'),
      ),
    );
    const handle = (
      people: { user_id: string; username: string; mention_handles?: string[] }[],
      id: string,
    ) => {
      const person = people.find(({ user_id: user }) => user === id);
      return person?.mention_handles?.[0] ?? person?.username;
    };
    const called = async (
      api: (method: string, route: string) => Promise<Record<string, unknown>>,
      id: string,
    ) =>
      ((await api('GET', '/mentions?limit=50'))['mentions'] as { source_id: string }[]).some(
        ({ source_id: source }) => source === id,
      );
    const [us, them] = meeting.ways;
    assert.ok(us && them);
    const mine = await us.post({
      channel_id: 'general',
      content: text(`@${handle(await meeting.people(), meeting.pythonUser)} look`),
    });
    await soon('Python is called', () => called((...call) => python.api(...call), mine.id));
    const theirs = await them.post({
      channel_id: 'general',
      content: text(`@${handle(await python.people(), ours.userId)} look`),
    });
    await soon('ours is called', () => called((...call) => ours.api(...call), theirs.id));
  });

  test('a direct message is edited and deleted each way', async () => {
    const lists = [() => python.directMessages(), async () => directHere()];
    const directHere = async (): Promise<TestMessage[]> =>
      (await ours.api<{ messages: TestMessage[] }>('GET', '/messages?limit=100')).messages;
    for (const [i, way] of meeting.ways.entries()) {
      const recipient = i === 0 ? meeting.pythonUser : ours.userId;
      const sent = await way.api('POST', '/messages', {
        recipient_id: recipient,
        content: text(`direct by ${way.name}`),
      });
      const { id } = sent['message'] as TestMessage;
      const content = async (): Promise<string | undefined> =>
        (await lists[i]?.())?.find((message) => message.id === id)?.content;
      await soon('it is there', async () => (await content()) === text(`direct by ${way.name}`));
      await way.api('PATCH', `/messages/${id}`, { content: text(`better by ${way.name}`) });
      await soon('the edit is there', async () => (await content()) === text(`better by ${way.name}`));
      // 0.4 takes no deletion of a direct message, and tells of those of its page alone.
      if (!meeting.modern && i === 0) continue;
      if (meeting.modern) await way.api('DELETE', `/messages/${id}`);
      else await python.page('POST', '/ajax/delete_message', { message_id: id });
      await soon('it is gone', async () => (await content()) === undefined);
    }
  });

  test('names, words about oneself, pictures and devices each way', async () => {
    const avatar = picture(64, 64);
    for (const way of meeting.ways) {
      const file = await way.api('POST', '/files/upload', {
        filename: 'me.png',
        content_type: 'image/png',
        data: avatar.toString('base64'),
      });
      await way.api('POST', '/profile', { display_name: text(`name of ${way.name}`), bio: text('bio') });
      await way.api('POST', '/profile', { avatar_file_id: file['file_id'] });
      await way.api('POST', '/device/profile', {
        display_name: text(`device of ${way.name}`),
        description: text('a box'),
      });
      await way.api('POST', '/profile', { bio: text('bio, again') });
    }
    const named = (list: { user_id: string; display_name?: string }[], id: string, name: string): boolean =>
      list.some((person) => person.user_id === id && person.display_name === name);
    await soon('the name of ours is there', async () =>
      named(await python.people(), ours.userId, text('name of ours')),
    );
    await soon('the name of Python is here', async () =>
      named(await meeting.people(), meeting.pythonUser, text('name of Python')),
    );
    // Python says what its device is called with the next connection.
    await ours.stop();
    await ours.start();
    await ours.waitConnected(meeting.pythonId);
    await soon('the words, the picture and the device of Python are here', async () => {
      const person = await ours.api<{
        bio: string;
        avatar_url: string | null;
        device: { display_name: string } | null;
      }>('GET', `/people/${meeting.pythonUser}`);
      return (
        person.bio === text('bio, again') &&
        person.avatar_url !== null &&
        person.device?.display_name === text('device of Python')
      );
    });
    await soon('the picture and the device of ours are there', async () => {
      const { users } = await python.page<{ users: Record<string, { avatar_url: string | null }> }>(
        'GET',
        `/ajax/get_user_display_info?user_ids=${ours.userId}`,
      );
      const page = await python.page<unknown>('GET', '/channels');
      return users[ours.userId]?.avatar_url != null && String(page).includes(text('device of ours'));
    });
  });
});
