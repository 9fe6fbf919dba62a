/**
 * Importing a friend's invite (05 section 10.4, C-4): one at a time, visible from any page, with what came out of it in
 * words and what to do about it.
 */
import { signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { DialAttempt, ImportAnswer } from '../api/types.ts';
import { diagnostics, importInvite, loadMesh } from './mesh.ts';

/** The import that runs or ran last. */
export type ImportState =
  | { state: 'idle' }
  | { state: 'working'; peerId: string; endpoints: string[]; since: number; cancel: () => void }
  | { state: 'connected'; peerId: string; endpoint: string | null; already: boolean }
  | { state: 'not_connected'; peerId: string; endpoints: string[]; attempts: DialAttempt[] }
  | { state: 'failed'; message: string };

export const importState = signal<ImportState>({ state: 'idle' });

/** Starts an import; the result is in {@link importState}. */
export async function startImport(invite: {
  code: string;
  peerId: string;
  endpoints: string[];
}): Promise<void> {
  if (importState.value.state === 'working') return;
  const controller = new AbortController();
  const { peerId, endpoints } = invite;
  const cancel = (): void => controller.abort();
  importState.value = { state: 'working', peerId, endpoints, since: Date.now(), cancel };
  try {
    const answer = await importInvite(invite.code, peerId, controller.signal);
    importState.value = await outcome(answer, endpoints);
  } catch (error) {
    if (controller.signal.aborted) {
      importState.value = { state: 'idle' };
      return;
    }
    importState.value = { state: 'failed', message: sentence(error) };
  }
}

/** Takes the result away. */
export function clearImport(): void {
  if (importState.value.state !== 'working') importState.value = { state: 'idle' };
}

async function outcome(answer: ImportAnswer, endpoints: string[]): Promise<ImportState> {
  const { peer_id: peerId, connected_endpoint: endpoint } = answer;
  if (answer.status === 'connected') {
    return {
      state: 'connected',
      peerId,
      endpoint: endpoint ?? null,
      already: answer.already_connected === true,
    };
  }
  await loadMesh();
  return { state: 'not_connected', peerId, endpoints, attempts: answer.attempts ?? attemptsOf(peerId) };
}

/** What the diagnostics know about the last dials of a peer. */
function attemptsOf(peerId: string): DialAttempt[] {
  const peer = diagnostics.value?.peers.find((candidate) => candidate.peer_id === peerId);
  return (peer?.endpoint_details ?? []).map((detail) => ({
    endpoint: detail.endpoint,
    reason: detail.last_failure_reason ?? 'failed',
    detail: '',
  }));
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'The invite could not be imported.';
}

/** What a failed dial means, and its remedy. */
export function dialWords(reason: string): { what: string; remedy: string } {
  switch (reason.toLowerCase()) {
    case 'refused':
    case 'connectionrefusederror':
      return {
        what: 'refused',
        remedy: 'Is Canopy running there, and is this the mesh port (7771 by default)?',
      };
    case 'timeout':
    case 'timeouterror':
      return { what: 'no answer', remedy: 'A firewall may drop it, or the port is not forwarded.' };
    case 'unreachable':
      return { what: 'network not reachable', remedy: 'Are both devices on the same network or VPN?' };
    case 'dns':
      return { what: 'name not found', remedy: 'Check the host name, or use an address.' };
    case 'tls':
      return { what: 'TLS failed', remedy: 'The address may need wss:// or ws:// instead.' };
    case 'http':
      return { what: 'something else answers there', remedy: 'Is this the mesh port and not the web page?' };
    case 'wrong_peer':
    case 'wrong_identity':
    case 'identity_mismatch':
      return {
        what: 'another device answers there',
        remedy: 'Ask for a new code; the address belongs to somebody else now.',
      };
    default:
      return { what: reason.replaceAll('_', ' '), remedy: 'The node keeps trying.' };
  }
}
