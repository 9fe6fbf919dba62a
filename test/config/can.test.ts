import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../../server/config/config.ts';
import { externalServiceUrl } from '../../server/http/extra-ports.ts';

/** The document's own file. */
const FILE = `
can_service_url: "http://127.0.0.1:3220/api/v1/can/0"
listen_addr: "127.0.0.1:3223"
data_dir: "./can_sync_data_b"
relay_url: null
poll_interval_secs: 7
full_scan_interval_secs: 400
sync_api_key: "a key"
mesh_passphrase: "duke-canman-sync"
mesh_library_filter: {application: paste, tags: [a, b]}
`;

function read(file: string, argv: string[] = [], env: Record<string, string> = {}) {
  return parseConfig(['--config', 'x.yaml', ...argv], env, () => file);
}

describe('the configuration of assets and libraries', () => {
  it('understands the file of the document', () => {
    const config = read(FILE, [], { CAN_PORT: '3220' });
    assert.equal(config.canServiceUrl, 'http://127.0.0.1:3220/api/v1/can/0');
    assert.deepEqual(config.listenAddr, { host: '127.0.0.1', port: 3223 });
    assert.equal(config.dataDir, './can_sync_data_b');
    assert.equal(config.relayUrl, null);
    assert.equal(config.pollIntervalSecs, 7);
    assert.equal(config.fullScanIntervalSecs, 400);
    assert.equal(config.syncApiKey, 'a key');
    assert.equal(config.meshPassphrase, 'duke-canman-sync');
    assert.deepEqual(JSON.parse(config.meshLibraryFilter), { application: 'paste', tags: ['a', 'b'] });
    assert.equal(config.canPort, 3220);
  });

  it('knows whether the file means the store of this node', () => {
    assert.equal(externalServiceUrl(read(FILE, [], { CAN_PORT: '3220' })), null);
    assert.equal(externalServiceUrl(read(FILE)), 'http://127.0.0.1:3220/api/v1/can/0');
    assert.equal(externalServiceUrl(read('', ['--can-port', '3220'])), null);
    const other = 'http://192.0.2.1:3220/api/v1/can/0';
    assert.equal(externalServiceUrl(read(`can_service_url: ${other}/`, ['--can-port', '3220'])), other);
    for (const url of ['ftp://localhost/x', 'http://ann:secret@localhost/x', 'http://localhost/x?key=1'])
      assert.throws(() => read(`can_service_url: "${url}"`), /without user, query and fragment/);
  });

  it('names what is wrong, and never a secret', () => {
    assert.throws(() => read('sync_api_keys: x'), /unknown setting "sync_api_keys".*sync_api_key/);
    assert.throws(
      () => read('mesh_passphrase: short'),
      (error: Error) => {
        assert.match(error.message, /at least 12 characters/);
        return !error.message.includes('short');
      },
    );
    for (const [flag, value] of [
      ['--can-port', '70000'],
      ['--can-allow-origin', 'localhost:5173'],
      ['--can-allow-origin', 'http://localhost:5173/x'],
      ['--mesh-library-filter', '[]'],
    ] as const)
      assert.throws(() => parseConfig([flag, value], {}), /cannot be used/);
    assert.throws(() => read('listen_addr: 3223'), /an address and a port/);
  });
});
