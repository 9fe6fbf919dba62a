/** The check values of 07 section 6. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { meetingLibrary, passphraseSecret } from '../../../server/libraries/meeting/secrets.ts';
import { derivePeerId } from '../../../server/wire/peer-id.ts';

describe('what a passphrase stands for', () => {
  it('is the same wherever a node starts', async () => {
    const secret = await passphraseSecret('duke-canman-sync');
    assert.equal(toHex(secret), 'cd94b3a67c4cd8efe28986eff6f19e28db0f242ec07764d57d4ec087777534e0');
    const library = meetingLibrary(nativeCrypto, secret, {});
    assert.equal(library.libraryId, '31061d7b-774a-883e-810b-f7c514a5f0bc');
    assert.equal(toHex(library.tagKey), '4302cfe44d09b2a823a90081cf5bd3d3a7f5e2538c6ada16026c6f350abb32b5');
    const owner = nativeCrypto.ed25519PublicKey(library.ownerSeed);
    assert.equal(toHex(owner), '859ae53e0d32bdf4f10b6fc993f8fdcdcba515bb7da89eff80f25c533ea46d10');
    assert.equal(derivePeerId(nativeCrypto, owner), '5PaqYvhzDTHyF6xY');
    // Another filter is another library of the same people.
    const other = meetingLibrary(nativeCrypto, secret, { application: 'paste' });
    assert.notEqual(other.libraryId, library.libraryId);
    assert.deepEqual(other.tagKey, library.tagKey);
  });

  it('is nothing for a short one', () => {
    assert.throws(() => passphraseSecret('elevenchars'), RangeError);
    // Composed and decomposed letters are the same; two code units can be one character.
    assert.throws(() => passphraseSecret('e\u0301levenchars'), RangeError);
    assert.throws(() => passphraseSecret('😀😀😀😀😀😀'), RangeError);
  });
});
