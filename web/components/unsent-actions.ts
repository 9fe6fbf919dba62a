/** What can be done with a message beside its own actions (05 section 10.5, M-1, M-7). */
import type { Entry } from '../state/thread.ts';

export interface UnsentActions {
  retry(localId: string): void;
  edit(localId: string): void;
  remove(localId: string): void;
  /** Absent where nothing can be replied to. */
  reply?: ((entry: Entry) => void) | undefined;
  /** Shows a message with what answers it; absent where there are no threads. */
  openThread?: ((entry: Entry) => void) | undefined;
}
