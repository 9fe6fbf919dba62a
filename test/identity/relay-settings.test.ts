import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { afterEach, beforeEach } from 'node:test';
import { loadRelayPolicy, RelaySettings, saveRelayPolicy } from '../../server/identity/relay-settings.ts';

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

test('a change is saved and told to everybody who acts on it; the environment is named', () => {
  const settings = new RelaySettings(file);
  assert.deepEqual([settings.policy, settings.fromEnvironment], ['broker_only', false]);
  const told: string[] = [];
  settings.onChange((policy) => told.push(`first ${policy}`));
  settings.onChange((policy) => told.push(`second ${policy}`));
  settings.set('full_relay');
  assert.deepEqual(told, ['first full_relay', 'second full_relay']);
  assert.equal(new RelaySettings(file).policy, 'full_relay');
  const overridden = new RelaySettings(file, 'off');
  assert.deepEqual([overridden.policy, overridden.fromEnvironment], ['off', true]);
});
