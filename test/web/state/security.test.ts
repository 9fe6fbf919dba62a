/** What the page says of a link (06 section 5): "end to end" of none that is not secure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerSections } from '../../../web/state/peers.ts';
import type { PeerCard, Reach } from '../../../web/state/peers.ts';
import { PROTECTION, protectionSentence } from '../../../web/state/security.ts';

const DIRECT: Reach = { kind: 'direct' };
const RELAYED: Reach = { kind: 'via', peerId: 'R', name: 'Rosa' };

const [offline] = peerSections({
  ownPeerId: 'OWN',
  peers: { discovered_peers: [], connected_peers: [] },
  known: [{ peer_id: 'A', display_name: 'Ada', endpoints: [], connected: false }],
  introduced: [],
  relay: { relay_policy: 'broker_only', active_relays: {}, routing_table: {} },
  requests: [],
  activity: { events: [], peers: {} },
  diagnostics: [],
  connecting: new Set(),
  brokering: new Map(),
  people: new Map(),
}).known;

function sentence(protection: PeerCard['protection'], reach: Reach): string {
  assert.ok(offline);
  return protectionSentence({ ...offline, protection, reach });
}

test('a secure link is called encrypted end to end, also through a relay, which cannot read it', () => {
  assert.match(sentence('secure', DIRECT), /^Encrypted end to end with forward secrecy\.$/);
  assert.match(sentence('secure', RELAYED), /^Encrypted end to end .*Rosa carries it and cannot read it\.$/);
});

test('no other link is, and each says who can read it', () => {
  assert.match(sentence('signed', DIRECT), /readable on the network/);
  assert.match(sentence('tls', DIRECT), /not end to end/);
  assert.match(sentence('signed', RELAYED), /Rosa, who carries it, can read it/);
  assert.match(sentence('tls', RELAYED), /Rosa, who carries it, can read it/);
  assert.equal(sentence(null, { kind: 'offline' }), 'Not connected now.');
  for (const protection of ['signed', 'tls'] as const)
    for (const said of [
      sentence(protection, DIRECT),
      sentence(protection, RELAYED),
      PROTECTION[protection].text,
      PROTECTION[protection].title,
    ])
      assert.doesNotMatch(said.replaceAll('not end to end', ''), /end.to.end|e2e|forward secre/i);
  assert.match(PROTECTION.signed.text, /readable on the network/);
});
