/**
 * How long the event loop keeps work waiting: the one figure that says whether this node has too much to do. Measured
 * from the first question on, so that a node nobody asks pays nothing for it.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

/** A timer of this period is watched; what it comes late is the lag. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

/** Lag in seconds since the question before. */
export interface EventLoopLag {
  mean: number;
  p99: number;
  max: number;
}

export class EventLoopWatch {
  #histogram: IntervalHistogram | null = null;

  /** The lag since the last call; zeros at the first. */
  take(): EventLoopLag {
    const histogram = (this.#histogram ??= started());
    const lag = (ns: number): number =>
      Math.max(0, ns - RESOLUTION_MS * 1e6) / NS_PER_SECOND || 0; /* no sample yet: NaN */
    const taken = { mean: lag(histogram.mean), p99: lag(histogram.percentile(99)), max: lag(histogram.max) };
    histogram.reset();
    return taken;
  }

  /** Stops measuring; the next question begins anew. */
  stop(): void {
    this.#histogram?.disable();
    this.#histogram = null;
  }
}

function started(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}
