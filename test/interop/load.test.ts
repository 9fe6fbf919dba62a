/**
 * Our node and a running Python node under what a busy team writes: five minutes at 30 messages a minute each way with
 * one burst of 40 from each side, and an hour's worth written while the other was away.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { Meeting, PATIENCE_MS, soon } from './meeting.ts';
import type { Way } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';

const environment = interopEnvironment();
const MINUTES = 5;
const PER_MINUTE = 30;
const BURST = 40;
/** Of an hour. */
const MISSED = Number(process.env['CANOPY_INTEROP_MISSED'] ?? 60 * PER_MINUTE);
/** A catch-up of Python's brings part of it, every three minutes. */
const CATCHING_UP_MS = 10 * PATIENCE_MS;
/** Between two looks at everything: looking costs a Python node as much as storing does. */
const LOOK_MS = 15_000;

interface Written {
  id: string;
  content: string;
  created_at: string;
}

/** Every message of a channel here or there whose text begins so, page by page, by its id. */
async function all(
  list: (before: string) => Promise<Written[]>,
  beginning: string,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let before = ''; ;) {
    const page = await list(before);
    for (const { id, content } of page) if (content.startsWith(beginning)) found.set(id, content);
    // Oldest first. A page of Python leaves out what has the second of the message it is to be before, so that one is the
    // first of the second after the oldest.
    const second = (one: Written | undefined): string => one?.created_at.slice(0, 19) ?? '';
    const next = page.find((one) => second(one) !== second(page[0]));
    if (next === undefined || `&before=${next.id}` === before) return found;
    before = `&before=${next.id}`;
  }
}

describe('a busy hour with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'busy' });
  const { ours, python } = meeting;
  before(() => meeting.begin());
  after(() => meeting.end());

  type Api = <T>(method: string, route: string) => Promise<T>;
  const apis: Api[] = [
    (method, route) => python.api(method, route),
    (method, route) => ours.api(method, route),
  ];
  /** What is missing on the other side, and what stands there twice. */
  async function compare(
    side: number,
    expected: readonly { id: string }[],
    beginning: string,
  ): Promise<{ missing: number; twice: number }> {
    const api = apis[side];
    assert.ok(api);
    const found = await all(
      async (before) =>
        (await api<{ messages: Written[] }>('GET', `/channels/general/messages?limit=500${before}`)).messages,
      beginning,
    );
    return {
      missing: expected.filter(({ id }) => !found.has(id)).length,
      twice: found.size - new Set(found.values()).size,
    };
  }
  /** Looks until everything is there, and says how it comes. */
  async function arrives(
    t: TestContext,
    side: number,
    expected: readonly { id: string }[],
    beginning: string,
  ): Promise<void> {
    const begun = Date.now();
    let left = expected.length;
    await soon(
      `the other side has ${beginning}`,
      async () => {
        const { missing, twice } = await compare(side, expected, beginning);
        const seconds = Math.round((Date.now() - begun) / 1000);
        if (missing !== left || missing === 0)
          t.diagnostic(`after ${seconds} s: ${missing} missing, ${twice} twice`);
        left = missing;
        if (missing > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        return missing === 0 && twice === 0;
      },
      CATCHING_UP_MS,
    );
  }

  /** Writes on ours, however often that says that it is too fast. */
  async function patiently(content: string): Promise<{ id: string }> {
    const options = { headers: { 'X-API-Key': ours.key }, body: { channel_id: 'general', content } };
    return soon('written', async () => {
      const { status, body } = await ours.request<{ message: { id: string } }>(
        'POST',
        '/api/v1/channels/messages',
        options,
      );
      assert.ok(status === 201 || status === 429, String(status));
      return status === 201 && body.message;
    });
  }

  test('five minutes at 30 a minute each way, with a burst of 40 each: nothing is lost', async (t) => {
    const sent: { id: string }[][] = [[], []];
    const write = async (way: Way, i: number, content: string): Promise<void> => {
      sent[i]?.push(await way.post({ channel_id: 'general', content }));
    };
    const talk = async (way: Way, i: number): Promise<void> => {
      for (let n = 0; n < MINUTES * PER_MINUTE; n += 1) {
        const next = new Promise((resolve) => setTimeout(resolve, 60_000 / PER_MINUTE));
        await write(way, i, meeting.text(`load ${way.name} ${n}`));
        if (n === PER_MINUTE * (1 + i))
          for (let b = 0; b < BURST; b += 1) await write(way, i, meeting.text(`load burst ${way.name} ${b}`));
        await next;
      }
    };
    await Promise.all(meeting.ways.map(talk));
    for (const side of [0, 1]) await arrives(t, side, sent[side] ?? [], meeting.text('load'));
  });

  test('an hour of ours while Python was away', async (t) => {
    python.stop();
    const sent: { id: string }[] = [];
    for (let n = 0; n < MISSED; n += 1) sent.push(await patiently(meeting.text(`missed ours ${n}`)));
    python.start();
    await ours.waitConnected(meeting.pythonId);
    await arrives(t, 0, sent, meeting.text('missed ours'));
  });

  test("an hour of Python's while ours was away", async (t) => {
    await ours.stop();
    const [, way] = meeting.ways;
    assert.ok(way);
    const sent: { id: string }[] = [];
    for (let n = 0; n < MISSED; n += 1)
      sent.push(await way.post({ channel_id: 'general', content: meeting.text(`missed Python ${n}`) }));
    await ours.start();
    await ours.waitConnected(meeting.pythonId);
    await arrives(t, 1, sent, meeting.text('missed Python'));
  });
});
