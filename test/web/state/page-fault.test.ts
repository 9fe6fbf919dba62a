import test from 'node:test';
import assert from 'node:assert/strict';
import { faultReport } from '../../../web/state/page-fault.ts';

const HERE = { origin: 'http://node.example:7770', pathname: '/trust' };
const SCRIPT = `${HERE.origin}/assets/trust-1a_b-2.js`;

/** An error with the calls some browser writes. */
function fault(calls: string): Error {
  return Object.assign(new TypeError('what somebody wrote'), { stack: calls });
}

test('of an error the kind, the page and the places in our scripts are told, never its words', () => {
  const report = { error: 'TypeError', page: '/trust', at: ['trust-1a_b-2.js:1:20', 'trust-1a_b-2.js:3:4'] };
  const calls = `    at Sum (${SCRIPT}:1:20)\n    at other (https://elsewhere.example/assets/x.js:1:1)\n    at ${SCRIPT}:3:4`;
  assert.deepEqual(faultReport(fault(`TypeError: what somebody wrote\n${calls}`), HERE), report);
  // Firefox and Safari.
  assert.deepEqual(faultReport(fault(`Sum@${SCRIPT}:1:20\n@${SCRIPT}:3:4\n`), HERE), report);
  const quoting = new Error(`see ${SCRIPT}:9:9`);
  quoting.stack = `${String(quoting)}\n    at ${SCRIPT}:3:4`;
  assert.deepEqual(faultReport(quoting, HERE).at, ['trust-1a_b-2.js:3:4']);
});

test('what is no error, or endless, is told in short', () => {
  assert.deepEqual(faultReport('what somebody wrote', HERE), { error: 'unknown', page: '/trust', at: [] });
  assert.equal(faultReport(fault(`@${SCRIPT}:3:4\n`.repeat(99)), HERE).at.length, 8);
});
