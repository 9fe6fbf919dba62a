/**
 * Joins bursts: while `work` runs, any number of further calls become one more run after it, so that whoever called
 * sees a state that is newer than the call.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = null;
    });
    return running;
  };
  return () => {
    // Also between the end of one run and the start of the next: two at once could end in the wrong order.
    if (next !== null) return next;
    if (running === null) return run();
    next = running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return run();
      });
    return next;
  };
}
