import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from '../../server/mesh/router.ts';
import type { Verdict } from '../../server/mesh/router.ts';
import type { Envelope } from '../../server/wire/envelope.ts';
import type { PeerId } from '../../server/wire/ids.ts';
import { PyFloat, fromPlain } from '../../server/wire/pyjson.ts';

const [ME, A, B, C, D] = ['Me', 'Aa', 'Bb', 'Cc', 'Dd'] as PeerId[] as [
  PeerId,
  PeerId,
  PeerId,
  PeerId,
  PeerId,
];
const NOW = 1_767_225_600;
let ids = 0;

function envelope(change: Partial<Envelope> = {}): Envelope {
  ids += 1;
  const timestamp = change.timestamp ?? NOW;
  return {
    id: `id${ids}`,
    type: 'channel_message',
    fromPeer: A,
    toPeer: null,
    ttl: 3,
    signature: 'x',
    encryptedPayload: null,
    payload: fromPlain({ content: 'x', metadata: {} }),
    timestampToken: new PyFloat(timestamp),
    ...change,
    timestamp,
  };
}

function router(
  neighbours: PeerId[],
  options: { verify?: (envelope: Envelope) => Verdict; allowUnverifiedRelay?: boolean } = {},
): Router {
  return new Router(
    { now: () => NOW * 1000, neighbours: () => neighbours, verify: options.verify ?? (() => 'valid') },
    { localPeerId: ME, allowUnverifiedRelay: options.allowUnverifiedRelay ?? false },
  );
}

test('a foreign author cannot suppress a message by using its id first (S9)', () => {
  const subject = router([A, B]);
  assert.equal(subject.receive(envelope({ id: 'same', fromPeer: B }), B).deliver, true);
  assert.equal(subject.receive(envelope({ id: 'same', fromPeer: A }), A).deliver, true);
  assert.equal(subject.receive(envelope({ id: 'same', fromPeer: A }), A).refused, 'duplicate');
});

test('an unverified message is not remembered: the real one still arrives', () => {
  let verdict: Verdict = 'invalid';
  const subject = router([A, B], { verify: () => verdict });
  const message = envelope();
  assert.equal(subject.receive(message, A).refused, 'invalid');
  verdict = 'valid';
  assert.equal(subject.receive(message, A).deliver, true);
});

test('duplicates cost no signature check', () => {
  let checks = 0;
  const subject = router([A, B], {
    verify: () => {
      checks += 1;
      return 'valid';
    },
  });
  const message = envelope();
  for (let i = 0; i < 5; i += 1) subject.receive(message, B);
  assert.equal(checks, 1);
});

test('a huge ttl is cut (S7)', () => {
  const [copy] = router([A, B]).receive(envelope({ ttl: 1_000_000 }), A).forward;
  assert.equal(copy?.envelope.ttl, 7);
});

test('routes come only from messages that are new and fresh, and do not replace a working one (S10, S11)', () => {
  const neighbours = [A, B];
  const subject = router(neighbours);
  subject.receive(envelope({ fromPeer: C, timestamp: NOW - 9_000 }), A);
  assert.equal(subject.routes.next(C), undefined);
  subject.receive(envelope({ fromPeer: C }), A);
  assert.equal(subject.routes.next(C), A);
  subject.receive(envelope({ fromPeer: C }), B);
  assert.equal(subject.routes.next(C), A);
  neighbours.splice(0, 1);
  subject.receive(envelope({ fromPeer: C }), B);
  assert.equal(subject.routes.next(C), B);
});

test('an own message that comes back is known', () => {
  const subject = router([A]);
  assert.equal(subject.receive(envelope({ fromPeer: ME }), A).refused, 'own');
});

test('unverified relayed messages pass only with the switch, and never from their own author', () => {
  const subject = router([A, B], { verify: () => 'unknown_author', allowUnverifiedRelay: true });
  const relayed = subject.receive(envelope({ fromPeer: C }), A);
  assert.deepEqual([relayed.deliver, relayed.verified], [true, false]);
  assert.equal(subject.receive(envelope({ fromPeer: A }), A).refused, 'unknown_author');
});

test('a targeted message is not handed back to where it came from', () => {
  const subject = router([A, B]);
  subject.routes.set(D, A);
  assert.equal(subject.receive(envelope({ fromPeer: C, toPeer: D }), A).queuedFor, D);
  const [copy] = subject.receive(envelope({ fromPeer: C, toPeer: D }), B).forward;
  assert.equal(copy?.to, A);
});

test('memory stays bounded whatever arrives', () => {
  const subject = router([A, B]);
  for (let i = 0; i < 12_000; i += 1) {
    subject.receive(envelope({ fromPeer: `C${i % 3_000}` as PeerId, toPeer: `T${i % 900}` }), A);
  }
  assert.ok(subject.seenCount <= 10_000);
  assert.ok(Object.keys(subject.routes.toRecord()).length <= 500);
  assert.ok(subject.pending.total <= 5_000);
  assert.ok(subject.pending.dropped > 0);
});
