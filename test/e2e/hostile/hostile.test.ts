/**
 * A hostile peer against a whole node, over real sockets (issue "Sessions that protect", item 8; 02 section 10): whatever
 * it does, the node answers on, its memory stays in bounds, its friends hear each other, and it is named.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import {
  LARGE_FRAME_BYTES,
  MAX_INTRODUCED_PER_PEER,
  MAX_LINKS_PER_ADDRESS,
  MAX_MESSAGE_BYTES,
  MAX_PENDING_INBOUND,
} from '../../../server/mesh/limits.ts';
import { envelopeBody } from '../../../server/mesh/secure/envelope-item.ts';
import { systemPorts, systemRandom } from '../../../server/ports/system.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import { eventually } from '../node-process.ts';
import {
  PlainAttacker,
  SecureAttacker,
  frame,
  padded,
  clientFrame,
  rawConnection,
  upgradeRequest,
} from './attackers.ts';
import { ReferencePeer } from '../../mesh/reference-peer.ts';
import type { RawConnection } from './attackers.ts';
import { Scene } from './scene.ts';

const scene = new Scene();
before(() => scene.start());
after(() => scene.stop());

const small = (content: string, metadata: object = {}) => ({ content, metadata });
/** The payload of a message in #general. */
const post = (peer: PlainAttacker, content: string) =>
  small(content, {
    type: 'channel_message',
    channel_id: 'general',
    user_id: `user_of_${peer.peerId}`,
    message_id: `M${randomBytes(12).toString('hex')}`,
    timestamp: new Date().toISOString(),
    origin_peer: peer.peerId,
  });
/** Texts that are close to the largest message. */
const wide = (item: string): string =>
  `{"type": "p2p_message", "message": [${Array(Math.floor((MAX_MESSAGE_BYTES - 60) / (item.length + 1)))
    .fill(item)
    .join(',')}]}`;

async function repeat(times: number, task: (i: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < times; i += 1) await task(i);
}

test('a stranger that floods is read slowly and named; an accepted peer too, at its own limit', async () => {
  const stranger = await PlainAttacker.connect(scene.victim, false);
  const junk = '{"type":"nothing"}';
  await scene.under(() => repeat(3_000, () => stranger.say(junk)));
  await scene.named(stranger.peerId, /faster/);
  await stranger.leave();
  const peer = await PlainAttacker.connect(scene.victim, true);
  await scene.under(() => repeat(40_000, () => peer.say(junk)));
  await scene.named(peer.peerId, /faster/);
  await peer.leave();
});

test('20 MiB of nested, of wide and of endless JSON from an accepted peer is refused, and the connection stays', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  const frames = [wide('{}'), wide('[[{"a":1}]]'), '['.repeat(MAX_MESSAGE_BYTES), wide('1e9')];
  await scene.under(async () => {
    for (const text of frames) await peer.say(text);
    await peer.say(peer.frame(post(peer, 'after the bombs')));
  });
  await scene.named(peer.peerId, /no program/);
  await scene.victim.waitForMessage('after the bombs');
  assert.ok(peer.connected);
  await peer.leave();
});

test('more than 2 MiB from a peer nobody accepted ends its connection, plain or secure', async () => {
  const plain = await PlainAttacker.connect(scene.victim, false);
  await scene.under(() => plain.say('x'.repeat(LARGE_FRAME_BYTES + 1)));
  await eventually('it is cut', async () => !plain.connected);
  await scene.named(plain.peerId, /larger/);
  const secure = await SecureAttacker.connect(scene.victim, false);
  const text = padded(frame(secure.node.identity, small('x')), LARGE_FRAME_BYTES + 1);
  await scene.under(() => secure.say(ITEM.envelope, envelopeBody(text, 0)));
  await eventually('it is closed', async () => !secure.connected);
  await scene.named(secure.peerId, /more than is taken/);
  await secure.leave();
});

test('20 MiB of an accepted peer that holds a small message is read beside everything else and delivered', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  await scene.under(() => peer.say(padded(peer.frame(post(peer, 'in a large frame')), MAX_MESSAGE_BYTES)));
  await scene.victim.waitForMessage('in a large frame');
  assert.ok(peer.connected);
  await peer.leave();
});

test('millions of ids and of endpoints, channels without end: kept within their numbers, and named', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  const record = () => {
    const { peerId, ed25519, x25519 } = createNodeIdentity(systemRandom, nativeCrypto);
    return {
      peer_id: peerId,
      display_name: 'x',
      endpoints: Array.from({ length: 20 }, (_, i) => `ws://192.0.2.${i}:7771`),
      ed25519_public_key: encodeBase58(ed25519.publicKey),
      x25519_public_key: encodeBase58(x25519.publicKey),
      capabilities: [],
      device_profile: null,
    };
  };
  const introduced = Array.from({ length: 3 * MAX_INTRODUCED_PER_PEER }, record);
  const channels = (from: number) =>
    Array.from({ length: 500 }, (_, i) => ({
      id: `Cattack${from + i}`,
      name: `c${from + i}`,
      type: 'public',
    }));
  const millions = JSON.stringify(Array.from({ length: 1_500_000 }, (_, i) => i));
  await scene.under(async () => {
    const direct = { type: 'peer_announcement', toPeer: null, ttl: 1 } as const;
    await peer.say(peer.frame(small('', { introduced_peers: introduced }), direct));
    for (let from = 0; from < 2_000; from += 500)
      await peer.say(peer.frame(small('', { channels: channels(from) }), { type: 'channel_sync' }));
    await peer.say(`{"type": "p2p_message", "message": {"id": ${millions}}}`);
    await peer.say(peer.frame(small('', { channel_timestamps: {} }), { id: 'i'.repeat(1_000_000) }));
  });
  await scene.named(peer.peerId, /more peers or channels/);
  const { introduced_peers: kept } = await scene.victim.api<{ introduced_peers: unknown[] }>(
    'GET',
    '/p2p/introduced',
  );
  assert.ok(kept.length > 0 && kept.length <= MAX_INTRODUCED_PER_PEER, `${kept.length} introduced peers`);
  const { channels: all } = await scene.victim.api<{ channels: unknown[] }>('GET', '/channels');
  assert.ok(all.length < 300, `${all.length} channels`);
  await peer.leave();
});

test('messages in the name of others are dropped, whoever passes them on is named, and the others are still heard', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  const friendId = await scene.friend.peerId();
  const strange = createNodeIdentity(systemRandom, nativeCrypto);
  await scene.under(() =>
    repeat(200, async (i) => {
      const own = peer.frame(small(`forged ${i}`), { id: `f${i}`.padEnd(32, '0') });
      await peer.say(own.replace(peer.peerId, friendId));
      // Of an author nobody knows, towards a target nobody knows: no route may be learned from it.
      await peer.say(frame(strange, small(`unknown ${i}`), { toPeer: `T${i}`.padEnd(16, 'x') }));
    }),
  );
  await scene.named(peer.peerId, /signature/);
  const shown = await scene.victim.generalMessages();
  assert.ok(!shown.some(({ content }) => /^(forged|unknown)/.test(content)));
  await peer.leave();
});

test('relays nobody asked for and routes that lead to the attacker leave the ways to friends as they are', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  const friendId = await scene.friend.peerId();
  const toUs = { type: 'relay_offer', toPeer: await scene.victim.peerId(), ttl: 1 } as const;
  await scene.under(async () => {
    await peer.say(peer.frame(small('', { type: 'relay_offer', target_peer: friendId }), toUs));
    await repeat(300, async (i) => {
      const target = createNodeIdentity(systemRandom, nativeCrypto).peerId;
      await peer.say(peer.frame(small(`${i}`, { type: 'relay_offer', target_peer: target }), toUs));
    });
  });
  const status = await scene.victim.api<{ routing_table: Record<string, string> }>(
    'GET',
    '/p2p/relay_status',
  );
  assert.equal(status.routing_table[friendId], undefined);
  assert.ok(Object.keys(status.routing_table).length <= 100, 'routes of one peer');
  await peer.leave();
});

test('answers nobody asked for, plain and in a session, change nothing; whoever sends them is named', async () => {
  const plain = await PlainAttacker.connect(scene.victim, true);
  const to = { toPeer: await scene.victim.peerId() };
  const chunk = {
    request_id: '../../escape',
    origin_file_id: 'F1',
    file_name: '../x',
    size: 1e12,
    chunk_index: 5,
    total_chunks: 1e9,
    data: 'A'.repeat(300_000),
  };
  await scene.under(() =>
    repeat(50, async () => {
      await plain.say(plain.frame(small('', chunk), { type: 'large_attachment_chunk', ...to }));
      const channels = [{ channel_id: 'Cprivate', members: [] }];
      const answer = small('', { query_id: 'MCQ0', channels, truncated: false });
      await plain.say(plain.frame(answer, { type: 'channel_membership_response', ...to }));
    }),
  );
  await scene.named(plain.peerId, /nobody had asked/);
  await plain.leave();
  for (const type of [ITEM.ack, ITEM.reconcilePage, ITEM.reconcileState, 0x27, 0x39]) {
    const peer = await SecureAttacker.connect(scene.victim, true);
    const body = type === ITEM.ack ? new Uint8Array([0, 0, 0, 1, 255, 255, 255, 255, 0]) : new Uint8Array(64);
    await scene.under(() => repeat(1_100, () => (peer.connected ? peer.say(type, body) : Promise.resolve())));
    await scene.named(peer.peerId, /nobody had asked|breaks the rules|more than is taken/);
    await peer.leave();
  }
});

test('a flood of pings that nobody reads the answers of ends in a cut, with what waits in bounds', async () => {
  const raw = await rawConnection(scene.victim, upgradeRequest());
  await eventually('it is a websocket', async () => raw.received.includes('101'));
  raw.socket.pause();
  // A masked ping of 125 bytes.
  const ping = Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]);
  const many = Buffer.concat(Array<Buffer>(1_000).fill(ping));
  await scene.under(async () => {
    for (let i = 0; i < 100 && raw.open; i += 1)
      await new Promise((resolve) =>
        raw.socket.write(many) ? setImmediate(resolve) : setTimeout(resolve, 20),
      );
  });
  raw.socket.resume();
  await eventually('it is cut', async () => !raw.open);
});

test('thousands of half-open connections, dribbled requests and huge headers hold nobody up', async () => {
  const raws: RawConnection[] = [];
  const starts = [
    '',
    'GET /p2p HT',
    upgradeRequest(`X-Large: ${'x'.repeat(1_000_000)}\r\n`),
    upgradeRequest(),
  ];
  await scene.under(() =>
    repeat(2_000, async (i) => void raws.push(await rawConnection(scene.victim, starts[i % 4]))),
  );
  const open = raws.filter((raw) => raw.open).length;
  assert.ok(open <= MAX_LINKS_PER_ADDRESS + MAX_PENDING_INBOUND, `${open} connections are open`);
  await scene.named('127.0.0.1', /more connections/);
  for (const raw of raws) raw.socket.destroy();
  // Room again for who comes next.
  const next = await PlainAttacker.connect(scene.victim, false);
  assert.ok(next.connected);
  await next.leave();
});

test('peers that begin messages and never end them, and read nothing, cost no more than what they began', async () => {
  const raws: RawConnection[] = [];
  await scene.under(async () => {
    for (let i = 0; i < 8; i += 1) {
      const raw = await rawConnection(scene.victim, upgradeRequest());
      raws.push(raw);
      await eventually('it is a websocket', async () => raw.received.includes('\r\n\r\n'));
      const hello = new ReferencePeer(systemPorts()).hello('handshake');
      raw.socket.write(clientFrame(1, Buffer.from(hello)));
      await eventually('it is let in', async () => raw.received.includes('handshake_ack'));
      raw.socket.pause();
      raw.socket.write(clientFrame(1, Buffer.alloc(LARGE_FRAME_BYTES - 1, 0x20), LARGE_FRAME_BYTES));
    }
  });
  for (const raw of raws) raw.socket.destroy();
});

test('compression is not agreed to, and a compressed message ends the connection', async () => {
  const raw = await rawConnection(
    scene.victim,
    upgradeRequest('Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'),
  );
  await eventually('it answers', async () => raw.received.includes('\r\n\r\n'));
  assert.match(raw.received, /^HTTP\/1\.1 101/);
  assert.doesNotMatch(raw.received, /permessage-deflate/);
  await scene.under(async () => {
    // RSV1 set: a compressed text message.
    raw.socket.write(Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0x41]));
    await eventually('it is cut', async () => !raw.open);
  });
});

test('whatever numbers, characters and times a message holds, the node goes on', async () => {
  const peer = await PlainAttacker.connect(scene.victim, true);
  const now = Date.now() / 1000;
  const drafts = [
    { ttl: 1e15 },
    { ttl: -5 },
    { timestamp: now + 1e9 },
    { timestamp: -1e300 },
    { id: '' },
    { id: '__proto__' },
    { id: '\ud800' },
    { toPeer: '' },
    { toPeer: '\u0000' },
  ];
  const metadata = {
    channel_id: 'general',
    timestamp: '99999-01-01T00:00:00Z',
    message_id: '\ud800',
    n: 1e308,
  };
  await scene.under(async () => {
    for (const draft of drafts)
      await repeat(20, () => peer.say(peer.frame(small('odd \udfff', metadata), draft)));
    // The same id again and again, and keys that occur twice.
    const once = peer.frame(small('again'), { type: 'broadcast' });
    await repeat(200, () => peer.say(once));
    await peer.say(once.replace('"ttl": 3', `"ttl": 3, "ttl": ${'9'.repeat(4_300)}`));
    await peer.say(once.replace('"ttl": 3', `"ttl": ${'9'.repeat(400_000)}`));
  });
  assert.ok(peer.connected);
  await peer.leave();
});
