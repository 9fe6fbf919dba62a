/**
 * Nodes of ours and running Python nodes in a line, each of which reaches its neighbours alone: what is written at one
 * end comes to the other as far as Python carries it. Given by environment, see README.md in this folder.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as z from 'zod';
import { NodeProcess } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { soon } from './meeting.ts';
import { PythonNode } from './python-node.ts';

const member = z.union([
  z.object({ url: z.url(), key: z.string(), user: z.string(), password: z.string(), within: z.string() }),
  z.object({ within: z.string() }),
]);
const given = process.env['CANOPY_INTEROP_LINE'];
const world = given === undefined ? null : z.array(member).parse(JSON.parse(given));
const run = Date.now().toString(36);
/** Catch-ups of Python come every three minutes, and there may be three of them on the way. */
const PATIENCE_MS = 600_000;
/** For what is three nodes away. */
const FAR_PATIENCE_MS = 120_000;
/** What crosses by a relay does so within a minute or two of asking for one. */
const DIRECT_PATIENCE_MS = 180_000;

/** A node of the line, whichever program it runs. */
interface Node {
  name: string;
  ours: NodeProcess | null;
  python: PythonNode | null;
  id: string;
  user: string;
  api<T>(method: string, route: string, body?: unknown): Promise<T>;
}

async function begin(place: z.infer<typeof member>, index: number): Promise<Node> {
  if ('url' in place) {
    const python = new PythonNode({
      CANOPY_INTEROP_URL: place.url,
      CANOPY_INTEROP_KEY: place.key,
      CANOPY_INTEROP_USER: place.user,
      CANOPY_INTEROP_PASSWORD: place.password,
      CANOPY_INTEROP_WITHIN: place.within,
    });
    const name = `${index} Python ${await python.version()}`;
    const [id, user] = [await python.peerId(), await python.userId()];
    return { name, python, ours: null, id, user, api: (...call) => python.api(...call) };
  }
  const ours = new NodeProcess({ name: `line${index}`, within: place.within.split(' '), meshHost: null });
  await ours.start();
  await ours.setUp(`line${index}-${run}`);
  const [id, user] = [await ours.peerId(), ours.userId];
  return { name: `${index} ours`, python: null, ours, id, user, api: (...call) => ours.api(...call) };
}

describe('a line of nodes', { skip: world === null ? 'not given (CANOPY_INTEROP_LINE)' : false }, () => {
  if (world === null) return;
  const nodes: Node[] = [];
  before(async () => {
    for (const [index, place] of world.entries()) nodes.push(await begin(place, index));
  });
  after(async () => {
    for (const { ours } of nodes) await ours?.dispose();
  });

  test('neighbours connect, and everybody trusts everybody', async () => {
    for (const node of nodes) {
      await node.api('POST', '/p2p/relay_policy', { policy: 'full_relay' });
      for (const other of nodes) {
        if (other === node) continue;
        if (node.python !== null) await node.python.trust(other.id);
        else await node.api('PUT', `/trust/${other.id}`, { score: 90, reason: 'a colleague' });
      }
    }
    for (const [i, node] of nodes.slice(1).entries()) {
      const before = nodes[i];
      assert.ok(before);
      // As the guide has both sides do: 0.4 keeps nothing of whoever only dialled in.
      for (const [from, to] of [
        [before, node],
        [node, before],
      ] as const) {
        const { invite_code: code } = await from.api<{ invite_code: string }>('GET', '/p2p/invite');
        await to.api('POST', '/p2p/invite/import', { invite_code: code });
      }
      await soon(`${node.name} is connected with ${before.name}`, async () =>
        (await node.api<{ connected_peers: string[] }>('GET', '/p2p/peers')).connected_peers.includes(
          before.id,
        ),
      );
    }
  });

  test('what each writes in #general comes to all', async (t) => {
    for (const node of nodes)
      await node.api('POST', '/channels/messages', {
        channel_id: 'general',
        content: `${run} by ${node.name}`,
      });
    const begun = Date.now();
    const open = new Map(nodes.map((node) => [node, new Set(nodes.filter((other) => other !== node))]));
    await soon(
      'all have all',
      async () => {
        for (const [node, missing] of open) {
          if (missing.size === 0) continue;
          const { messages } = await node.api<{ messages: TestMessage[] }>(
            'GET',
            '/channels/general/messages?limit=100',
          );
          for (const other of missing)
            if (messages.some(({ content }) => content === `${run} by ${other.name}`)) {
              missing.delete(other);
              t.diagnostic(
                `${node.name} has ${other.name} after ${Math.round((Date.now() - begun) / 1000)} s`,
              );
            }
        }
        const left = [...open].flatMap(([node, missing]) =>
          [...missing].map((other) => Math.abs(nodes.indexOf(node) - nodes.indexOf(other))),
        );
        // What is three nodes away comes by catch-up, which may look back as far as that once an hour alone.
        return left.every((distance) => distance > 2 && Date.now() - begun > FAR_PATIENCE_MS);
      },
      PATIENCE_MS,
    ).finally(() => {
      for (const [node, missing] of open)
        for (const other of missing) t.diagnostic(`${node.name} does not have ${other.name}`);
    });
  });

  test('direct messages of each to each other', async (t) => {
    const pairs = nodes.flatMap((from, i) =>
      nodes.flatMap((to, j) => (i === j ? [] : [{ from, to, distance: Math.abs(i - j) }])),
    );
    const begun = Date.now();
    const seconds = (): string => `${Math.round((Date.now() - begun) / 1000)} s`;
    const textOf = ({ from, to }: { from: Node; to: Node }): string =>
      `${run} direct from ${from.name} to ${to.name}`;
    const written = await Promise.all(
      pairs.map(async (pair) => {
        const { from, to } = pair;
        const known = await soon(
          'the person is known',
          async () =>
            (
              await from.api<{ agents: { user_id: string }[] }>(
                'GET',
                '/agents?include_humans=1&include_remote=1',
              )
            ).agents.some((person) => person.user_id === to.user),
          30_000 * pair.distance,
        ).catch(() => false);
        if (!known) return { ...pair, id: null };
        const { message } = await from.api<{ message: TestMessage }>('POST', '/messages', {
          recipient_id: to.user,
          content: textOf(pair),
        });
        return { ...pair, id: message.id };
      }),
    );
    const waiting = new Set(written.filter(({ id }) => id !== null));
    const outcome = new Map(written.map((one) => [one, 'does not know the person']));
    await soon(
      'all are there',
      async () => {
        for (const one of waiting) {
          const { messages } = await one.to.api<{ messages: TestMessage[] }>('GET', '/messages?limit=100');
          const count = messages.filter(({ content }) => content === textOf(one)).length;
          if (count === 0) continue;
          assert.equal(count, 1, `${textOf(one)} is there ${count} times`);
          waiting.delete(one);
          outcome.set(one, `arrives after ${seconds()}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 3_000));
        return waiting.size === 0;
      },
      DIRECT_PATIENCE_MS,
    ).catch(() => undefined);
    for (const one of waiting) {
      outcome.set(one, 'waits');
      if (one.from.ours === null) continue;
      const { delivery } = await one.from.api<{
        delivery: { state: string; queued_for: { reason: string }[] };
      }>('GET', `/delivery?kind=dm&id=${one.id ?? ''}`);
      outcome.set(one, `${delivery.state}: ${delivery.queued_for.map(({ reason }) => reason).join()}`);
    }
    for (const [{ from, to }, what] of outcome) t.diagnostic(`${from.name} to ${to.name}: ${what}`);
    for (const one of written) {
      const what = outcome.get(one) ?? '';
      // What cannot get there is not lost: our node says that it waits, and for what.
      if (one.distance === 1) assert.match(what, /^arrives/, textOf(one));
      else if (one.from.ours !== null) assert.match(what, /^(arrives|queued|does not know)/, textOf(one));
    }
  });
});
