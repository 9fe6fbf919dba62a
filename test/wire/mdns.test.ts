import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { PeerId } from '../../server/wire/ids.ts';
import { encodeTxt, parseTxt, readService, serviceEndpoints, serviceRecord } from '../../server/wire/mdns.ts';

const alice = '66GhzowkpvpCvw6W' as PeerId;
const bob = '4sRfafF6z5bgH3z4' as PeerId;
const capability = fc.stringMatching(/^[a-z0-9_]{1,20}$/);

test('another node reads back what a node announces', () => {
  fc.assert(
    fc.property(
      fc.array(capability, { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 65535 }),
      (capabilities, addresses, port) => {
        const record = serviceRecord({
          peerId: alice,
          port,
          canopyVersion: '0.6.0',
          capabilities,
          addresses,
        });
        const txt = parseTxt(encodeTxt(record.txt));
        assert.deepEqual(readService({ txt, addresses: record.addresses, port: record.port }, bob), {
          peerId: alice,
          addresses,
          port,
          version: '0.6.0',
          capabilities,
        });
        assert.equal(readService({ txt, addresses, port }, alice), null, 'our own record');
      },
    ),
  );
});

test('capabilities that do not fit into a TXT entry are left out, not sent broken', () => {
  const capabilities = Array.from({ length: 60 }, (_, i) => `capability_${i}`);
  const record = serviceRecord({
    peerId: alice,
    port: 1,
    canopyVersion: '0.6.0',
    capabilities,
    addresses: [],
  });
  const read = parseTxt(encodeTxt(record.txt)).get('capabilities')?.split(',') ?? [];
  assert.ok(read.length > 10 && read.length < 60);
  assert.deepEqual(read, capabilities.slice(0, read.length));
});

test('any record data is read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.array(fc.string()), (data, addresses) => {
      const service = readService({ txt: parseTxt(data), addresses, port: 7771 }, bob);
      if (service !== null) serviceEndpoints(service);
    }),
  );
  assert.throws(() => encodeTxt(['x'.repeat(256)]), RangeError);
});

test('the first entry of a key counts', () => {
  assert.equal(parseTxt(encodeTxt(['peer_id=a', 'peer_id=b', '=c', 'd'])).get('peer_id'), 'a');
});

test('the work is bounded per byte', () => {
  for (const fill of [0, 1, 3, 61, 255]) {
    for (const length of [1, 100, 10_000, 65_535]) {
      const data = new Uint8Array(length).fill(fill);
      const steps = countSteps(() => void parseTxt(data));
      assert.ok(steps <= 1000 + 2 * length, `${steps} steps for ${length} bytes`);
    }
  }
});
