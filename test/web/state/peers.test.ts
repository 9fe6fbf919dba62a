import test from 'node:test';
import assert from 'node:assert/strict';
import type { PeerRequest } from '../../../web/api/types.ts';
import {
  peerName,
  peerSections,
  retryWords,
  unsentWords,
  wayRound,
  type MeshFacts,
} from '../../../web/state/peers.ts';

function facts(over: Partial<MeshFacts> = {}): MeshFacts {
  return {
    ownPeerId: 'OWN',
    peers: { discovered_peers: [], connected_peers: [] },
    known: [],
    introduced: [],
    relay: { relay_policy: 'broker_only', active_relays: {}, routing_table: {} },
    requests: [],
    activity: { events: [], peers: {} },
    diagnostics: [],
    connecting: new Set(),
    brokering: new Map(),
    people: new Map(),
    ...over,
  };
}

const known = (peer_id: string, over: object = {}) => ({
  peer_id,
  display_name: '',
  endpoints: ['ws://192.0.2.1:7771'],
  connected: false,
  ...over,
});
const lan = (peer_id: string, connected = false) => ({
  peer_id,
  addresses: ['192.168.1.5'],
  port: 7771,
  connected,
});
const request = (peer_id: string, names: string[] = []): PeerRequest => ({
  peer_id,
  names,
  state: 'waiting',
  endpoint: null,
  introduced_by: null,
  first_seen: '2026-01-02T03:04:05+00:00',
  protection: null,
  waiting: 0,
});

test('a connected peer is listed once, with a line under Discovered', () => {
  const sections = peerSections(
    facts({
      peers: {
        discovered_peers: [lan('A', true)],
        connected_peers: ['A'],
        links: [
          {
            peer_id: 'A',
            protection: 'signed',
            via: null,
            pinned: false,
            since: 1,
            rtt_ms: 4,
            accepts_us: null,
          },
        ],
      },
      known: [known('A', { connected: true })],
    }),
  );
  assert.deepEqual(
    sections.connected.map((peer) => [peer.peerId, peer.reach.kind, peer.protection, peer.rttMs]),
    [['A', 'direct', 'signed', 4]],
  );
  assert.deepEqual(
    sections.discovered.map((peer) => [peer.peerId, peer.state]),
    [['A', 'connected']],
  );
  assert.deepEqual(sections.known, []);
});

test('a relayed peer is connected via its relay, by name', () => {
  const sections = peerSections(
    facts({
      peers: { discovered_peers: [], connected_peers: ['A'] },
      relay: { relay_policy: 'off', active_relays: { B: 'A' }, routing_table: {} },
      people: new Map([['A', ['Alice']]]),
    }),
  );
  const relayed = sections.connected.find((peer) => peer.peerId === 'B');
  assert.deepEqual(relayed?.reach, { kind: 'via', peerId: 'A', name: 'Alice' });
});

test('a relay that is gone carries nobody', () => {
  const sections = peerSections(
    facts({
      relay: { relay_policy: 'off', active_relays: { B: 'A' }, routing_table: {} },
      known: [known('B')],
    }),
  );
  assert.deepEqual(sections.connected, []);
  assert.equal(sections.known[0]?.reach.kind, 'offline');
});

test('a peer that waits to be accepted is a request and not a connected peer', () => {
  const sections = peerSections(
    facts({
      peers: { discovered_peers: [lan('A')], connected_peers: ['A'] },
      requests: [request('A', ['Eve'])],
      known: [known('A')],
    }),
  );
  assert.deepEqual(
    sections.requests.map((one) => [one.peerId, one.names]),
    [['A', ['Eve']]],
  );
  assert.deepEqual(sections.connected, []);
  assert.deepEqual(sections.known, []);
  assert.equal(sections.discovered[0]?.state, 'waiting for acceptance');
});

test('offline and introduced peers follow, the introduced with who introduced them', () => {
  const sections = peerSections(
    facts({
      known: [known('A'), known('B')],
      introduced: [
        { peer_id: 'A', display_name: '', endpoints: [], introduced_by: 'B' },
        { peer_id: 'C', display_name: 'Carol', endpoints: [], introduced_by: 'B' },
      ],
      people: new Map([['B', ['Bob']]]),
    }),
  );
  assert.deepEqual(sections.known.map((peer) => [peer.peerId, peer.introducedBy]).sort(), [
    ['A', null],
    ['B', null],
    ['C', 'Bob'],
  ]);
});

test('connecting shows while it lasts', () => {
  const sections = peerSections(
    facts({
      known: [known('A')],
      peers: { discovered_peers: [lan('B')], connected_peers: [] },
      connecting: new Set(['A', 'B']),
    }),
  );
  assert.equal(sections.known[0]?.reach.kind, 'connecting');
  assert.equal(sections.discovered[0]?.state, 'connecting');
});

test('this node never lists itself', () => {
  const sections = peerSections(
    facts({
      peers: { discovered_peers: [lan('OWN')], connected_peers: ['OWN'] },
      known: [known('OWN')],
    }),
  );
  assert.deepEqual([sections.connected, sections.discovered, sections.known], [[], [], []]);
});

test('a name is the person, else the device, else the short id', () => {
  const base = facts({ known: [known('ABCDEFGHIJKLMNOP', { display_name: 'Desk' })] });
  assert.equal(
    peerName({ ...base, people: new Map([['ABCDEFGHIJKLMNOP', ['Ann']]]) }, 'ABCDEFGHIJKLMNOP'),
    'Ann',
  );
  assert.equal(peerName(base, 'ABCDEFGHIJKLMNOP'), 'Desk');
  assert.equal(peerName(facts(), 'ABCDEFGHIJKLMNOP'), 'ABCDEFGH…');
});

test('no peer is in two of connected, known and requests, whatever the node says', () => {
  const names = ['A', 'B', 'C', 'D'];
  for (let mask = 0; mask < 256; mask += 1) {
    const pick = (shift: number): string[] =>
      names.filter((_name, index) => ((mask >> ((index + shift) % 8)) & 1) === 1);
    const sections = peerSections(
      facts({
        peers: { discovered_peers: pick(1).map((id) => lan(id)), connected_peers: pick(2) },
        known: pick(3).map((id) => known(id)),
        introduced: pick(4).map((id) => ({
          peer_id: id,
          display_name: '',
          endpoints: [],
          introduced_by: null,
        })),
        requests: pick(5).map((id) => request(id)),
        relay: {
          relay_policy: 'off',
          active_relays: Object.fromEntries(pick(6).map((id) => [id, 'A'])),
          routing_table: {},
        },
      }),
    );
    const listed = [...sections.connected, ...sections.known, ...sections.requests].map(
      (peer) => peer.peerId,
    );
    assert.equal(new Set(listed).size, listed.length, String(mask));
  }
});

test('other keys brought for a known peer are told on its card, with who brought them', () => {
  const conflict = (source: string, introduced_by: string | null) => [
    { key: 'ed25519', source, introduced_by },
  ];
  const told = (key_conflicts: ReturnType<typeof conflict>) =>
    peerSections(facts({ known: [known('A', { key_conflicts })] })).known[0]?.otherKeysFrom;
  assert.equal(told([]), null);
  assert.equal(told(conflict('invite', null)), 'an invite code');
  assert.equal(told(conflict('handshake', null)), 'a connection');
  assert.equal(told(conflict('introduced', 'MALLORY')), 'MALLORY');
});

test('a peer others speak of says who, also when its keys are known; one that was connected does not', () => {
  const introduced = [
    { peer_id: 'B', display_name: '', endpoints: [], introduced_by: 'A' },
    { peer_id: 'C', display_name: '', endpoints: [], introduced_by: 'A' },
  ];
  const sections = peerSections(
    facts({
      known: [known('B', { key_source: 'introduced' }), known('C', { key_source: 'handshake' })],
      introduced,
      people: new Map([['A', ['Alice']]]),
    }),
  );
  assert.deepEqual(
    sections.known.map((peer) => [peer.peerId, peer.introducedBy]),
    [
      ['B', 'Alice'],
      ['C', null],
    ],
  );
});

test('while a contact is asked to introduce a peer, its card says whom', () => {
  const asked = facts({
    known: [known('B', { key_source: 'introduced' })],
    brokering: new Map([['B', 'A']]),
    people: new Map([['A', ['Alice']]]),
  });
  assert.deepEqual(peerSections(asked).known[0]?.reach, { kind: 'brokering', name: 'Alice' });
});

test('an offline peer says why it was not reached', () => {
  const health = {
    peer_id: 'B',
    last_failure: { endpoint: 'ws://192.0.2.1:7771', reason: 'timeout', timestamp: 1 },
  };
  const [card] = peerSections(facts({ known: [known('B')], diagnostics: [health] })).known;
  assert.equal(card?.failure, 'timeout');
  const reached = { endpoint: 'ws://192.0.2.2:7771', last_success_at: 2 };
  const later = facts({
    known: [known('B')],
    diagnostics: [{ ...health, endpoint_details: [reached], held: true }],
  });
  const [since] = peerSections(later).known;
  assert.deepEqual([since?.failure, since?.held], [null, true], 'it was reached since, and sent away');
});

test('a clock that is far off is said in words, whichever side it is on', () => {
  const clockOf = (clock_skew_s: number | null): string | null | undefined =>
    peerSections(
      facts({
        peers: { discovered_peers: [], connected_peers: ['A'] },
        known: [known('A')],
        diagnostics: [{ peer_id: 'A', clock_skew_s }],
      }),
    ).connected[0]?.clock;
  assert.equal(clockOf(null), null);
  assert.match(clockOf(25) ?? '', /^Its clock is 25 seconds ahead of this device's\./);
  assert.match(clockOf(-7200) ?? '', /^Its clock is 120 minutes behind this device's\./);
});

test('a card says how much waits for its peer, and when the node tries again', () => {
  const diagnostics = [
    { peer_id: 'A', unsent: 3, reconnect_scheduled: true, retry_in_s: 61 },
    { peer_id: 'B', reconnect_scheduled: false, retry_in_s: null },
  ];
  const { known: cards } = peerSections(facts({ known: [known('A'), known('B')], diagnostics }));
  assert.deepEqual(
    cards.map((card) => [card.peerId, unsentWords(card.unsent), retryWords(card)]),
    [
      ['A', '3 messages wait to be sent', 'this node tries again in 2 minutes'],
      ['B', null, null],
    ],
  );
  assert.equal(unsentWords(1), '1 message waits to be sent');
  assert.equal(retryWords({ retryScheduled: true, retryInS: 59 }), 'this node tries again within a minute');
  assert.equal(retryWords({ retryScheduled: true, retryInS: 60 }), 'this node tries again in 1 minute');
  assert.equal(retryWords({ retryScheduled: true, retryInS: null }), 'this node keeps trying');
});

test('a direct way is offered to a relayed peer with endpoints, and hinted at after ten minutes', () => {
  const relayed = {
    reach: { kind: 'via', peerId: 'R', name: 'Rita' } as const,
    endpoints: ['ws://10.0.0.2:7771'],
    connectedAt: 1_000,
  };
  assert.equal(wayRound(relayed, 601_000), 'offered');
  assert.equal(wayRound(relayed, 601_001), 'hinted');
  assert.equal(wayRound({ ...relayed, connectedAt: null }, 601_001), 'offered');
  assert.equal(wayRound({ ...relayed, endpoints: [] }, 601_001), null);
  assert.equal(wayRound({ ...relayed, reach: { kind: 'direct' } }, 601_001), null);
});
