/** An attachment of 100 MB between two whole nodes: from the post to the file standing checked on the other one's disk. */
import { createHash } from 'node:crypto';
import { mkdtempSync, openSync, rmSync, writeSync, fsyncSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemRandom } from '../../server/ports/system.ts';
import { NodeProcess, eventually } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { LeanClient } from './client.ts';
import { connect, residentMiB } from './node-pair.ts';
import type { Group, Report } from './rows.ts';

const SIZE = 100_000_000;
const MB = 1_000_000;

interface MessageWithFile extends TestMessage {
  attachments?: { download_status?: string; url?: string }[];
}

async function measure(report: Report): Promise<void> {
  const env = { CANOPY_RATE_LIMITS: 'off' };
  const a = new NodeProcess({ name: 'bench-a', env });
  const b = new NodeProcess({ name: 'bench-b', env });
  const clients: LeanClient[] = [];
  try {
    await Promise.all([a.start(), b.start()]);
    await connect(a, b);
    const [ours, theirs] = [new LeanClient(a), new LeanClient(b)];
    clients.push(ours, theirs);
    // Text is what needs no form of its own.
    const bytes = Buffer.from(Buffer.from(systemRandom.bytes((SIZE / 4) * 3)).toString('base64'));
    const limit = hashAndWrite(bytes);
    const began = performance.now();
    const file = await upload(a, bytes);
    report({
      what: 'upload of 100 MB',
      value: rate(began),
      unit: 'MB/s',
      ofLimit: rate(began) / limit,
      limit: 'hash and write',
    });
    const posted = performance.now();
    const message = { channel_id: 'general', content: 'a large one', attachments: [{ id: file }] };
    await ours.call('POST', '/channels/messages', message);
    await eventually('the file stands there', () => stands(theirs), 300_000);
    report({
      what: '100 MB attachment, post to standing on the other node',
      value: rate(posted),
      unit: 'MB/s',
      aim: '≥ 60',
      ofLimit: rate(posted) / limit,
      limit: 'hash and write',
    });
    for (const [who, node] of [
      ['the one that gives it', a],
      ['the one that gets it', b],
    ] as const)
      report({ what: `memory afterwards of ${who}`, value: residentMiB(node.pid), unit: 'MiB' });
  } finally {
    for (const client of clients) client.close();
    await Promise.all([a.dispose(), b.dispose()]);
  }
}

function rate(since: number): number {
  return (SIZE * 1000) / (performance.now() - since) / MB;
}

/** What a perfect receiver does at least: hash the bytes and have them on the disk. */
function hashAndWrite(bytes: Buffer): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-bench-'));
  const started = performance.now();
  createHash('sha256').update(bytes).digest();
  const file = openSync(path.join(folder, 'bytes'), 'w');
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(MB, bytes.length - at));
  fsyncSync(file);
  closeSync(file);
  const result = rate(started);
  rmSync(folder, { recursive: true, force: true });
  return result;
}

async function upload(node: NodeProcess, bytes: Buffer): Promise<string> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'text/plain' }), 'large.txt');
  const answer = await fetch(`http://127.0.0.1:${node.port}/api/v1/files/upload`, {
    method: 'POST',
    headers: { 'X-API-Key': node.key },
    body: form,
  });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`the upload answered ${answer.status} ${said}`);
  return (JSON.parse(said) as { file_id: string }).file_id;
}

async function stands(client: LeanClient): Promise<boolean> {
  const answer = await client.call('GET', '/channels/general/messages?limit=3');
  const { messages } = JSON.parse(answer) as { messages: MessageWithFile[] };
  const message = messages.find(({ content }) => content === 'a large one');
  const [file] = message?.attachments ?? [];
  return file?.download_status === 'completed' && file.url !== undefined;
}

/** `npm run bench -- files` */
export const files: Group = { name: 'files', title: 'Files', measure };
