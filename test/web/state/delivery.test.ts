import test from 'node:test';
import assert from 'node:assert/strict';
import type { Delivery } from '../../../web/api/types.ts';
import { deliveryWords, recipientWords } from '../../../web/state/delivery.ts';
import type { Entry } from '../../../web/state/thread.ts';

const base: Entry = {
  id: 'm',
  authorId: 'a',
  authorName: 'A',
  originPeer: null,
  device: null,
  text: '',
  at: 0,
  edited: false,
  mine: true,
  delivery: null,
  kind: 'message',
  unconfirmedVia: null,
  channelId: null,
  replyTo: null,
  reactions: [],
};
const delivery = (over: Partial<Delivery>): Delivery => ({
  state: 'sent',
  of: 1,
  delivered: 0,
  failed: 0,
  sent_to: [],
  queued_for: [],
  failed_for: [],
  ...over,
});
const words = (over: Partial<Entry>, reached: readonly string[] = []) =>
  deliveryWords(
    { ...base, ...over },
    { nameOf: (peer) => `<${peer}>`, isReached: (peer) => reached.includes(peer) },
  );

test('what is not on the node yet says so, with the reason', () => {
  assert.equal(words({ unsent: { state: 'sending', reason: null } }).text, 'Sending');
  assert.equal(
    words({ unsent: { state: 'waiting', reason: 'This node is not answering' } }).text,
    'Waiting: This node is not answering',
  );
  const refused = words({ unsent: { state: 'failed', reason: 'Too long' } });
  assert.equal(refused.text, 'Not sent: Too long');
  assert.equal(refused.sign, 'alert');
});

test('files that a device cannot get are named to the sender', () => {
  const sent = words({ delivery: delivery({ sent_to: ['B', 'C'], files_left_out: ['B'] }) });
  assert.equal(sent.text, 'Sent without files');
  assert.match(sent.meaning, /<B> sees only the names of files above 256 KiB/);
  assert.match(recipientWords({ state: 'sent', reason: 'files_left_out' }, true).text, /only the names/);
});

test('a queued message names whom it waits for and why', () => {
  const queued = words({
    delivery: delivery({
      state: 'queued',
      queued_for: [
        { peer_id: 'B', reason: 'offline' },
        { peer_id: 'C', reason: 'awaiting_acceptance' },
      ],
    }),
  });
  assert.equal(queued.text, 'Waiting for 2 devices');
  assert.match(queued.meaning, /Waiting for <B>, which is offline\nWaiting for <C>, which has not accepted/);
  const away = delivery({ state: 'queued', queued_for: [{ peer_id: 'B', reason: 'offline' }] });
  assert.equal(words({ delivery: away }).text, 'Waiting for <B>, which is offline');
  assert.equal(words({ delivery: away }, ['B']).text, 'Waiting for <B> to confirm it', 'it is there');
  assert.equal(recipientWords({ state: 'queued', reason: 'offline' }, false).text, 'Waiting: it is offline');
  assert.equal(
    recipientWords({ state: 'queued', reason: 'offline' }, true).text,
    'Waiting for it to confirm',
  );
  const one = delivery({ state: 'queued', queued_for: [{ peer_id: 'B', reason: 'needs_secure_session' }] });
  assert.equal(words({ delivery: one }).text, 'Waiting for <B>, which needs a secure connection first');
});

test('delivered is said only when all have it', () => {
  assert.equal(words({ delivery: delivery({ state: 'delivered', of: 1, delivered: 1 }) }).text, 'Delivered');
  assert.equal(
    words({ delivery: delivery({ state: 'partial', of: 4, delivered: 3 }) }).text,
    'Delivered to 3 of 4',
  );
  assert.equal(words({ delivery: delivery({ state: 'sent' }) }).text, 'Sent');
});

test('what nobody else is owed is not called sent', () => {
  assert.equal(words({}).text, 'On this device');
});

test('a failure says why and what to do, and is not hidden by those it reached', () => {
  const failed_for = [{ peer_id: 'B', reason: 'too_large' }];
  const failed = words({ delivery: delivery({ state: 'failed', failed: 1, failed_for }) });
  assert.equal(failed.text, 'Not delivered: it is too large. Send it in smaller parts.');
  assert.equal(failed.sign, 'alert');
  const some = words({
    delivery: delivery({ state: 'partial', of: 2, delivered: 1, failed: 1, failed_for }),
  });
  assert.equal(some.text, 'Delivered to 1 of 2');
  assert.match(some.meaning, /<B>: it is too large/);
});

test('every state has a word, a sign and a meaning', () => {
  for (const state of ['queued', 'sent', 'partial', 'delivered', 'read', 'failed'] as const) {
    const said = words({ delivery: delivery({ state }) });
    assert.ok(said.text.length > 0 && said.meaning.length > 0, state);
  }
});
