import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { LocalAddresses, orderAddresses } from '../../server/ports/addresses.ts';

function info(address: string, internal = false): NetworkInterfaceInfo {
  const shared = { address, internal, netmask: '', mac: '', cidr: null };
  return address.includes(':') ? { ...shared, family: 'IPv6', scopeid: 0 } : { ...shared, family: 'IPv4' };
}

const INTERFACES = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  eth0: [info('192.0.2.5'), info('fe80::5'), info('2001:db8::5')],
  docker0: [info('172.17.0.1'), info('169.254.9.9')],
  wlan0: [info('198.51.100.7'), info('192.0.2.5')],
  down: undefined,
};

test('the source of the default route comes first, then IPv4, then IPv6; nothing local', () => {
  assert.deepEqual(orderAddresses(INTERFACES, '198.51.100.7'), [
    '198.51.100.7',
    '192.0.2.5',
    '172.17.0.1',
    '2001:db8::5',
  ]);
});

test('an unknown or absent source changes nothing', () => {
  const plain = ['192.0.2.5', '172.17.0.1', '198.51.100.7', '2001:db8::5'];
  assert.deepEqual(orderAddresses(INTERFACES, null), plain);
  assert.deepEqual(orderAddresses(INTERFACES, '203.0.113.1'), plain);
});

test('this machine lists no loopback address', () => {
  assert.ok(new LocalAddresses().list().every((address) => !address.startsWith('127.') && address !== '::1'));
});
