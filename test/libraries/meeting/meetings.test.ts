import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Guesses,
  MAX_FAILURES,
  MAX_FAILURES_PER_ADDRESS,
} from '../../../server/libraries/meeting/guesses.ts';
import {
  MEET,
  PassphraseMeetings,
  ignoreMeetings,
} from '../../../server/libraries/meeting/passphrase-meetings.ts';
import type { Offence } from '../../../server/mesh/secure/alarm-reasons.ts';
import type { ItemHandler, SecureLink, SecureLinks } from '../../../server/mesh/secure/types.ts';
import { cpaceShare } from '../../../server/crypto/cpace.ts';
import { silentLog } from '../../../server/telemetry/log.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { connectedPair, linkOf } from '../../mesh/secure/support.ts';
import { SimWorld } from '../../sim/node.ts';
import type { SimNode } from '../../sim/node.ts';
import { SeededRandom } from '../../sim/seeded-random.ts';
import { VirtualTime } from '../../sim/virtual-time.ts';

const right = new Uint8Array(32).fill(1);
const wrong = new Uint8Array(32).fill(2);
const HOUR = 3_600_000;

interface Meeting {
  node: SimNode;
  meetings: PassphraseMeetings;
  accepted: PeerId[];
  met: PeerId[];
  offences: Offence[];
  /** Types of the frames it was sent. */
  heard: number[];
}

function meetingOf(world: SimWorld, node: SimNode, secret: Uint8Array): Meeting {
  const heard: number[] = [];
  const seen: Omit<Meeting, 'meetings'> = { node, accepted: [], met: [], offences: [], heard };
  const links: SecureLinks = Object.assign(Object.create(node.mesh.links) as SecureLinks, {
    handle: ((type, handler) =>
      node.mesh.links.handle(type, (link, body) => {
        heard.push(type);
        return handler(link, body);
      })) satisfies SecureLinks['handle'],
    all: () => node.mesh.links.all(),
    onOpen: ((handler) => node.mesh.links.onOpen(handler)) satisfies SecureLinks['onOpen'],
    onClose: ((handler) => node.mesh.links.onClose(handler)) satisfies SecureLinks['onClose'],
  });
  const meetings = new PassphraseMeetings(
    {
      clock: world.time,
      timers: world.time,
      random: world.random,
      links,
      log: silentLog,
      addressOf: (peer) => node.mesh.peerInfo(peer)?.remoteAddress.replace(/:\d+$/, '') ?? '',
      takesPart: () => true,
      accept: (peer) => seen.accepted.push(peer),
      offence: (_peer, offence) => seen.offences.push(offence),
    },
    { localPeer: node.mesh.peerId, secret },
  );
  meetings.onMet(({ peerId }) => seen.met.push(peerId));
  meetings.start();
  return Object.assign(seen, { meetings });
}

async function pair(
  secretOfB: Uint8Array | null,
): Promise<{ world: SimWorld; a: Meeting; b: Meeting | SimNode }> {
  const world = new SimWorld();
  const [near, far] = await connectedPair(world);
  const b = secretOfB === null ? far : meetingOf(world, far, secretOfB);
  if (secretOfB === null) ignoreMeetings(far.mesh.links);
  return { world, a: meetingOf(world, near, right), b };
}

describe('meeting by passphrase', () => {
  it('accepts who knows it, on both sides', async () => {
    const { world, a, b } = await pair(right);
    assert.ok('meetings' in b);
    await world.time.until(() => a.met.length > 0 && b.met.length > 0);
    assert.deepEqual([a.met, a.accepted], [[b.node.mesh.peerId], [b.node.mesh.peerId]]);
    assert.deepEqual([b.met, b.accepted], [[a.node.mesh.peerId], [a.node.mesh.peerId]]);
    assert.equal(a.meetings.hasMet(linkOf(a.node, b.node)), true);
    await world.time.run(30_000);
    assert.deepEqual([...a.heard, ...b.heard].sort(), [MEET.a, MEET.b, MEET.c], 'one run per session');
    assert.equal(b.meetings.hasMet(linkOf(b.node, a.node)), true);
  });

  it('shows nothing to who does not, and takes it as a guess', async () => {
    const { world, a, b } = await pair(wrong);
    assert.ok('meetings' in b);
    await world.time.run(20_000);
    assert.deepEqual([a.met, b.met, a.accepted, b.accepted], [[], [], [], []]);
    assert.ok(![...a.heard, ...b.heard].includes(MEET.c), 'nothing is confirmed after a wrong confirmation');
    // Not again with the same process.
    const before = a.heard.length + b.heard.length;
    b.meetings.stop();
    b.meetings.start();
    await world.time.run(20_000);
    assert.equal(a.heard.length + b.heard.length, before);
  });

  it('is no failure when nobody answers', async () => {
    const { world, a } = await pair(null);
    await world.time.run(60_000);
    assert.deepEqual([a.met, a.offences, a.heard], [[], [], []]);
  });

  it('stops when somebody guesses, and says so', async () => {
    const world = new SimWorld();
    const [near, far] = await connectedPair(world);
    const a = meetingOf(world, near, right);
    const heard: number[] = [];
    for (const type of Object.values(MEET)) far.mesh.links.handle(type, () => void heard.push(type));
    // Each process has one guess; the one who guesses says it is another each time.
    for (let guess = 0; guess < MAX_FAILURES_PER_ADDRESS + 2; guess += 1) {
      const link = linkOf(near, far);
      Reflect.set(link, 'instance', `${guess}`.padStart(32, '0'));
      if (guess > 0) a.meetings.stop();
      a.meetings.start();
      await linkOf(far, near).send(MEET.b, new Uint8Array(64).fill(7));
      await world.time.run(1_000);
    }
    assert.equal(heard.filter((type) => type === MEET.a).length, MAX_FAILURES_PER_ADDRESS);
    assert.deepEqual(a.offences, ['guessing']);
  });

  it('closes a session that sends meeting frames of another length', async () => {
    const { world, a, b } = await pair(right);
    assert.ok('meetings' in b);
    await linkOf(b.node, a.node).send(MEET.a, new Uint8Array(31));
    await world.time.until(() => a.node.mesh.links.get(b.node.mesh.peerId) === null);
  });
});

describe('guesses', () => {
  const link = (n: number) => ({ peerId: `peer${n}` as PeerId, instance: 'x' });

  it('are few per hour, per address and in all', () => {
    const time = new VirtualTime();
    const guesses = new Guesses(time);
    for (let i = 1; i < MAX_FAILURES_PER_ADDRESS; i += 1)
      assert.equal(guesses.failed(link(i), 'here'), false);
    assert.equal(guesses.mayMeet(link(50), 'here'), true);
    assert.equal(guesses.mayMeet(link(1), 'elsewhere'), false, 'not with the same process');
    assert.equal(guesses.mayMeet({ ...link(1), instance: 'y' }, 'elsewhere'), true);
    assert.equal(guesses.failed(link(60), 'here'), true);
    assert.equal(guesses.mayMeet(link(50), 'here'), false);
    assert.equal(guesses.mayMeet(link(50), 'elsewhere'), true);
    for (let i = MAX_FAILURES_PER_ADDRESS + 1; i < MAX_FAILURES; i += 1)
      assert.equal(guesses.failed(link(100 + i), `address ${i}`), false);
    assert.equal(guesses.failed(link(99), 'another'), true);
    assert.equal(guesses.mayMeet(link(50), 'elsewhere'), false);
  });

  it('are forgotten after an hour', async () => {
    const time = new VirtualTime();
    const guesses = new Guesses(time);
    for (let i = 1; i <= MAX_FAILURES_PER_ADDRESS; i += 1) guesses.failed(link(i), 'here');
    assert.equal(guesses.mayMeet(link(50), 'here'), false);
    await time.run(HOUR);
    assert.equal(guesses.mayMeet(link(50), 'here'), true);
  });
});

describe('many who ask at once', () => {
  /** A node to which `count` peers have sessions from one address, all with what they were sent. */
  function crowd(count: number) {
    const time = new VirtualTime();
    const random = new SeededRandom(1);
    const handlers = new Map<number, ItemHandler>();
    const links = Array.from({ length: count }, (_, n) => {
      const sent: Uint8Array[] = [];
      const link: Partial<SecureLink> = {
        peerId: `peer${n}` as PeerId,
        outbound: false,
        ended: false,
        instance: `${n}`,
        handshakeHash: new Uint8Array(32).fill(n),
        send: async (_type, body) => void sent.push(body),
      };
      return { link: link as SecureLink, sent };
    });
    const offences: Offence[] = [];
    const meetings = new PassphraseMeetings(
      {
        clock: time,
        timers: time,
        random,
        links: {
          get: () => null,
          all: () => links.map(({ link }) => link),
          handle: (type, handler) => void handlers.set(type, handler),
          onOpen: () => () => undefined,
          onClose: () => () => undefined,
        },
        log: silentLog,
        addressOf: () => 'here',
        takesPart: () => true,
        accept: () => assert.fail('nobody knows it'),
        offence: (_peer, offence) => offences.push(offence),
      },
      { localPeer: 'self' as PeerId, secret: right },
    );
    meetings.start();
    const say = (type: number, n: number, body: Uint8Array): void =>
      void handlers.get(type)?.(links[n]?.link ?? assert.fail(), body);
    return { time, random, links, offences, say, stop: () => meetings.stop() };
  }

  it('have no more guesses than one after the other', async () => {
    const { time, random, links, offences, say, stop } = crowd(20);
    const input = { prs: wrong, ci: new Uint8Array(1), sid: new Uint8Array(1) };
    for (const n of links.keys()) say(MEET.a, n, cpaceShare(input, random).share);
    // What they are answered is what they can look at: none of them confirms.
    await time.run(HOUR / 2);
    assert.equal(links.filter(({ sent }) => sent.length > 0).length, MAX_FAILURES_PER_ADDRESS);
    assert.deepEqual(offences, ['guessing']);
    stop();
  });

  it('are looked at until the first of them have guessed too often', async () => {
    const { time, links, offences, say, stop } = crowd(20);
    await time.run(2_000);
    assert.ok(
      links.every(({ sent }) => sent.length === 1),
      'each was asked',
    );
    for (const n of links.keys()) say(MEET.b, n, new Uint8Array(64).fill(7));
    assert.deepEqual(offences, ['guessing'], 'and the hour is closed once');
    stop();
  });
});
