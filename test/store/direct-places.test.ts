/**
 * Conversations of direct messages by their indexes: the list, what is unread and parts are what reading every row
 * says, whatever rows there are and however they changed, and nothing of it reads more than it answers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DirectMessage } from '../../server/store/direct-messages.ts';
import type { Conversation } from '../../server/store/direct-places.ts';
import { toDbTime } from '../../server/store/time.ts';
import type { MessageId, UserId } from '../../server/wire/ids.ts';
import { memoryStore, NOW } from './support.ts';

const PEOPLE = ['user_ada', 'user_bob', 'user_cat'] as UserId[];
const GROUPS = ['group:x', 'group:y'];
const CONVERSATIONS: Conversation[] = [
  ...PEOPLE.map((id): Conversation => ({ kind: 'person', id })),
  ...[...GROUPS, 'nothing', ...PEOPLE].map((id): Conversation => ({ kind: 'group', id })),
  { kind: 'everyone' },
];

const person = fc.constantFrom(...PEOPLE);
const recipient = fc.constantFrom<string | null>(...PEOPLE, ...PEOPLE, ...GROUPS, ...GROUPS, null);
/** Mostly as groups are; also what only broken or hostile programs write. */
const metadata = fc.record(
  {
    group_id: fc.constantFrom<unknown>(...GROUPS, ...GROUPS, 'nothing', 7),
    group_members: fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.constant(PEOPLE),
      fc.constant(PEOPLE),
      fc.subarray(PEOPLE),
      fc.constantFrom<unknown>('user_bob', { a: 'user_bob' }, null),
    ),
    reply_to: fc.constantFrom<unknown>('M0', 'M1', 3),
    note: fc.constant('"group_members": "reply_to"'),
  },
  { requiredKeys: [] },
);
const nth = fc.nat(30);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('insert' as const),
      sender: person,
      recipient,
      metadata,
      at: fc.nat(5),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('read' as const), nth, by: person }) },
  fc.record({ do: fc.constant('edit' as const), nth, metadata }),
  fc.record({ do: fc.constant('remark' as const), nth, metadata }),
  fc.record({ do: fc.constant('delete' as const), nth }),
  fc.record({ do: fc.constant('unread' as const), nth, by: person, of: fc.constantFrom(...CONVERSATIONS) }),
  fc.record({ do: fc.constant('foreign' as const), nth, change: fc.nat(3) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What other programs do to the table, without the repositories. */
const FOREIGN = [
  `UPDATE messages SET read_at = '2026-01-01 00:00:00' WHERE id = @id AND read_at IS NULL`,
  `DELETE FROM messages WHERE id = @id`,
  `UPDATE messages SET metadata = '{broken "group_id"' WHERE id = @id`,
  `UPDATE messages SET recipient_id = 'user_cat' WHERE id = @id`,
];

interface Row extends Omit<DirectMessage, 'createdAt'> {
  at: string;
  row: number;
  read: boolean;
  readers: Set<string>;
}

/** The rules again, over all rows. */
class FullReading {
  readonly #rows: Row[];
  readonly #user: UserId;

  constructor(rows: Row[], user: UserId) {
    this.#user = user;
    this.#rows = rows.filter((row) => this.#sees(row));
  }

  conversations(): { last: string; unread: number }[] {
    const found = new Map<string, { last: Row; unread: number }>();
    for (const row of this.#rows) {
      const key = this.#keyOf(row);
      const unread = (found.get(key)?.unread ?? 0) + Number(this.#isUnread(row));
      found.set(key, { last: row, unread });
    }
    return [...found.values()]
      .sort((a, b) => (a.last.at === b.last.at ? b.last.row - a.last.row : a.last.at < b.last.at ? 1 : -1))
      .map(({ last, unread }) => ({ last: last.id, unread }));
  }

  counts(): { conversation: string | null; count: number }[] {
    const counts = new Map<string, number>();
    for (const row of this.#rows.filter((each) => this.#isUnread(each)))
      counts.set(this.#keyOf(row), (counts.get(this.#keyOf(row)) ?? 0) + 1);
    return [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, count]) => ({ conversation: key === '' ? null : key, count }));
  }

  of(conversation: Conversation): { all: string[]; unread: string[]; read: Row[]; answers: string[] } {
    const inside = this.#rows.filter((row) => this.#isIn(row, conversation));
    const ids = (rows: Row[]): string[] => rows.map(({ id }) => id);
    return {
      all: ids(inside),
      unread: ids(inside.filter((row) => this.#isUnread(row))),
      read: inside.filter((row) => row.senderId !== this.#user && !this.#isUnread(row)),
      answers: ids(inside.filter((row) => typeof row.metadata['reply_to'] === 'string')),
    };
  }

  #sees(row: Row): boolean {
    const members = row.metadata['group_members'];
    const listed: unknown[] =
      typeof members === 'object' && members !== null ? Object.values(members) : [members];
    return (
      row.senderId === this.#user ||
      row.recipientId === this.#user ||
      row.recipientId === null ||
      listed.includes(this.#user)
    );
  }

  #keyOf({ senderId, recipientId }: Row): string {
    if (recipientId === null) return '';
    return senderId === this.#user || recipientId.startsWith('group:') ? recipientId : senderId;
  }

  #isUnread(row: Row): boolean {
    if (row.senderId === this.#user) return false;
    return !row.read || (row.readers.size > 0 && !row.readers.has(this.#user));
  }

  #isIn(row: Row, of: Conversation): boolean {
    if (of.kind === 'everyone') return row.recipientId === null;
    if (of.kind === 'group') return row.recipientId === of.id || row.metadata['group_id'] === of.id;
    const ends = [row.senderId, row.recipientId];
    return (ends[0] === this.#user && ends[1] === of.id) || (ends[0] === of.id && ends[1] === this.#user);
  }
}

function world(mode: 'full' | 'reference') {
  const { store, rows } = memoryStore(undefined, { mode });
  for (const id of PEOPLE)
    rows.users.insert({ id, username: id, publicKey: 'k', displayName: null, now: NOW });
  let count = 0;
  const idOf = (n: number): MessageId => `M${n}` as MessageId;
  const all = (): Row[] =>
    store.sql
      .all<{ id: MessageId; at: string; row: number; read_at: string | null }>(
        'SELECT id, created_at AS at, rowid AS row, read_at FROM messages ORDER BY created_at, rowid',
      )
      .flatMap(({ id, at, row, read_at: readAt }) => {
        const message = rows.directMessages.get(id);
        const readers = new Set<string>(rows.directMessages.readers([id]).get(id)?.keys());
        return message === undefined ? [] : [{ ...message, at, row, read: readAt !== null, readers }];
      });
  const run = (each: Step): void => {
    const { directMessages, directHistory } = rows;
    if (each.do === 'insert') {
      directMessages.insert({
        id: idOf(count++),
        senderId: each.sender,
        recipientId: each.recipient,
        content: 'text',
        // Sound groups are what most groups are.
        metadata:
          each.recipient?.startsWith('group:') === true && each.at > 0
            ? { ...each.metadata, group_id: each.recipient, group_members: PEOPLE }
            : each.metadata,
        createdAt: NOW + each.at * 1000,
      });
      return;
    }
    const id = idOf(each.nth % Math.max(count, 1));
    const message = directMessages.get(id);
    if (each.do === 'read' && message !== undefined && message.senderId !== each.by)
      directMessages.setRead(message, each.by, NOW);
    if (each.do === 'edit')
      directMessages.edit(id, {
        content: 'new',
        messageType: 'text',
        metadata: each.metadata,
        editedAt: NOW + 60_000,
      });
    if (each.do === 'remark' && message !== undefined) directMessages.setMetadata(id, each.metadata);
    if (each.do === 'delete') directMessages.delete(id, NOW);
    if (each.do === 'unread') {
      const place = directHistory.place(id);
      if (place !== undefined)
        directHistory.setUnread(each.by, directHistory.readFrom(each.by, each.of, place));
    }
    if (each.do === 'foreign') store.sql.run(FOREIGN[each.change] ?? '', { id });
  };
  return { store, rows, run, all };
}

for (const mode of ['full', 'reference'] as const)
  test(`conversations are what reading every row says (${mode})`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const { rows, run, all } = world(mode);
        for (const [n, each] of steps.entries()) {
          run(each);
          if (n % 8 !== 0 && n !== steps.length - 1) continue;
          const table = all();
          for (const user of PEOPLE) {
            const { directHistory, directMessages } = rows;
            const full = new FullReading(table, user);
            assert.deepEqual(directHistory.conversations(user), full.conversations());
            assert.deepEqual(directHistory.unreadCounts(user), full.counts());
            for (const of of CONVERSATIONS) {
              const expected = full.of(of);
              const part = (options: Parameters<typeof directMessages.conversation>[2]): string[] =>
                directMessages.conversation(user, of, options).map(({ id }) => id);
              assert.deepEqual(part({ limit: 99 }).reverse(), expected.all);
              assert.deepEqual(directHistory.unread(user, of, null), expected.unread);
              assert.equal(directHistory.firstUnread(user, of), expected.unread[0] ?? null);
              assert.deepEqual(
                directHistory.answers(user, of).map(({ id }) => id),
                expected.answers,
              );
              const middle = table.find(({ id }) => id === expected.all[expected.all.length >> 1]);
              if (middle === undefined) continue;
              const place = { createdAt: middle.at, row: middle.row };
              const at = expected.all.indexOf(middle.id);
              assert.deepEqual(
                part({ limit: 2, before: place }),
                expected.all.slice(0, at).slice(-2).reverse(),
              );
              assert.deepEqual(part({ limit: 2, after: place }), expected.all.slice(at + 1, at + 3));
              assert.deepEqual(
                directHistory.readFrom(user, of, middle),
                expected.read
                  .filter((row) => !expected.all.slice(0, at).includes(row.id))
                  .map(({ id }) => id),
              );
              assert.deepEqual(
                directHistory.unread(user, of, middle),
                expected.unread.filter((id) => !expected.all.slice(at + 1).includes(id)),
              );
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

test('the list and a part of a conversation read as much of many messages as of few', () => {
  const { store, rows } = world('full');
  const [user, other] = PEOPLE as [UserId, UserId];
  const insert = (from: number, to: number): void => {
    store.commit.now(() => {
      for (let n = from; n < to; n += 1)
        store.sql.run(
          `INSERT INTO messages (id, sender_id, recipient_id, content, metadata, created_at, read_at)
             VALUES (@id, @sender, @recipient, 'text', @metadata, @at, @readAt)`,
          {
            id: `N${n}`,
            sender: PEOPLE[n % 2] ?? '',
            recipient: n % 4 < 2 ? 'group:x' : (PEOPLE[(n + 1) % 2] ?? ''),
            metadata: n % 4 < 2 ? JSON.stringify({ group_id: 'group:x', group_members: PEOPLE }) : null,
            at: toDbTime(NOW + n * 1000),
            // A few that others wrote stay unread; own ones always are.
            readAt: n < 4 || n % 2 === 0 ? null : toDbTime(NOW),
          },
        );
    });
  };
  const ask = (each: UserId): void => {
    rows.directMessages.setRead({ id: 'N0' as MessageId, recipientId: null }, 'nobody' as UserId, NOW);
    assert.equal(rows.directHistory.conversations(each).length, 2);
    assert.equal(rows.directHistory.unreadCounts(each).length, 2);
    for (const of of [
      { kind: 'person', id: each === user ? other : user },
      { kind: 'group', id: 'group:x' },
    ] as Conversation[]) {
      assert.equal(rows.directMessages.conversation(each, of, { limit: 20 }).length, 20);
      assert.notEqual(rows.directHistory.firstUnread(each, of), null);
      assert.equal(rows.directHistory.unread(user, of, null).length, 1);
    }
  };
  const cost = (each: UserId): number => {
    const once = (): number => {
      const before = process.cpuUsage();
      for (let n = 0; n < 10; n += 1) {
        store.sql.run(`UPDATE messages SET delivered_at = @n WHERE id = 'N0'`, { n });
        ask(each);
      }
      const { user: own, system } = process.cpuUsage(before);
      return own + system;
    };
    return Math.min(...Array.from({ length: 5 }, once));
  };
  insert(0, 200);
  const few = cost(user);
  insert(200, 20_000);
  // A hundred times the messages; whatever reads them all takes far more than ten times as long.
  const many = cost(user);
  assert.ok(many < 10 * few, `${few} µs of CPU time for 200 messages, ${many} µs for 20000`);
  for (const text of store.sql.texts().filter((each) => each.includes('FROM messages'))) {
    const values = Object.fromEntries([...text.matchAll(/@(\w+)/g)].map(([, name]) => [name ?? '', null]));
    const plan = store.sql
      .all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, values)
      .map(({ detail }) => detail);
    assert.deepEqual(
      plan.filter((detail) => /^SCAN messages\b/.test(detail)),
      [],
      text,
    );
  }
});
