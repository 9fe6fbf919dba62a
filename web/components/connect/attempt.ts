/** Actions on a card say at the card what went wrong. */
import type { Dispatch, StateUpdater } from 'preact/hooks';

export type SetError = Dispatch<StateUpdater<string | null>>;

/** Runs an action of a card and keeps what went wrong at the card. */
export function attempt(work: () => Promise<void>, setError: SetError): () => Promise<void> {
  return async () => {
    setError(null);
    await work().catch((cause: unknown) =>
      setError(cause instanceof Error ? cause.message : 'That did not work.'),
    );
  };
}
