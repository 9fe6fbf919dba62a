/** Anybody can send what a browser reports of the page: how much of it gets into the log. */
import type { Clock } from '../ports/types.ts';

/** More in {@link WINDOW_MS} say nothing that these have not said. */
const MAX_REPORTS = 10;
const WINDOW_MS = 60_000;

/** @returns whether one more may be written now. */
export function fewReports(clock: Clock): () => boolean {
  let begun = -WINDOW_MS;
  let written = 0;
  return () => {
    const now = clock.monotonic();
    if (now - begun >= WINDOW_MS) [begun, written] = [now, 0];
    written += 1;
    return written <= MAX_REPORTS;
  };
}
