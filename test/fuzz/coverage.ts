/** Which blocks of code one call enters. Import this module before the code it watches (see `block-coverage.ts`). */
import { takeBlockCoverage } from '../block-coverage.ts';

/**
 * What `run` entered of the scripts whose address matches `watched`: one text per block, and whether it was entered
 * never, once, twice, up to four, eight … times. `run` must not throw. Taking the report sets the counters back, so
 * between two calls nothing of these scripts may run.
 */
export async function blocksOf(watched: RegExp, run: () => void | Promise<void>): Promise<string[]> {
  await run();
  const blocks: string[] = [];
  for (const { scriptId, url, functions } of takeBlockCoverage()) {
    if (!watched.test(url)) continue;
    for (const { ranges } of functions) {
      if (ranges[0]?.count === 0) continue; // the function was not called
      for (const { startOffset, endOffset, count } of ranges)
        blocks.push(`${scriptId}:${startOffset}-${endOffset} ${32 - Math.clz32(count)}`);
    }
  }
  return blocks;
}
