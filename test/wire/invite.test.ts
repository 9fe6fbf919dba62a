import { countSteps } from '../steps.ts';
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { createNodeIdentity } from '../../server/identity/node-identity.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import {
  decodeInvite,
  encodeInvite,
  InviteError,
  inviteEndpoints,
  invitePayload,
  MAX_INVITE_LENGTH,
  type InviteIdentity,
} from '../../server/wire/invite.ts';
import { derivePeerId } from '../../server/wire/peer-id.ts';

function identity(fill: number): InviteIdentity {
  let next = fill;
  const random = { bytes: (length: number) => new Uint8Array(length).fill(next++), fraction: () => 0 };
  const { peerId, ed25519, x25519 } = createNodeIdentity(random, nativeCrypto);
  return { peerId, ed25519PublicKey: ed25519.publicKey, x25519PublicKey: x25519.publicKey };
}

const identities = fc.integer({ min: 0, max: 250 }).map(identity);
const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 });

function decode(text: string): ReturnType<typeof decodeInvite> | InviteError {
  try {
    return decodeInvite(nativeCrypto, text);
  } catch (error) {
    assert.ok(error instanceof InviteError);
    return error;
  }
}

test('decoding what was encoded gives the same identity and endpoints, in each of the three forms', () => {
  fc.assert(
    fc.property(identities, texts, (who, endpoints) => {
      const code = encodeInvite(who, endpoints);
      const expected = { version: 1, ...who, endpoints };
      for (const form of [
        code,
        code.slice('canopy:'.length),
        invitePayload(who, endpoints),
        `\n ${code}\t`,
      ]) {
        assert.deepEqual(decodeInvite(nativeCrypto, form), expected);
      }
    }),
  );
});

test('a code wrapped by a mail program still reads', () => {
  const code = encodeInvite(identity(1), ['ws://192.0.2.1:7771']);
  assert.equal(decodeInvite(nativeCrypto, code.replace(/(.{40})/g, '$1\r\n')).peerId, identity(1).peerId);
});

test('keys nobody should use are refused', () => {
  const sound = identity(1);
  const one = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)); // of small order on both curves
  const beyond = new Uint8Array(32).fill(0xff); // not canonical on either
  for (const key of [one, beyond, one.subarray(1)]) {
    const signing = { ...sound, peerId: derivePeerId(nativeCrypto, key), ed25519PublicKey: key };
    for (const who of [signing, { ...sound, x25519PublicKey: key }]) {
      const outcome = decode(encodeInvite(who, []));
      assert.equal(outcome instanceof InviteError && outcome.reason, 'malformed');
    }
  }
});

test('whatever is pasted, the answer is an invite or the one error', () => {
  const payloads = fc.record(
    { v: fc.anything(), pid: fc.anything(), epk: fc.anything(), xpk: fc.anything(), ep: fc.anything() },
    { requiredKeys: [] },
  );
  const forms = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.json().map((json) => `canopy:${Buffer.from(json).toString('base64url')}`),
    payloads.map(
      (payload) =>
        JSON.stringify(payload, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value)) ?? '',
    ),
    fc.uint8Array().map((bytes) => `canopy:${Buffer.from(bytes).toString('base64url')}`),
  );
  fc.assert(
    fc.property(forms, (text) => void decode(text)),
    { numRuns: 1000 },
  );
});

test('changing any part of the identity is noticed, as far as it can be', () => {
  const [alice, bob] = [identity(1), identity(3)];
  const mixed = { ...alice, peerId: bob.peerId };
  const answer = decode(encodeInvite(mixed, []));
  assert.ok(answer instanceof InviteError);
  assert.equal(answer.reason, 'id_mismatch');
  const short = { ...alice, x25519PublicKey: alice.x25519PublicKey.subarray(1) };
  const refused = decode(encodeInvite(short, []));
  assert.ok(refused instanceof InviteError);
  assert.equal(refused.reason, 'malformed');
});

test('the error never repeats the code', () => {
  const secret = encodeBase58(identity(1).ed25519PublicKey);
  const answer = decode(`canopy:${secret}`);
  assert.ok(answer instanceof InviteError);
  assert.ok(!answer.message.includes(secret.slice(0, 8)));
});

test('own addresses go in with brackets for IPv6, and without duplicates', () => {
  const given = { meshPort: 7771, localAddresses: ['192.0.2.7', '2001:db8::7', '192.0.2.7'] };
  assert.deepEqual(inviteEndpoints(given), ['ws://192.0.2.7:7771', 'ws://[2001:db8::7]:7771']);
});

test('loopback goes in only where several nodes share a machine', () => {
  const given = { meshPort: 7771, localAddresses: [], externalEndpoint: 'ws://127.0.0.1:7771' };
  assert.throws(() => inviteEndpoints(given), { name: 'InviteError', reason: 'invalid_endpoint' });
  assert.deepEqual(inviteEndpoints({ ...given, allowLoopback: true }), ['ws://127.0.0.1:7771']);
});

test('a public host that is none is refused instead of handed out', () => {
  for (const publicHost of ['a/b', 'host:7000', 'user@host', 'a#b', 'http://x', '[::1', ' ']) {
    const call = (): unknown => inviteEndpoints({ meshPort: 7771, localAddresses: [], publicHost });
    assert.throws(call, { name: 'InviteError', reason: 'invalid_endpoint' }, publicHost);
  }
});

test('the work is bounded per character', () => {
  const long = JSON.stringify({ v: 1, pid: 'x', epk: 'z'.repeat(8000), xpk: 'z'.repeat(8000), ep: [] });
  const many = invitePayload(identity(1), new Array<string>(700).fill('ws://a:1'));
  const codes = ['A', ' ', '=', 'canopy:', '{', '["', '\ud800'].map((unit) => unit.repeat(2000));
  for (const text of [...codes, long, many, 'A'.repeat(1_000_000)]) {
    const steps = countSteps(() => void decode(text));
    assert.ok(steps <= 20_000 + 10 * Math.min(text.length, MAX_INVITE_LENGTH), `${steps} for ${text.length}`);
    if (text.length > MAX_INVITE_LENGTH) assert.ok(steps <= 20, 'a text that is too long is not looked at');
  }
});
