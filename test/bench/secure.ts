/**
 * Secure sessions on real sockets (06 section 1): how long until one can be used, and what encryption leaves of the plain
 * path, at chat size with everything an envelope costs, and of a raw websocket and the raw cipher at three sizes.
 */
import { toHex } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { envelopeBody } from '../../server/mesh/secure/envelope-item.ts';
import { systemPorts } from '../../server/ports/system.ts';
import { websocketTransport } from '../../server/ports/websocket.ts';
import type { NodeIdentity } from '../../server/identity/node-identity.ts';
import { createEnvelope, frameText } from '../../server/wire/envelope.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';
import { ITEM, MAX_BODY_BYTES } from '../../server/wire/secure-frames.ts';
import { ReferencePeer } from '../mesh/reference-peer.ts';
import { OUR_CAPABILITIES } from '../sim/node.ts';
import type { SimNode } from '../sim/node.ts';
import { percentile } from './measure.ts';
import type { Group, Report } from './rows.ts';
import { BURST, connected, itemsTaken, node, until } from './sessions.ts';

const ports = systemPorts();
const HANDSHAKES = 20;
/** Envelopes of 256 bytes of content. */
const ENVELOPES = 3_000;
const SIZES = [
  { name: '256 B', bytes: 256, count: 20_000 },
  { name: '4 KiB', bytes: 4_096, count: 10_000 },
  { name: '1 MiB', bytes: 2 ** 20, count: 150 },
];

async function handshake(capabilities: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < HANDSHAKES; i += 1) {
    const { a, b, ms } = await connected(capabilities);
    times.push(ms);
    await Promise.all([a.mesh.stop(), b.mesh.stop()]);
  }
  return percentile(times, 0.5);
}

function frames(author: NodeIdentity): string[] {
  return Array.from({ length: ENVELOPES }, () =>
    frameText(
      createEnvelope(nativeCrypto, author, {
        id: toHex(ports.random.bytes(16)),
        type: 'channel_message',
        toPeer: null,
        timestamp: ports.clock.now() / 1000,
        ttl: 1,
        payload: fromPlain({ content: 'x'.repeat(256), metadata: {} }),
      }),
    ),
  );
}

/** Rate at which a node takes what `send` hands it. */
async function taken(
  at: SimNode,
  texts: readonly string[],
  send: (text: string) => Promise<void>,
): Promise<number> {
  const started = performance.now();
  for (const [i, text] of texts.entries()) {
    const sent = send(text);
    if (i % BURST === 0) await sent;
  }
  await until(() => at.inbox.length >= texts.length);
  return (texts.length * 1000) / (performance.now() - started);
}

async function envelopesPlain(): Promise<number> {
  const target = await node({ capabilities: DEFAULT_CAPABILITIES });
  const author = new ReferencePeer(ports);
  target.familiar.add(author.peerId);
  await author.dial(target.mesh.peerId, target.mesh.localEndpoints()[0] ?? '');
  await until(() => target.mesh.isConnected(author.peerId) && author.connected(target.mesh.peerId));
  const rate = await taken(target, frames(author.identity), (text) => author.send(target.mesh.peerId, text));
  await target.mesh.stop();
  return rate;
}

async function envelopesSecure(): Promise<number> {
  const { a, b } = await connected(OUR_CAPABILITIES);
  const link = a.mesh.links.get(b.mesh.peerId);
  if (link === null) throw new Error('no secure session');
  const rate = await taken(b, frames(a.identity), (text) => link.send(ITEM.envelope, envelopeBody(text, 0)));
  await Promise.all([a.mesh.stop(), b.mesh.stop()]);
  return rate;
}

/** Items per second of a secure session of two nodes. */
async function items(bytes: number, count: number): Promise<number> {
  const { a, b } = await connected(OUR_CAPABILITIES);
  const rate = await itemsTaken(a, b, { bytes, count });
  await Promise.all([a.mesh.stop(), b.mesh.stop()]);
  return rate;
}

/** Binary messages per second of a websocket without anything above it. */
async function messages(bytes: number, count: number): Promise<number> {
  let received = 0;
  const listener = await websocketTransport().listen(
    { host: '127.0.0.1', port: 0, maxMessageBytes: 2 ** 25, maxLinks: 1, maxLinksPerAddress: 1 },
    (far) => far.attach({ message: () => undefined, binary: () => (received += 1), close: () => undefined }),
  );
  const link = await websocketTransport().dial(`ws://127.0.0.1:${listener.port}`, {
    timeoutMs: 5_000,
    maxMessageBytes: 2 ** 25,
  });
  link.attach({ message: () => undefined, close: () => undefined });
  const body = new Uint8Array(bytes);
  const started = performance.now();
  for (let i = 0; i < count; i += 1) {
    const sent = link.send(body);
    if (i % BURST === 0) await sent;
  }
  await until(() => received === count);
  const rate = (count * 1000) / (performance.now() - started);
  link.terminate();
  await listener.stop();
  return rate;
}

/** Sealed and opened per second, in records as a session makes them. */
function sealed(bytes: number, count: number): number {
  const key = ports.random.bytes(32);
  const nonce = new Uint8Array(12);
  const started = performance.now();
  for (let i = 0; i < count; i += 1) {
    for (let left = bytes; left > 0; left -= MAX_BODY_BYTES) {
      const body = new Uint8Array(Math.min(left, MAX_BODY_BYTES));
      nativeCrypto.open(key, nonce, nativeCrypto.seal(key, nonce, body));
    }
  }
  return (count * 1000) / (performance.now() - started);
}

async function measure(report: Report): Promise<void> {
  report({ what: 'dial to usable session, plain', value: await handshake(DEFAULT_CAPABILITIES), unit: 'ms' });
  report({ what: 'dial to usable session, secure', value: await handshake(OUR_CAPABILITIES), unit: 'ms' });
  const plain = await envelopesPlain();
  const secure = await envelopesSecure();
  report({ what: 'envelopes of 256 B taken, plain', value: plain, unit: '/s' });
  report({
    what: 'envelopes of 256 B taken, secure',
    value: secure,
    unit: '/s',
    aim: '≥ 0.80',
    ofLimit: secure / plain,
    limit: 'the plain path',
    note: 'the sender is in the same process',
  });
  for (const { name, bytes, count } of SIZES) {
    const raw = await messages(bytes, count);
    const cipher = sealed(bytes, count);
    const value = await items(bytes, count);
    report({ what: `raw websocket, ${name}`, value: raw, unit: '/s' });
    report({ what: `raw cipher, sealed and opened, ${name}`, value: cipher, unit: '/s' });
    report({
      what: `items of a secure session, ${name}`,
      value,
      unit: '/s',
      ofLimit: value / (1 / (1 / raw + 1 / cipher)),
      limit: 'websocket and cipher together',
    });
  }
}

/** `npm run bench -- secure` */
export const secure: Group = { name: 'secure', title: 'Secure sessions', measure };
