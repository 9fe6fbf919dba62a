import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CONTROL_TYPES,
  DEFAULT_CAPABILITIES,
  MESSAGE_TYPES,
  SYNC_RATE_TYPES,
  isMessageType,
} from '../../server/wire/message-types.ts';
import { METADATA_SCHEMAS } from '../../server/wire/payloads/schemas.ts';

test('there are the forty-two types of the reference, each once', () => {
  assert.equal(MESSAGE_TYPES.length, 42);
  assert.equal(new Set(MESSAGE_TYPES).size, 42);
  for (const type of MESSAGE_TYPES) assert.ok(isMessageType(type));
});

test('nothing else is a type', () => {
  for (const other of [
    '',
    'p2p_message',
    'Broadcast',
    'toString',
    '__proto__',
    5,
    null,
    undefined,
    ['broadcast'],
  ]) {
    assert.equal(isMessageType(other), false);
  }
});

test('every control type counts as sync for the rate limit; what people write does not', () => {
  for (const type of CONTROL_TYPES) assert.ok(SYNC_RATE_TYPES.has(type));
  assert.equal(SYNC_RATE_TYPES.size, CONTROL_TYPES.size + 5);
  for (const type of ['channel_message', 'direct_message', 'feed_post', 'interaction'] as const) {
    assert.ok(!SYNC_RATE_TYPES.has(type));
  }
});

test('only the types nobody sends have no schema', () => {
  const without = MESSAGE_TYPES.filter((type) => !Object.hasOwn(METADATA_SCHEMAS, type));
  assert.deepEqual(without, [
    'channel_join',
    'trust_update',
    'sync_request',
    'sync_response',
    'private_channel_invite',
    'voice_offer',
    'voice_answer',
    'voice_ice',
  ]);
});

test('the default capabilities are normalised', () => {
  assert.deepEqual([...new Set(DEFAULT_CAPABILITIES.map((name) => name.trim()))], DEFAULT_CAPABILITIES);
});
