/** Flags, variables and file as an operator gives them to a real node (03 sections 1.1 and 1.2), and what they change. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { eventually, NodeProcess } from './node-process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'canopy-settings-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** UDP port of multicast DNS, as /proc prints it. */
const MDNS_PORT_HEX = '14E9';

function settingsFile(content: string): string {
  const file = path.join(folder, 'canopy.yaml');
  writeFileSync(file, content);
  return file;
}

async function withNode(
  options: ConstructorParameters<typeof NodeProcess>[0],
  look: (node: NodeProcess) => Promise<void> | void,
): Promise<void> {
  const node = new NodeProcess(options);
  try {
    await node.start();
    await look(node);
  } finally {
    await node.dispose();
  }
}

async function inviteEndpoints(node: NodeProcess): Promise<string[]> {
  return (await node.api<{ endpoints: string[] }>('GET', '/p2p/invite')).endpoints;
}

describe('settings of a real node', () => {
  test('--advertise replaces the addresses in the invite; --threads is accepted', async () => {
    await withNode(
      { name: 'advertise', args: ['--advertise', 'canopy.example,2001:db8::7', '--threads', '4'] },
      async (node) => {
        await node.setUp();
        assert.deepEqual(await inviteEndpoints(node), [
          `ws://canopy.example:${node.meshPort}`,
          `ws://[2001:db8::7]:${node.meshPort}`,
        ]);
      },
    );
  });

  test('--config FILE holds the same settings; flag and variable win over it', async () => {
    const dataRoot = path.join(folder, 'from-file');
    const file = settingsFile(
      `mesh_port: 1\nport: 2\ndata_root: ${dataRoot}\nadvertise: [file.example]\ndebug: true\n`,
    );
    const env = { CANOPY_DATA_ROOT: '', CANOPY_ADVERTISE: 'variable.example' };
    await withNode({ name: 'file', args: ['--config', file], env }, async (node) => {
      await node.setUp();
      assert.deepEqual(await inviteEndpoints(node), [`ws://variable.example:${node.meshPort}`]);
      assert.equal(readdirSync(path.join(dataRoot, 'devices')).length, 1);
    });
  });

  test('--data-root holds the devices, --debug logs more', async () => {
    const root = path.join(folder, 'root');
    await withNode({ name: 'root', args: ['--data-root', root, '--debug'] }, async (node) => {
      const [device] = readdirSync(path.join(root, 'devices'));
      assert.ok(existsSync(path.join(root, 'devices', device ?? '', 'canopy.db')));
      await node.request('GET', '/api/v1/health');
      await eventually('it is logged', () => Promise.resolve(/"level":"debug"/.test(node.output)));
    });
  });

  test('CANOPY_DATA_DIR and CANOPY_DATABASE_PATH name the places themselves', async () => {
    const env = {
      CANOPY_DATA_DIR: path.join(folder, 'dir'),
      CANOPY_DATABASE_PATH: path.join(folder, 'beside', 'other.db'),
      CANOPY_RELAY_POLICY: 'full_relay',
    };
    await withNode({ name: 'places', env }, async (node) => {
      assert.ok(existsSync(path.join(folder, 'dir', 'files')));
      assert.notDeepEqual(readdirSync(path.join(folder, 'dir', 'logs')), []);
      for (const name of ['other.db', 'peer_identity.json'])
        assert.ok(existsSync(path.join(folder, 'beside', name)), name);
      assert.equal((await node.request('GET', '/api/v1/p2p/status')).body['relay_policy'], 'full_relay');
      assert.match(readFileSync(path.join(folder, 'beside', 'relay_settings.json'), 'utf8'), /full_relay/);
    });
  });

  test('without LAN discovery nobody listens on the multicast DNS port', async (context) => {
    if (process.platform !== 'linux') return context.skip('reads /proc');
    await withNode({ name: 'quiet', env: { CANOPY_DISABLE_MDNS: '1' } }, (node) => {
      const links = readdirSync(`/proc/${node.pid}/fd`).map((fd) =>
        readlinkSync(`/proc/${node.pid}/fd/${fd}`),
      );
      const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
      assert.ok(own.size > 0, 'its listeners are seen');
      const rows = ['udp', 'udp6'].flatMap((table) =>
        readFileSync(`/proc/net/${table}`, 'utf8').split('\n').slice(1),
      );
      const held = rows
        .map((row) => row.trim().split(/\s+/))
        .filter(
          ([, local, , , , , , , , inode]) => local?.endsWith(`:${MDNS_PORT_HEX}`) && own.has(inode ?? ''),
        );
      assert.deepEqual(held, []);
    });
  });

  test('page and API on IPv6', async (context) => {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    if (!addresses.some(({ address }) => address === '::1')) return context.skip('this machine has no IPv6');
    await withNode({ name: 'six', host: '::1', meshHost: '::1' }, async (node) => {
      assert.equal((await fetch(`${node.url}/setup`)).status, 200);
      await eventually('it is said', () =>
        Promise.resolve(node.output.includes(`http://localhost:${node.port}`)),
      );
    });
  });

  test('a value that cannot be used ends the start with one line that names its variable', async () => {
    const wrong: Record<string, string> = {
      CANOPY_HOST: 'http://here',
      CANOPY_PORT: '70000',
      CANOPY_MESH_HOST: 'a b',
      CANOPY_MESH_PORT: 'x',
      CANOPY_ADVERTISE: 'a:1',
      CANOPY_RELAY_POLICY: 'everything',
      CANOPY_DATA_DIR: settingsFile(''),
      CANOPY_DATABASE_PATH: path.join(settingsFile(''), 'canopy.db'),
      CANOPY_DEBUG: 'perhaps',
      CANOPY_DISABLE_MESH: '2',
      CANOPY_MAINTENANCE_INTERVAL_SECONDS: 'often',
      CANOPY_RATE_LIMITS: 'none',
    };
    // Two at a time: enough to be quick, little enough for a small machine.
    const names = Object.keys(wrong);
    const worker = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const { code, output } = await NodeProcess.startAlone({ [name]: wrong[name] ?? '' });
        assert.equal(code, 1, `${name}: ${output}`);
        assert.match(output.trimEnd(), /^.+$/, `${name}: one line`);
        assert.ok(output.startsWith(`${name}: `), output);
      }
    };
    await Promise.all([worker(), worker()]);
  });
});
