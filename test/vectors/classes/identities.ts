/** `identities`: 01 sections 1.1 and 1.2. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { utf8 } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { nobleCrypto } from '../../../server/crypto/noble.ts';
import { loadOrCreateNodeIdentity, parseIdentityFile } from '../../../server/identity/node-identity.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { expectEqual, hex, toHexText, wireClass } from '../check.ts';

const schema = z.object({
  ed25519_private_hex: z.string(),
  ed25519_public_hex: z.string(),
  x25519_private_hex: z.string(),
  x25519_public_hex: z.string(),
  ed25519_public_sha256_hex: z.string(),
  ed25519_public_b58: z.string(),
  x25519_public_b58: z.string(),
  ed25519_private_b58: z.string(),
  x25519_private_b58: z.string(),
  peer_id: z.string(),
  identity_file_text: z.string(),
  identity_file_mode: z.string(),
  signature_probe: z.object({ message_utf8: z.string(), signature_hex: z.string() }),
});

export const identities = wireClass('identities', schema, (vector) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'canopy-vectors-'));
  try {
    for (const crypto of [nativeCrypto, nobleCrypto]) {
      const file = path.join(directory, `${crypto === nativeCrypto ? 'native' : 'noble'}.json`);
      // The two private keys are the first things a new identity takes from the random source.
      const keys = [hex(vector.ed25519_private_hex), hex(vector.x25519_private_hex)];
      const random = { bytes: () => keys.shift() ?? new Uint8Array(), fraction: () => 0 };
      const made = loadOrCreateNodeIdentity(file, { random, crypto });
      const text = fs.readFileSync(file, 'utf8');
      const read = parseIdentityFile(vector.identity_file_text, crypto);
      const message = utf8(vector.signature_probe.message_utf8);
      const fromB58 = (text58: string): string => toHexText(decodeBase58(text58));
      expectEqual(
        {
          file: text,
          mode: (fs.statSync(file).mode & 0o7777).toString(8).padStart(4, '0'),
          peer_id: read.peerId,
          sha256: toHexText(crypto.sha256(made.ed25519.publicKey)),
          public: [toHexText(made.ed25519.publicKey), toHexText(made.x25519.publicKey)],
          public_b58: [fromB58(vector.ed25519_public_b58), fromB58(vector.x25519_public_b58)],
          private_b58: [fromB58(vector.ed25519_private_b58), fromB58(vector.x25519_private_b58)],
          read: [toHexText(read.ed25519.privateKey), toHexText(read.x25519.privateKey)],
          signature: toHexText(crypto.sign(read.ed25519.privateKey, message)),
          verified: crypto.verify(read.ed25519.publicKey, message, hex(vector.signature_probe.signature_hex)),
        },
        {
          file: vector.identity_file_text,
          mode: vector.identity_file_mode,
          peer_id: vector.peer_id,
          sha256: vector.ed25519_public_sha256_hex,
          public: [vector.ed25519_public_hex, vector.x25519_public_hex],
          public_b58: [vector.ed25519_public_hex, vector.x25519_public_hex],
          private_b58: [vector.ed25519_private_hex, vector.x25519_private_hex],
          read: [vector.ed25519_private_hex, vector.x25519_private_hex],
          signature: vector.signature_probe.signature_hex,
          verified: true,
        },
      );
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
});
