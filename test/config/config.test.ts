/** Flags, environment and file (03 sections 1.1 and 1.2): what wins, what is refused, and in which words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseConfig, usage } from '../../server/config/config.ts';
import { ConfigError } from '../../server/config/errors.ts';
import { fileKey, SETTINGS } from '../../server/config/settings.ts';

function fails(argv: string[], env: Record<string, string>, message: RegExp, file?: string): void {
  assert.throws(
    () => parseConfig(argv, env, () => file ?? ''),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes('\n'), 'one line');
      return true;
    },
  );
}

describe('configuration', () => {
  test('without a word it is the reference’s', () => {
    const config = parseConfig([], {});
    assert.deepEqual(
      { ...config },
      {
        host: '0.0.0.0',
        port: 7770,
        meshHost: null,
        meshPort: 7771,
        dataRoot: null,
        advertise: null,
        debug: false,
        dataDir: null,
        databasePath: null,
        secretKey: null,
        testing: false,
        disableMesh: false,
        disableMdns: false,
        allowLoopbackEndpoints: null,
        trustDefault: 'ask',
        relayPairBytesPerSecond: 2097152,
        relayPolicy: null,
        nativeExtensions: null,
        allowUnverifiedRelayMessages: false,
        rejectProtocolMismatch: false,
        memberSyncRetryMinSeconds: 10,
        memberSyncRetryMaxAttempts: 8,
        canPort: null,
        canSyncPort: null,
        canHost: '127.0.0.1',
        canAllowOrigin: null,
        canMaxUp: null,
        canMaxDown: null,
        meshPassphrase: null,
        meshLibraryFilter: '{}',
        canServiceUrl: null,
        listenAddr: null,
        relayUrl: null,
        pollIntervalSecs: 5,
        fullScanIntervalSecs: 300,
        syncApiKey: null,
        canMaxBytes: 4 * 1024 ** 3,
        canEncrypt: false,
        rateLimits: 'default',
        retryAfterSeconds: 1,
        allowedHosts: null,
        sessionCookieSecure: false,
        autoApproveAgents: false,
        adminClaimSecret: null,
        maintenanceIntervalSeconds: 900,
      },
    );
    assert.ok(Object.isFrozen(config));
  });

  test('a flag wins over the variable, the variable over the file', () => {
    const file =
      'port: 1\nmesh_port: 2\nhost: 127.0.0.1\nadvertise: [a.example, b.example]\ndebug: true\ntrust_default:\n';
    const env = { CANOPY_PORT: '3', CANOPY_MESH_PORT: '4', CANOPY_DEBUG: ' ' };
    const config = parseConfig(['--config', 'x.yaml', '--port', '5'], env, (path) => {
      assert.equal(path, 'x.yaml');
      return file;
    });
    assert.deepEqual(
      [config.port, config.meshPort, config.host, config.advertise, config.debug, config.trustDefault],
      [5, 4, '127.0.0.1', ['a.example', 'b.example'], true, 'ask'],
    );
  });

  test('every flag of the command line', () => {
    const config = parseConfig(
      [
        '--host',
        '127.0.0.1',
        '--port=0',
        '--mesh-host',
        '[::1]',
        '--mesh-port',
        '7801',
        '--data-root',
        'some where',
        '--advertise',
        '192.0.2.7, node.example,[2001:db8::1]',
        '--debug',
        '--threads',
        '8',
        '--port',
        '7800',
      ],
      {},
    );
    assert.deepEqual(
      [
        config.host,
        config.port,
        config.meshHost,
        config.meshPort,
        config.dataRoot,
        config.advertise,
        config.debug,
      ],
      ['127.0.0.1', 7800, '::1', 7801, 'some where', ['192.0.2.7', 'node.example', '2001:db8::1'], true],
    );
  });

  test('three-valued, listed and bounded settings', () => {
    const read = (env: Record<string, string>) => parseConfig([], env);
    assert.equal(read({ CANOPY_ALLOW_LOOPBACK_ENDPOINTS: '1' }).allowLoopbackEndpoints, true);
    assert.equal(read({ CANOPY_ALLOW_LOOPBACK_ENDPOINTS: '0' }).allowLoopbackEndpoints, false);
    assert.equal(read({ CANOPY_NATIVE_EXTENSIONS: 'none' }).nativeExtensions?.length, 0);
    assert.equal(read({ CANOPY_NATIVE_EXTENSIONS: 'all' }).nativeExtensions, null);
    assert.deepEqual(read({ CANOPY_NATIVE_EXTENSIONS: 'delivery_v1, Secure_Session_v1' }).nativeExtensions, [
      'delivery_v1',
      'secure_session_v1',
    ]);
    // A slip of the finger must not switch protection off.
    assert.throws(() => read({ CANOPY_NATIVE_EXTENSIONS: 'secure_sesion_v1' }), ConfigError);
    assert.equal(read({ CANOPY_MAINTENANCE_INTERVAL_SECONDS: '10' }).maintenanceIntervalSeconds, 300);
    assert.equal(read({ CANOPY_TRUST_DEFAULT: 'Open' }).trustDefault, 'open');
    assert.equal(read({ CANOPY_RELAY_POLICY: ' Full_Relay ' }).relayPolicy, 'full_relay');
    for (const yes of ['1', 'true', 'YES', ' on '])
      assert.equal(read({ CANOPY_DISABLE_MESH: yes }).disableMesh, true);
    for (const no of ['0', 'false', 'No', 'off', ''])
      assert.equal(read({ CANOPY_DISABLE_MESH: no }).disableMesh, false);
  });

  test('limits can be off for loopback only', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1']) {
      assert.equal(parseConfig(['--host', host], { CANOPY_RATE_LIMITS: 'off' }).rateLimits, 'off');
    }
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost.example']) {
      fails(
        ['--host', host],
        { CANOPY_RATE_LIMITS: 'off' },
        /^CANOPY_RATE_LIMITS: "off" is allowed only with a loopback --host/,
      );
    }
  });

  test('what cannot be used is named with its place, its value and what is allowed', () => {
    fails(['--port', 'abc'], {}, /^--port: "abc" cannot be used; allowed: a whole number from 0 to 65535/);
    fails([], { CANOPY_PORT: '65536' }, /^CANOPY_PORT: "65536" cannot be used/);
    fails([], { CANOPY_MESH_PORT: '-1' }, /^CANOPY_MESH_PORT: "-1"/);
    fails([], { CANOPY_PORT: '7e3' }, /^CANOPY_PORT/);
    fails([], { CANOPY_DISABLE_MDNS: 'ja' }, /allowed: 1, true, yes, on or 0, false, no, off\.$/);
    fails([], { CANOPY_TRUST_DEFAULT: 'all' }, /allowed: ask, open, manual\.$/);
    fails(['--host', 'http://x'], {}, /^--host: "http:\/\/x"/);
    fails(['--advertise', 'a:7771'], {}, /^--advertise: /);
    fails(['--advertise', ' , '], {}, /^--advertise: /);
    fails([], { CANOPY_RATE_LIMITS: 'x\ny'.repeat(100) }, /^CANOPY_RATE_LIMITS: "x y.*…" cannot/);
  });

  test('secrets are never shown', () => {
    assert.equal(parseConfig([], { CANOPY_SECRET_KEY: 'hush' }).secretKey, 'hush');
    fails(
      ['--config', 'f'],
      {},
      /^secret_key in the configuration file: its value cannot be used/,
      'secret_key: "  "',
    );
  });

  test('unknown flags and stray words are refused with the nearest flag', () => {
    fails(['--prot', '1'], {}, /^Unknown flag --prot\. Did you mean --port\?$/);
    fails(['--mesh'], {}, /Did you mean --mesh-(host|port)\?$/);
    fails(['--zzzzzzzzzz'], {}, /^Unknown flag --zzzzzzzzzz\. See --help\.$/);
    fails(['start'], {}, /^Unexpected argument "start"/);
    fails(['--port'], {}, /^--port needs a value\.$/);
    fails(['--host', '--port', '1'], {}, /^--host needs a value\.$/);
    fails(['--debug', 'yes'], {}, /^Unexpected argument "yes"/);
    fails([`--${'x'.repeat(10_000)}`], {}, /^Unknown flag --xx/);
  });

  test('a file that cannot be used is refused', () => {
    assert.throws(
      () =>
        parseConfig(['--config', 'missing'], {}, () => {
          throw new Error('ENOENT: no such file');
        }),
      { message: '--config: cannot read missing: ENOENT: no such file' },
    );
    fails(['--config', 'f'], {}, /^--config: cannot read f: /, 'a: [');
    fails(['--config', 'f'], {}, /^--config: f must hold settings/, '- a\n- b');
    fails(['--config', 'f'], {}, /^--config: f must hold settings/, 'port:\n  deep: 1');
    fails(['--config', 'f'], {}, /^--config: unknown setting "prot" in f\. Did you mean port\?$/, 'prot: 1');
    fails(['--config', 'f'], {}, /^mesh_port in the configuration file: "x" cannot be used/, 'mesh_port: x');
    assert.equal(parseConfig(['--config', 'f'], {}, () => '# nothing\n').port, 7770);
  });

  test('the help names every flag and variable', () => {
    const text = usage();
    for (const setting of Object.values(SETTINGS)) {
      const { flag, env } = setting as { flag?: string; env?: string };
      if (flag !== undefined) assert.ok(text.includes(flag), flag);
      if (env !== undefined) assert.ok(text.includes(env), env);
      assert.ok(text.includes(setting.help), setting.help);
    }
    assert.equal(fileKey('allowLoopbackEndpoints'), 'allow_loopback_endpoints');
  });

  test('no input makes it throw anything else', () => {
    const flags = fc.constantFrom(
      '--port',
      '--host',
      '--advertise',
      '--data-root',
      '--debug',
      '--threads',
      '--nope',
      '-p',
    );
    const names = fc.constantFrom(...Object.values(SETTINGS).map((setting) => setting.env ?? ''));
    fc.assert(
      fc.property(fc.array(fc.oneof(flags, fc.string())), fc.dictionary(names, fc.string()), (argv, env) => {
        try {
          parseConfig(argv, env, () => '');
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
