/**
 * `npm run bench [-- GROUP …]`: what this machine can do at most, and beside it what nodes do, in one run. Prints a
 * table with the ratio to the limit where one exists, then the same as JSON; with `--json` the JSON alone. Figures are
 * aims, never assertions. A group of rows is one file; it is listed here.
 */
import { catchup } from './catchup.ts';
import { delivery } from './delivery.ts';
import { fanOut } from './fan-out.ts';
import { files } from './files.ts';
import { idle } from './idle.ts';
import { largeChannel } from './large-channel.ts';
import { libraries } from './libraries.ts';
import { limits } from './limits.ts';
import { nodes } from './nodes.ts';
import { page } from './page.ts';
import { receive } from './receive.ts';
import { relay } from './relay.ts';
import { formatted, table } from './rows.ts';
import { secure } from './secure.ts';
import type { Row } from './rows.ts';

const GROUPS = [
  limits,
  receive,
  secure,
  relay,
  delivery,
  catchup,
  idle,
  nodes,
  largeChannel,
  fanOut,
  files,
  libraries,
  page,
];

const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith('--'));
const unknown = wanted.filter((word) => !GROUPS.some((group) => group.name === word));
if (unknown.length > 0) {
  console.error(`No such group: ${unknown.join(', ')}. There are ${GROUPS.map((g) => g.name).join(', ')}.`);
  process.exit(2);
}
// The timers of a node keep no process alive, and some of what is measured waits for nothing else.
const awake = setInterval(() => undefined, 60_000);
const rows: (Row & { group: string })[] = [];
for (const group of GROUPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.error(group.title);
  const report = (row: Row): void => {
    rows.push({ group: group.name, ...row });
    console.error(`  ${row.what}: ${formatted(row.value)} ${row.unit}`);
  };
  try {
    await group.measure(report);
  } catch (error) {
    // The others still have something to say.
    report({ what: group.title, value: Number.NaN, unit: '', note: `not measured: ${String(error)}` });
    process.exitCode = 1;
  }
}
clearInterval(awake);
if (!words.includes('--json')) console.log(`\n${table(rows)}\n`);
console.log(JSON.stringify({ at: new Date().toISOString(), node: process.version, rows }));
