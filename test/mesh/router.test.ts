import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from '../../server/mesh/router.ts';
import type { Verdict } from '../../server/mesh/router.ts';
import type { RelayPolicy } from '../../server/mesh/types.ts';
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

interface Surroundings {
  verify?: (envelope: Envelope) => Verdict;
  allowUnverifiedRelay?: boolean;
  policy?: () => RelayPolicy;
  familiar?: readonly PeerId[];
  known?: (peer: string) => boolean;
  /** Neighbours that pass everything on, as the reference does. */
  python?: readonly PeerId[];
}

function router(neighbours: PeerId[], init: Surroundings = {}): Router {
  return new Router(
    {
      now: () => NOW * 1000,
      neighbours: () => neighbours,
      verify: init.verify ?? (() => 'valid'),
      policy: init.policy ?? (() => 'full_relay'),
      isFamiliar: (peer) => init.familiar?.includes(peer) ?? false,
      isKnown: init.known ?? (() => true),
      carriesAlways: (peer) => init.python?.includes(peer) ?? false,
    },
    { localPeerId: ME, allowUnverifiedRelay: init.allowUnverifiedRelay ?? false },
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

test('each policy lets through what it says of what others wrote', () => {
  const to = (type: Envelope['type'], target: PeerId | null) => ({ type, toPeer: target });
  const cases: [ReturnType<typeof to>, Record<RelayPolicy, boolean>][] = [
    [to('direct_message', null), { off: false, broker_only: true, full_relay: true }],
    [to('profile_update', null), { off: false, broker_only: true, full_relay: true }],
    [to('member_sync', B), { off: false, broker_only: true, full_relay: true }],
    [to('delete_signal', B), { off: false, broker_only: true, full_relay: true }],
    [to('channel_message', B), { off: false, broker_only: false, full_relay: true }],
    [to('direct_message', B), { off: false, broker_only: false, full_relay: true }],
    [to('large_attachment_chunk', B), { off: false, broker_only: false, full_relay: true }],
    [to('large_attachment_request', B), { off: false, broker_only: false, full_relay: true }],
    [to('peer_announcement', B), { off: false, broker_only: false, full_relay: true }],
  ];
  for (const [change, expected] of cases) {
    for (const policy of ['off', 'broker_only', 'full_relay'] as const) {
      const subject = router([A, B], { policy: () => policy });
      const outcome = subject.receive(envelope({ ...change, ttl: 5 }), A);
      const what = `${change.type} to ${change.toPeer ?? 'all'} under ${policy}`;
      assert.deepEqual(
        outcome.forward.map((copy) => copy.to),
        expected[policy] ? [B] : [],
        what,
      );
      assert.equal(outcome.heldByPolicy, !expected[policy], what);
      assert.equal(outcome.deliver, change.toPeer === null, what);
    }
  }
});

test('no policy touches what is meant for this node, or what it writes itself', () => {
  const subject = router([A, B], { policy: () => 'off' });
  assert.equal(subject.receive(envelope({ toPeer: ME }), A).deliver, true);
  assert.equal(subject.direct(envelope({ fromPeer: ME, toPeer: B }), null).kind, 'direct');
});

test('a change of policy counts from the next message on', () => {
  let policy: RelayPolicy = 'full_relay';
  const subject = router([A, B], { policy: () => policy });
  const carried = (): number => subject.receive(envelope({ toPeer: B }), A).forward.length;
  assert.equal(carried(), 1);
  policy = 'broker_only';
  assert.equal(carried(), 0);
  policy = 'full_relay';
  assert.equal(carried(), 1);
});

test('what others wrote waits only under full_relay, and only for known peers', () => {
  const waiting = (init: Surroundings): number => {
    const subject = router([A], init);
    subject.receive(envelope({ toPeer: D }), A);
    return subject.pending.total;
  };
  assert.equal(waiting({}), 1);
  assert.equal(waiting({ known: () => false }), 0);
  assert.equal(waiting({ policy: () => 'broker_only' }), 0);
  const subject = router([A]);
  subject.receive(envelope({ toPeer: D }), A);
  subject.pending.dropForeign();
  assert.deepEqual([subject.pending.total, subject.pending.counts()], [0, {}]);
});

test('a learned route carries own content only through a neighbour that carries always', () => {
  const content = envelope({ fromPeer: ME, toPeer: C });
  const control = envelope({ fromPeer: ME, toPeer: C, type: 'member_sync' });
  const learned = (python: PeerId[]): Router => {
    const subject = router([A, B], { python });
    subject.receive(envelope({ fromPeer: C }), A);
    return subject;
  };
  const throughOurs = learned([]);
  assert.deepEqual(
    [throughOurs.routes.next(C), throughOurs.relayTo(C), throughOurs.direct(content, null).kind],
    [A, undefined, 'none'],
  );
  assert.deepEqual(
    throughOurs.direct(control, null).forward.map((copy) => copy.to),
    [A],
  );
  throughOurs.routes.set(C, A, { offered: true });
  assert.deepEqual([throughOurs.relayTo(C), throughOurs.direct(content, null).kind], [A, 'route']);
  throughOurs.routes.demote(C);
  assert.equal(throughOurs.relayTo(C), undefined);
  const throughPython = learned([A]);
  assert.deepEqual([throughPython.relayTo(C), throughPython.direct(content, null).kind], [A, 'route']);
});

test('a route through an accepted peer replaces one learned through a stranger, never the other way', () => {
  const subject = router([A, B], { familiar: [B] });
  subject.receive(envelope({ fromPeer: C }), A);
  subject.receive(envelope({ fromPeer: C }), B);
  assert.equal(subject.routes.next(C), B);
  subject.receive(envelope({ fromPeer: C }), A);
  assert.equal(subject.routes.next(C), B);
  subject.routes.set(D, A, { offered: true });
  subject.receive(envelope({ fromPeer: D }), B);
  assert.equal(subject.routes.next(D), A, 'what was offered stays');
});

test('nobody pushes out an offered route by making us learn others', () => {
  const subject = router([A, B]);
  subject.routes.set(D, B, { offered: true });
  for (let i = 0; i < 600; i += 1) subject.receive(envelope({ fromPeer: `C${i}` as PeerId }), A);
  assert.equal(subject.routes.next(D), B);
  assert.equal(Object.keys(subject.routes.toRecord()).length, 500);
});

test('a tunnel passes for an accepted peer alone, is never kept, and has its own memory and clock', () => {
  const payload = fromPlain({
    content: '',
    metadata: { type: 'peer_announcement', introduced_peers: [], canopy_tunnel: { op: 'data' } },
  });
  const tunnel = (change: Partial<Envelope> = {}): Envelope =>
    envelope({ type: 'peer_announcement', toPeer: B, payload, ...change });
  const strangers = router([A, B]);
  assert.equal(strangers.receive(tunnel(), A).heldByPolicy, true);
  for (const familiar of [A, B]) {
    const subject = router([A, B], { familiar: [familiar] });
    assert.deepEqual(
      subject.receive(tunnel(), A).forward.map((copy) => copy.to),
      [B],
    );
  }
  const subject = router([A, B], { familiar: [A] });
  assert.equal(subject.receive(tunnel({ toPeer: D }), A).queuedFor, null);
  assert.equal(subject.pending.total, 0);
  const ordinary = envelope();
  subject.receive(ordinary, A);
  for (let i = 0; i < 300; i += 1) subject.receive(tunnel({ id: `t${i}` }), A);
  assert.equal(subject.receive(tunnel({ id: 't299' }), A).refused, 'duplicate');
  assert.equal(subject.receive(tunnel({ id: 't0' }), A).refused, null, 'forgotten: 256 per pair');
  assert.equal(subject.seenCount, 1);
  assert.equal(subject.receive(tunnel({ timestamp: NOW + 7_000 }), A).refused, null);
  assert.equal(subject.receive(tunnel({ timestamp: NOW + 7_300 }), A).refused, 'future');
});
