/**
 * Files between our node and a running Python node, each way: a picture within its message, one that is fetched, 40 MB.
 * 0.4.29 has no means to fetch: it is sent 256 KiB at most and sends up to 10 MiB within a message.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { TestMessage } from '../e2e/node-process.ts';
import { film, picture } from './bytes.ts';
import { Meeting, soon } from './meeting.ts';
import { interopEnvironment } from './python-node.ts';
import { digest, upload } from './transfer.ts';
import type { Reached } from './transfer.ts';

const environment = interopEnvironment();
const MB = 1_000_000;
const MIB = 1024 * 1024;

interface WithFiles extends TestMessage {
  attachments?: { id?: string; name: string; size: number; download_status?: string }[];
}

/** PNG or WebM, by its first bytes. */
const kindOf = (bytes: Buffer): [string, string] =>
  bytes[0] === 0x89 ? ['png', 'image/png'] : ['webm', 'video/webm'];

describe('files with Python', { skip: typeof environment === 'string' ? environment : false }, () => {
  if (typeof environment === 'string') return;
  const meeting = new Meeting(environment, { name: 'sender' });
  const folder = mkdtempSync(path.join(tmpdir(), 'canopy-files-'));
  let [here, there]: (Reached | undefined)[] = [];
  before(async () => {
    await meeting.begin();
    const within = meeting.python.within ?? [];
    here = { url: meeting.ours.url, key: meeting.ours.key, within };
    there = { url: environment.CANOPY_INTEROP_URL, key: environment.CANOPY_INTEROP_KEY, within };
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await meeting.end();
  });

  /** Sends `bytes` with a message; the message as it is seen on the other side. */
  async function send(outward: boolean, name: string, bytes: Buffer): Promise<WithFiles> {
    const [ours, python] = meeting.ways;
    const [way, node] = outward ? [ours, here] : [python, there];
    assert.ok(way && node);
    const [ending, type] = kindOf(bytes);
    const file = path.join(folder, `${name}.${ending}`);
    writeFileSync(file, bytes);
    const id = await upload(node, file, `${name}.${ending}`, type);
    const content = meeting.text(`${name} by ${way.name}`);
    const attachments = [{ id, name: `${name}.${ending}`, type, size: bytes.length }];
    await way.post({ channel_id: 'general', content, attachments });
    return way.seen(content);
  }

  /** The file is on the other side, byte for byte. */
  async function arrives(outward: boolean, { id }: WithFiles, bytes: Buffer): Promise<void> {
    const node = outward ? there : here;
    assert.ok(node);
    const sha = createHash('sha256').update(bytes).digest('hex');
    await soon('the file is there', async () => {
      const list: WithFiles[] = outward ? await meeting.messagesThere() : await meeting.messagesHere();
      const file = list.find((message) => message.id === id)?.attachments?.[0]?.id;
      return file !== undefined && (await digest(node, file)) === `200 ${bytes.length} ${sha}`;
    });
  }

  for (const outward of [true, false]) {
    const direction = outward ? 'ours to Python' : 'Python to ours';
    test(`a picture within its message, ${direction}`, async () => {
      const bytes = picture(200, 200, direction);
      await arrives(outward, await send(outward, 'small', bytes), bytes);
    });

    test(`a picture of half a megabyte, ${direction}`, async (t) => {
      if (outward && !meeting.modern) return t.skip('0.4 takes 256 KiB');
      const bytes = picture(420, 420, direction);
      return arrives(outward, await send(outward, 'middle', bytes), bytes);
    });

    test(`40 MB, ${direction}`, async (t) => {
      if (!meeting.modern) return t.skip('0.4 has no means for it');
      const bytes = film(`${meeting.run} ${direction}`, 40 * MB);
      return arrives(outward, await send(outward, 'large', bytes), bytes);
    });
  }

  test('3 and 10 MiB within a message of 0.4', async (t) => {
    if (meeting.modern) return t.skip('0.5 does not send so');
    for (const mib of [3, 10]) {
      const bytes = film(`${meeting.run} ${mib}`, mib * MIB);
      await arrives(false, await send(false, `within-${mib}`, bytes), bytes);
    }
  });

  test('a file with a message that 0.4 wrote while ours was away', async (t) => {
    if (meeting.modern) return t.skip('seen with 0.5 as a file that is fetched');
    await meeting.ours.stop();
    const bytes = film(`${meeting.run} away`, 2 * MIB);
    const file = path.join(folder, 'away.webm');
    writeFileSync(file, bytes);
    assert.ok(there);
    const id = await upload(there, file, 'away.webm', 'video/webm');
    const content = meeting.text('a file while ours was away');
    await meeting.python.api('POST', '/channels/messages', {
      channel_id: 'general',
      content,
      attachments: [{ id, name: 'away.webm', type: 'video/webm', size: bytes.length }],
    });
    await meeting.ours.start();
    await arrives(false, await meeting.seenHere(content), bytes);
  });

  test('what 0.4 cannot get: it sees the name, and the sender is told', async (t) => {
    if (meeting.modern) return t.skip('0.5 gets everything');
    const seen = await send(true, 'too-large', film(meeting.run, MIB));
    assert.deepEqual(
      seen.attachments?.map(({ name, id }) => [name, id ?? null]),
      [['too-large.webm', null]],
    );
    return undefined;
  });
});
