import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { encodeBase58 } from '../../server/wire/base58.ts';
import { buildHandshake, handshakeSigningBytes, verifyHandshake } from '../../server/wire/handshake.ts';
import type { HandshakeExpectation, HandshakeFailure } from '../../server/wire/handshake.ts';
import { normalizeCapabilities, protocolVersionOf } from '../../server/wire/handshake-fields.ts';
import { DEFAULT_CAPABILITIES } from '../../server/wire/message-types.ts';
import { PyFloat, parsePyJson, printPyJson } from '../../server/wire/pyjson.ts';
import type { PyObject, PyValue } from '../../server/wire/pyjson.ts';
import { awkwardText, jsonLikeText, pyValue, testPeer } from './support.ts';

const alice = testPeer(1);
const bob = testPeer(2);

const responder: HandshakeExpectation = {
  role: 'responder',
  localPeerId: bob.peerId,
  rejectProtocolMismatch: false,
};
const initiator: HandshakeExpectation = { ...responder, role: 'initiator', expectedPeerId: alice.peerId };

const introduction = (type: 'handshake' | 'handshake_ack', capabilities = DEFAULT_CAPABILITIES): string =>
  buildHandshake(nativeCrypto, alice, {
    type,
    capabilities,
    canopyVersion: '0.6.0',
    timestamp: 1735689600.25,
  });

function parsed(text: string): PyObject {
  const message = parsePyJson(text);
  assert.ok(message instanceof Map);
  return message;
}

/** Alice's introduction with `changes`, signed again when `resign`. */
function altered(changes: Record<string, PyValue>, resign = true): PyObject {
  const message = parsed(introduction('handshake_ack'));
  for (const [key, value] of Object.entries(changes)) message.set(key, value);
  if (resign) {
    const signature = nativeCrypto.sign(alice.ed25519.privateKey, handshakeSigningBytes(message, 'base'));
    message.set('signature', toHex(signature));
  }
  return message;
}

describe('a handshake', () => {
  for (const expectation of [responder, initiator]) {
    it(`is accepted by the ${expectation.role} with everything it says`, () => {
      const result = verifyHandshake(nativeCrypto, introduction('handshake_ack'), expectation);
      assert.ok(result.ok);
      assert.deepEqual(
        { ...result.peer, signature: result.peer.signature.length },
        {
          peerId: alice.peerId,
          ed25519PublicKey: alice.ed25519.publicKey,
          x25519PublicKey: alice.x25519.publicKey,
          version: '0.1.0',
          capabilities: DEFAULT_CAPABILITIES,
          timestamp: 1735689600.25,
          signature: 64,
          signedForm: 'base',
          canopyVersion: '0.6.0',
          protocolVersion: 1,
        },
      );
    });
  }

  it('may be given as text or parsed', () => {
    const text = introduction('handshake');
    assert.deepEqual(
      verifyHandshake(nativeCrypto, parsePyJson(text), responder),
      verifyHandshake(nativeCrypto, text, responder),
    );
  });

  it('is accepted with any capabilities, normalised before they are signed', () => {
    fc.assert(
      fc.property(fc.array(awkwardText, { maxLength: 6 }), (capabilities) => {
        const result = verifyHandshake(nativeCrypto, introduction('handshake', capabilities), responder);
        assert.ok(result.ok);
        assert.deepEqual(result.peer.capabilities, normalizeCapabilities(capabilities));
      }),
    );
  });

  const refusals: [string, PyValue, HandshakeExpectation, HandshakeFailure][] = [
    ['a list', [], responder, 'invalid_json'],
    ['a handshake for an ack', parsed(introduction('handshake')), initiator, 'invalid_handshake_response'],
    ['no signature', altered({ signature: '' }, false), initiator, 'missing_handshake_signature'],
    [
      'a signature that is no text',
      altered({ signature: 5 }, false),
      initiator,
      'missing_handshake_signature',
    ],
    ['no peer id', altered({ peer_id: null }), initiator, 'missing_identity_fields'],
    ['no agreement key', altered({ x25519_public_key: '' }), initiator, 'missing_identity_fields'],
    ['another peer id', altered({ peer_id: bob.peerId }), initiator, 'peer_id_public_key_mismatch'],
    ['a key that is no Base58', altered({ ed25519_public_key: '0OIl' }), initiator, 'unsound_key'],
    ['an overlong key', altered({ x25519_public_key: '1'.repeat(5000) }), initiator, 'unsound_key'],
    ['a weak agreement key', altered({ x25519_public_key: '1'.repeat(32) }), initiator, 'unsound_key'],
    ['a short agreement key', altered({ x25519_public_key: '11' }), initiator, 'unsound_key'],
    [
      'a changed agreement key',
      altered({ x25519_public_key: encodeBase58(bob.x25519.publicKey) }, false),
      initiator,
      'handshake_signature_verification_failed',
    ],
    [
      'a changed time',
      altered({ timestamp: 0 }, false),
      initiator,
      'handshake_signature_verification_failed',
    ],
    [
      'a capability that is a list',
      altered({ capabilities: [['chat']] }, false),
      initiator,
      'handshake_signature_verification_failed',
    ],
    ['ourselves', altered({}), { ...responder, localPeerId: alice.peerId }, 'self_connect_blocked'],
    ['someone else', altered({}), { ...initiator, expectedPeerId: bob.peerId }, 'handshake_peer_id_mismatch'],
    [
      'another protocol, if asked to',
      altered({ protocol_version: 2 }),
      { ...initiator, rejectProtocolMismatch: true },
      'protocol_mismatch',
    ],
  ];
  for (const [what, message, expectation, reason] of refusals) {
    it(`is refused: ${what}`, () => {
      const result = verifyHandshake(nativeCrypto, message, expectation);
      assert.equal(result.ok ? 'accepted' : result.reason, reason);
    });
  }

  it('names who answered only once the signature was verified', () => {
    const other = { ...initiator, expectedPeerId: bob.peerId };
    const honest = verifyHandshake(nativeCrypto, altered({}), other);
    assert.ok(!honest.ok);
    assert.equal(honest.peer?.peerId, alice.peerId);
    const forged = verifyHandshake(nativeCrypto, altered({ timestamp: 1 }, false), other);
    assert.ok(!forged.ok);
    assert.equal(forged.reason, 'handshake_signature_verification_failed');
    assert.equal(forged.peer, undefined);
  });

  it('is refused or accepted, never thrown at', () => {
    const fields = fc.constantFrom(
      'type',
      'peer_id',
      'ed25519_public_key',
      'x25519_public_key',
      'version',
      'capabilities',
      'timestamp',
      'canopy_version',
      'protocol_version',
      'signature',
    );
    fc.assert(
      fc.property(fields, pyValue(), fc.boolean(), (key, value, resign) => {
        const message = altered({ [key]: value }, resign && key !== 'signature');
        const text = printPyJson(message);
        assert.equal(typeof verifyHandshake(nativeCrypto, text, initiator).ok, 'boolean');
      }),
    );
    fc.assert(
      fc.property(jsonLikeText, (text) => {
        assert.equal(verifyHandshake(nativeCrypto, text, initiator).ok, false);
      }),
    );
  });
});

describe('fields', () => {
  it('normalise capabilities once and for all', () => {
    fc.assert(
      fc.property(pyValue(), (raw) => {
        const once = normalizeCapabilities(raw);
        assert.deepEqual(normalizeCapabilities(once), once);
        assert.equal(new Set(once).size, once.length);
      }),
    );
    assert.deepEqual(normalizeCapabilities(' a ,b,,a'), ['a', 'b', '']);
    assert.deepEqual(normalizeCapabilities([5, new PyFloat(1), true, false, null, 'x', []]), [
      '5',
      '1.0',
      'True',
      'False',
      'None',
      'x',
    ]);
    assert.deepEqual(normalizeCapabilities(undefined), []);
  });

  it('read protocol versions as integers of at least 1', () => {
    const versions: [PyValue | undefined, number][] = [
      [1, 1],
      [2, 2],
      [0, 1],
      [-3, 1],
      [' 3 ', 3],
      ['+4', 4],
      ['x', 1],
      ['1e3', 1],
      [new PyFloat(2.9), 2],
      [new PyFloat(NaN), 1],
      [new PyFloat(Infinity), 1],
      [2n ** 80n, 1],
      [true, 1],
      [null, 1],
      [undefined, 1],
    ];
    for (const [raw, version] of versions) assert.equal(protocolVersionOf(raw), version);
  });
});
