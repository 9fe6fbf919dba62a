import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBus } from '../../server/telemetry/bus.ts';
import type { NodeEvent } from '../../server/telemetry/bus.ts';
import type { PeerId } from '../../server/wire/ids.ts';

const peerId = 'BtrDypgRq2TbBnMc' as PeerId;

test('every listener hears every event in order, and stops when told to', () => {
  const bus = new EventBus(() => assert.fail('nothing may fail'));
  const heard: NodeEvent[] = [];
  const stop = bus.subscribe((event) => heard.push(event));
  bus.publish({ type: 'peer.changed', peerId });
  bus.publish({ type: 'requests.changed' });
  stop();
  bus.publish({ type: 'journal', seq: 1 });
  assert.deepEqual(heard, [{ type: 'peer.changed', peerId }, { type: 'requests.changed' }]);
});

test('a listener by type hears only that type', () => {
  const bus = new EventBus(() => assert.fail('nothing may fail'));
  const seqs: number[] = [];
  bus.on('journal', (event) => seqs.push(event.seq));
  bus.publish({ type: 'requests.changed' });
  bus.publish({ type: 'journal', seq: 7 });
  assert.deepEqual(seqs, [7]);
});

test('a failing listener is reported and the others still hear', () => {
  const failures: unknown[] = [];
  const bus = new EventBus((error) => failures.push(error));
  const heard: string[] = [];
  bus.subscribe(() => {
    throw new Error('broken');
  });
  bus.subscribe((event) => heard.push(event.type));
  bus.publish({ type: 'requests.changed' });
  assert.equal(failures.length, 1);
  assert.deepEqual(heard, ['requests.changed']);
});

test('a listener added while an event is delivered hears the next one only', () => {
  const bus = new EventBus(() => assert.fail('nothing may fail'));
  const late: string[] = [];
  let added = false;
  bus.subscribe(() => {
    if (added) return;
    added = true;
    bus.subscribe((event) => late.push(event.type));
  });
  bus.publish({ type: 'journal', seq: 1 });
  bus.publish({ type: 'requests.changed' });
  assert.deepEqual(late, ['requests.changed']);
});
