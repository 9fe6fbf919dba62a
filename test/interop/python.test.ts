/** Our node and a running Python node: connect in both dialling directions, talk, restart, catch up. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { PythonNode, interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();
const run = Date.now().toString(36);

for (const dialler of ['we dial', 'Python dials'] as const) {
  describe(`with Python, ${dialler}`, { skip: typeof environment === 'string' ? environment : false }, () => {
    if (typeof environment === 'string') return;
    const python = new PythonNode(environment);
    const ours = new NodeProcess({
      name: dialler === 'we dial' ? 'dialler' : 'dialled',
      ...(python.within === undefined ? {} : { within: python.within, meshHost: null }),
    });
    const text = (what: string): string => `${run} ${dialler}: ${what}`;
    let pythonId = '';
    let pythonUser = '';
    const seenHere = async (content: string): Promise<TestMessage> => ours.waitForMessage(content);
    const seenThere = async (content: string): Promise<TestMessage> =>
      eventually(
        `Python sees "${content}"`,
        async () => (await python.generalMessages()).find((message) => message.content === content),
        240_000,
      );

    before(async () => {
      await ours.start();
      await ours.setUp(`${dialler.replace(' ', '-')}-${run}`);
      [pythonId, pythonUser] = [await python.peerId(), await python.userId()];
    });
    after(async () => {
      await python.api('POST', '/p2p/forget', { peer_id: await ours.peerId() });
      await ours.dispose();
    });

    test('they connect', async () => {
      if (dialler === 'we dial') {
        const answer = await ours.api('POST', '/p2p/invite/import', { invite_code: await python.invite() });
        assert.equal(answer['status'], 'connected');
      } else {
        const invite = await ours.api<{ invite_code: string }>('GET', '/p2p/invite');
        const answer = await python.api('POST', '/p2p/invite/import', { invite_code: invite.invite_code });
        assert.equal(answer['status'], 'connected');
        await eventually(
          'the request shows',
          async () => (await ours.api<{ count: number }>('GET', '/p2p/requests')).count > 0,
        );
        await ours.api('POST', `/p2p/requests/${pythonId}`, { action: 'accept' });
        // 0.4 does not keep the endpoints of an invite, so after a restart nobody would know where to dial: the guide
        // has both sides import each other's code.
        if ((await python.version()).startsWith('0.4.')) {
          await ours.api('POST', '/p2p/invite/import', { invite_code: await python.invite() });
        }
      }
      await ours.waitConnected(pythonId);
      await python.trust(await ours.peerId());
    });

    test('#general crosses both ways', async () => {
      // Python marks us trusted a moment after it answers; a message before that waits for catch-up.
      await ours.post(text('from us'));
      await python.post(text('from Python'));
      await seenHere(text('from Python'));
      await seenThere(text('from us'));
    });

    test('direct messages cross both ways', async () => {
      await eventually('we know its person', async () =>
        (await ours.api<{ agents: { user_id: string }[] }>('GET', '/agents?include_humans=1')).agents.some(
          (person) => person.user_id === pythonUser,
        ),
      );
      const modern = (await python.version()).startsWith('0.5.');
      const mode = (message: TestMessage): unknown =>
        (message.metadata?.['security'] as { mode?: string } | undefined)?.mode;
      const sent = await ours.api<{ message: TestMessage }>('POST', '/messages', {
        recipient_id: pythonUser,
        content: text('direct from us'),
      });
      assert.equal(mode(sent.message), modern ? 'peer_e2e_v1' : 'legacy_plaintext');
      const there = await eventually('Python has it', async () =>
        (await python.directMessages()).find((message) => message.content === text('direct from us')),
      );
      if (modern) assert.equal(mode(there), 'peer_e2e_v1');
      await eventually('it knows our person', async () => {
        await python.api('POST', '/messages', {
          recipient_id: ours.userId,
          content: text('direct from Python'),
        });
        return (await ours.api<{ messages: TestMessage[] }>('GET', '/messages')).messages.some(
          (message) => message.content === text('direct from Python'),
        );
      });
    });

    test('a broadcast names it as unable to show it, a text to it reaches its person', async () => {
      const broadcast = await ours.api('POST', '/p2p/send', { content: text('broadcast'), broadcast: true });
      assert.deepEqual(broadcast['cannot_show'], [pythonId]);
      const direct = await ours.api('POST', '/p2p/send', { content: text('to the peer'), peer_id: pythonId });
      assert.equal(direct['success'], true, JSON.stringify(direct));
      await eventually('its person has it', async () =>
        (await python.directMessages()).some((message) => message.content === text('to the peer')),
      );
    });

    test('after our restart both sides get what they missed', async () => {
      await ours.stop();
      await python.post(text('while we were away'));
      await ours.start();
      await ours.waitConnected(pythonId);
      await seenHere(text('while we were away'));
    });

    test(
      'after its restart both sides get what they missed',
      { skip: python.restartable ? false : 'no restart commands given' },
      async () => {
        python.stop();
        await ours.post(text('while Python was away'));
        python.start();
        await ours.waitConnected(pythonId);
        await seenThere(text('while Python was away'));
      },
    );

    test('nothing shows twice on either side', async () => {
      for (const messages of [await ours.generalMessages(), await python.generalMessages()]) {
        const mine = messages
          .map((message) => message.content)
          .filter((content) => content.startsWith(text('')));
        assert.equal(new Set(mine).size, mine.length);
      }
    });
  });
}
