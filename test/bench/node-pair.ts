/** Two node processes that accept each other, and what one of them weighs. */
import { readFileSync } from 'node:fs';
import { eventually } from '../e2e/node-process.ts';
import type { NodeProcess } from '../e2e/node-process.ts';

/** Sets both up and connects them; each has a message of the other when it resolves. */
export async function connect(a: NodeProcess, b: NodeProcess): Promise<void> {
  await a.setUp();
  await b.setUp();
  await b.importInviteOf(a);
  const [idA, idB] = [await a.peerId(), await b.peerId()];
  await eventually(
    'the request shows',
    async () => (await a.api<{ count: number }>('GET', '/p2p/requests')).count > 0,
  );
  await a.api('POST', `/p2p/requests/${idB}`, { action: 'accept' });
  await a.waitConnected(idB);
  await b.waitConnected(idA);
  await a.post('settled');
  await b.waitForMessage('settled');
}

/** Resident memory of a process in MiB; NaN where the system has no /proc. */
export function residentMiB(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  } catch {
    return Number.NaN;
  }
}
