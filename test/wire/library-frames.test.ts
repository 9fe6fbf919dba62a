/** Tags, proofs and tickets of libraries: check values of 07 section 6. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { nativeCrypto as crypto } from '../../server/crypto/native.ts';
import { fromHex, toHex, utf8 } from '../../server/crypto/bytes.ts';
import { encodeInvite } from '../../server/wire/invite.ts';
import type { LibraryId, PeerId, TicketId } from '../../server/wire/ids.ts';
import { joinProof, libraryTag, paddedTags, readTags } from '../../server/wire/library-frames.ts';
import { decodeTicket, encodeTicket } from '../../server/wire/library-tickets.ts';
import { testPeer } from './support.ts';

const key = crypto.sha256(utf8('k'));
const h = fromHex('7f0e7c74b61ef6defd5f2940d48468a0ed104e3002ec4e86a21a6a6d0424b3fd') ?? assert.fail();

it('a tag and a proof are what the check values say', () => {
  assert.equal(toHex(libraryTag(crypto, key, h, 'initiator')), '9932763063335b44894cb1ee42bb81a2');
  assert.notEqual(toHex(libraryTag(crypto, key, h, 'responder')), '9932763063335b44894cb1ee42bb81a2');
  assert.equal(
    toHex(joinProof(crypto, key, h, 'BtrDypgRq2TbBnMc' as PeerId)),
    '7395fa0ec6fc84360bcc78bb8fe16f3a2a563144f584a9c5bfaee31805dba53a',
  );
});

it('tags come in powers of two', () => {
  assert.deepEqual([0, 8, 9, 1024, 2000].map(paddedTags), [8, 8, 16, 1024, 1024]);
  assert.equal(readTags(new Uint8Array(128)).size, 1);
  assert.throws(() => readTags(new Uint8Array(15)));
  assert.throws(() => readTags(new Uint8Array(16 * 1025)));
});

it('a ticket is read back, and none that somebody changed', () => {
  const owner = testPeer(1);
  const invite = encodeInvite(
    {
      peerId: owner.peerId,
      ed25519PublicKey: owner.ed25519.publicKey,
      x25519PublicKey: owner.x25519.publicKey,
    },
    ['ws://192.0.2.1:7771'],
  );
  const ticket = {
    library_name: 'Pictures – é',
    library_id: '00000000-0000-4000-8000-000000000001' as LibraryId,
    owner: owner.peerId,
    filter: { tags: ['a'] },
    mode: 'write' as const,
    expires_at: null,
    ticket_id: '0123456789abcdef' as TicketId,
    capability: Buffer.from(key).toString('base64url'),
    invite,
  };
  const text = encodeTicket(crypto, owner.ed25519.privateKey, ticket);
  assert.match(text, /^eyJsaWJyYXJ5X25hbWUiOi/);
  const { signature, ...read } = decodeTicket(crypto, ` ${text}\n`).ticket;
  assert.deepEqual(read, ticket);
  const forged = (fields: object): string =>
    Buffer.from(JSON.stringify({ ...ticket, signature, ...fields })).toString('base64url');
  assert.throws(() => decodeTicket(crypto, forged({ library_name: 'Other' })), { reason: 'bad_signature' });
  assert.throws(() => decodeTicket(crypto, forged({ owner: testPeer(2).peerId })), { reason: 'other_owner' });
  assert.throws(() => decodeTicket(crypto, forged({ mode: 'owner' })), { reason: 'malformed' });
  assert.throws(() => decodeTicket(crypto, text.slice(0, -4)), { reason: 'malformed' });
  assert.throws(() => decodeTicket(crypto, ''), { reason: 'malformed' });
});
