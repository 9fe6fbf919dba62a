/**
 * Private channels between our node and a running Python node beyond the first message: removed and invited again, left,
 * and all of it while the other was away. Members of a channel of 0.4 are changed on its page, since it tells nobody of what
 * its REST interface does.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Meeting, soon } from './meeting.ts';
import type { Way } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();

describe('channels with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'channels' });
  const { ours, python } = meeting;
  const text = (what: string): string => meeting.text(what);
  before(() => meeting.begin());
  after(() => meeting.end());

  const [here, there] = meeting.ways as [Way, Way];
  const lists = async (way: Way, channel: string): Promise<boolean> =>
    ((await way.api('GET', '/channels'))['channels'] as { id: string }[]).some(({ id }) => id === channel);
  const make = async (way: Way, name: string): Promise<string> => {
    const made = await way.api('POST', '/channels', { name, privacy_mode: 'private', type: 'private' });
    return (made['channel'] as { id: string }).id;
  };
  const add = async (way: Way, channel: string, user: string): Promise<unknown> => {
    const body = { user_id: user, accept_unencrypted: true };
    if (way === here || meeting.modern) return way.api('POST', `/channels/${channel}/members`, body);
    return python.page('POST', `/ajax/channel_members/${channel}`, { user_id: user });
  };
  const remove = async (way: Way, channel: string, user: string): Promise<unknown> =>
    way === here || meeting.modern
      ? way.api('DELETE', `/channels/${channel}/members/${user}`)
      : python.page('DELETE', `/ajax/channel_members/${channel}/${user}`);
  const say = async (from: Way, channel: string, content: string): Promise<unknown> =>
    from.post({ channel_id: channel, content });
  const members = async (way: Way, channel: string): Promise<string[]> =>
    ((await way.api('GET', `/channels/${channel}/members`))['members'] as { user_id: string }[]).map(
      ({ user_id: id }) => id,
    );

  test('removed and invited again, either way', async () => {
    for (const [owner, member, user] of [
      [here, there, meeting.pythonUser],
      [there, here, ours.userId],
    ] as const) {
      const channel = await make(owner, `again-${owner.name}-${meeting.run}`.toLowerCase());
      await add(owner, channel, user);
      await soon('it is listed', () => lists(member, channel));
      await say(owner, channel, text(`first, by ${owner.name}`));
      await owner.seen(text(`first, by ${owner.name}`), channel);
      await remove(owner, channel, user);
      // 0.4 takes no removal by another node.
      if (owner === there || meeting.modern)
        await soon('it is gone', async () => !(await lists(member, channel)));
      await say(owner, channel, text(`meanwhile, by ${owner.name}`));
      await add(owner, channel, user);
      await soon('it is listed again', () => lists(member, channel));
      await say(owner, channel, text(`again, by ${owner.name}`));
      await owner.seen(text(`again, by ${owner.name}`), channel);
      await say(member, channel, text(`back, by ${member.name}`));
      await member.seen(text(`back, by ${member.name}`), channel);
    }
  });

  test('a member there leaves a channel of ours', async () => {
    const channel = await make(here, `left-${meeting.run}`);
    await add(here, channel, meeting.pythonUser);
    await soon('it is listed', () => lists(there, channel));
    assert.ok((await members(here, channel)).includes(meeting.pythonUser));
    await remove(there, channel, meeting.pythonUser);
    await soon('it is seen here', async () => !(await members(here, channel)).includes(meeting.pythonUser));
  });

  test('a member here leaves a channel of Python', async (t) => {
    const channel = await make(there, `leaving-${meeting.run}`);
    await add(there, channel, ours.userId);
    await soon('it is listed', () => lists(here, channel));
    await remove(here, channel, ours.userId);
    assert.ok(!(await lists(here, channel)), 'it is gone here');
    const told = await soon(
      'it is seen there',
      async () => !(await members(there, channel)).includes(ours.userId),
      30_000,
    ).catch(() => false);
    t.diagnostic(told ? 'Python takes it' : 'Python keeps us in its list');
    await say(there, channel, text('after the leave'));
    await say(there, 'general', text('after that'));
    await there.seen(text('after that'));
    assert.ok(!(await lists(here, channel)), 'and stays gone');
  });

  test('a public channel of ours becomes private and open again', async (t) => {
    const made = await here.api('POST', '/channels', {
      name: `turning-${meeting.run}`,
      privacy_mode: 'open',
    });
    const { id } = made['channel'] as { id: string };
    await soon('it is listed there', () => lists(there, id));
    // Whoever never did anything in it is not known here as a member, and keeps it listed.
    await say(there, id, text('while it is open'));
    await there.seen(text('while it is open'), id);
    await here.api('PATCH', `/channels/${id}`, { privacy_mode: 'private' });
    const went = await soon('it is gone there', async () => !(await lists(there, id)), 30_000).catch(
      () => false,
    );
    t.diagnostic(went === false ? 'Python keeps it' : 'gone there');
    if (meeting.modern) assert.ok(went);
    await say(here, id, text('while it is private'));
    await here.api('PATCH', `/channels/${id}`, { privacy_mode: 'open' });
    await soon('it is listed there again', () => lists(there, id));
    await say(here, id, text('open again'));
    await here.seen(text('open again'), id);
  });

  test('all of it while Python was away', async () => {
    const kept = await make(here, `away-${meeting.run}`);
    const gone = await make(here, `gone-${meeting.run}`);
    await add(here, gone, meeting.pythonUser);
    await soon('it is listed', () => lists(there, gone));
    python.stop();
    await add(here, kept, meeting.pythonUser);
    for (const n of [1, 2, 3]) await say(here, kept, text(`away ${n}`));
    await remove(here, gone, meeting.pythonUser);
    python.start();
    await ours.waitConnected(meeting.pythonId);
    await soon('it is listed there', () => lists(there, kept));
    for (const n of [1, 2, 3]) await here.seen(text(`away ${n}`), kept);
    if (meeting.modern) await soon('the other is gone there', async () => !(await lists(there, gone)));
  });
});
