/** No address takes all the sockets there are. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ConnectionCap, MAX_CONNECTIONS_PER_ADDRESS } from '../../server/http/connection-cap.ts';

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  destroyed = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): this {
    this.destroyed = true;
    return this;
  }
}

function open(cap: ConnectionCap, address: string, count = 1): FakeSocket[] {
  return Array.from({ length: count }, () => {
    const socket = new FakeSocket(address);
    cap.admit(socket as unknown as Parameters<ConnectionCap['admit']>[0]);
    return socket;
  });
}

const refused = (sockets: readonly FakeSocket[]): number => sockets.filter((one) => one.destroyed).length;

test('an address has so many sockets, other addresses have their own, and closing makes room', () => {
  const cap = new ConnectionCap();
  const first = open(cap, '192.0.2.7', MAX_CONNECTIONS_PER_ADDRESS + 2);
  assert.equal(refused(first), 2);
  assert.equal(refused(open(cap, '::ffff:192.0.2.7')), 1, 'the same address as IPv6');
  assert.equal(refused(open(cap, '192.0.2.8')), 0);
  first[0]?.emit('close');
  assert.equal(refused(open(cap, '192.0.2.7', 2)), 1);
  // One that was refused was never counted.
  first.at(-1)?.emit('close');
  assert.equal(refused(open(cap, '192.0.2.7')), 1);
});

test('an IPv6 network counts as one', () => {
  const cap = new ConnectionCap();
  open(cap, '2001:db8::1', MAX_CONNECTIONS_PER_ADDRESS);
  assert.equal(refused(open(cap, '2001:db8::ffff')), 1);
  assert.equal(refused(open(cap, '2001:db8:0:1::1')), 0);
});

test('this machine is not counted', () => {
  const cap = new ConnectionCap();
  for (const address of ['127.0.0.1', '127.0.0.9', '::1', '::ffff:127.0.0.1'])
    assert.equal(refused(open(cap, address, MAX_CONNECTIONS_PER_ADDRESS + 1)), 0, address);
});
