/** The part of a conversation that is at hand, against a conversation of numbers. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { History, KEEP, type Part, type Place } from '../../../web/state/history.ts';

interface Item {
  id: string;
}

/** A node with messages 1 to `count`, and what was asked of it. */
function conversation(count: number, unreadFrom: number | null = null) {
  const all: Item[] = Array.from({ length: count }, (_, n) => ({ id: String(n + 1) }));
  const asked: string[] = [];
  const read = async (place: Place, limit: number): Promise<Part<Item>> => {
    asked.push(place.kind);
    const unread = unreadFrom === null ? { kind: 'newest' as const } : around(String(unreadFrom));
    const wish = place.kind === 'unread' ? unread : place;
    const at = 'id' in wish ? all.findIndex(({ id }) => id === wish.id) : all.length;
    if (at === -1) throw new Error('not found');
    const half = Math.ceil(limit / 2);
    const spans: Record<typeof wish.kind, [from: number, to: number]> = {
      newest: [all.length - limit, all.length],
      before: [at - limit, at],
      after: [at + 1, at + 1 + limit],
      around: [at - half, at + 1 + half],
    };
    const [from, to] = spans[wish.kind];
    const messages = all.slice(Math.max(0, from), to);
    return { messages, older: from > 0, newer: to < all.length };
  };
  return { all, asked, history: new History<Item>(read) };
}
const around = (id: string) => ({ kind: 'around' as const, id });
const span = (history: History<Item>): string =>
  `${history.messages.value[0]?.id ?? ''}-${history.messages.value.at(-1)?.id ?? ''}`;

test('from the newest to the oldest and back everything passes, and never more than a few hundred are kept', async () => {
  const { history } = conversation(1_000);
  await history.open({ kind: 'unread' });
  assert.deepEqual([span(history), history.hasNewer.value], ['951-1000', false]);
  const passed = new Set<string>();
  for (const step of ['older', 'newer'] as const) {
    const more = step === 'older' ? history.hasOlder : history.hasNewer;
    while (more.value) {
      await history[step]();
      const ids = history.messages.value.map(({ id }) => Number(id));
      assert.ok(ids.length <= KEEP);
      assert.deepEqual(
        ids,
        ids.map((_, n) => (ids[0] ?? 0) + n),
      );
      for (const id of ids) passed.add(String(id));
    }
  }
  assert.equal(passed.size, 1_000);
  assert.equal(history.messages.value.at(-1)?.id, '1000');
});

test('a message far back is shown in its surroundings, and unread ones from the first', async () => {
  const { history } = conversation(1_000, 400);
  await history.open(around('20'));
  assert.deepEqual([span(history), history.hasOlder.value, history.hasNewer.value], ['1-45', false, true]);
  await history.open({ kind: 'unread' });
  assert.equal(span(history), '375-425');
});

test('what comes while one reads far back stays out until one goes there; changes within are read', async () => {
  const { history, all, asked } = conversation(500);
  await history.open(around('100'));
  const before = span(history);
  asked.length = 0;
  await history.refresh();
  assert.deepEqual(asked, []);
  // The very message in the middle goes.
  all.splice(99, 1);
  all.splice(97, 0, { id: 'late' });
  await history.refresh(true);
  assert.deepEqual([history.has('late'), history.has('100')], [true, false]);
  assert.equal(history.hasNewer.value, true);
  assert.ok(history.has(before.split('-')[0] ?? ''));
});

test('who reads further up is not carried away by many new messages; who is at the end is', async () => {
  for (const following of [false, true]) {
    const { history, all } = conversation(100);
    await history.open({ kind: 'newest' });
    history.following = following;
    for (let n = 101; n <= 300; n += 1) all.push({ id: String(n) });
    await history.refresh();
    assert.equal(span(history), following ? '251-300' : '51-100');
    assert.equal(history.hasNewer.value, !following);
    while (history.hasNewer.value) await history.newer();
    assert.equal(history.messages.value.at(-1)?.id, '300');
  }
});

test('what is above goes when one is at the end, and is read again on the way up', async () => {
  const { history, all } = conversation(1_000);
  await history.open({ kind: 'newest' });
  for (let n = 0; n < 2; n += 1) await history.older();
  history.trim();
  assert.equal(span(history), '751-1000');
  all.push({ id: '1001' });
  history.take({ id: '1001' });
  for (let n = 0; n < 60; n += 1) history.take({ id: `new${n}` });
  history.trim();
  assert.equal(history.messages.value.length, KEEP / 2);
  assert.equal(history.hasOlder.value, true);
});

test('an answer for a conversation that was left changes nothing', async () => {
  let answer: (part: Part<Item>) => void = () => undefined;
  const history = new History<Item>(() => new Promise((resolve) => (answer = resolve)));
  const opened = history.open({ kind: 'newest' });
  history.clear();
  answer({ messages: [{ id: 'a' }], older: true, newer: true });
  assert.equal(await opened, false);
  assert.deepEqual([history.messages.value, history.hasOlder.value], [[], false]);
});

test('an answer that was asked for earlier and comes later replaces nothing', async () => {
  type Named = Item & { text: string };
  const waiting: ((text: string) => void)[] = [];
  const history = new History<Named>(
    () =>
      new Promise((resolve) => {
        waiting.push((text) => resolve({ messages: [{ id: '1', text }], older: false, newer: false }));
      }),
  );
  const opened = history.open({ kind: 'newest' });
  waiting[0]?.('sent');
  await opened;
  const [slow, quick] = [history.refresh(), history.refresh(true)];
  waiting[2]?.('delivered');
  await quick;
  waiting[1]?.('sent');
  await slow;
  // Neither does the answer to the sending itself.
  history.take({ id: '1', text: 'sent' });
  assert.deepEqual(history.messages.value, [{ id: '1', text: 'delivered' }]);
});
