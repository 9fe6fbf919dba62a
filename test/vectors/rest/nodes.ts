/** The nodes the exchanges were recorded with, as real processes of the built program, on the recorded ports. */
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { NodeProcess } from '../../e2e/node-process.ts';

/** Where names lead: nothing listens on the two other addresses, so B and C can dial out but not be dialled. */
const HOSTS: Readonly<Record<string, string>> = {
  'node-a.test': '127.0.0.1',
  'node-b.test': '127.0.0.8',
  'node-c.test': '127.0.0.9',
  'node-d.test': '127.0.0.1',
  'node-r.test': '127.0.0.1',
  'node-m.test': '127.0.0.1',
};
const WEB_PORTS: Readonly<Record<string, number>> = {
  A: 17841,
  B: 17843,
  C: 17845,
  D: 17847,
  R: 17849,
  M: 17855,
};
/** What distinguishes the nodes that ran alone. */
const ENVIRONMENT: Readonly<Record<string, Record<string, string>>> = {
  R: { CANOPY_RATE_LIMITS: 'reference' },
  M: { CANOPY_DISABLE_MESH: '1', CANOPY_RATE_LIMITS: 'off' },
};

/** Node `name` of the topology with an empty directory, not started yet. */
export function topologyNode(name: string): NodeProcess {
  const port = WEB_PORTS[name];
  if (port === undefined) throw new Error(`there is no node ${name}`);
  const node = new NodeProcess({
    name: `vector-${name}`,
    args: ['--advertise', hostOf(name)],
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(path.join(import.meta.dirname, 'lookup.mjs')).href}`,
      CANOPY_TEST_HOSTS: JSON.stringify(HOSTS),
      CANOPY_ALLOW_LOOPBACK_ENDPOINTS: '0',
      ...(ENVIRONMENT[name] ?? { CANOPY_RATE_LIMITS: 'off' }),
    },
  });
  node.port = port;
  node.meshPort = port + 1;
  return node;
}

/**
 * Starts a node of the topology. What is encrypted in its directory (03 section 2.6) is everything, as in each new one,
 * or with `CANOPY_VECTORS_STORAGE=reference` what Python's Canopy reads back.
 */
export async function startNode(node: NodeProcess): Promise<void> {
  const storage = process.env['CANOPY_VECTORS_STORAGE'] ?? 'full';
  if (storage !== 'full' && storage !== 'reference') throw new Error(`there is no storage mode ${storage}`);
  await node.start();
  if (storage === 'full') return;
  await node.stop();
  const said = await node.command('storage', 'decrypt');
  if (!said.startsWith('Done')) throw new Error(`${node.name}: ${said}`);
  await node.start();
}

/** Refuses a port somebody listens on: the exchanges would go to a stranger. */
export function requireFree(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(new Error(`port ${port} is in use`)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}

/** The only name the node goes by. */
export function hostOf(name: string): string {
  return `node-${name.toLowerCase()}.test`;
}
