/** A process that writes through group commit without end, and says on standard output which writes were answered. */
import { writeSync } from 'node:fs';
import type { Timer } from '../../server/ports/types.ts';
import { openDatabase } from '../../server/store/database.ts';
import { ProcessedMessages } from '../../server/store/processed-messages.ts';
import { silentLog } from '../../server/telemetry/log.ts';
import { NOW, TestPorts } from './support.ts';

const ports = new TestPorts();
ports.timers.after = (ms: number, task: () => void): Timer => {
  const timer = setTimeout(task, ms);
  return {
    cancel: () => {
      clearTimeout(timer);
      return true;
    },
  };
};

async function writeForever(file: string): Promise<void> {
  const store = await openDatabase(file, { ports, log: silentLog });
  const seen = new ProcessedMessages(store.sql);
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const id = `${writer}-${n}`;
      await store.commit.run(() => seen.add(id, NOW));
      writeSync(1, `${id}\n`);
    }
  };
  await Promise.all([0, 1, 2, 3, 4].map(write));
}

writeForever(process.argv[2] ?? '').catch(() => process.exit(1));
