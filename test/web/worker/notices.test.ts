/** Notifications in the service worker: once for all tabs, none of what is looked at, and a click leads there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notices, noticeOf, type Notice } from '../../../web/worker/notices.ts';
import type { Client, ShownNotification, WorkerScope } from '../../../web/worker/scope.ts';

const NOTICE: Notice = {
  kind: 'notice',
  tag: 'u channel:c1',
  mark: 5_000,
  title: '#plans',
  body: '1 new message',
  place: 'channel:c1',
  address: '/channels?channel=c1',
};

function setUp(tabs: Partial<Client>[] = []) {
  const shown: (ShownNotification & { title: string; tag: string })[] = [];
  const heard: unknown[] = [];
  const opened: string[] = [];
  const clients = tabs.map((tab) => ({
    focused: false,
    visibilityState: 'hidden' as const,
    postMessage: (message: unknown) => heard.push(message),
    focus: () => Promise.resolve(heard.push('focus')),
    ...tab,
  }));
  const notices = new Notices({
    registration: {
      getNotifications: ({ tag }: { tag: string }) => Promise.resolve(shown.filter((one) => one.tag === tag)),
      showNotification: (title: string, { tag, data }: { tag: string; data: unknown }) =>
        Promise.resolve(void shown.push({ title, tag, data, close: () => undefined })),
    },
    clients: {
      claim: () => Promise.resolve(),
      matchAll: () => Promise.resolve(clients),
      openWindow: (url: string) => Promise.resolve(opened.push(url)),
    },
  } as unknown as WorkerScope);
  return { notices, shown, heard, opened };
}

test('what two tabs tell at once is shown once; what is newer is shown, too', async () => {
  const { notices, shown } = setUp();
  assert.deepEqual(await Promise.all([notices.tell(NOTICE), notices.tell(NOTICE)]), [true, false]);
  assert.equal(await notices.tell({ ...NOTICE, mark: 4_000 }), false);
  assert.equal(await notices.tell({ ...NOTICE, mark: 6_000 }), true);
  assert.equal(await notices.tell({ ...NOTICE, tag: 'u channel:c2' }), true);
  assert.equal(shown.length, 3);
});

test('a worker that was stopped knows from the screen what was told', async () => {
  const { shown, notices } = setUp();
  shown.push({ title: '#plans', tag: NOTICE.tag, data: { mark: 5_000 }, close: () => undefined });
  assert.equal(await notices.tell(NOTICE), false);
});

test('what somebody looks at in any tab is not told; the tabs themselves say so, wherever they were opened', async () => {
  const asked: unknown[] = [];
  const tab = (looks: boolean, visibilityState: DocumentVisibilityState = 'visible'): Partial<Client> => ({
    visibilityState,
    postMessage: (question, ports) => {
      asked.push(question);
      ports?.[0]?.postMessage(looks);
      ports?.[0]?.close();
    },
  });
  assert.equal(await setUp([tab(false), tab(true)]).notices.tell(NOTICE), false);
  assert.equal(await setUp([tab(false), tab(true, 'hidden')]).notices.tell(NOTICE), true);
  const question = { kind: 'looks', place: 'channel:c1' };
  assert.deepEqual(asked, [question, question, question]);
});

test('a click goes to the tab in front, to any other, or opens one', async () => {
  const two = setUp([{}, { focused: true }]);
  await two.notices.open('/channels?channel=c1');
  assert.deepEqual(two.heard, [{ kind: 'open', address: '/channels?channel=c1' }, 'focus']);
  const none = setUp();
  await none.notices.open('/channels?channel=c1');
  assert.deepEqual(none.opened, ['/channels?channel=c1']);
});

test('only notices of the page are shown, and they lead nowhere else', () => {
  assert.deepEqual(noticeOf(NOTICE), NOTICE);
  for (const wrong of [null, 'x', {}, { ...NOTICE, mark: '5' }]) assert.equal(noticeOf(wrong), null);
  for (const address of ['https://elsewhere', '//elsewhere', '/\\elsewhere'])
    assert.equal(noticeOf({ ...NOTICE, address }), null);
});
