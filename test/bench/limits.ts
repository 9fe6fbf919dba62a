/** The limits of this machine, measured in the same run: what a perfect node could do at most. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { WebSocket, WebSocketServer } from 'ws';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { systemRandom } from '../../server/ports/system.ts';
import { perSecond } from './measure.ts';
import type { Group, Report } from './rows.ts';

/** Ed25519 verifications of a 200-byte message. @param ms how long to measure. */
export async function verifyLimit(ms?: number): Promise<number> {
  const seed = systemRandom.bytes(32);
  const message = systemRandom.bytes(200);
  const publicKey = nativeCrypto.ed25519PublicKey(seed);
  const signature = nativeCrypto.sign(seed, message);
  return perSecond(() => void nativeCrypto.verify(publicKey, message, signature), ms);
}

/** Websocket round trips of a 400-byte text, 64 in flight. */
export async function echoLimit(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data, { binary: false })));
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((resolve) => client.once('open', resolve));
  const text = 'x'.repeat(400);
  let echoed = 0;
  client.on('message', () => {
    echoed += 1;
    client.send(text);
  });
  for (let i = 0; i < 64; i += 1) client.send(text);
  const started = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const rate = (echoed * 1000) / (performance.now() - started);
  client.terminate();
  server.close();
  return rate;
}

/** Durable SQLite commits, one row each, and rows when 64 share a commit. */
export async function commitLimits(): Promise<{ single: number; grouped: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  const db = new Database(path.join(folder, 'bench.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)');
  const insert = db.prepare('INSERT INTO t (text) VALUES (?)');
  const single = await perSecond(() => void insert.run('x'.repeat(200)));
  const group = db.transaction(() => {
    for (let i = 0; i < 64; i += 1) insert.run('x'.repeat(200));
  });
  const grouped = (await perSecond(() => void group())) * 64;
  db.close();
  rmSync(folder, { recursive: true, force: true });
  return { single, grouped };
}

async function measure(report: Report): Promise<void> {
  report({ what: 'Ed25519 verify, native', value: await verifyLimit(), unit: '/s' });
  report({ what: 'websocket echo, 64 in flight', value: await echoLimit(), unit: '/s' });
  const { single, grouped } = await commitLimits();
  report({ what: 'durable commit, one row', value: single, unit: '/s' });
  report({ what: 'durable rows, 64 per commit', value: grouped, unit: '/s' });
}

/** `npm run bench -- limits` */
export const limits: Group = { name: 'limits', title: 'Limits of this machine', measure };
