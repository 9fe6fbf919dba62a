/** What is not for everybody, between our node and a running Python node: private channels, direct messages and groups. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NodeProcess } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { Meeting, soon } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();

const modeOf = (message: TestMessage | undefined): unknown =>
  (message?.metadata?.['security'] as { mode?: string } | undefined)?.mode;

describe(
  'what is private, with Python',
  { skip: typeof environment === 'string' ? environment : false },
  () => {
    if (typeof environment === 'string') return;
    const meeting = new Meeting(environment, { name: 'private' });
    const { ours, python } = meeting;
    const { within } = python;
    /** A second node of ours, with the third person of groups; it knows Python, too. */
    const third = new NodeProcess({
      name: 'third',
      ...(within === undefined ? {} : { within, meshHost: null }),
    });
    let thirdId = '';
    before(async () => {
      await meeting.begin();
      await third.start();
      await third.setUp(`third-${meeting.run}`);
      thirdId = await third.peerId();
      await third.api('POST', '/p2p/invite/import', { invite_code: await python.invite() });
      await third.waitConnected(meeting.pythonId);
      await python.trust(thirdId);
      const { invite_code: code } = await ours.api('GET', '/p2p/invite');
      await third.api('POST', '/p2p/invite/import', { invite_code: code });
      await third.waitConnected(meeting.oursId);
      await soon('ours is asked', async () =>
        (await ours.api<{ requests: { peer_id: string }[] }>('GET', '/p2p/requests')).requests.some(
          (request) => request.peer_id === thirdId,
        ),
      );
      await ours.api('POST', `/p2p/requests/${thirdId}`, { action: 'accept' });
      await third.post(meeting.text('hello from the third'));
      await meeting.seenThere(meeting.text('hello from the third'));
      await soon('everybody knows everybody', async () => {
        const known = async (node: NodeProcess): Promise<string[]> =>
          (await node.api<{ agents: { user_id: string }[] }>('GET', '/agents?include_humans=1')).agents.map(
            (person) => person.user_id,
          );
        const [first, last] = [await known(ours), await known(third)];
        return (
          first.includes(third.userId) && last.includes(ours.userId) && last.includes(meeting.pythonUser)
        );
      });
    });
    after(async () => {
      await python.api('POST', '/p2p/forget', { peer_id: thirdId });
      await third.dispose();
      await meeting.end();
    });

    test('a private channel of ours with a member there', async () => {
      const name = `private-${meeting.run}`;
      const made = await ours.api<{ channel: { id: string } }>('POST', '/channels', {
        name,
        privacy_mode: 'private',
        type: 'private',
      });
      const channel = made.channel.id;
      await ours.api('POST', `/channels/${channel}/members`, {
        user_id: meeting.pythonUser,
        accept_unencrypted: true,
      });
      await soon('it is listed there', async () =>
        (await python.api<{ channels: { id: string }[] }>('GET', '/channels')).channels.some(
          ({ id }) => id === channel,
        ),
      );
      for (const way of meeting.ways) {
        const content = meeting.text(`private by ${way.name}`);
        await way.post({ channel_id: channel, content });
        await way.seen(content, channel);
      }
      // The third node has no member.
      assert.ok(
        !(await third.api<{ channels: { id: string }[] }>('GET', '/channels')).channels.some(
          ({ id }) => id === channel,
        ),
      );
    });

    test('a private channel of Python with a member here, until removed', async () => {
      const made = await python.api<{ channel: { id: string } }>('POST', '/channels', {
        name: `theirs-${meeting.run}`,
        privacy_mode: 'private',
        type: 'private',
      });
      const channel = made.channel.id;
      // 0.4 tells of members that its page adds, and of none added by REST.
      const member = { user_id: ours.userId };
      if (meeting.modern) await python.api('POST', `/channels/${channel}/members`, member);
      else await python.page('POST', `/ajax/channel_members/${channel}`, member);
      const isListed = async (): Promise<boolean> =>
        (await ours.api<{ channels: { id: string }[] }>('GET', '/channels')).channels.some(
          ({ id }) => id === channel,
        );
      await soon('it is listed here', isListed);
      for (const way of meeting.ways) {
        const content = meeting.text(`theirs by ${way.name}`);
        await way.post({ channel_id: channel, content });
        await way.seen(content, channel);
      }
      if (meeting.modern) await python.api('DELETE', `/channels/${channel}/members/${ours.userId}`);
      else await python.page('DELETE', `/ajax/channel_members/${channel}/${ours.userId}`);
      await soon('it is gone here', async () => !(await isListed()));
    });

    const here = async (node: NodeProcess): Promise<TestMessage[]> =>
      (await node.api<{ messages: TestMessage[] }>('GET', '/messages?limit=100')).messages;

    test('direct messages, sealed where Python can', async () => {
      const mode = meeting.modern ? 'peer_e2e_v1' : 'legacy_plaintext';
      const content = meeting.text('direct by ours');
      const sent = await ours.api<{ message: TestMessage }>('POST', '/messages', {
        recipient_id: meeting.pythonUser,
        content,
      });
      assert.equal(modeOf(sent.message), mode);
      const there = await soon('it is there', async () =>
        (await python.directMessages()).find((message) => message.content === content),
      );
      if (meeting.modern) assert.equal(modeOf(there), mode);
      const back = meeting.text('direct by Python');
      await python.api('POST', '/messages', { recipient_id: ours.userId, content: back });
      const arrived = await soon('it is here', async () =>
        (await here(ours)).find((message) => message.content === back),
      );
      if (meeting.modern) assert.equal(modeOf(arrived), mode);
    });

    test('a group of three persons on three nodes', async (t) => {
      const content = meeting.text('to the group, by ours');
      const sent = await ours.api<{ message: TestMessage; group_id?: string }>('POST', '/messages', {
        recipient_ids: [meeting.pythonUser, third.userId],
        content,
      });
      t.diagnostic(`mode on ours: ${String(modeOf(sent.message))}`);
      await soon('the third has it', async () => (await here(third)).some((one) => one.content === content));
      const there = await soon('Python has it', async () =>
        (await python.directMessages()).find((message) => message.content === content),
      );
      t.diagnostic(`mode on Python: ${String(modeOf(there))}`);
      if (meeting.modern) assert.equal(modeOf(there), 'peer_e2e_v1');
      const group = there.metadata?.['group_id'];
      assert.equal(group, sent.group_id);
      const answer = meeting.text('to the group, by Python');
      const body = { recipient_ids: [ours.userId, third.userId], content: answer };
      // 0.4 has groups on its page alone.
      if (meeting.modern) await python.api('POST', '/messages', body);
      else await python.page('POST', '/ajax/send_message', body);
      for (const node of [ours, third]) {
        const seen = await soon(`${node.name} has the answer`, async () =>
          (await here(node)).find((one) => one.content === answer),
        );
        assert.equal(seen.metadata?.['group_id'], group);
        assert.equal(modeOf(seen), meeting.modern ? 'peer_e2e_v1' : 'legacy_plaintext');
      }
    });
  },
);
