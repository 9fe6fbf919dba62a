/** How far something with bytes is, in words (05 sections 10.7 F-2 and 11.5, Progress). Pure functions. */
import { percentWords, sizeWords } from './numbers.ts';

/** Before this much time a rate is a guess. */
const MEASURED_MS = 1_000;

export interface BytesDone {
  /** Bytes. */
  done: number;
  total: number;
  /** Bytes that were there when the measuring began, and since when in ms. */
  from: number;
  elapsed: number;
}

/** `41 %, 12 of 30 MB, 3.1 MB/s, 20 s left`. */
export function progressWords({ done, total, from, elapsed }: BytesDone): string {
  const share = total === 0 ? 0 : Math.floor((100 * Math.min(done, total)) / total);
  const parts = [percentWords(share), `${sizeWords(done)} of ${sizeWords(total)}`];
  const rate = elapsed >= MEASURED_MS ? ((done - from) * 1_000) / elapsed : 0;
  if (rate > 0 && done < total)
    parts.push(`${sizeWords(rate)}/s`, `${leftWords((total - done) / rate)} left`);
  return parts.join(', ');
}

/** `20 s`, `3 min`, `2 h`. */
function leftWords(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.ceil(seconds))} s`;
  if (seconds < 3_600) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3_600)} h`;
}
