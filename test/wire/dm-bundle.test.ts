import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nativeCrypto } from '../../server/crypto/native.ts';
import { UNREADABLE_DM_TEXT, dmBundleText, openDm, sealDm } from '../../server/wire/dm-bundle.ts';
import { WireError } from '../../server/wire/errors.ts';
import { canonicalJson, fromPlain } from '../../server/wire/pyjson.ts';
import { sealForRecipients } from '../../server/wire/recipient-encryption.ts';
import { seededRandom } from '../crypto/support.ts';
import { plainData, testPeer } from './support.ts';

const alice = testPeer(1);
const bob = testPeer(2);
const recipient = { peerId: bob.peerId, x25519PublicKey: bob.x25519.publicKey };
const reader = { peerId: bob.peerId, x25519PrivateKey: bob.x25519.privateKey };

const seal = (content: string, metadata: Record<string, unknown> | null, seed = 1) =>
  sealDm(nativeCrypto, seededRandom(seed), { content, metadata, senderPeerId: alice.peerId, recipient });
const open = (message: { content: string; metadata: unknown }) => openDm(nativeCrypto, reader, message);

/** A message whose ciphertext holds `text`. */
function sealedText(text: string): { content: string; metadata: unknown } {
  const sealed = sealForRecipients(nativeCrypto, seededRandom(1), text, [
    { keyId: bob.peerId, ...recipient },
  ]);
  const metadata = {
    __dm_crypto: {
      encrypted_content: sealed.encryptedContent,
      wrapped_keys: Object.fromEntries(sealed.wrappedKeys),
    },
  };
  return { content: '', metadata };
}

describe('a direct message', () => {
  it('opens to what was sealed, with our own word on how it came', () => {
    const metadata = fc.dictionary(
      fc.string().filter((key) => key !== '__dm_crypto' && key !== 'security'),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), metadata, fc.nat(), (content, inner, seed) => {
        const opened = open(seal(content, inner, seed));
        const { security, ...rest } = opened.metadata;
        assert.equal(opened.content, content);
        assert.equal(opened.state, 'encrypted');
        assert.equal(canonicalJson(fromPlain(rest)), canonicalJson(fromPlain(inner)));
        assert.equal((security as { mode: string }).mode, 'peer_e2e_v1');
      }),
      { numRuns: 50 },
    );
  });

  it('shows a relay neither text nor metadata', () => {
    const sealed = seal('the text', { reply_to: 'M1', security: { mode: 'x' } });
    assert.equal(sealed.content, '');
    assert.deepEqual(Object.keys(sealed.metadata), ['security', '__dm_crypto']);
    assert.doesNotMatch(JSON.stringify(sealed), /the text|reply_to|M1/);
  });

  it('is named after the verified author, not after a claim', () => {
    const sealed = seal('x', null);
    const opened = openDm(nativeCrypto, { ...reader, fromPeer: testPeer(3).peerId }, sealed);
    assert.equal(
      (opened.metadata['security'] as { sender_peer_id: string }).sender_peer_id,
      testPeer(3).peerId,
    );
    const claimed = open(sealed).metadata['security'] as { sender_peer_id: string };
    assert.equal(claimed.sender_peer_id, alice.peerId);
  });

  it('that never was encrypted passes as it is', () => {
    const opened = open({ content: 'hello', metadata: { reply_to: 'M1' } });
    assert.equal(opened.state, 'plain');
    assert.equal(opened.content, 'hello');
    assert.deepEqual(opened.metadata, {
      reply_to: 'M1',
      security: {
        mode: 'legacy_plaintext',
        state: 'plaintext',
        label: 'Legacy relay/plaintext',
        e2e: false,
        relay_confidential: false,
        local_only: false,
      },
    });
  });

  it('that claims to be encrypted and is not keeps the state plain', () => {
    const opened = open({ content: 'x', metadata: { security: { mode: 'peer_e2e_v1', e2e: true } } });
    assert.equal(opened.state, 'plain');
  });

  it('for somebody else cannot be read', () => {
    const stranger = { peerId: alice.peerId, x25519PrivateKey: alice.x25519.privateKey };
    const opened = openDm(nativeCrypto, stranger, seal('secret', { a: 1 }));
    assert.equal(opened.state, 'decrypt_failed');
    assert.equal(opened.content, UNREADABLE_DM_TEXT);
    assert.doesNotMatch(JSON.stringify(opened), /secret|__dm_crypto/);
  });

  it('with clear text in the place of ciphertext is a failure', () => {
    const sealed = seal('x', null);
    const envelope = {
      ...(sealed.metadata['__dm_crypto'] as object),
      encrypted_content: '{"content":"downgraded"}',
    };
    const opened = open({ content: '', metadata: { __dm_crypto: envelope } });
    assert.equal(opened.state, 'decrypt_failed');
    assert.equal(opened.content, UNREADABLE_DM_TEXT);
  });

  it('whose plaintext is no bundle is that plaintext', () => {
    for (const text of ['just text', '[1]', '"quoted"', '{', '1']) {
      assert.deepEqual([open(sealedText(text)).content, open(sealedText(text)).state], [text, 'encrypted']);
    }
    assert.equal(open(sealedText('{"content": 5, "metadata": []}')).content, '');
  });

  it('cannot smuggle a second envelope or a security summary inside', () => {
    const bundle =
      '{"content":"x","metadata":{"__dm_crypto":{"a":1},"security":{"e2e":false},"__proto__":{"p":1}}}';
    const { metadata } = open(sealedText(bundle));
    assert.ok(!Object.hasOwn(metadata, '__dm_crypto'));
    assert.equal((metadata['security'] as { e2e: boolean }).e2e, true);
    assert.equal((metadata as { p?: number }).p, undefined);
  });

  it('is opened or not, never thrown at', () => {
    const envelope = seal('x', null).metadata['__dm_crypto'] as Record<string, unknown>;
    fc.assert(
      fc.property(plainData, (metadata) => {
        assert.equal(typeof open({ content: 'c', metadata }).content, 'string');
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(envelope)), plainData, (key, value) => {
        const opened = open({ content: 'c', metadata: { __dm_crypto: { ...envelope, [key]: value } } });
        assert.ok(opened.state !== 'plain');
      }),
    );
  });

  it('is not sealed for an unusable key or with metadata that is no JSON', () => {
    const weak = { peerId: bob.peerId, x25519PublicKey: new Uint8Array(32) };
    const draft = { content: 'x', metadata: null, senderPeerId: null, recipient: weak };
    assert.throws(() => sealDm(nativeCrypto, seededRandom(1), draft), WireError);
    assert.throws(() => seal('x', { when: new Date(0) }), WireError);
  });
});

describe('the bundle', () => {
  it('is compact ASCII with its keys in order', () => {
    const text = dmBundleText('é', { b: 1, a: [1.5, null], __dm_crypto: 1 });
    assert.equal(text, '{"content":"\\u00e9","metadata":{"b":1,"a":[1.5,null]}}');
    assert.equal(dmBundleText('', null), '{"content":"","metadata":{}}');
  });
});
