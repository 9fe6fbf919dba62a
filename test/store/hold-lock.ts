/** A process that opens a database and holds it until it is killed; says so on standard output. */
import { silentLog } from '../../server/telemetry/log.ts';
import { openDatabase } from '../../server/store/database.ts';
import { TestPorts } from './support.ts';

const file = process.argv[2] ?? '';
const held: unknown[] = []; // what nobody holds is collected, and its lock with it
setInterval(() => held.length, 1000);
openDatabase(file, { ports: new TestPorts(), log: silentLog }).then(
  (store) => {
    held.push(store);
    process.stdout.write('open\n');
  },
  (error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    process.stdout.write(`${code}\n`);
    process.exit(1);
  },
);
