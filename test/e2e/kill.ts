/**
 * A kill run (08 section 5): two real nodes under load in #general and by direct message, where people also change,
 * delete and like what they wrote, one of them killed with SIGKILL at random moments and started again, sometimes killed once more while it starts. Afterwards everything that
 * was answered with success stands on both nodes, and nothing stands twice on either. The seed decides who is killed,
 * when, and what is written; what the machine does in between is its own affair.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../sim/seeded-random.ts';
import { eventually, NodeProcess } from './node-process.ts';
import type { TestMessage } from './node-process.ts';

/** Posts each node is sent at the same time. */
const WRITERS = 3;
/**
 * Longest pause of a writer between two posts, and longest life under load before a kill, in milliseconds. A long run
 * writes more slowly, so that what has to be compared in the end stays small.
 */
const PAUSE_MS = 400;
const LIFE_MS = 1_500;
/** Longest wait before a starting node is killed: about as long as a start takes. */
const START_LIFE_MS = 500;
/** Shares of the points at which the nodes are connected first, and at which the start is interrupted as well. */
const CONNECTED = 0.6;
const KILLED_AGAIN = 0.2;
/** The same for a run of seconds, in which both nodes are killed at once, too: two points. */
const QUICK = { connected: 0.25, lifeMs: 400, both: 0.7, pauseMs: 60 };
/** Share of posts that are direct messages. */
const DIRECT = 0.25;
/** Share of requests that change an earlier post of the same writer, and among these of deletions and of likes. */
const CHANGES = 0.3;
const DELETIONS = 0.3;
const LIKES = 0.3;
/** How long the healed pair may take until both hold everything: two rounds of the periodic catch-up. */
const HEALING_LIMIT_MS = 420_000;
const PAGE = 500;

/** What a run wrote and did. */
export interface KillResult {
  kills: number;
  /** Requests answered with success. */
  answered: number;
  /** Of these, changes, deletions and likes. */
  changes: number;
  /** Requests whose answer never came: what they ask for may have happened once or not at all. */
  unanswered: number;
}

/** A message as a node shows it. */
interface ShownMessage extends TestMessage {
  created_at: string;
  liked_by?: { like?: string[] };
}

interface Side {
  node: NodeProcess;
  peerId: string;
}

/** A post that was answered with success, and what must be so of it on both nodes. */
interface Kept {
  readonly id: string;
  readonly author: string;
  /** What it may say: two texts when the answer to a change never came. */
  texts: string[];
  /** `null`: the answer never came. */
  deleted: boolean | null;
  /** By its author; in #general only. */
  liked: boolean | null;
}

/** What was answered with success, by the conversation it went to. */
interface Written {
  general: Kept[];
  direct: Kept[];
}

/**
 * Kills one of two nodes `points` times, in all, when it is to be quick also both at once.
 * @param say hears of progress, one line a time.
 * @throws an `AssertionError` naming the seed when an answered message is missing or one is shown twice.
 */
export async function killRun(
  seed: number,
  points: number,
  say: (line: string) => void = () => undefined,
  init: { quick?: boolean } = {},
): Promise<KillResult> {
  const pace =
    init.quick === true ? QUICK : { connected: CONNECTED, lifeMs: LIFE_MS, both: 0, pauseMs: PAUSE_MS };
  const random = new SeededRandom(seed);
  const env = { CANOPY_RATE_LIMITS: 'off' };
  const nodes = [
    new NodeProcess({ name: 'killed-a', env }),
    new NodeProcess({ name: 'killed-b', env }),
  ] as const;
  const written: Written = { general: [], direct: [] };
  const result: KillResult = { kills: 0, answered: 0, changes: 0, unanswered: 0 };
  try {
    const sides = await acquaint(nodes);
    const load = new AbortController();
    const writers = sides.flatMap((side) =>
      Array.from({ length: WRITERS }, (_, writer) =>
        write(side, other(sides, side), {
          random: random.fork(),
          name: `${seed}/${side.node.name}/${writer}`,
          pauseMs: pace.pauseMs,
          signal: load.signal,
          written,
          result,
        }),
      ),
    );
    try {
      for (let point = 1; point <= points;) {
        const side = sides[random.fraction() < 0.5 ? 0 : 1];
        if (random.fraction() < pace.connected) await side.node.waitConnected(other(sides, side).peerId);
        await sleep(random.fraction() * pace.lifeMs);
        const both = point < points && random.fraction() < pace.both;
        const killed = both ? sides : [side];
        await Promise.all(killed.map(({ node }) => node.stop('SIGKILL')));
        result.kills += killed.length;
        if (random.fraction() < KILLED_AGAIN) {
          const starting = side.node.start();
          await Promise.all([
            starting.catch(() => undefined), // it is meant to fail
            sleep(random.fraction() * START_LIFE_MS).then(() => side.node.stop('SIGKILL')),
          ]);
          result.kills += 1;
        }
        await Promise.all(killed.map(({ node }) => node.start()));
        point += killed.length;
        if (point % 10 === 0 || point > points)
          say(`seed ${seed}: ${point - 1} of ${points} points, ${result.answered} requests answered`);
      }
    } finally {
      load.abort();
      await Promise.all(writers);
    }
    for (const side of sides) await expectAll(side, other(sides, side), written, seed);
  } finally {
    await Promise.all(nodes.map((node) => node.dispose()));
  }
  assert.ok(
    result.answered > result.changes && result.changes > 0 && result.kills >= points,
    `seed ${seed}: there was load, and there were kills`,
  );
  return result;
}

function other(sides: readonly [Side, Side], side: Side): Side {
  return side === sides[0] ? sides[1] : sides[0];
}

/** Starts both, connects them by invite, and lets the first accept the second. */
async function acquaint(nodes: readonly [NodeProcess, NodeProcess]): Promise<readonly [Side, Side]> {
  const [a, b] = nodes;
  await Promise.all(nodes.map((node) => node.start()));
  await Promise.all(nodes.map((node) => node.setUp()));
  const sides = [
    { node: a, peerId: await a.peerId() },
    { node: b, peerId: await b.peerId() },
  ] as const;
  await b.importInviteOf(a);
  await a.waitConnected(sides[1].peerId);
  await eventually('the request shows', async () => {
    const { count } = await a.api<{ count: number }>('GET', '/p2p/requests');
    return count > 0;
  });
  await a.api('POST', `/p2p/requests/${sides[1].peerId}`, { action: 'accept' });
  await a.post('from a, before it begins');
  await b.post('from b, before it begins');
  await b.waitForMessage('from a, before it begins');
  await a.waitForMessage('from b, before it begins');
  return sides;
}

/** Writes until told to stop. A node that is down refuses the connection; the writer goes on with something else. */
async function write(
  from: Side,
  to: Side,
  init: {
    random: SeededRandom;
    name: string;
    pauseMs: number;
    signal: AbortSignal;
    written: Written;
    result: KillResult;
  },
): Promise<void> {
  const { random, name, pauseMs, signal, written, result } = init;
  const { node } = from;
  const own: { direct: boolean; kept: Kept }[] = [];
  for (let n = 0; !signal.aborted; n += 1) {
    const content = `${name}/${n}`;
    const direct = random.fraction() < DIRECT;
    const earlier = random.fraction() < CHANGES ? own[Math.floor(random.fraction() * own.length)] : undefined;
    try {
      if (earlier !== undefined) {
        if (await change(node, earlier, random.fraction(), content)) result.changes += 1;
        else continue;
      } else {
        const { id } = direct
          ? (
              await node.api<{ message: TestMessage }>('POST', '/messages', {
                recipient_id: to.node.userId,
                content,
              })
            ).message
          : await node.post(content);
        const kept: Kept = { id, author: node.userId, texts: [content], deleted: false, liked: false };
        (direct ? written.direct : written.general).push(kept);
        own.push({ direct, kept });
      }
      result.answered += 1;
    } catch (error) {
      // An answer other than success is a fault of the node; no answer is what a kill looks like from here.
      if (error instanceof assert.AssertionError) throw error;
      result.unanswered += 1;
    }
    await sleep(random.fraction() * pauseMs);
  }
}

/** Deletes, likes or changes a post, each at most once; false when that was done before. */
async function change(
  node: NodeProcess,
  { direct, kept }: { direct: boolean; kept: Kept },
  choice: number,
  content: string,
): Promise<boolean> {
  const route = `${direct ? '' : '/channels/general'}/messages/${kept.id}`;
  if (kept.deleted !== false) return false;
  if (choice < DELETIONS) {
    kept.deleted = null;
    await node.api('DELETE', route);
    kept.deleted = true;
  } else if (choice < DELETIONS + LIKES) {
    // A second like would take the first one back.
    if (direct || kept.liked !== false) return false;
    kept.liked = null;
    await node.api('POST', `${route}/like`, { reaction_type: 'like' });
    kept.liked = true;
  } else {
    if (kept.texts.length > 1 || kept.texts[0]?.endsWith('changed') === true) return false;
    const text = `${content} changed`;
    kept.texts.push(text);
    await node.api('PATCH', route, { content: text });
    kept.texts = [text];
  }
  return true;
}

async function expectAll(side: Side, peer: Side, written: Written, seed: number): Promise<void> {
  const { node } = side;
  await eventually(
    `seed ${seed}: ${node.name} holds everything that was answered`,
    async () => {
      const general = await allOf(node, '/channels/general/messages');
      const direct = await allOf(node, `/messages/conversation/${peer.node.userId}`);
      assert.deepEqual(wrong(written.general, general), [], 'wrong in #general');
      assert.deepEqual(wrong(written.direct, direct), [], 'wrong direct messages');
      return true;
    },
    HEALING_LIMIT_MS,
  );
  for (const route of ['/channels/general/messages', `/messages/conversation/${peer.node.userId}`]) {
    const contents = (await allOf(node, route)).map((message) => message.content);
    const twice = contents.filter((content, i) => contents.indexOf(content) !== i);
    assert.deepEqual(twice, [], `seed ${seed}: ${node.name} shows these twice`);
  }
}

/** Posts that are not as they were answered: not there, with another text, not deleted, not liked once. */
function wrong(written: readonly Kept[], found: readonly ShownMessage[]): Kept[] {
  const byId = new Map(found.map((message) => [message.id, message]));
  return written.filter(({ id, author, texts, deleted, liked }) => {
    const shown = byId.get(id);
    if (deleted === true) return shown !== undefined;
    if (shown === undefined) return deleted === false;
    const likes = (shown.liked_by?.like ?? []).filter((user) => user === author).length;
    if (!texts.includes(shown.content) || likes > 1) return true;
    return liked !== null && likes !== Number(liked);
  });
}

/** Every message of a conversation, page by page. */
async function allOf(node: NodeProcess, route: string): Promise<ShownMessage[]> {
  const found = new Map<string, ShownMessage>();
  let before = '';
  for (;;) {
    const page = await node.api<{ messages: ShownMessage[] }>(
      'GET',
      `${route}?limit=${PAGE}${before === '' ? '' : `&before=${before}`}`,
    );
    const fresh = page.messages.filter((message) => !found.has(message.id));
    for (const message of fresh) found.set(message.id, message);
    const oldest = fresh.reduce<Pick<ShownMessage, 'id' | 'created_at'>>(
      (least, message) => (message.created_at < least.created_at ? message : least),
      {
        id: '',
        created_at: '~',
      },
    );
    if (page.messages.length < PAGE || oldest.id === '') return [...found.values()];
    before = oldest.id;
  }
}
