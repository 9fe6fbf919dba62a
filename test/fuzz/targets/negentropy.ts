/** Messages of a reconciliation as hex, as the side that answers and the side that asked read them. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { WireError } from '../../../server/wire/errors.ts';
import {
  atOnce,
  FRAME_LIMIT,
  NegentropyClient,
  NegentropyServer,
} from '../../../server/wire/negentropy/negentropy.ts';
import { converse, recordNumber, snapshotOf } from '../../wire/negentropy/support.ts';
import type { Target } from '../fuzzer.ts';

const RECORDS = 60;
const records = Array.from({ length: RECORDS }, (_, n) => recordNumber(n));
const snapshot = snapshotOf(records);

export const target: Target = {
  seeds: () => {
    const others = records.filter((_, n) => n % 7 !== 0);
    return [
      ...converse(snapshot, snapshotOf(others)).messages,
      ...converse(snapshotOf([]), snapshot).messages,
    ].map(toHex);
  },
  refusals: [WireError],
  run(input) {
    const message = fromHex(input);
    if (message === null) return;
    const components = { snapshot, crypto: nativeCrypto };
    const answer = atOnce(new NegentropyServer(components).reconcile(message));
    assert.ok(answer.length <= FRAME_LIMIT);
    const client = new NegentropyClient(components);
    atOnce(client.initiate());
    const found = atOnce(client.reconcile(message));
    assert.ok(found.have.length <= RECORDS, 'we have no more than we have');
    assert.ok((found.next?.length ?? 0) <= FRAME_LIMIT);
  },
};
