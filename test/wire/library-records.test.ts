/** Records of libraries: check values of 07 section 6, shape, order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { fromHex, toHex, utf8 } from '../../server/crypto/bytes.ts';
import { hmacSha256 } from '../../server/crypto/hmac.ts';
import { parseRecord, recordId, signRecord, verifyRecord } from '../../server/wire/library-records.ts';
import type { AnyRecord } from '../../server/wire/library-records.ts';
import type { AssetHash, LibraryId, PeerId } from '../../server/wire/ids.ts';
import { assetBody, libraryBody, memberBody, recordBy } from '../libraries/support.ts';
import { testPeer } from './support.ts';

const hash = (text: string): Uint8Array => crypto.sha256(utf8(text));
const owner = testPeer(1);
const member = testPeer(2);

/** `record` with other fields. */
function changed(record: AnyRecord, fields: Record<string, unknown>): unknown {
  return { ...record, ...fields };
}

describe('records of libraries', () => {
  it('are signed and named as the check values say', () => {
    const seed = hash('owner');
    const record = signRecord(crypto, seed, {
      author: 'GRDP1Z1G9APcgHE6' as PeerId,
      deleted: true,
      key: toHex(hash('a')) as AssetHash,
      kind: 'asset',
      library_id: '00000000-0000-4000-8000-000000000001' as LibraryId,
      ts: 1750000000123,
      v: 1,
    });
    assert.equal(
      toHex(recordId(crypto, record)),
      '34357a1a73dfb47b25c45bce46cf32afa28ec91f09b47da95dc0d06339574951',
    );
    assert.equal(
      record.signature,
      'f99743e7aa75df3aa5b84af1ce605b391e794b8ce82ffdedd6e32195808f90aeca640f69b356597ce6e806f1fd7305e4d45b0681826d0e1ac95a8ee43a7cff00',
    );
    assert.ok(verifyRecord(crypto, crypto.ed25519PublicKey(seed), record));
    assert.deepEqual(parseRecord(crypto, JSON.parse(JSON.stringify(record))), record);
  });

  it('are refused in any other shape', () => {
    const asset = recordBy(member, 5, assetBody(1, member));
    const library = recordBy(owner, 5, libraryBody(owner));
    assert.notEqual(parseRecord(crypto, asset), null);
    assert.notEqual(parseRecord(crypto, library), null);
    const meta = asset.kind === 'asset' && !asset.deleted ? asset.meta : null;
    const wrong: unknown[] = [
      null,
      'record',
      changed(asset, { v: 2 }),
      changed(asset, { ts: 1.5 }),
      changed(asset, { ts: -1 }),
      changed(asset, { extra: 1 }),
      changed(asset, { key: 'A'.repeat(64) }),
      changed(asset, { size: Infinity }),
      changed(asset, { deleted: 'no' }),
      changed(asset, { meta: { ...meta, filename: '../a' } }),
      changed(asset, { meta: { ...meta, filename: '.hidden' } }),
      changed(asset, { meta: { ...meta, filename: 'a\u0000b' } }),
      changed(asset, { meta: { ...meta, filename: '\ud800' } }),
      changed(asset, { meta: { ...meta, mime_type: 'a\nb' } }),
      changed(asset, { meta: { ...meta, mime_type: 'text/html\u0001' } }),
      changed(asset, { meta: { ...meta, mime_type: '   ' } }),
      changed(asset, { meta: { ...meta, tags: ['a', 'a'] } }),
      changed(asset, { meta: { ...meta, tags: [' a'] } }),
      changed(asset, { meta: { ...meta, description: 'é'.repeat(2000) } }),
      changed(asset, { meta: { ...meta, more: 'x'.repeat(10) } }),
      changed(library, { owner_key: 'x' }),
      changed(library, { name: '' }),
      changed(library, { author: member.peerId }),
      changed(library, { filter: { hash: [] } }),
      changed(recordBy(owner, 5, memberBody(member, 'read')), { key: owner.peerId }),
    ];
    for (const value of wrong) assert.equal(parseRecord(crypto, value), null, JSON.stringify(value));
  });

  it('are found wrong in no more time than it takes to read them', () => {
    const asset = recordBy(member, 5, assetBody(1, member));
    const meta = asset.kind === 'asset' && !asset.deleted ? asset.meta : null;
    // A search that goes back and forth in it would not end today.
    const long = `${'a'.repeat(2_000_000)}\u0001\u0001`;
    for (const field of ['mime_type', 'filename', 'application', 'user', 'description', 'origin_peer'])
      assert.equal(parseRecord(crypto, changed(asset, { meta: { ...meta, [field]: long } })), null);
    assert.equal(parseRecord(crypto, changed(asset, { meta: { ...meta, tags: [long] } })), null);
    assert.equal(parseRecord(crypto, changed(recordBy(owner, 5, libraryBody(owner)), { name: long })), null);
  });

  it('verify with nothing but what was signed', () => {
    const record = recordBy(member, 5, assetBody(1, member));
    const key = member.ed25519.publicKey;
    assert.ok(verifyRecord(crypto, key, record));
    assert.ok(!verifyRecord(crypto, owner.ed25519.publicKey, record));
    assert.ok(!verifyRecord(crypto, key, { ...record, ts: 6 }));
  });
});

describe('HMAC-SHA256', () => {
  it('is that of RFC 4231, with short and long keys', () => {
    const of = (key: string, data: string): string =>
      toHex(hmacSha256(crypto, fromHex(key) ?? new Uint8Array(), utf8(data)));
    assert.equal(
      of(toHex(utf8('Jefe')), 'what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    assert.equal(
      of('aa'.repeat(131), 'Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    );
  });
});
