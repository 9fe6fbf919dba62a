import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { lockDirectory } from '../../server/store/lock.ts';
import { TestMachine } from './support.ts';

let machine: TestMachine;
let backup: string;
beforeEach(async () => {
  machine = new TestMachine();
  backup = path.join(machine.root, 'saved');
  await machine.run('user', 'create', 'anna');
  writeFileSync(path.join(machine.dataDir, 'files', 'images', 'Fabc.png'), 'a picture');
});
afterEach(() => machine.dispose());

function read(...parts: string[]): string {
  return readFileSync(path.join(...parts), 'utf8');
}

async function userNames(): Promise<unknown[]> {
  const { body } = await machine.json('user', 'list');
  return (body['users'] as Record<string, unknown>[]).map((user) => user['username']);
}

test('a backup comes back in another place, the same to the byte', async () => {
  const made = await machine.json('backup', 'saved');
  assert.equal(made.code, 0, JSON.stringify(made.body));
  assert.equal(made.body['verified'], true);
  assert.equal(statSync(backup).mode & 0o777, 0o700);
  const identity = read(machine.dataDir, 'peer_identity.json');
  const second = path.join(machine.root, 'second');
  machine.env['CANOPY_DATA_DIR'] = second;
  const restored = await machine.json('restore', backup);
  assert.equal(restored.code, 0, JSON.stringify(restored.body));
  assert.equal(restored.body['put_aside'], null);
  assert.equal(read(second, 'peer_identity.json'), identity);
  assert.equal(read(second, 'files', 'images', 'Fabc.png'), 'a picture');
  assert.equal(statSync(path.join(second, 'peer_identity.json')).mode & 0o777, 0o600);
  assert.deepEqual(await userNames(), ['anna']);
  assert.deepEqual(
    readdirSync(machine.root).filter((name) => name.startsWith('.')),
    [],
    'nothing half done is left',
  );
});

test('the bytes of assets are saved, too, unless they are not wanted', async () => {
  const hash = 'ab'.repeat(32);
  const place = ['assets', 'ab', hash] as const;
  mkdirSync(path.join(machine.dataDir, 'assets', 'ab'), { recursive: true });
  mkdirSync(path.join(machine.dataDir, 'assets', '.partial'), { recursive: true });
  writeFileSync(path.join(machine.dataDir, ...place), 'an asset');
  writeFileSync(path.join(machine.dataDir, 'assets', '.partial', hash), 'an a');
  assert.equal((await machine.json('backup', 'saved')).body['assets'], true);
  assert.equal(existsSync(path.join(backup, 'assets', '.partial')), false, 'nothing half');
  const less = await machine.run('backup', 'less', '--without-assets');
  assert.match(less.out, /bytes of assets are not in it/);
  assert.equal(existsSync(path.join(machine.root, 'less', 'assets')), false);
  machine.env['CANOPY_DATA_DIR'] = path.join(machine.root, 'second');
  assert.equal((await machine.json('restore', backup)).code, 0);
  assert.equal(read(machine.root, 'second', ...place), 'an asset');
});

test('a directory with data is only replaced by force, and then kept aside', async () => {
  await machine.run('backup', 'saved');
  await machine.run('user', 'create', 'ben');
  const refused = await machine.json('restore', 'saved');
  assert.equal(refused.body['code'], 'not_empty');
  assert.deepEqual(await userNames(), ['anna', 'ben']);
  const forced = await machine.json('restore', 'saved', '--force');
  assert.equal(forced.code, 0, JSON.stringify(forced.body));
  assert.deepEqual(await userNames(), ['anna']);
  machine.env['CANOPY_DATA_DIR'] = forced.body['put_aside'] as string;
  assert.deepEqual(await userNames(), ['anna', 'ben']);
});

test('a running node is saved and never replaced', async () => {
  const lock = lockDirectory(path.join(machine.dataDir, 'canopy.lock'));
  try {
    assert.equal((await machine.run('backup', 'saved')).code, 0);
    assert.equal((await machine.json('restore', 'saved', '--force')).body['code'], 'node_running');
  } finally {
    lock.release();
  }
});

test('a backup that was changed, cut or extended with a link is refused before anything happens', async () => {
  const picture = path.join(backup, 'files', 'images', 'Fabc.png');
  const changes: (() => void)[] = [
    () => writeFileSync(picture, 'b picture'),
    () => rmSync(picture),
    () => {
      rmSync(picture);
      writeFileSync(path.join(machine.root, 'elsewhere'), 'a picture');
      symlinkSync(path.join(machine.root, 'elsewhere'), picture);
    },
    () => writeFileSync(path.join(backup, 'canopy.db'), ''),
    () => rmSync(path.join(backup, 'manifest.json')),
    () => {
      const manifest = path.join(backup, 'manifest.json');
      writeFileSync(manifest, read(manifest).replace('files/images/Fabc.png', 'files/../../outside'));
    },
  ];
  machine.env['CANOPY_DATA_DIR'] = path.join(machine.root, 'second');
  for (const [index, change] of changes.entries()) {
    machine.env['CANOPY_DATA_DIR'] = machine.dataDir;
    await machine.run('backup', 'saved');
    change();
    machine.env['CANOPY_DATA_DIR'] = path.join(machine.root, 'second');
    const { code, body } = await machine.json('restore', 'saved');
    assert.equal(code, 1, `change ${index}`);
    assert.equal(body['code'], 'backup_damaged', `change ${index}: ${JSON.stringify(body)}`);
    assert.ok(!existsSync(path.join(machine.root, 'second')), `change ${index}`);
    rmSync(backup, { recursive: true });
  }
});

test('a backup never overwrites, and never lies among what it saves', async () => {
  mkdirSync(backup);
  assert.equal((await machine.json('backup', 'saved')).body['code'], 'file');
  assert.deepEqual(readdirSync(backup), []);
  assert.equal((await machine.json('backup', path.join('node', 'files', 'x'))).body['code'], 'file');
});
