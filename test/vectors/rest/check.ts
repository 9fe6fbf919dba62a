/** The recorded exchanges as a test, where the golden data lie next door: two minutes with four nodes that mostly wait. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { restClass } from '../classes/rest.ts';
import { readDifferences, runVectors, type ClassReport } from '../runner.ts';

const exchanges = path.join(import.meta.dirname, '../../../../shared/vectors/rest');
const differences = readDifferences(path.join(import.meta.dirname, '../differences.json'));

/** Makes the exchanges with nodes whose directories are in this storage mode. */
export function testExchanges(storage: 'full' | 'reference'): void {
  test(`every recorded exchange in the storage mode ${storage}`, async (t) => {
    if (!fs.existsSync(exchanges)) return t.skip('the golden data are not here');
    process.env['CANOPY_VECTORS_STORAGE'] = storage;
    let report = await replayed();
    // Who has found whom again when is a matter of moments, on a busy machine of others than recorded.
    if (report.failures.length > 0) {
      t.diagnostic(`once more: ${JSON.stringify(report.failures)}`);
      report = await replayed();
    }
    assert.deepEqual(report.failures, []);
    assert.deepEqual(report.settled, [], 'no longer different: delete them from differences.json');
    assert.equal(report.passed + report.omitted.length, report.cases);
    const stated = differences.filter((entry) => entry.class === 'rest').map((entry) => entry.case);
    assert.deepEqual(report.different.sort(), stated.sort());
  });
}

async function replayed(): Promise<ClassReport> {
  const { reports, problems } = await runVectors([exchanges], { classes: [restClass()], differences });
  assert.deepEqual(problems, []);
  const [report] = reports;
  assert.ok(report !== undefined);
  return report;
}
