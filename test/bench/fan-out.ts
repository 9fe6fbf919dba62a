/** One author and ten peers, each a process of its own: what a post costs that goes to all of them. */
import { CoreChild } from './core-child.ts';
import type { Card, Load } from './core-process.ts';
import type { Group, Report } from './rows.ts';

const PEERS = 10;
const POSTS = 300;
const IN_FLIGHT = 16;

async function measure(report: Report): Promise<void> {
  const author = new CoreChild();
  const peers = Array.from({ length: PEERS }, () => new CoreChild());
  try {
    await Promise.all([author, ...peers].map((child) => child.ready()));
    const card = (await author.ask({ do: 'card' })) as Card;
    for (const peer of peers) {
      const { peerId } = (await peer.ask({ do: 'card' })) as Card;
      await peer.ask({ do: 'connect', card });
      await author.ask({ do: 'await-peer', peerId });
    }
    const stored = (count: number): Promise<unknown> =>
      Promise.all(peers.map((peer) => peer.ask({ do: 'await-stored', count })));
    await author.ask({ do: 'post', count: 1, width: 1, label: 'first' });
    await stored(1);
    await author.ask({ do: 'load' });
    const started = performance.now();
    await author.ask({ do: 'post', count: POSTS, width: IN_FLIGHT, label: 'to all' });
    await stored(POSTS + 1);
    const deliveries = (POSTS * PEERS * 1000) / (performance.now() - started);
    const { cpuMs } = (await author.ask({ do: 'load' })) as Load;
    report({ what: `a post to ${PEERS} peers, stored by all`, value: deliveries / PEERS, unit: '/s' });
    report({ what: 'deliveries', value: deliveries, unit: '/s' });
    report({ what: 'CPU of the author per delivery', value: (cpuMs * 1000) / (POSTS * PEERS), unit: 'µs' });
    await Promise.all([author, ...peers].map((child) => child.ask({ do: 'stop' })));
  } finally {
    for (const child of [author, ...peers]) child.end();
  }
}

/** `npm run bench -- fan-out` */
export const fanOut: Group = { name: 'fan-out', title: 'One to ten', measure };
