/** What the details of a message say (05 section 10.5, M-14). */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ChannelMessage, DirectMessage } from '../../../web/api/types.ts';
import { channelEntry, directEntry } from '../../../web/state/entries.ts';
import { detailsOf, type DetailsContext } from '../../../web/state/message-details.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const context: DetailsContext = {
  now: NOW,
  exact: (at) => new Date(at).toISOString(),
  peerName: (peer) => ({ home: 'Ben', relay: 'Carol', here: 'this node' })[peer] ?? peer,
  personName: (user) => user,
  reachOf: (peer) =>
    peer === 'home' ? { kind: 'via', peerId: 'relay', name: 'Carol' } : { kind: 'offline' },
  channel: { privacy_mode: 'open' },
  ownPeer: 'here',
  arrival: null,
};
const nameOf = (id: string): string => id;

function channelMessage(more: Partial<ChannelMessage> = {}): ChannelMessage {
  return {
    id: 'M1',
    channel_id: 'general',
    user_id: 'ben',
    content: 'hello',
    created_at: '2026-11-22T11:00:00Z',
    edited_at: null,
    expires_at: '2026-11-24T12:00:00Z',
    origin_peer: 'home',
    crypto_state: null,
    unconfirmed_via: null,
    parent_message_id: null,
    liked_by: {},
    attachments: [],
    delivery: null,
    display_name: 'Ben',
    username: 'ben',
    ...more,
  } as unknown as ChannelMessage;
}
const facts = (message: ChannelMessage, more: Partial<DetailsContext> = {}): Record<string, string> =>
  Object.fromEntries(detailsOf(channelEntry(message, 'me', nameOf), message, { ...context, ...more }));

test('a message of a channel says whose it is, how it came and when it goes', () => {
  const said = facts(channelMessage());
  assert.equal(said['Message'], 'M1');
  assert.equal(said['Author’s node'], 'Ben (home)');
  assert.match(said['Path'] ?? '', /via Carol/);
  assert.equal(said['Written'], '2026-11-22T11:00:00.000Z');
  assert.equal(said['Edited'], undefined);
  assert.match(said['Lifespan'] ?? '', /in 2 days.*2026-11-24T12:00/);
});

test('the path is the one a message took, not the one its author is reached by now', () => {
  const path = (way: 'live' | 'caught_up', peer: string): string | undefined =>
    facts(channelMessage(), { arrival: { way, peer_id: peer } })['Path'];
  assert.deepEqual(
    [path('live', 'home'), path('live', 'relay'), path('caught_up', 'home'), path('caught_up', 'relay')],
    [
      'Came directly from the author’s node',
      'Came via Carol',
      'Caught up from the author’s node',
      'Caught up from Carol',
    ],
  );
});

test('what another device told is not said to come from the author', () => {
  assert.match(facts(channelMessage({ unconfirmed_via: 'relay' }))['Path'] ?? '', /^Caught up from Carol/);
  assert.equal(facts(channelMessage({ origin_peer: null }))['Path'], 'Written on this node');
});

test('encryption is claimed only where it holds', () => {
  const sealed = { privacy_mode: 'private', encrypted: true } as const;
  assert.match(facts(channelMessage({ crypto_state: 'decrypted' }))['Encryption'] ?? '', /members/);
  assert.match(facts(channelMessage())['Encryption'] ?? '', /every node of the channel reads it/);
  // The channel is encrypted now; this message came before.
  assert.match(facts(channelMessage(), { channel: sealed })['Encryption'] ?? '', /every node/);
});

test('a direct message says for whom it was encrypted and for whom not', () => {
  const message = {
    id: 'D1',
    liked_by: {},
    reactions_unseen_by: [],
    sender_id: 'me',
    recipient_id: 'group:x',
    content: 'hi',
    created_at: '2026-11-22T11:00:00Z',
    edited_at: null,
    delivered_at: null,
    read_at: null,
    attachments: [],
    delivery: null,
    sender_name: 'me',
    metadata: { security: { mode: 'mixed', encrypted_peer_ids: ['home'], legacy_peer_ids: ['relay'] } },
  } as unknown as DirectMessage;
  const said = Object.fromEntries(detailsOf(directEntry(message, 'me', nameOf), message, context));
  assert.match(said['Encryption'] ?? '', /some recipients/);
  assert.equal(said['Encrypted for'], 'Ben');
  assert.equal(said['In clear text for'], 'Carol');
});
