/** One process that runs the seeds it is handed, one after the other, and hands back how each ended. */
import * as z from 'zod';
import { simulate } from './simulation.ts';
import { simulateWorkspaces } from './workspace.ts';

const order = z.object({
  seed: z.number(),
  nodes: z.number().optional(),
  workspaces: z.boolean().optional(),
});

process.on('message', (message) => {
  const { seed, nodes, workspaces } = order.parse(message);
  void (workspaces === true ? simulateWorkspaces : simulate)(seed, nodes).then((outcome) =>
    process.send?.(outcome),
  );
});
