/** One process that runs the seeds it is handed, one after the other, and hands back how each ended. */
import { z } from 'zod';
import { simulate } from './simulation.ts';

const order = z.object({ seed: z.number(), nodes: z.number().optional() });

process.on('message', (message) => {
  const { seed, nodes } = order.parse(message);
  void simulate(seed, nodes).then((outcome) => process.send?.(outcome));
});
