/**
 * Importing a friend's invite (05 section 10.4, C-4): one at a time, visible from any page, with what came out of it in
 * words and what to do about it.
 */
import { signal } from '@preact/signals';
import { ApiError } from '../api/client.ts';
import type { DialAttempt, ImportAnswer } from '../api/types.ts';
import { lastFailures, type LastFailures } from './dial-progress.ts';
import { endpointHealth, importInvite, loadMesh } from './mesh.ts';

/** The node knows after this time of a session whether the other side accepted this device. */
const ACCEPTANCE_SHOWS_MS = 4_000;

/** The import that runs or ran last. */
export type ImportState =
  | { state: 'idle' }
  | {
      state: 'working';
      peerId: string;
      endpoints: string[];
      since: number;
      before: LastFailures;
      cancel: () => void;
    }
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
  const before = lastFailures(endpointHealth(peerId));
  importState.value = { state: 'working', peerId, endpoints, since: Date.now(), before, cancel };
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
    // By then it shows whether the other side accepted this device.
    window.setTimeout(() => void loadMesh(), ACCEPTANCE_SHOWS_MS);
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
  return endpointHealth(peerId).map((detail) => ({
    endpoint: detail.endpoint,
    reason: detail.last_failure_reason ?? 'failed',
    detail: '',
  }));
}

function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'The invite could not be imported.';
}
