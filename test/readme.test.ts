/** The commands of README.md, section "Scripts and agents", run against a node as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { NodeProcess } from './e2e/node-process.ts';
import { commandsOf, missingCurl, runJson, runUntil } from './e2e/shell.ts';

const readme = readFileSync(path.join(import.meta.dirname, '..', 'README.md'), 'utf8');
const node = new NodeProcess({ name: 'readme' });
const friend = new NodeProcess({ name: 'friend' });

before(async () => {
  await Promise.all([node.start(), friend.start()]);
  await Promise.all([node.setUp(), friend.setUp()]);
});
after(async () => {
  await Promise.all([node.dispose(), friend.dispose()]);
});

function section(title: string): string {
  const from = readme.indexOf(`\n## ${title}\n`);
  assert.notEqual(from, -1, `README.md has a section "${title}"`);
  const to = readme.indexOf('\n## ', from + 1);
  return readme.slice(from, to === -1 ? undefined : to);
}

test('every command of "Scripts and agents" works as printed', { skip: missingCurl() }, async () => {
  const blocks = [...section('Scripts and agents').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    (match) => match[1] ?? '',
  );
  const commands = blocks.flatMap(commandsOf).filter((command) => !command.startsWith('export '));
  assert.ok(commands.length >= 5, 'the section shows commands');
  const invite = await friend.api('GET', '/p2p/invite');
  for (const shown of commands) {
    assert.match(shown, /^curl .*http:\/\/localhost:7770\/api\/v1\//, 'a command names the default address');
    const command = shown
      .replace('http://localhost:7770', node.url)
      .replace('canopy:…', String(invite['invite_code']));
    if (command.includes('/events/stream')) await runUntil(command, 'event: ready', { KEY: node.key });
    else await runJson(command, { KEY: node.key });
  }
  // What they did is there.
  await node.waitConnected(await friend.peerId());
  await node.waitForMessage('hello');
});
