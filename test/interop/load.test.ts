/**
 * Our node and a running Python node under what a busy team writes: five minutes at 30 messages a minute each way with
 * one burst of 40 from each side, and an hour's worth written while the other was away.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
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
const CATCHING_UP_MS = 5 * PATIENCE_MS;

/** Every text of a channel here or there that begins so, page by page. */
async function all(list: (before: string) => Promise<{ id: string; content: string }[]>, beginning: string) {
  const found: string[] = [];
  for (let before = ''; ;) {
    const page = await list(before);
    found.push(...page.map(({ content }) => content).filter((content) => content.startsWith(beginning)));
    // Oldest first: the next page is before the first of this one.
    const [first] = page;
    if (first === undefined || page.length < 2 || `&before=${first.id}` === before) return found;
    before = `&before=${first.id}`;
  }
}

describe('a busy hour with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'busy' });
  const { ours, python } = meeting;
  before(() => meeting.begin());
  after(() => meeting.end());

  const pages = [
    (before: string) =>
      python.api<{ messages: { id: string; content: string }[] }>(
        'GET',
        `/channels/general/messages?limit=500${before}`,
      ),
    (before: string) =>
      ours.api<{ messages: { id: string; content: string }[] }>(
        'GET',
        `/channels/general/messages?limit=500${before}`,
      ),
  ];
  /** What is missing on the other side, and what stands there twice. */
  async function compare(side: number, expected: readonly string[], beginning: string) {
    const list = pages[side];
    assert.ok(list);
    const found = await all(async (before) => (await list(before)).messages, beginning);
    const set = new Set(found);
    return { missing: expected.filter((one) => !set.has(one)).length, twice: found.length - set.size };
  }

  test('five minutes at 30 a minute each way, with a burst of 40 each: nothing is lost', async () => {
    const sent: string[][] = [[], []];
    const write = async (way: Way, i: number, content: string): Promise<void> => {
      await way.post({ channel_id: 'general', content });
      sent[i]?.push(content);
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
    for (const side of [0, 1])
      await soon(
        `everything of ${meeting.ways[side]?.name} is on the other side, once`,
        async () => {
          const { missing, twice } = await compare(side, sent[side] ?? [], meeting.text('load'));
          return missing === 0 && twice === 0;
        },
        CATCHING_UP_MS,
      );
  });

  test('an hour of ours while Python was away', async (t) => {
    python.stop();
    const sent: string[] = [];
    for (let n = 0; n < MISSED; n += 1) {
      sent.push(meeting.text(`missed ours ${n}`));
      await ours.post(sent.at(-1) ?? '');
    }
    python.start();
    await ours.waitConnected(meeting.pythonId);
    let left = MISSED;
    await soon(
      'Python has it',
      async () => {
        const { missing, twice } = await compare(0, sent, meeting.text('missed ours'));
        if (missing !== left) t.diagnostic(`${new Date().toISOString()}: ${missing} missing, ${twice} twice`);
        left = missing;
        await new Promise((resolve) => setTimeout(resolve, 5_000));
        return missing === 0 && twice === 0;
      },
      CATCHING_UP_MS,
    );
  });

  test("an hour of Python's while ours was away", async (t) => {
    await ours.stop();
    const sent: string[] = [];
    for (let n = 0; n < MISSED; n += 1) {
      sent.push(meeting.text(`missed Python ${n}`));
      await python.post(sent.at(-1) ?? '');
    }
    await ours.start();
    await ours.waitConnected(meeting.pythonId);
    let left = MISSED;
    await soon(
      'ours has it',
      async () => {
        const { missing, twice } = await compare(1, sent, meeting.text('missed Python'));
        if (missing !== left) t.diagnostic(`${new Date().toISOString()}: ${missing} missing, ${twice} twice`);
        left = missing;
        return missing === 0 && twice === 0;
      },
      CATCHING_UP_MS,
    );
  });
});
