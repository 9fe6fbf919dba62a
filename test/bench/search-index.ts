/**
 * How long the search index in memory takes to fill, beside what reading, opening and cutting up the texts takes in any
 * case, and what memory it holds. In this process, by CPU time: other work on the machine does not count.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemorySearchIndex } from '../../server/store/search-memory.ts';
import { folded, wordsOf } from '../../server/store/search-query.ts';
import type { Store } from '../../server/store/database.ts';
import type { Repositories } from '../../server/store/repositories.ts';
import type { Report } from './rows.ts';

const READ = 100;
const MIB = 1024 * 1024;

/** Rows for the channel messages of a directory in the mode `full`. */
export function measureIndex({ store, rows }: { store: Store; rows: Repositories }, report: Report): void {
  const source = rows.searchSources.channel_message;
  const limit = cpuSeconds(() => {
    for (let place: number | null = null, isFirst = true; isFirst || place !== null; isFirst = false) {
      const page = source.walk(place, READ);
      for (const { text } of page.documents) wordsOf(folded(text));
      place = page.next;
    }
  });
  const steps: (() => void)[] = [];
  const after = (_ms: number, step: () => void): { cancel: () => void } => {
    steps.push(step);
    return { cancel: () => undefined };
  };
  const before = memoryInUse();
  const index = new MemorySearchIndex({
    sql: store.sql,
    timers: { after, every: () => ({ cancel: () => undefined }) },
    sources: [source],
    changes: rows.searchChanges,
  });
  const value = cpuSeconds(() => {
    index.start();
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) step();
  });
  report({
    what: `full: index of 100,000 messages filled, ${index.state}`,
    value,
    unit: 's of CPU',
    aim: '≤ 0.7',
    ofLimit: limit / value,
    limit: 'reading, opening, finding words',
  });
  report({
    what: 'full: memory of that index',
    value: (memoryInUse() - before) / MIB,
    unit: 'MiB',
    aim: '≤ 35',
  });
}

function cpuSeconds(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Bytes in use after everything unused was given back. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
