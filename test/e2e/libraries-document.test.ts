/**
 * The commands of the document that libraries come from (07), taken from its text, and those of the README's section about
 * libraries: run as they stand there but for ports and ids, in two directories on one machine. A command nobody knows of is
 * a failure. Where the document does not lie beside the project its part is left out, and says so.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, freePort, NodeProcess } from './node-process.ts';
import { commandsOf } from './shell.ts';

const root = path.join(import.meta.dirname, '..', '..');
const DOCUMENT = path.join(root, '..', 'shared', 'seeds', '000_6de369fa8ca2e3bd.txt');
const text = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : null;

/** Lines of the document that are commands, as far as they are none of curl's, and what is done in their place. */
const OTHERS: Readonly<Record<string, string>> = {
  'cd ../..': 'goes to sources of a program that is none of ours',
  'cd /path/to/CanService': 'the same',
  'cd examples/can-sync': 'the same',
  'cargo run': 'the node itself, with --can-port and --can-sync-port',
  'CAN_PORT=3220 cargo run': 'the node itself, with CAN_PORT',
  'cp config.yaml my-config.yaml': 'the test writes the file',
  'cargo run -- my-config.yaml': 'the node itself, with --config',
  'cargo run -- machine-b-config.yaml': 'the node itself, with --config',
};
/** How the lines begin that are commands in a text without marks. */
const COMMAND = /^ *(curl|cd|cp|cargo|[A-Z_]+=\S+ cargo)(?= |$)/;

interface Asset {
  hash: string;
  filename: string;
  mime_type: string;
}
interface Library {
  id: string;
  name: string;
  filter: unknown;
  state: string;
}

/** What the document calls them: the ports of its two services on both machines. */
const ports: Record<string, number> = {};
let here: NodeProcess;
let there: NodeProcess;

before(async () => {
  for (const port of ['3210', '3213', '3220', '3223']) ports[port] = await freePort();
  here = new NodeProcess({
    name: 'document-a',
    args: ['--can-port', String(ports['3210']), '--can-sync-port', String(ports['3213'])],
  });
  there = new NodeProcess({
    name: 'document-b',
    args: ['--config', 'machine-b-config.yaml'],
    env: { CAN_PORT: String(ports['3220']) },
  });
  // As it stands in the document.
  const config = `can_service_url: "http://127.0.0.1:3220/api/v1/can/0"
listen_addr: "127.0.0.1:3223"
data_dir: "./can_sync_data_b"
`;
  if (text !== null)
    assert.ok(text.includes(`# machine-b-config.yaml\n${config}`), 'the file is another one');
  writeFileSync(path.join(there.home, 'machine-b-config.yaml'), withPorts(config));
  writeFileSync(path.join(here.home, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]));
  await Promise.all([here.start(), there.start()]);
});
after(async () => {
  for (const node of [here, there]) {
    await node.stop();
    rmSync(node.home, { recursive: true, force: true });
  }
});

function withPorts(command: string): string {
  return command.replace(/:(32\d\d)\b/g, (_, port: string) => `:${ports[port] ?? port}`);
}

/** Runs a command in the directory of a machine; what its answer holds. */
function run<T = Record<string, unknown>>(node: NodeProcess, command: string): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(
      'sh',
      ['-c', withPorts(command).replace(/\bcurl /, 'curl -s ')],
      { cwd: node.home },
      (error, stdout) => {
        if (error !== null) return reject(error);
        const answer = JSON.parse(stdout) as { status: string; data: T };
        assert.equal(answer.status, 'success', `${command}: ${stdout}`);
        resolve(answer.data);
      },
    );
  });
}

/** The commands of a text, in order, each with the machine it is meant for. */
function commandsIn(document: string): { onB: boolean; command: string }[] {
  const [a = '', b = ''] = document.split('\nMachine B (the joiner)\n');
  const [joiner = '', verify = ''] = b.split('\nVerify it works\n');
  assert.notEqual(verify, '', 'the document has its two machines');
  return [
    { text: a, onB: false },
    { text: joiner, onB: true },
    { text: verify, onB: false },
  ].flatMap((part) =>
    commandsOf(part.text)
      .filter((line) => COMMAND.test(line))
      .map((command) => ({ onB: part.onB || /:322[03]\//.test(command), command })),
  );
}

describe('the document', { skip: text === null && 'it does not lie beside the project' }, () => {
  test('does what it says, command for command', async () => {
    const commands = commandsIn(text ?? '').filter(({ command }) => OTHERS[command] === undefined);
    const unknown = commands.filter(({ command }) => !command.startsWith('curl '));
    assert.deepEqual(unknown, [], 'commands nobody knows of');
    const mentions = [...(text ?? '').matchAll(/\bcurl /g)].length;
    assert.equal(commands.length, mentions, 'every command is found');

    const named = new Map<string, string>();
    const done: string[] = [];
    let ticket = '';
    let asset: Asset | null = null;
    for (const { onB, command } of commands) {
      const node = onB ? there : here;
      const [, url = ''] = /http:\/\/127\.0\.0\.1(\S+)/.exec(command) ?? [];
      const route = url.replace(/^:\d+/, '').replace(/(a1b2c3d4-\.\.\.|\{id\})/, '{id}');
      done.push(route);
      // Its placeholders: the id of a library made before, the ticket answered before.
      const id = named.get(command.includes('a1b2c3d4-...') ? 'shared-images' : 'my-pastes') ?? '';
      const filled = command
        .replace(/a1b2c3d4-\.\.\.|\{id\}/, id)
        .replace('eyJsaWJyYXJ5X25hbWUiOi...', ticket);
      assert.doesNotMatch(filled, /\.\.\.|[<]|\/\{/, 'a placeholder nobody knows of');
      switch (route) {
        case '/libraries': {
          const wish = /-d '(.*)'$/.exec(command)?.[1];
          if (wish === undefined) {
            const all = await run<Library[]>(node, filled);
            assert.deepEqual(all.map(({ name }) => name).sort(), [...named.keys()].sort());
            break;
          }
          const { name, filter } = JSON.parse(wish) as Library;
          const made = await run<Library>(node, filled);
          assert.deepEqual([made.name, made.filter, made.state], [name, filter, 'active']);
          named.set(name, made.id);
          break;
        }
        case '/libraries/{id}/invite':
          ticket = (await run<{ ticket: string }>(node, filled)).ticket;
          assert.match(ticket, /^eyJsaWJyYXJ5X25hbWUiOi/);
          break;
        case '/join': {
          // The examples join "on another machine" by the address of this one.
          const other = onB ? filled : filled.replace(':3213/', ':3223/');
          const joined = await run<Library>(there, other);
          assert.ok([...named.values()].includes(joined.id));
          await eventually('it is a member', async () => {
            const library = await run<Library>(there, `curl http://127.0.0.1:3223/libraries/${joined.id}`);
            return library.state === 'active' && named.get(library.name) === joined.id;
          });
          break;
        }
        case '/status': {
          const status = await run<{ libraries: number }>(node, filled);
          assert.equal(status.libraries, named.size);
          break;
        }
        case '/api/v1/can/0/ingest':
          asset = await run<Asset>(node, filled);
          assert.deepEqual([asset.filename, asset.mime_type], ['photo.jpg', 'image/jpeg']);
          break;
        case '/api/v1/can/0/list?limit=5':
          await eventually('the photo is there, too', async () => {
            const { assets } = await run<{ assets: Asset[] }>(node, filled);
            if (assets.length === 0) return false;
            assert.deepEqual(assets, [asset]);
            return true;
          });
          break;
        default:
          assert.fail(`a command nobody knows of: ${command}`);
      }
    }
    assert.ok(done.includes('/join') && done.includes('/api/v1/can/0/list?limit=5'), done.join(' '));
  });

  test('lists routes that are there', async () => {
    const listed = [...(text ?? '').matchAll(/^(GET|POST|DELETE) (\/\S*) /gm)];
    assert.equal(listed.length, 8);
    for (const [, method = '', route = ''] of listed) {
      const missing = '00000000-0000-4000-8000-000000000009';
      const url = `http://127.0.0.1:${ports['3213']}${route.replace('{id}', missing)}`;
      const answer = await fetch(url, {
        method,
        ...(method === 'POST' ? { body: '{}', headers: { 'Content-Type': 'application/json' } } : {}),
      });
      const body = (await answer.json()) as { status: string; error?: string; code?: string };
      assert.equal(body.status, answer.ok ? 'success' : 'error', route);
      const expected = route.includes('{id}') ? [404] : method === 'GET' ? [200] : [400];
      assert.ok(expected.includes(answer.status), `${method} ${route}: ${answer.status} ${body.error ?? ''}`);
      if (answer.status === 404) assert.equal(body.code, 'library_not_found', route);
    }
  });
});

test("the README's ten lines share a folder", async () => {
  const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
  const [, rest = ''] = readme.split('\n## Share a folder between two machines\n');
  const [, block = ''] = /^```sh\n(.*?)^```$/ms.exec(rest) ?? [];
  const [start, create, invite, join, ingest, ...more] = commandsOf(block).map((line) =>
    line.replace(/\s+#.*$/, ''),
  );
  assert.equal(start, 'npm start -- --can-port 3210 --can-sync-port 3213');
  assert.deepEqual(more, [], 'commands nobody knows of');
  const made = await run<Library>(here, create ?? '');
  const { ticket } = await run<{ ticket: string }>(here, (invite ?? '').replace('/ID/', `/${made.id}/`));
  const toB = (command: string): string => command.replace(':3213/', ':3223/').replace(':3210/', ':3220/');
  const joined = await run<Library>(there, toB((join ?? '').replace('TICKET', ticket)));
  assert.equal(joined.id, made.id);
  mkdirSync(path.join(here.home, 'folder'));
  writeFileSync(path.join(here.home, 'folder', 'a file.txt'), 'of a folder');
  const asset = await run<Asset>(here, ingest ?? '');
  assert.equal(asset.filename, 'a file.txt');
  const [, list = ''] = /`GET (localhost:3210\/\S+)`/.exec(rest) ?? [];
  await eventually('it is on both', async () => {
    for (const command of [`curl ${list}`, toB(`curl ${list}`)]) {
      const { assets } = await run<{ assets: Asset[] }>(command.includes(':3220/') ? there : here, command);
      if (!assets.some(({ hash }) => hash === asset.hash)) return false;
    }
    return true;
  });
});
