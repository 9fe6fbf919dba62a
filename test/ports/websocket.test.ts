import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { DialError } from '../../server/ports/types.ts';
import type { Link } from '../../server/ports/types.ts';
import { dialError, websocketTransport } from '../../server/ports/websocket.ts';
import { Side, transportAcceptance } from './transport-acceptance.ts';

const LIMITS = { maxMessageBytes: 1024, maxLinks: 10, maxLinksPerAddress: 10 };

/** Polls; the limit is there to end a test that would never end. */
async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    if (done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('nothing of that kind happened');
}

transportAcceptance('websocket transport', () => ({
  transport: websocketTransport(),
  endpoint: (port) => `ws://127.0.0.1:${port}`,
  until,
  resolve: (promise) => promise,
}));

test('the server accepts any path and declines compression', async () => {
  const links: Link[] = [];
  const listener = await websocketTransport().listen({ host: '127.0.0.1', port: 0, ...LIMITS }, (link) =>
    links.push(link),
  );
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/some/other?path`, {
    perMessageDeflate: true,
  });
  const extensions = await new Promise((resolve, reject) => {
    client.once('open', () => resolve(client.extensions));
    client.once('error', reject);
  });
  assert.equal(extensions, '');
  await until(() => links.length === 1);
  assert.match(links[0]?.remoteAddress ?? '', /^127\.0\.0\.1:\d+$/);
  client.terminate();
  await listener.stop();
});

test('the dialler asks for /p2p without compression, and an IPv6 address works', async (t) => {
  const server = new WebSocketServer({ host: '::1', port: 0, perMessageDeflate: true });
  const up = await new Promise((resolve) => {
    server.once('listening', () => resolve(true));
    server.once('error', () => resolve(false));
  });
  if (!up) return t.skip('no IPv6 loopback here');
  const asked = new Promise<{ url?: string; extensions?: string }>((resolve) =>
    server.once('connection', (_socket, request) => {
      const extensions = request.headers['sec-websocket-extensions'];
      resolve({
        ...(request.url === undefined ? {} : { url: request.url }),
        ...(extensions === undefined ? {} : { extensions }),
      });
    }),
  );
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const link = await websocketTransport().dial(`ws://[::1]:${address.port}`, {
    timeoutMs: 2_000,
    maxMessageBytes: 1024,
  });
  assert.deepEqual(await asked, { url: '/p2p' });
  link.terminate();
  server.close();
});

test('without a host it listens on IPv4 and IPv6', async () => {
  const transport = websocketTransport();
  const listener = await transport.listen({ port: 0, ...LIMITS }, () => undefined);
  const options = { timeoutMs: 2_000, maxMessageBytes: 1024 };
  const link = await transport.dial(`ws://127.0.0.1:${listener.port}`, options);
  link.terminate();
  await listener.stop();
});

test('an explicit wss endpoint is never tried in clear', async () => {
  const transport = websocketTransport();
  const links: Link[] = [];
  const listener = await transport.listen({ host: '127.0.0.1', port: 0, ...LIMITS }, (link) =>
    links.push(link),
  );
  await assert.rejects(
    transport.dial(`wss://127.0.0.1:${listener.port}`, { timeoutMs: 2_000, maxMessageBytes: 1024 }),
    DialError,
  );
  assert.equal(links.length, 0);
  await listener.stop();
});

test('plain HTTP is told to upgrade, rubbish is cut off', async () => {
  const listener = await websocketTransport().listen(
    { host: '127.0.0.1', port: 0, ...LIMITS },
    () => undefined,
  );
  const answer = await fetch(`http://127.0.0.1:${listener.port}/`);
  assert.equal(answer.status, 426);
  await answer.arrayBuffer();
  const socket = connect(listener.port, '127.0.0.1');
  const closed = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', () => undefined);
  });
  socket.write('this is not HTTP\r\n\r\n');
  assert.equal(await closed, '');
  await listener.stop();
});

test('binary messages are read as UTF-8, and passed over when they are none', async () => {
  const links: Link[] = [];
  const listener = await websocketTransport().listen({ host: '127.0.0.1', port: 0, ...LIMITS }, (link) =>
    links.push(link),
  );
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/p2p`);
  await new Promise((resolve) => client.once('open', resolve));
  await until(() => links.length === 1);
  const [link] = links;
  assert.ok(link);
  const side = new Side(link);
  client.send(Buffer.from([0xff, 0xfe]));
  client.send(Buffer.from('{"a":1}'));
  await until(() => side.messages.length === 1);
  assert.deepEqual(side.messages, ['{"a":1}']);
  client.terminate();
  await listener.stop();
});

test('every way a dial can fail has its word', () => {
  const failure = (code: string): string => dialError(Object.assign(new Error('x'), { code })).reason;
  assert.equal(failure('ECONNREFUSED'), 'refused');
  assert.equal(failure('ENETUNREACH'), 'unreachable');
  assert.equal(failure('ENOTFOUND'), 'dns');
  assert.equal(failure('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls');
  assert.equal(failure('ESOMETHING'), 'failed');
  const refused = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
  assert.equal(dialError(new AggregateError([refused])).reason, 'refused');
  assert.equal(dialError(new Error('Unexpected server response: 404')).reason, 'http');
});

test('pings are answered in bounds: whoever floods is cut, and its pongs do not pile up', async () => {
  const links: Link[] = [];
  const listener = await websocketTransport().listen({ host: '127.0.0.1', port: 0, ...LIMITS }, (link) =>
    links.push(link),
  );
  const honest = new WebSocket(`ws://127.0.0.1:${listener.port}`);
  let pongs = 0;
  honest.on('pong', () => (pongs += 1));
  await new Promise((resolve) => honest.once('open', resolve));
  for (let i = 0; i < 500; i += 1) honest.ping(`${i}`);
  await until(() => pongs === 500);
  const flooder = new WebSocket(`ws://127.0.0.1:${listener.port}`);
  await new Promise((resolve) => flooder.once('open', resolve));
  await until(() => links.length === 2);
  const side = new Side(links[1] as Link);
  for (let i = 0; i < 1_500; i += 1) flooder.ping(`${i}`);
  await until(() => side.closes.length === 1);
  assert.equal(side.closes[0]?.fault, 'broken');
  assert.equal(honest.readyState, WebSocket.OPEN);
  honest.terminate();
  await listener.stop();
});

test('a connection beyond the places of its address is told with its address', async () => {
  const refused: string[] = [];
  const listener = await websocketTransport().listen(
    {
      host: '127.0.0.1',
      port: 0,
      ...LIMITS,
      maxLinksPerAddress: 1,
      refused: (address) => refused.push(address),
    },
    () => undefined,
  );
  const sockets = [connect(listener.port, '127.0.0.1'), connect(listener.port, '127.0.0.1')];
  for (const socket of sockets) socket.on('error', () => undefined);
  await until(() => refused.length === 1);
  assert.deepEqual(refused, ['127.0.0.1']);
  for (const socket of sockets) socket.destroy();
  await listener.stop();
});

test('a large text is handed over as bytes to whoever wants it so, and as a text to others', async () => {
  const links: Link[] = [];
  const large = 3 * 1024 * 1024;
  const listener = await websocketTransport().listen(
    { host: '127.0.0.1', port: 0, ...LIMITS, maxMessageBytes: 2 * large },
    (link) => links.push(link),
  );
  const text = 'ü'.repeat(large / 2);
  const clients = [0, 1].map(() => new WebSocket(`ws://127.0.0.1:${listener.port}`));
  for (const client of clients) client.on('open', () => client.send(text));
  await until(() => links.length === 2);
  const [plain, wanting] = links;
  assert.ok(plain && wanting);
  const side = new Side(plain);
  const got: Uint8Array[] = [];
  wanting.attach({
    message: () => assert.fail('a text'),
    large: (bytes) => got.push(bytes),
    close: () => undefined,
  });
  await until(() => side.messages.length === 1 && got.length === 1);
  assert.equal(side.messages[0], text);
  assert.deepEqual(Buffer.from(got[0] ?? []).toString(), text);
  for (const client of clients) client.terminate();
  await listener.stop();
});

test('what is dialled masks all that anybody could have chosen, and leaves ciphertext as it is', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  let wire = Buffer.alloc(0);
  server.on('connection', (_socket, request) => {
    request.socket.prependListener('data', (chunk: Buffer) => (wire = Buffer.concat([wire, chunk])));
  });
  const link = await websocketTransport().dial(`ws://127.0.0.1:${address.port}`, {
    timeoutMs: 5_000,
    maxMessageBytes: 1024,
  });
  const text = 'a text that anybody could have chosen';
  const ciphertext = Buffer.alloc(50, 7);
  await link.send(text);
  await link.send(ciphertext);
  await link.send(text);
  await until(() => wire.length >= 3 * 6 + 2 * text.length + ciphertext.length);
  assert.equal(wire.includes(text), false);
  assert.equal(wire.includes(ciphertext), true);
  link.terminate();
  server.close();
});
