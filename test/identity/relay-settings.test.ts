import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { loadRelayPolicy, saveRelayPolicy } from '../../server/identity/relay-settings.ts';

let file = '';
beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-relay-')), 'relay_settings.json');
});
afterEach(() => fs.rmSync(path.dirname(file), { recursive: true }));

test('a new node introduces but does not carry', () => {
  assert.equal(loadRelayPolicy(file), 'broker_only');
  assert.equal(fs.existsSync(file), false);
});

test('the policy somebody chose is there after a restart, in the shared format', () => {
  saveRelayPolicy(file, 'full_relay');
  assert.equal(fs.readFileSync(file, 'utf8'), '{"relay_policy": "full_relay"}');
  assert.equal(loadRelayPolicy(file), 'full_relay');
});

test('the environment wins and is written down; a wrong word there means the default', () => {
  saveRelayPolicy(file, 'full_relay');
  assert.equal(loadRelayPolicy(file, 'off'), 'off');
  assert.equal(loadRelayPolicy(file), 'off');
  assert.equal(loadRelayPolicy(file, 'everything'), 'broker_only');
  assert.equal(loadRelayPolicy(file), 'broker_only');
});

test('a damaged file means the default', () => {
  for (const text of ['', '{"relay_policy": "maybe"}', '[]', '{']) {
    fs.writeFileSync(file, text);
    assert.equal(loadRelayPolicy(file), 'broker_only');
  }
});
