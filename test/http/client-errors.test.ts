/** What never becomes a request is answered like every other error (04 section 1.4). */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startHarness, type Harness } from './harness.ts';

describe('what the parser refuses', () => {
  let node: Harness;
  before(async () => {
    node = await startHarness();
  });
  after(() => node.close());

  /** Sends bytes as they are; everything that comes back until the end. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(Number(new URL(node.url).port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('end', () => resolve(answer));
      socket.on('error', reject);
    });

  const cases = [
    { what: 'text that is no HTTP', send: 'what is this\r\n\r\n', status: 400, code: 'bad_request' },
    {
      what: 'two lengths',
      send: 'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      status: 400,
      code: 'bad_request',
    },
    {
      what: 'headers without end',
      send: `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'a'.repeat(20_000)}\r\n\r\n`,
      status: 431,
      code: 'headers_too_large',
    },
    {
      what: 'an expectation',
      send: 'POST /login HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n',
      status: 417,
      code: 'expectation_failed',
    },
  ];
  for (const { what, send, status, code } of cases) {
    test(`${what} is answered with ${status} and a reason`, async () => {
      const answer = await raw(send);
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
      assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
      assert.match(head, /content-type: application\/json; charset=utf-8/i);
      const json = JSON.parse(body) as Record<string, unknown>;
      assert.equal(json['code'], code);
      assert.equal(typeof json['error'], 'string');
      assert.ok(!('stack' in json) && !body.includes('HPE_'));
    });
  }
});
