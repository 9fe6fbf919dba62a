/**
 * Delivered and stored per second between two processes: one writes messages with up to 64 under way, as the rooms
 * below HTTP see them, the other has them all on disk. Nothing else runs; the two share the machine's cores.
 */
import { verifyLimit } from './limits.ts';
import { CoreChild } from './core-child.ts';
import type { Card } from './core-process.ts';
import type { Group, Report } from './rows.ts';

const MESSAGES = 12_000;
const WARM_UP = 1_000;
const IN_FLIGHT = 64;

async function measure(report: Report): Promise<void> {
  const [sender, receiver] = [new CoreChild(), new CoreChild()];
  try {
    await Promise.all([sender.ready(), receiver.ready()]);
    const theirs = (await sender.ask({ do: 'card' })) as Card;
    const card = (await receiver.ask({ do: 'card' })) as Card;
    await sender.ask({ do: 'connect', card });
    await receiver.ask({ do: 'await-peer', peerId: theirs.peerId });
    await sender.ask({ do: 'post', count: WARM_UP, width: 8, label: 'warm' });
    await receiver.ask({ do: 'await-stored', count: WARM_UP });
    const started = performance.now();
    const stored = receiver.ask({ do: 'await-stored', count: WARM_UP + MESSAGES });
    const posts = await sender.ask({ do: 'post', count: MESSAGES, width: IN_FLIGHT, label: 'load' });
    report({
      what: `posted durably, ${IN_FLIGHT} in flight, without HTTP`,
      value: Number(posts),
      unit: '/s',
    });
    await stored;
    const rate = (MESSAGES * 1000) / (performance.now() - started);
    const verify = await verifyLimit(700);
    report({
      what: `delivered and stored in another process, ${IN_FLIGHT} in flight`,
      value: rate,
      unit: '/s',
      aim: '≥ 3,000',
      ofLimit: rate / verify,
      limit: 'raw verify',
    });
    await Promise.all([sender.ask({ do: 'stop' }), receiver.ask({ do: 'stop' })]);
  } finally {
    sender.end();
    receiver.end();
  }
}

/** `npm run bench -- delivery` */
export const delivery: Group = { name: 'delivery', title: 'Two processes', measure };
