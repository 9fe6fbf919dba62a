/** Notifications in the service worker: once for all tabs, none of what is looked at, and a click leads there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notices, noticeOf, type Notice } from '../../../web/worker/notices.ts';
import { placeShown } from '../../../web/worker/places.ts';
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
    url: 'http://node/feed',
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

test('what somebody looks at in any tab is not told', async () => {
  const looking = { url: 'http://node/channels?channel=c1&thread=x', focused: true };
  assert.equal(await setUp([{ ...looking, visibilityState: 'visible' }]).notices.tell(NOTICE), false);
  assert.equal(
    await setUp([{ ...looking, visibilityState: 'visible', focused: false }]).notices.tell(NOTICE),
    true,
  );
  const elsewhere = { url: 'http://node/channels', focused: true, visibilityState: 'visible' as const };
  assert.equal(await setUp([elsewhere]).notices.tell(NOTICE), true);
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

test('an address names its conversation', () => {
  for (const [address, place] of [
    ['/channels', 'channel:general'],
    ['/channels?channel=c1&focus_message=m', 'channel:c1'],
    ['/messages?with=u1', 'person:u1'],
    ['/messages?group=group%3Ag', 'group:group:g'],
    ['/messages?with=everyone', 'everyone'],
    ['/messages', null],
    ['/feed', null],
  ] as const)
    assert.equal(placeShown(address), place);
});
