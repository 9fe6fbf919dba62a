/**
 * A data directory that ours began, encrypted whole, goes to Python and back: `storage decrypt`, a Python node on it, ours again.
 * Python is started on the directory by a command; see README.md in this folder.
 */
import assert from 'node:assert/strict';
import { execFileSync, execSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { NodeProcess } from '../e2e/node-process.ts';
import type { TestMessage } from '../e2e/node-process.ts';
import { picture } from './bytes.ts';
import { PythonNode } from './python-node.ts';
import { digest, upload } from './transfer.ts';

/** Starts Python on $DIRECTORY with the home $HOME_OF_NODE; and stops it. */
const [start, stop, url] = ['START', 'STOP', 'URL'].map(
  (name) => process.env[`CANOPY_INTEROP_DIRECTORY_${name}`],
);
const within = process.env['CANOPY_INTEROP_WITHIN']?.split(' ');
const PASSWORD = 'Correct-horse-7';

describe(
  'a directory that was encrypted whole, in Python and back',
  { skip: start === undefined ? 'not given (CANOPY_INTEROP_DIRECTORY_START)' : false },
  () => {
    if (start === undefined || stop === undefined || url === undefined) return;
    const home = mkdtempSync(path.join(tmpdir(), 'canopy-directory-'));
    const directory = path.join(home, 'data');
    const ours = new NodeProcess({
      name: 'returner',
      home,
      env: { CANOPY_DATA_DIR: directory },
      ...(within === undefined ? {} : { within, meshHost: null }),
    });
    let python: PythonNode;
    let file = '';
    /** A private channel. */
    let closed = '';
    const bytes = picture(120, 120);
    const sha = createHash('sha256').update(bytes).digest('hex');
    const storage = (verb: string): string =>
      execFileSync(process.execPath, [process.env['CANOPY_TEST_PROGRAM'] ?? '', 'storage', verb], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: home, CANOPY_DATA_DIR: directory },
      });
    const contents = (list: { content: string }[]): string[] => list.map(({ content }) => content);
    const reads = async (node: NodeProcess | PythonNode, by: readonly string[]): Promise<void> => {
      const general = contents(
        (await node.api<{ messages: TestMessage[] }>('GET', '/channels/general/messages?limit=100')).messages,
      );
      const direct = contents(
        (await node.api<{ messages: TestMessage[] }>('GET', '/messages?limit=100')).messages,
      );
      const posts = contents(
        (await node.api<{ posts: { content: string }[] }>('GET', '/feed?limit=50')).posts,
      );
      const confidential = (
        await node.api<{ messages: (TestMessage & { parent_message_id: string | null })[] }>(
          'GET',
          `/channels/${closed}/messages?limit=100`,
        )
      ).messages;
      for (const who of by) {
        const first = confidential.find(({ content }) => content === `private by ${who}, changed`);
        const answer = confidential.find(({ content }) => content === `answer by ${who}`);
        assert.ok(first && answer, `${who}: ${JSON.stringify(confidential)}`);
        assert.equal(answer.parent_message_id, first.id);
        assert.ok(general.includes(`general by ${who}`), `${who}: ${JSON.stringify(general)}`);
        assert.ok(direct.includes(`to myself by ${who}`), `${who}: ${JSON.stringify(direct)}`);
        assert.ok(posts.includes(`post by ${who}`), `${who}: ${JSON.stringify(posts)}`);
      }
    };
    const writes = async (
      node: NodeProcess | PythonNode,
      who: string,
      attachments: object[] = [],
    ): Promise<void> => {
      await node.api('POST', '/channels/messages', {
        channel_id: 'general',
        content: `general by ${who}`,
        attachments,
      });
      await node.api('POST', '/messages', {
        recipient_id: ours.userId,
        content: `to myself by ${who}`,
      });
      await node.api('POST', '/feed', { content: `post by ${who}`, visibility: 'network' });
      const say = async (content: string, parent?: string): Promise<string> =>
        (
          await node.api<{ message: TestMessage }>('POST', '/channels/messages', {
            channel_id: closed,
            content,
            ...(parent === undefined ? {} : { parent_message_id: parent }),
          })
        ).message.id;
      const first = await say(`private by ${who}`);
      await node.api('PATCH', `/channels/${closed}/messages/${first}`, {
        content: `private by ${who}, changed`,
      });
      await say(`answer by ${who}`, first);
    };
    before(() => mkdirSync(directory, { recursive: true }));
    after(() => ours.dispose());

    test('ours writes into a new directory, which is encrypted whole', async () => {
      await ours.start();
      await ours.setUp('keeper');
      const source = path.join(home, 'picture.png');
      writeFileSync(source, bytes);
      file = await upload(
        { url: ours.url, key: ours.key, within: within ?? [] },
        source,
        'picture.png',
        'image/png',
      );
      const { channel } = await ours.api<{ channel: { id: string } }>('POST', '/channels', {
        name: 'confidential',
        channel_type: 'private',
        privacy_mode: 'private',
      });
      closed = channel.id;
      await ours.api('POST', '/profile', { bio: 'likes trees' });
      await writes(ours, 'ours', [{ id: file, name: 'picture.png', type: 'image/png', size: bytes.length }]);
      await reads(ours, ['ours']);
      await ours.stop();
      assert.match(storage('status'), /full/);
    });

    test('decrypted, Python opens it, reads everything, and writes', async () => {
      storage('decrypt');
      assert.match(storage('status'), /reference/);
      execSync(start, {
        stdio: 'pipe',
        env: { ...process.env, DIRECTORY: directory, HOME_OF_NODE: home },
      });
      try {
        python = new PythonNode({
          CANOPY_INTEROP_URL: url,
          CANOPY_INTEROP_KEY: ours.key,
          CANOPY_INTEROP_USER: 'keeper',
          CANOPY_INTEROP_PASSWORD: PASSWORD,
          ...(within === undefined ? {} : { CANOPY_INTEROP_WITHIN: within.join(' ') }),
        });
        await reads(python, ['ours']);
        assert.equal(
          await digest({ url, key: ours.key, within: within ?? [] }, file),
          `200 ${bytes.length} ${sha}`,
        );
        assert.equal((await python.api<{ bio: string }>('GET', '/profile')).bio, 'likes trees');
        // Signed in with the password that was set here.
        assert.ok((await python.shown()).some(({ content }) => content === 'general by ours'));
        await writes(python, 'Python');
        await reads(python, ['ours', 'Python']);
      } finally {
        execSync(stop, { stdio: 'pipe' });
      }
    });

    test('ours opens it again, and again when it is encrypted', async () => {
      for (const mode of ['reference', 'full']) {
        if (mode === 'full') storage('encrypt');
        assert.match(storage('status'), new RegExp(mode));
        await ours.start();
        await reads(ours, ['ours', 'Python']);
        const there = { url: ours.url, key: ours.key, within: within ?? [] };
        assert.equal(await digest(there, file), `200 ${bytes.length} ${sha}`);
        await ours.stop();
      }
      rmSync(path.join(home, 'picture.png'), { force: true });
    });
  },
);
