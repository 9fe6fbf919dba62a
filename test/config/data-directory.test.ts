/** The data directory (03 sections 1.3 and 1.4): device files, choice of the root, layout, old layouts. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openDataDirectory } from '../../server/config/data-directory.ts';
import type { DataDirectory } from '../../server/config/data-directory.ts';
import { readDeviceProfile, writeDeviceProfile } from '../../server/config/device-profile.ts';
import { writeFileAtomic } from '../../server/identity/atomic-file.ts';
import { SeededRandom } from '../sim/seeded-random.ts';
import { NOW, temporaryDirectory } from '../store/support.ts';

const FIXTURE = path.join(import.meta.dirname, '..', 'fixtures', 'python-datadir-0.5.38');
const NOTHING = { dataRoot: null, dataDir: null, databasePath: null, secretKey: null };

function machine(t: { after(task: () => void): void }) {
  const base = temporaryDirectory(t);
  const places = {
    home: path.join(base, 'home'),
    cwd: path.join(base, 'cwd'),
    program: path.join(base, 'program'),
  };
  for (const place of Object.values(places)) mkdirSync(place);
  const open = (
    config: Partial<typeof NOTHING | Record<keyof typeof NOTHING, string>> = {},
    seed = 1,
  ): DataDirectory =>
    openDataDirectory(
      { ...NOTHING, ...config },
      {
        places,
        hostname: 'desk',
        platform: 'linux',
        random: new SeededRandom(seed),
        clock: { now: () => NOW, monotonic: () => 0 },
        save: writeFileAtomic,
      },
    );
  return { base, places, open, identityFile: path.join(places.home, '.canopy', 'device_identity.json') };
}

describe('the data directory', () => {
  test('a first start makes identity, directory and secret in the reference’s formats', (t) => {
    const { places, open, identityFile } = machine(t);
    const data = open();
    const id = data.device.deviceId;
    assert.match(id, /^[0-9a-f]{8}$/);
    const root = path.join(places.program, 'data');
    assert.deepEqual(
      [data.directory, data.databaseFile, data.identityFile, data.knownPeersFile, data.relaySettingsFile],
      ['', 'canopy.db', 'peer_identity.json', 'known_peers.json', 'relay_settings.json'].map((name) =>
        path.join(root, 'devices', id, name),
      ),
    );
    assert.equal(
      readFileSync(identityFile, 'utf8'),
      `{\n  "device_id": "${id}",\n  "hostname": "desk",\n  "label": "desk",\n  "platform": "Linux",\n  "created_at": "2026-11-22T02:00:00.000000+00:00",\n  "data_root": ${JSON.stringify(root)}\n}`,
    );
    const secretFile = path.join(data.directory, 'secret_key.json');
    assert.equal(readFileSync(secretFile, 'utf8'), `{"secret_key": "${data.secretKey}"}`);
    assert.match(data.secretKey, /^[0-9a-f]{64}$/);
    for (const file of [identityFile, secretFile]) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(data.directory).mode & 0o777, 0o700);
    for (const category of ['images', 'videos', 'documents', 'audio', 'other']) {
      assert.ok(statSync(path.join(data.filesDirectory, category)).isDirectory());
    }
    assert.deepEqual(open({}, 99), data, 'a second start finds the same');
  });

  test('device files of the reference are read as they are, and their other keys kept', (t) => {
    const { places, open, identityFile } = machine(t);
    cpSync(path.join(FIXTURE, 'dot_canopy'), path.dirname(identityFile), { recursive: true });
    const before = JSON.parse(readFileSync(identityFile, 'utf8')) as Record<string, unknown>;
    const data = open();
    assert.deepEqual([data.device.deviceId, data.device.label], ['66b2e211', 'canopy-fixture']);
    const after = JSON.parse(readFileSync(identityFile, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(after, { ...before, data_root: path.join(places.program, 'data') });
    const text = readFileSync(data.deviceProfileFile, 'utf8');
    const profile = readDeviceProfile(data.deviceProfileFile, data.device.label);
    assert.deepEqual([profile.displayName, profile.avatarMime], ['Fixture Desk', 'image/jpeg']);
    writeDeviceProfile(data.deviceProfileFile, profile, writeFileAtomic);
    assert.equal(readFileSync(data.deviceProfileFile, 'utf8'), text, 'written as the reference writes it');
  });

  test('missing keys and unreadable files take the defaults', (t) => {
    const { base, open, identityFile } = machine(t);
    const file = path.join(base, 'profile.json');
    const empty = { displayName: 'desk', description: '', avatarB64: '', avatarMime: '' };
    assert.deepEqual(readDeviceProfile(file, 'desk'), empty);
    for (const text of ['', '[]', '{"display_name": 7}', 'null']) {
      writeFileSync(file, text);
      assert.deepEqual(readDeviceProfile(file, 'desk'), empty, text);
    }
    mkdirSync(path.dirname(identityFile));
    for (const text of ['', '{}', '{"device_id": "../../etc"}', '{"device_id": "12345678x"}']) {
      writeFileSync(identityFile, text);
      assert.match(open().device.deviceId, /^[0-9a-f]{8}$/);
    }
  });

  test('the root: flag, then what was chosen before, then where data lies, then beside the program', (t) => {
    const { base, places, open, identityFile } = machine(t);
    const id = open().device.deviceId;
    const wanted = path.join(base, 'wanted');
    assert.equal(open({ dataRoot: wanted }).directory, path.join(wanted, 'devices', id));
    assert.equal(open({ dataRoot: 'relative' }).directory, path.join(places.cwd, 'relative', 'devices', id));
    assert.equal(
      open().directory,
      path.join(places.program, 'data', 'devices', id),
      'a flag is not remembered',
    );
    const forget = (): void => writeFileSync(identityFile, JSON.stringify({ device_id: id }));
    const before = path.join(places.cwd, 'data', 'devices', id);
    mkdirSync(before, { recursive: true });
    writeFileSync(path.join(before, 'canopy.db'), '');
    forget();
    assert.equal(open().directory, before);
    assert.equal(JSON.parse(readFileSync(identityFile, 'utf8')).data_root, path.join(places.cwd, 'data'));
  });

  test('a root that cannot be: fatal when asked for, else the home directory', (t) => {
    const { base, places, open, identityFile } = machine(t);
    const blocked = path.join(base, 'file');
    writeFileSync(blocked, '');
    assert.throws(() => open({ dataRoot: blocked }), {
      code: 'config_invalid',
      message: /^--data-root \/ CANOPY_DATA_ROOT: cannot create/,
    });
    assert.throws(() => open({ dataDir: path.join(blocked, 'x') }), {
      code: 'config_invalid',
      message: /^CANOPY_DATA_DIR: /,
    });
    const id = JSON.parse(readFileSync(identityFile, 'utf8')).device_id as string;
    writeFileSync(identityFile, JSON.stringify({ device_id: id, data_root: blocked }));
    const fallback = path.join(places.home, '.canopy', 'data');
    assert.equal(open().directory, path.join(fallback, 'devices', id));
    assert.equal(JSON.parse(readFileSync(identityFile, 'utf8')).data_root, fallback);
  });

  test('a data directory, a database path and a secret can be named', (t) => {
    const { base, places, open } = machine(t);
    const directory = path.join(base, 'exact');
    const data = open({ dataDir: directory });
    assert.deepEqual([data.directory, data.databaseFile], [directory, path.join(directory, 'canopy.db')]);
    assert.ok(!existsSync(path.join(places.program, 'data')), 'no device directory is made beside it');
    const database = path.join(base, 'elsewhere', 'my.db');
    const apart = open({ dataDir: directory, databasePath: database, secretKey: 'given' });
    assert.deepEqual(
      [
        apart.databaseFile,
        path.dirname(apart.identityFile),
        path.dirname(apart.knownPeersFile),
        apart.filesDirectory,
        apart.secretKey,
      ],
      [database, path.dirname(database), path.dirname(database), path.join(directory, 'files'), 'given'],
    );
  });

  test('a secret file that holds none is refused, not replaced', (t) => {
    const { base, open } = machine(t);
    const directory = path.join(base, 'exact');
    const { secretKey } = open({ dataDir: directory });
    assert.equal(open({ dataDir: directory }, 5).secretKey, secretKey);
    const file = path.join(directory, 'secret_key.json');
    for (const text of ['', '{}', '{"secret_key": 5}']) {
      writeFileSync(file, text);
      assert.throws(() => open({ dataDir: directory }), { code: 'config_invalid' });
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  });

  test('a directory from before devices is copied once', (t) => {
    const { places, open } = machine(t);
    const old = path.join(places.cwd, 'data');
    cpSync(FIXTURE, old, { recursive: true });
    const database = readFileSync(path.join(old, 'canopy.db'));
    const data = open();
    assert.equal(data.migratedFrom, old);
    assert.ok(readFileSync(data.databaseFile).equals(database));
    assert.equal(
      data.secretKey,
      JSON.parse(readFileSync(path.join(old, 'secret_key.json'), 'utf8')).secret_key,
    );
    assert.ok(existsSync(data.identityFile));
    assert.ok(existsSync(path.join(data.filesDirectory, 'documents', 'Fcc4f2d2fedccc14e154b9870.txt')));
    assert.ok(existsSync(path.join(old, 'canopy.db.pre_device_migration')));
    assert.ok(!existsSync(path.join(old, 'canopy.db')));
    assert.equal(open().migratedFrom, null);
  });
});
