/**
 * Three nodes in a real network (namespaces on this machine): A in the middle, B and C on lines of their own, reaching
 * A and never each other. The line of B loses 5 % of its packets, C reaches A over a line of 100 ms. Left out, with the
 * reason, where network namespaces are not permitted.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeStar } from '../e2e/network.ts';
import type { Host, Star } from '../e2e/network.ts';
import { NodeProcess, eventually } from '../e2e/node-process.ts';

const LOSS_PERCENT = 5;
const DELAY_MS = 100;
const PARTITION_MS = 60_000;
/** A node may take a while to notice that its line is dead, and to dial again. */
const PATIENCE_MS = 180_000;

const made = makeStar(2);
const star = typeof made === 'string' ? null : made;

describe('A between B and C', { skip: typeof made === 'string' ? made : false }, () => {
  const net = star as Star;
  const [hostB, hostC] = (net?.hosts ?? []) as [Host, Host];
  const node = (name: string, within: string[]): NodeProcess =>
    new NodeProcess({ name, within, meshHost: null });
  const a = node('middle', net?.within ?? []);
  const b = node('left', hostB?.within ?? []);
  const c = node('right', hostC?.within ?? []);
  const nodes = [a, b, c];

  before(async () => {
    await Promise.all(nodes.map((each) => each.start()));
    await Promise.all(nodes.map((each) => each.setUp()));
    hostB.lose(LOSS_PERCENT);
    const slow = await net.slowPort(a.meshPort, DELAY_MS);
    await b.join(a, hostB.hubAddress, a.meshPort);
    await c.join(a, hostC.hubAddress, slow);
    // B and C know each other through A only, and their people have accepted each other.
    await trust(b, c);
    await trust(c, b);
  });
  after(async () => {
    await Promise.all(nodes.map((each) => each.dispose()));
    net.remove();
  });

  async function trust(who: NodeProcess, whom: NodeProcess): Promise<void> {
    await who.api('PUT', `/trust/${await whom.peerId()}`, { score: 100 });
  }

  /** Each of `posts` is written on the first node, then awaited exactly once on the others. */
  async function everywhere(...posts: [NodeProcess, string][]): Promise<void> {
    for (const [author, text] of posts) await author.post(text);
    for (const [, text] of posts)
      for (const reader of nodes) {
        await eventually(
          `${reader.name} has "${text}"`,
          async () => (await reader.generalMessages()).some((message) => message.content === text),
          PATIENCE_MS,
        );
      }
    for (const reader of nodes) {
      const texts = (await reader.generalMessages()).map((message) => message.content);
      for (const [, text] of posts)
        assert.equal(texts.filter((each) => each === text).length, 1, `${reader.name} has "${text}" once`);
    }
  }

  test('what B and C write reaches all, over loss and delay', async () => {
    await everywhere([b, 'from the left'], [c, 'from the right'], [a, 'from the middle']);
  });

  test('what was written while a line was cut for a minute arrives afterwards, once', async () => {
    hostB.cut(true);
    await b.post('left, alone');
    await c.post('right, meanwhile');
    await new Promise((resolve) => setTimeout(resolve, PARTITION_MS));
    assert.ok(
      !(await c.generalMessages()).some((message) => message.content === 'left, alone'),
      'nothing crosses a cut line',
    );
    hostB.lose(LOSS_PERCENT);
    await everywhere([b, 'left, back again'], [c, 'right, still here']);
    for (const text of ['left, alone', 'right, meanwhile'])
      for (const reader of nodes) {
        const found = await eventually(
          `${reader.name} has "${text}"`,
          async () => {
            const same = (await reader.generalMessages()).filter((message) => message.content === text);
            return same.length > 0 && same;
          },
          PATIENCE_MS,
        );
        assert.equal(found.length, 1, `${reader.name} has "${text}" once`);
      }
  });

  test('a node that moves to another address is back by itself', async () => {
    hostB.move();
    await everywhere([b, 'left, from elsewhere'], [c, 'to the one who moved']);
  });
});
