/**
 * Catching up by comparing (06 section 4) between two processes: one has a history of 100,000 messages of its own account,
 * the other has nothing and gets them all, checked, on disk. Both share the machine's cores with nothing else. What the
 * second holds in memory is looked at after a fifth and at the end: the difference is what the messages between cost.
 */
import { EventLoopWatch } from '../../server/telemetry/event-loop.ts';
import { CoreChild } from './core-child.ts';
import type { Card, Load } from './core-process.ts';
import { verifyLimit } from './limits.ts';
import type { Group, Report } from './rows.ts';

const MESSAGES = 100_000;
/** By then everything is warm that is made once. */
const WARM = 20_000;
/** A tenth of the aim would take 200 s. */
const PATIENCE_MS = 600_000;

const loadsOf = (children: readonly (readonly [string, CoreChild])[]): Promise<Load[]> =>
  Promise.all(children.map(async ([, child]) => (await child.ask({ do: 'load' })) as Load));

async function measure(report: Report): Promise<void> {
  const [sender, receiver] = [new CoreChild(), new CoreChild()];
  const both = [
    ['the one that has them', sender],
    ['the one that gets them', receiver],
  ] as const;
  try {
    await Promise.all([sender.ready(), receiver.ready()]);
    await sender.ask({ do: 'fill', count: MESSAGES });
    const theirs = (await sender.ask({ do: 'card' })) as Card;
    const card = (await receiver.ask({ do: 'card' })) as Card;
    for (const [, child] of both) await child.ask({ do: 'load' });
    await sender.ask({ do: 'connect', card });
    await receiver.ask({ do: 'await-peer', peerId: theirs.peerId });
    // Comparing begins some seconds after the connection; what is measured begins with the first message.
    await receiver.ask({ do: 'await-stored', count: 1 });
    for (const [, child] of both) await child.ask({ do: 'load' });
    const bystander = new EventLoopWatch();
    bystander.take();
    const started = performance.now();
    await receiver.ask({ do: 'await-stored', count: WARM, patienceMs: PATIENCE_MS });
    const warm = await loadsOf(both);
    await receiver.ask({ do: 'await-stored', count: MESSAGES, patienceMs: PATIENCE_MS });
    const rate = (MESSAGES * 1000) / (performance.now() - started);
    const { p99: idleP99 } = bystander.take();
    bystander.stop();
    const loads = await loadsOf(both);
    const verify = await verifyLimit(700);
    report({
      what: `catch-up of ${MESSAGES.toLocaleString('en')} messages`,
      value: rate,
      unit: '/s',
      aim: '≥ 5,000',
      ofLimit: rate / verify,
      limit: 'raw verify',
    });
    report({
      what: 'event loop p99 of a process that does nothing meanwhile',
      value: idleP99 * 1000,
      unit: 'ms',
    });
    for (const [i, [who]] of both.entries()) {
      const [before, after] = [warm[i], loads[i]];
      if (before === undefined || after === undefined) throw new Error('both were asked');
      report({ what: `event loop p99 of ${who}`, value: after.loopP99Ms, unit: 'ms', aim: '≤ 20' });
      report({
        what: `CPU per message of ${who}`,
        value: (after.cpuMs * 1000) / (MESSAGES - WARM),
        unit: 'µs',
      });
      report({ what: `held in memory by ${who}`, value: after.heldMiB, unit: 'MiB' });
      report({
        what: `of that, for each of the last ${(MESSAGES - WARM).toLocaleString('en')} messages`,
        value: ((after.heldMiB - before.heldMiB) * 2 ** 20) / (MESSAGES - WARM),
        unit: 'bytes',
      });
    }
    await Promise.all(both.map(([, child]) => child.ask({ do: 'stop' })));
  } finally {
    for (const [, child] of both) child.end();
  }
}

/** `npm run bench -- catchup` */
export const catchup: Group = { name: 'catchup', title: 'Catch-up', measure };
