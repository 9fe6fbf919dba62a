/**
 * Every command and setting of README.md, run as it stands there: the two commands of the project, what an operator
 * types, what a script sends, and each variable. What is not run here is listed with the reason; a command nobody
 * knows of is a failure.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { freePort, NodeProcess } from './e2e/node-process.ts';
import { commandsOf, missingCurl, runJson, runUntil } from './e2e/shell.ts';

const root = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const program = process.env['CANOPY_TEST_PROGRAM'] ?? path.join(root, '.config', 'canopy.mjs');

/** Commands that are not run here, and why. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'npm ci && npm start':
    'installs: .ci/run does it on a clean checkout, test/build/npm.test.ts runs npm start',
  'npm ci && npm test': 'would run this test again: .ci/run does it on a clean checkout',
  'export KEY=…': 'the key is made by the test itself',
  'nc -zv ADDRESS 7771': 'asks a foreign machine; nc is none of ours',
  ...Object.fromEntries(
    commandLines(section('Share a folder between two machines')).map((line) => [
      line.replace(/\s+#.*$/, ''),
      'ports and another machine: test/e2e/libraries-document.test.ts runs them on ports of its own',
    ]),
  ),
  'npm start -- --help': 'test/build/npm.test.ts runs it through npm',
  'npm run bench': 'measures for minutes; test/bench runs its parts',
  'npx canopy doctor': 'run from its block below',
  'npx canopy storage encrypt': 'run from its block below',
  'npx canopy storage decrypt': 'run from its block below',
};

function section(title: string): string {
  const from = readme.indexOf(`\n## ${title}\n`);
  assert.notEqual(from, -1, `README.md has a section "${title}"`);
  const to = readme.indexOf('\n## ', from + 1);
  return readme.slice(from, to === -1 ? undefined : to);
}

/** The lines of the code blocks in `text`, without comments and output. */
function commandLines(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
  return blocks.flatMap(commandsOf);
}

const withoutComment = (line: string): string => line.replace(/\s+#.*$/, '');

/** What a comment adds to the command beside it: "also: user list, user password NAME". */
function alsoNamed(line: string): string[] {
  const also = /# also: (.*)$/.exec(line)?.[1];
  return also === undefined ? [] : also.split(', ').map((rest) => `npx canopy ${rest}`);
}

const operating = commandLines(section('Operating it')).flatMap((line) => [
  withoutComment(line),
  ...alsoNamed(line),
]);
const scripts = commandLines(section('Scripts and agents')).map(withoutComment);

test('every command in a code block of the README is run by a test or listed with its reason', () => {
  const all = commandLines(readme).map(withoutComment);
  const run = new Set([...operating, ...scripts]);
  const unknown = all.filter((line) => !run.has(line) && NOT_RUN[line] === undefined);
  assert.deepEqual(unknown, []);
  const inline = [...readme.matchAll(/`((?:npm|npx|nc|curl) [^`]+)`/g)].map((match) => match[1] ?? '');
  // "with flags, as `npm start --` does" names a program, not a command.
  const whole = inline.filter((line) => !['npm start', 'npm start --', 'npx canopy'].includes(line));
  assert.deepEqual(
    whole.filter((line) => NOT_RUN[line] === undefined),
    [],
  );
});

describe('an operator, without a browser', () => {
  const node = new NodeProcess({ name: 'operator' });
  const friend = new NodeProcess({ name: 'operators-friend' });
  const cwd = path.join(node.home, 'work');
  const answers = new Map<string, string>();
  let key = '';

  before(async () => {
    mkdirSync(path.join(node.home, 'bin'));
    mkdirSync(cwd);
    // `npx canopy` as installed: the built program, from the operator's folder.
    const npx = path.join(node.home, 'bin', 'npx');
    writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${program}" "$@"\n`);
    chmodSync(npx, 0o755);
    writeFileSync(path.join(cwd, 'password.txt'), 'Correct-horse-7\n');
    node.port = await freePort();
    node.meshPort = await freePort();
    await friend.start();
    await friend.setUp();
  });
  after(async () => {
    await Promise.all([node.dispose(), friend.dispose()]);
  });

  /** Runs a command of the README, with its placeholders filled in; what it printed. */
  function run(shown: string, actual: string, env: Record<string, string> = {}): Promise<string> {
    assert.ok(operating.includes(shown), `the README shows: ${shown}`);
    return new Promise((resolve, reject) => {
      const child = execFile(
        'sh',
        ['-c', actual],
        {
          cwd,
          env: {
            PATH: `${path.join(node.home, 'bin')}:${process.env['PATH'] ?? ''}`,
            HOME: node.home,
            CANOPY_DATA_ROOT: path.join(node.home, 'data'),
            CANOPY_HOST: '127.0.0.1',
            CANOPY_PORT: String(node.port),
            CANOPY_MESH_PORT: String(node.meshPort),
            CANOPY_MESH_HOST: '127.0.0.1',
            CANOPY_DISABLE_MDNS: '1',
            ...env,
          },
        },
        (error, stdout, stderr) => {
          if (error !== null) return reject(new Error(`${actual}: ${stdout}${stderr}`, { cause: error }));
          answers.set(shown, stdout);
          return resolve(stdout);
        },
      );
      child.stdin?.end('Battery-staple-8\n');
    });
  }

  test('accounts and keys of a stopped node', async () => {
    const create = 'npx canopy user create anna < password.txt';
    assert.match(await run(create, create), /anna/);
    assert.match(await run('npx canopy user list', 'npx canopy user list'), /anna/);
    await run('npx canopy user password NAME', 'npx canopy user password anna');
    for (const [word, answer] of [
      ['status', /^full: /],
      ['decrypt', /^Done: direct messages/],
      ['encrypt', /^Done: everything/],
    ] as const) {
      const command = `npx canopy storage ${word}`;
      assert.match(await run(command, command), answer);
    }
    const makeKey = 'npx canopy key create --permissions all';
    const other = await run(makeKey, makeKey);
    key = /once: (\S+)/.exec(await run(makeKey, makeKey))?.[1] ?? '';
    assert.notEqual(key, '');
    const id = /\bid ([^,\s]+)/.exec(other)?.[1] ?? '';
    assert.match(await run('npx canopy key list', 'npx canopy key list'), new RegExp(id));
    await run('npx canopy key revoke ID', `npx canopy key revoke ${id}`);
  });

  test('a running node', async () => {
    await node.start();
    node.key = key;
    const env = { CANOPY_API_KEY: key };
    const invite = await friend.api<{ invite_code: string }>(
      'GET',
      `/p2p/invite?public_host=127.0.0.1&public_port=${friend.meshPort}`,
    );
    const importing = `npx canopy import ${invite.invite_code}`;
    assert.match(await run('npx canopy import CODE', importing, env), new RegExp(await friend.peerId()));
    await node.waitConnected(await friend.peerId());
    assert.match(await run('npx canopy status', 'npx canopy status'), new RegExp(await node.peerId()));
    const peers = await run('npx canopy peers', 'npx canopy peers', env);
    assert.match(peers, new RegExp(await friend.peerId()));
    assert.match(await run('npx canopy invite', 'npx canopy invite', env), /^canopy:/m);
    await node.post('kept in the backup');
    await run('npx canopy backup ../canopy-saved', 'npx canopy backup ../canopy-saved');
    await node.post('written after the backup');
    assert.match(await run('npx canopy doctor', 'npx canopy doctor', env), /\S/);
  });

  test('a restored node', async () => {
    await node.stop();
    const restore = 'npx canopy restore ../canopy-saved';
    await assert.rejects(run(restore, restore), /--force/, 'what is there is not touched unasked');
    await run(restore, `${restore} --force`);
    await node.start();
    const contents = (await node.generalMessages()).map((message) => message.content);
    assert.ok(contents.includes('kept in the backup'));
    assert.ok(!contents.includes('written after the backup'));
  });

  test('nothing of the section was left out', () => {
    assert.deepEqual(
      operating.filter((line) => !answers.has(line)),
      [],
    );
  });
});

describe('scripts and agents', { skip: missingCurl() }, () => {
  const node = new NodeProcess({ name: 'readme' });
  const friend = new NodeProcess({ name: 'friend' });
  before(async () => {
    await Promise.all([node.start(), friend.start()]);
    await Promise.all([node.setUp(), friend.setUp()]);
  });
  after(async () => {
    await Promise.all([node.dispose(), friend.dispose()]);
  });

  test('every command works as printed', async () => {
    const commands = scripts.filter((command) => NOT_RUN[command] === undefined);
    assert.ok(commands.length >= 5, 'the section shows commands');
    const invite = await friend.api('GET', '/p2p/invite');
    for (const shown of commands) {
      assert.match(shown, /^curl .*http:\/\/localhost:7770\//, 'a command names the default address');
      const command = shown
        .replace('http://localhost:7770', node.url)
        .replace('canopy:…', String(invite['invite_code']));
      if (command.includes('/events/stream')) await runUntil(command, 'event: ready', { KEY: node.key });
      else if (command.includes('/metrics')) await runUntil(command, '# TYPE ', { KEY: node.key });
      else await runJson(command, { KEY: node.key });
    }
    // What they did is there.
    await node.waitConnected(await friend.peerId());
    await node.waitForMessage('hello');
  });
});

describe('settings', () => {
  /** A value for each variable of the README; those of addresses, ports and places every test node is given. */
  const VALUES: Readonly<Record<string, string>> = {
    CANOPY_ADVERTISE: 'canopy.example',
    CANOPY_DEBUG: '1',
    CANOPY_DISABLE_MDNS: '1',
    CANOPY_DISABLE_MESH: '1',
    CANOPY_TRUST_DEFAULT: 'manual',
    CANOPY_ALLOWED_HOSTS: 'canopy.example',
    CANOPY_NATIVE_EXTENSIONS: 'none',
    CANOPY_MESH_PASSPHRASE: 'words that nobody guesses',
  };
  const GIVEN = ['CANOPY_HOST', 'CANOPY_PORT', 'CANOPY_MESH_HOST', 'CANOPY_MESH_PORT', 'CANOPY_DATA_ROOT'];
  /** Settings of the commands, used above, and one that the page's own test uses. */
  const ELSEWHERE = ['CANOPY_API_KEY', 'CANOPY_DATA_DIR'];
  const named = [...new Set(readme.match(/\bCANOPY_[A-Z_]+/g))];

  test('each variable of the README is set on a node that starts, and listed by --help', async () => {
    const unknown = named.filter(
      (name) => VALUES[name] === undefined && ![...GIVEN, ...ELSEWHERE].includes(name),
    );
    assert.deepEqual(unknown, []);
    const node = new NodeProcess({ name: 'settings', env: VALUES });
    try {
      await node.start();
      const foreign = await fetch(`${node.url}/api/v1/health`);
      assert.equal(foreign.status, 200);
    } finally {
      await node.dispose();
    }
    const help = await helpText();
    for (const name of named.filter((each) => each !== 'CANOPY_API_KEY'))
      assert.ok(help.includes(name), `--help lists ${name}`);
    for (const flag of section('Running it').match(/`--[a-z-]+/g) ?? [])
      assert.ok(help.includes(flag.slice(1)), `--help lists ${flag.slice(1)}`);
  });

  function helpText(): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [program, '--help'], (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
  }
});
