import test from 'node:test';
import assert from 'node:assert/strict';
import { findings, isPrivate, type HelpFacts } from '../../../web/state/help.ts';

const FACTS: HelpFacts = {
  status: {
    running: true,
    peer_id: 'own',
    connected_peers: 1,
    discovered_peers: 0,
    relay_policy: 'broker_only',
  },
  diagnostics: {
    peers: [],
    recent_failures: [],
    local: { mesh_port: 7771, endpoints: ['ws://203.0.113.5:7771'], relay_policy: 'broker_only' },
  },
  reachable: 1,
  waiting: 0,
  discovered: 1,
  nameOf: (peer) => `name of ${peer}`,
};
const local = (endpoints: string[]) => ({
  ...FACTS,
  diagnostics: { peers: [], recent_failures: [], local: { mesh_port: 7771, endpoints, relay_policy: '' } },
});
const look = (facts: HelpFacts): string[] =>
  findings(facts)
    .filter(({ fine }) => !fine)
    .map(({ name }) => name);

test('a node that is well connected has nothing to look at', () => {
  assert.deepEqual(look(FACTS), []);
  assert.equal(
    findings(FACTS).every(({ remedy }) => remedy === null),
    true,
  );
});

test('what is not well has a remedy', () => {
  assert.deepEqual(look(local(['ws://192.168.1.4:7771', 'ws://[fe80::1]:7771'])), ['Addresses']);
  assert.deepEqual(look(local([])), ['Addresses']);
  assert.deepEqual(look({ ...FACTS, reachable: 0, discovered: 0, waiting: 2 }), [
    'Own network',
    'Requests',
    'Peers',
  ]);
  for (const { fine, remedy } of findings({ ...local([]), reachable: 0, waiting: 1 }))
    assert.equal(fine, remedy === null);
});

test('a mesh that does not run is all there is to say', () => {
  const status = { ...FACTS.status, running: false } as HelpFacts['status'];
  assert.deepEqual(look({ ...FACTS, status }), ['Mesh']);
  assert.deepEqual(findings({ ...FACTS, status: null }), []);
});

test('of each address the newest failure is told, by name and in words', () => {
  const failure = (endpoint: string, reason: string) => ({ peer_id: 'p', endpoint, reason, timestamp: 1 });
  const diagnostics = {
    ...local(['ws://203.0.113.5:7771']).diagnostics,
    recent_failures: [
      failure('ws://a', 'refused'),
      failure('ws://a', 'timeout'),
      failure('ws://b', 'timeout'),
    ],
  };
  assert.deepEqual(
    findings({ ...FACTS, diagnostics })
      .filter(({ name }) => name === 'Last attempt')
      .map(({ found }) => found),
    ['name of p at ws://a: refused.', 'name of p at ws://b: no answer.'],
  );
});

test('addresses of a home, a VPN and the machine itself are private', () => {
  for (const host of [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.9.9',
    '192.168.0.1',
    '127.0.0.1',
    '100.64.0.1',
    '[fd00::1]',
    'localhost',
  ])
    assert.equal(isPrivate(`ws://${host}:7771`), true, host);
  for (const host of ['172.32.0.1', '100.128.0.1', '8.8.8.8', '[2001:db8::1]', 'canopy.example'])
    assert.equal(isPrivate(`wss://${host}:7771`), false, host);
});
