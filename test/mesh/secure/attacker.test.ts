/**
 * The attacker of 06 section 6, on real sockets: whatever it does to what two nodes say to each other, no frame of it is
 * accepted, no session that lives is closed, no key is stored, and no peer that connected securely is talked to in clear.
 * Each defence was taken out once, and the test of its attack failed.
 */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { createNodeIdentity } from '../../../server/identity/node-identity.ts';
import type { NodeIdentity } from '../../../server/identity/node-identity.ts';
import type { DialAttempt } from '../../../server/mesh/types.ts';
import { systemPorts } from '../../../server/ports/system.ts';
import { websocketTransport } from '../../../server/ports/websocket.ts';
import { generateX25519 } from '../../../server/crypto/keys.ts';
import { encodeBase58 } from '../../../server/wire/base58.ts';
import { buildHandshake } from '../../../server/wire/handshake.ts';
import { ITEM } from '../../../server/wire/secure-frames.ts';
import { DEFAULT_CAPABILITIES } from '../../../server/wire/message-types.ts';
import { createNode, memoryPins } from '../../sim/node.ts';
import type { SimNode, SimNodeInit } from '../../sim/node.ts';
import { Middle } from './middle.ts';
import type { From, Message, Tamper } from './middle.ts';
import { endpointOf, linkOf } from './support.ts';

const ports = systemPorts();
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function until(what: string, done: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i += 1) {
    if (done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what}: did not happen`);
}

/** Lets everything that is on its way arrive. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

async function node(init: SimNodeInit = {}): Promise<SimNode> {
  const made = createNode(ports, { host: '127.0.0.1', ...init });
  await made.mesh.start();
  cleanups.push(() => made.mesh.stop());
  return made;
}

/** Two nodes, and the attacker before the second. */
async function scene(tamper?: Tamper): Promise<{ a: SimNode; b: SimNode; middle: Middle }> {
  const [a, b] = [await node(), await node()];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const)
    one.familiar.add(other.mesh.peerId);
  const middle = await Middle.before(endpointOf(b), tamper);
  cleanups.push(() => middle.stop());
  return { a, b, middle };
}

/** The dial of `a` through the attacker, and its reason when it failed. */
async function dial(a: SimNode, b: SimNode, middle: Middle): Promise<string> {
  const result = await a.mesh.connect(b.mesh.peerId, [middle.endpoint]);
  if (result.ok) return 'connected';
  return result.attempts.map((attempt: DialAttempt) => attempt.reason).join();
}

async function connectedScene(tamper?: Tamper): Promise<{ a: SimNode; b: SimNode; middle: Middle }> {
  const parts = await scene(tamper);
  assert.equal(await dial(parts.a, parts.b, parts.middle), 'connected');
  await until('both sides', () => parts.b.mesh.isConnected(parts.a.mesh.peerId));
  return parts;
}

const contents = (at: SimNode): string[] => at.inbox.map((message) => message.content);
const say = (from: SimNode, to: SimNode, content: string): Promise<boolean> =>
  from.mesh.sendDirect('channel_message', to.mesh.peerId, { content, metadata: {} });
const securityEvents = (at: SimNode): string[] =>
  at.events.flatMap((event) => (event.type === 'security' ? [event.reason] : []));

/** Nothing of the attempt is left. */
function assertUntouched(...nodes: SimNode[]): void {
  for (const one of nodes) {
    assert.deepEqual(one.mesh.neighbours(), []);
    assert.deepEqual(one.knownPeers.list(), [], 'a key was stored');
    assert.deepEqual(
      one.events.filter((event) => event.type === 'peer.connected'),
      [],
    );
    assert.deepEqual(one.inbox, []);
  }
}

const flip = (message: Message, bit: number): Message => {
  if (typeof message === 'string') return message;
  const bytes = Uint8Array.from(message);
  const at = (bit >> 3) % bytes.length;
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
  return bytes;
};
const only =
  (from: From, index: number, change: (message: Message) => Message[]): Tamper =>
  (message, sender, at) =>
    sender === from && at === index ? change(message) : [message];
/** A change inside the JSON of a handshake or ack. */
const inText =
  (change: (frame: Record<string, unknown>) => void) =>
  (message: Message): Message[] => {
    const frame = JSON.parse(String(message)) as Record<string, unknown>;
    change(frame);
    return [JSON.stringify(frame)];
  };

describe('between two of our nodes', () => {
  it('whoever only listens learns nothing and changes nothing', async () => {
    const { a, b, middle } = await connectedScene();
    assert.equal(await say(a, b, 'the secret word'), true);
    await until('it arrives', () => contents(b).length === 1);
    assert.deepEqual(contents(b), ['the secret word']);
    const { dialler, listener } = middle.wire.sent;
    assert.deepEqual([typeof dialler[0], typeof listener[0]], ['string', 'string']);
    for (const message of [...dialler.slice(1), ...listener.slice(1)]) {
      assert.ok(typeof message !== 'string', 'all frames are binary');
      assert.equal(Buffer.from(message).includes('secret'), false);
    }
    assert.equal(dialler[1]?.length, 48);
    assert.equal(listener[1]?.length, 48);
    assert.ok(a.mesh.isPinned(b.mesh.peerId) && b.mesh.isPinned(a.mesh.peerId));
  });

  for (const [side, from] of [
    ['handshake', 'dialler'],
    ['ack', 'listener'],
  ] as const) {
    it(`the capability stripped from the ${side}: no connection`, async () => {
      const strip = inText((frame) => {
        frame['capabilities'] = (frame['capabilities'] as string[]).filter(
          (name) => !name.includes('secure'),
        );
      });
      const { a, b, middle } = await scene(only(from, 0, strip));
      assert.notEqual(await dial(a, b, middle), 'connected');
      await aWhile();
      assertUntouched(a, b);
    });

    it(`another agreement key in the ${side}: no connection`, async () => {
      const swap = inText((frame) => {
        frame['x25519_public_key'] = encodeBase58(generateX25519(ports.random).publicKey);
      });
      const { a, b, middle } = await scene(only(from, 0, swap));
      assert.notEqual(await dial(a, b, middle), 'connected');
      await aWhile();
      assertUntouched(a, b);
    });

    it(`an unsigned word added to the ${side}: the upgrade fails on both sides`, async () => {
      const add = inText((frame) => {
        frame['canopy_version'] = '0.0.1';
      });
      const { a, b, middle } = await scene(only(from, 0, add));
      // The one that is dialled sees it in the first message and closes.
      assert.match(await dial(a, b, middle), /^(closed|secure_upgrade_failed)$/);
      await aWhile();
      assertUntouched(a, b);
      assert.deepEqual(securityEvents(b), ['secure_upgrade_failed']);
    });
  }

  it('a bit flipped in any message of the upgrade: no connection', async () => {
    const places: [From, number][] = [
      ['dialler', 1],
      ['listener', 1],
      ['dialler', 2],
      ['listener', 2],
    ];
    for (const [from, index] of places) {
      for (const bit of [3, 300, 383]) {
        const { a, b, middle } = await scene(only(from, index, (message) => [flip(message, bit)]));
        assert.match(await dial(a, b, middle), /^(closed|secure_upgrade_failed)$/, `${from} ${index}`);
        await aWhile();
        // Who has sent `ready` believes in it until the connection ends, which it does.
        await until('nobody is connected', () => b.mesh.neighbours().length === 0);
        assert.deepEqual(a.mesh.neighbours(), []);
        assert.deepEqual([a.inbox, b.inbox], [[], []]);
        if (index < 2 || from === 'dialler') assertUntouched(a, b);
        else assertUntouched(a);
      }
    }
  });

  it('a frame changed, cut short, left out, said twice or in another order ends the session unread', async () => {
    const attacks: Record<string, (held: Message[]) => Message[]> = {
      changed: ([one, two, three]) => [flip(one ?? '', 40), two ?? '', three ?? ''],
      cut: ([one, two, three]) => [(one ?? '').slice(0, -1), two ?? '', three ?? ''],
      longer: ([one, ...rest]) => [Buffer.concat([Buffer.from(one as Uint8Array), Buffer.alloc(1)]), ...rest],
      empty: (held) => [new Uint8Array(0), ...held],
      'left out': ([, two, three]) => [two ?? '', three ?? ''],
      'in another order': ([one, two, three]) => [two ?? '', one ?? '', three ?? ''],
    };
    for (const [name, attack] of Object.entries(attacks)) {
      const { a, b, middle } = await connectedScene();
      await aWhile();
      const held: Message[] = [];
      middle.tamper = (message, from) => {
        if (from === 'listener') return [message];
        held.push(message);
        return held.length === 3 ? attack(held) : [];
      };
      for (const content of ['one', 'two', 'three']) void say(a, b, content);
      await until(`${name}: the session ends`, () => !b.mesh.isConnected(a.mesh.peerId));
      assert.deepEqual(contents(b), [], name);
      const { wire } = middle;
      await until('it is closed', () => wire.closed.listener !== null);
      assert.equal(wire.closed.listener, name === 'empty' ? 1000 : 1008, name);
      assert.ok(
        securityEvents(b).some((reason) => reason === 'bad_record' || reason === 'bad_frame'),
        name,
      );
    }
  });

  it('a frame said twice is read once', async () => {
    const { a, b, middle } = await connectedScene();
    await aWhile();
    middle.tamper = (message, from) => (from === 'dialler' ? [message, message] : [message]);
    void say(a, b, 'once');
    await until('the session ends', () => !b.mesh.isConnected(a.mesh.peerId));
    assert.deepEqual(contents(b), ['once']);
    assert.deepEqual(securityEvents(b), ['bad_record']);
  });

  it('what a node says, said back to it, is not its peer', async () => {
    const upgrade = await scene((message, from, index, wire) => {
      if (from === 'dialler' && index === 1) wire.say('dialler', message);
      return from === 'dialler' && index === 1 ? [] : [message];
    });
    assert.equal(await dial(upgrade.a, upgrade.b, upgrade.middle), 'secure_upgrade_failed');
    assertUntouched(upgrade.a, upgrade.b);
    const { a, b, middle } = await connectedScene();
    await aWhile();
    middle.tamper = (message, from, _index, wire) => {
      if (from === 'dialler') wire.say('dialler', message);
      return [];
    };
    void say(a, b, 'an echo');
    await until('the session ends', () => !a.mesh.isConnected(b.mesh.peerId));
    assert.deepEqual([contents(a), contents(b)], [[], []]);
  });

  it('a text among the frames ends the session', async () => {
    const { a, b, middle } = await connectedScene();
    await aWhile();
    middle.wire.say('listener', '{"type":"p2p_message","message":{}}');
    await until('the session ends', () => !b.mesh.isConnected(a.mesh.peerId));
    assert.deepEqual(contents(b), []);
    assert.equal(b.mesh.diagnostics().counters['received'], undefined);
  });

  it('frames of one session mean nothing in another', async () => {
    const { a, b, middle } = await connectedScene();
    await say(a, b, 'of the first session');
    await until('it arrives', () => contents(b).length === 1);
    const first = middle.wire.sent.dialler.slice(2);
    a.mesh.drop(b.mesh.peerId);
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    assert.equal(await dial(a, b, middle), 'connected');
    await until('both sides', () => b.mesh.isConnected(a.mesh.peerId));
    await aWhile();
    b.inbox.length = 0;
    for (const message of first) middle.wire.say('listener', message);
    await until('the session ends', () => !b.mesh.isConnected(a.mesh.peerId));
    assert.deepEqual(contents(b), []);
  });

  it('the messages of two upgrades do not mix', async () => {
    const seconds: Message[] = [];
    const { a, b, middle } = await scene((message, from, index) => {
      if (from !== 'listener' || index !== 1) return [message];
      seconds.push(message);
      return [seconds[0] ?? message];
    });
    assert.equal(await dial(a, b, middle), 'connected');
    a.mesh.drop(b.mesh.peerId);
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    assert.equal(await dial(a, b, middle), 'secure_upgrade_failed');
  });
});

describe('with what was recorded before', () => {
  /** Says everything that the dialler said, to `target`, in an own connection; what it was answered. */
  async function replay(
    target: SimNode,
    messages: Message[],
  ): Promise<{ answers: Message[]; code: number | null }> {
    const answers: Message[] = [];
    let code: number | null = null;
    const link = await websocketTransport().dial(endpointOf(target), {
      timeoutMs: 2_000,
      maxMessageBytes: 2 ** 20,
    });
    link.attach({
      message: (text) => answers.push(text),
      binary: (bytes) => answers.push(bytes),
      close: (info) => (code = info.code),
    });
    for (const message of messages) await link.send(message).catch(() => undefined);
    await aWhile();
    link.terminate();
    return { answers, code };
  }

  it('a whole session, or any part of it, opens nothing and closes nothing', async () => {
    const { a, b, middle } = await connectedScene();
    await say(a, b, 'the first time');
    await until('it arrives', () => contents(b).length === 1);
    const recorded = [...middle.wire.sent.dialler];
    const events = b.events.length;
    b.inbox.length = 0;
    for (let length = 1; length <= recorded.length; length += 1) {
      const { answers } = await replay(b, recorded.slice(0, length));
      // The handshake is signed, so it is acked; what follows needs keys.
      assert.equal(answers.length, 1, `${length} messages`);
      assert.ok(b.mesh.isConnected(a.mesh.peerId), 'the session that lives was closed');
    }
    assert.deepEqual(contents(b), []);
    const seen = b.events.slice(events).filter((event) => event.type.startsWith('peer.'));
    assert.deepEqual(seen, []);
    assert.equal(await say(a, b, 'still here'), true);
    await until('it arrives', () => contents(b).length === 1);
  });

  it('after the session is gone, nothing of it brings the peer back', async () => {
    const { a, b, middle } = await connectedScene();
    const recorded = [...middle.wire.sent.dialler];
    await a.mesh.stop();
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    b.mesh.forget(a.mesh.peerId);
    b.events.length = 0;
    await replay(b, recorded);
    assertUntouched(b);
  });

  it('the answers of a peer, said by somebody else, are not that peer', async () => {
    const { a, b, middle } = await connectedScene();
    const answers = [...middle.wire.sent.listener];
    a.mesh.drop(b.mesh.peerId);
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    a.mesh.forget(b.mesh.peerId);
    a.events.length = 0;
    middle.tamper = (_message, from, index, wire) => {
      if (from === 'dialler' && index < 2) wire.say('dialler', answers[index] ?? '');
      return [];
    };
    assert.equal(await dial(a, b, middle), 'secure_upgrade_failed');
    assert.deepEqual(a.mesh.neighbours(), []);
    assert.deepEqual(a.knownPeers.list(), []);
  });

  /** An introduction that `identity` signed when it still ran a program without secure sessions. */
  let stamp = 0;
  const old = (identity: NodeIdentity, type: 'handshake' | 'handshake_ack'): string => {
    stamp += 1;
    return buildHandshake(nativeCrypto, identity, {
      type,
      capabilities: DEFAULT_CAPABILITIES,
      canopyVersion: '0.5.38',
      timestamp: ports.clock.now() / 1000 - 1_000 + stamp / 1000,
    });
  };

  it('an identity of the Python days is refused once it has connected securely, and nothing is said to it', async () => {
    const { a, b } = await connectedScene();
    const { answers, code } = await replay(b, [old(a.identity, 'handshake')]);
    assert.deepEqual([answers, code], [[], 1000]);
    assert.deepEqual(securityEvents(b), ['secure_required']);
    assert.ok(b.mesh.isConnected(a.mesh.peerId));
    // Before the first secure session it cannot be told from a Python node (06 section 1.4).
    const stranger = createNodeIdentity(ports.random, nativeCrypto);
    assert.equal((await replay(b, [old(stranger, 'handshake')])).answers.length, 1);
  });

  it('nor does a node continue in clear when its pinned peer is answered for by such an ack', async () => {
    const { a, b, middle } = await connectedScene();
    a.mesh.drop(b.mesh.peerId);
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    middle.tamper = (_message, from, _index, wire) => {
      if (from === 'dialler') wire.say('dialler', old(b.identity, 'handshake_ack'));
      return [];
    };
    const before = middle.wires.length;
    assert.equal(await dial(a, b, middle), 'secure_required');
    assert.deepEqual(a.mesh.neighbours(), []);
    assert.deepEqual(securityEvents(a), ['secure_required']);
    const said = middle.wires.slice(before).map((wire) => wire.sent.dialler.length);
    assert.deepEqual(said, [1], 'no second try on the same endpoint, and nothing after the handshake');
    // A person may say that it went back to Python.
    assert.equal(a.mesh.liftPin(b.mesh.peerId, 'unpin'), true);
    assert.equal(await dial(a, b, middle), 'connected');
    assert.equal(a.mesh.peerInfo(b.mesh.peerId)?.protection, 'signed');
  });

  it('whoever has the signing key alone, and brings another agreement key, is refused in both directions', async () => {
    const pins = memoryPins();
    const a = await node({ pins });
    const b = await node();
    const impostor = await node({
      identity: { ...b.identity, x25519: generateX25519(ports.random) },
    });
    assert.equal((await a.mesh.connect(b.mesh.peerId, [endpointOf(b)])).ok, true);
    a.mesh.drop(b.mesh.peerId);
    await until('it ends', () => !b.mesh.isConnected(a.mesh.peerId));
    await b.mesh.stop();
    const out = await a.mesh.connect(b.mesh.peerId, [endpointOf(impostor)]);
    assert.deepEqual(out.ok ? 'connected' : out.attempts.map((attempt) => attempt.reason), [
      'peer_key_changed',
    ]);
    const back = await impostor.mesh.connect(a.mesh.peerId, [endpointOf(a)]);
    assert.equal(back.ok, false);
    assert.deepEqual(a.mesh.neighbours(), []);
    assert.deepEqual(a.knownPeers.get(b.mesh.peerId)?.x25519PublicKey, b.identity.x25519.publicKey);
    assert.deepEqual(securityEvents(a), ['peer_key_changed']);
    // A person may say that the other key is right; secure it must be all the same.
    a.mesh.liftPin(b.mesh.peerId, 'accept_key');
    assert.equal((await a.mesh.connect(b.mesh.peerId, [endpointOf(impostor)])).ok, true);
    assert.equal(linkOf(a, impostor).peerId, b.mesh.peerId);
    await linkOf(a, impostor).send(ITEM.accepted, new Uint8Array(0));
  });
});
