import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { WireError } from '../../server/wire/errors.ts';
import { grantSigningText, normalizeGrant, signGrant, verifyGrant } from '../../server/wire/grants.ts';
import type { GrantContext, GrantVerdict } from '../../server/wire/grants.ts';
import { fromPlain } from '../../server/wire/pyjson.ts';
import type { PyObject, PyValue } from '../../server/wire/pyjson.ts';
import { pyValue, testPeer } from './support.ts';

const issuer = testPeer(1);
const local = testPeer(2);

const fields = {
  version: 1,
  grant_id: 'MGR1',
  principal_id: 'MP1',
  granted_role: 'user',
  audience_peer: null,
  max_uses: 1,
  expires_at: '2025-01-02T12:00:00+00:00',
  created_by_principal_id: 'MP1',
  issuer_peer_id: issuer.peerId,
  issued_at: '2025-01-01T12:00:00+00:00',
};
const context: GrantContext = {
  localPeerId: local.peerId,
  sourcePeer: null,
  now: Date.UTC(2025, 0, 1, 12),
  publicKeyOf: (peerId) => (peerId === issuer.peerId ? issuer.ed25519.publicKey : null),
};

function objectOf(plain: Record<string, unknown>): PyObject {
  const value = fromPlain(plain);
  assert.ok(value instanceof Map);
  return value;
}

/** A grant with `changes`, signed by the issuer. */
function signed(changes: Record<string, unknown> = {}): PyObject {
  const artifact = objectOf({ ...fields, ...changes });
  artifact.set('signature', signGrant(nativeCrypto, issuer.ed25519.privateKey, normalizeGrant(artifact)));
  return artifact;
}

describe('a grant', () => {
  const verdicts: [string, PyObject, Partial<GrantContext>, GrantVerdict][] = [
    ['as signed', signed(), {}, 'ok'],
    ['from its issuer', signed(), { sourcePeer: issuer.peerId }, 'ok'],
    ['for us', signed({ audience_peer: local.peerId }), {}, 'ok'],
    ['for anyone, written as an empty text', signed({ audience_peer: '' }), {}, 'ok'],
    ['without issuer', signed({ issuer_peer_id: '' }), {}, 'issuer_missing'],
    ['passed on by somebody', signed(), { sourcePeer: local.peerId }, 'issuer_source_mismatch'],
    ['of somebody unknown', signed(), { publicKeyOf: () => null }, 'bad_signature'],
    ['at its last moment', signed(), { now: Date.UTC(2025, 0, 2, 12) }, 'expired'],
    ['for somebody else', signed({ audience_peer: issuer.peerId }), {}, 'audience_mismatch'],
    [
      'when we are nobody',
      signed({ audience_peer: local.peerId }),
      { localPeerId: null },
      'local_peer_unavailable',
    ],
  ];
  for (const [what, artifact, change, verdict] of verdicts) {
    it(`${what}: ${verdict}`, () => {
      assert.equal(verifyGrant(nativeCrypto, artifact, { ...context, ...change }), verdict);
    });
  }

  it('changed in any signed field is refused', () => {
    const changes: Record<string, PyValue> = {
      grant_id: 'other',
      principal_id: 'other',
      audience_peer: local.peerId,
      max_uses: 2,
      expires_at: '2026-01-01T00:00:00Z',
      created_by_principal_id: 'other',
      issued_at: '2025-01-01T11:00:00Z',
      version: 2,
      signature: '00',
    };
    for (const [key, value] of Object.entries(changes)) {
      assert.equal(verifyGrant(nativeCrypto, signed().set(key, value), context), 'bad_signature', key);
    }
  });

  it('never gives more than the role of a user', () => {
    assert.equal(normalizeGrant(signed({ granted_role: 'admin' })).granted_role, 'user');
  });

  it('has between 1 and 50 uses', () => {
    for (const [given, kept] of [
      [0, 1],
      [-5, 1],
      [50, 50],
      [99, 50],
      ['x', 1],
      [null, 1],
    ] as const) {
      assert.equal(normalizeGrant(objectOf({ ...fields, max_uses: given })).max_uses, kept);
    }
  });

  it('is normalised once and for all', () => {
    const grant = normalizeGrant(
      objectOf({ ...fields, grant_id: ' MGR1 ', expires_at: '2025-01-02T14:00:00.5+02:00' }),
    );
    assert.equal(grant.grant_id, 'MGR1');
    assert.equal(grant.expires_at, '2025-01-02T12:00:00+00:00');
    assert.deepEqual(normalizeGrant(objectOf({ ...grant })), grant);
    assert.match(grantSigningText(grant), /^\{"audience_peer":null,"created_by_principal_id":"MP1",/);
  });

  it('stored without version and with another name for its author is filled in', () => {
    const { version: _version, created_by_principal_id: _author, ...row } = fields;
    const grant = normalizeGrant(objectOf({ ...row, created_by: 'MP1' }));
    assert.deepEqual([grant.version, grant.created_by_principal_id], [1, 'MP1']);
  });

  it('is judged or refused with the one error, whatever it holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(fields), 'signature'), pyValue(), (key, value) => {
        try {
          const verdict = verifyGrant(nativeCrypto, signed().set(key, value), context);
          assert.equal(typeof verdict, 'string');
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }),
    );
  });
});
