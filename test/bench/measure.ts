/** Small measuring helpers. Times are printed, never asserted. */

/** How often `task` runs per second, over about `ms` milliseconds after a short warm-up. */
export async function perSecond(task: () => void | Promise<void>, ms = 1_500): Promise<number> {
  const warm = performance.now() + ms / 5;
  while (performance.now() < warm) await task();
  let runs = 0;
  const started = performance.now();
  while (performance.now() - started < ms) {
    await task();
    runs += 1;
  }
  return (runs * 1000) / (performance.now() - started);
}

/** Runs `task` `total` times with `width` in flight; per second. */
export async function concurrently(
  total: number,
  width: number,
  task: (index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let index = next++; index < total; index = next++) await task(index);
    }),
  );
  return (total * 1000) / (performance.now() - started);
}

/** The value below which `share` of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
