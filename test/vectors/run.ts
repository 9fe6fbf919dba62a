/**
 * `npm run vectors -- DIR [DIR …] [--only CLASS …]`: runs the golden vectors below the directories and prints the
 * number of cases per class. Exit code 0 only if nothing failed.
 */
import path from 'node:path';
import { classes } from './registry.ts';
import { readDifferences, runVectors } from './runner.ts';

const USAGE = 'usage: npm run vectors -- DIR [DIR …] [--only CLASS …]';

const directories: string[] = [];
const only: string[] = [];
let list = directories;
for (const argument of process.argv.slice(2)) {
  if (argument === '--only') list = only;
  else if (argument.startsWith('--only=')) only.push(...argument.slice('--only='.length).split(','));
  else if (argument.startsWith('-')) fail(`unknown option ${argument}`);
  else list.push(argument);
}
if (directories.length === 0) fail('no directory given');
if (list === only && only.length === 0) fail('--only needs the name of a class');

const differences = readDifferences(path.join(import.meta.dirname, 'differences.json'));
const { reports, problems } = await runVectors(directories, { classes, differences, only });
let passed = 0;
let failed = problems.length;
let skipped = 0;
for (const report of reports) {
  passed += report.passed;
  failed += report.failures.length;
  skipped += report.skipped;
  const state = report.leftOut ? 'left out' : report.failures.length > 0 ? 'FAILED' : 'passed';
  console.log(`${report.name}: ${report.cases} cases, ${state}`);
  for (const { id, message } of report.failures) console.log(`  FAILED ${id}: ${message}`);
  for (const { id, reason } of report.omitted) console.log(`  skipped ${id}: ${reason}`);
  for (const id of report.different) {
    const why = differences.find((entry) => entry.class === report.name && entry.case === id);
    console.log(`  different on purpose ${id}: ${why?.reason} (${why?.section})`);
  }
  // Of other vectors than those the statements were made for this says nothing, so it is no failure.
  for (const id of report.settled)
    console.log(`  no longer different ${id}: delete it from differences.json`);
}
for (const problem of problems) console.log(`FAILED ${problem}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

function fail(message: string): never {
  console.error(`${message}\n${USAGE}`);
  process.exit(1);
}
