/** `dm_e2e`: 01 section 8.2, the bundle of direct messages. */
import * as z from 'zod';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { UNREADABLE_DM_TEXT, dmBundleText, openDm, sealDm } from '../../../server/wire/dm-bundle.ts';
import { isPeerId } from '../../../server/wire/ids.ts';
import type { PeerId } from '../../../server/wire/ids.ts';
import { parsePyJson, toPlain } from '../../../server/wire/pyjson.ts';
import { asRecord, textMember } from '../../../server/wire/records.ts';
import { RENC_PREFIX } from '../../../server/wire/recipient-encryption.ts';
import { backends } from '../backends.ts';
import { expectEqual, hex, refSchema, wireClass } from '../check.ts';
import { fixedRandom } from '../fixed-random.ts';

const ref = refSchema.extend({ peer_id: z.custom<PeerId>(isPeerId) });
const message = z.object({ content: z.string(), metadata_json_text: z.string() });
const common = {
  sender: ref.nullish(),
  recipient: ref,
  recipient_x25519_private_hex: z.string(),
  unwrapped: message.extend({ security_json_text: z.string() }),
};
const schema = z.union([
  z.object({ ...common, inbound: message }),
  z.object({
    ...common,
    content: z.string(),
    metadata_json_text: z.string(),
    bundle_json_text: z.string(),
    inputs: z.object({
      cek_hex: z.string(),
      content_nonce_hex: z.string(),
      ephemeral_private_hex: z.string(),
      wrap_nonce_hex: z.string(),
    }),
    outbound: message,
  }),
]);
type Vector = z.infer<typeof schema>;

const plain = (text: string): unknown => toPlain(parsePyJson(text));

export const dmE2e = wireClass('dm_e2e', schema, (vector) => {
  for (const crypto of backends) {
    if (!('inbound' in vector)) {
      const metadata = parsePyJson(vector.metadata_json_text);
      const draft = { content: vector.content, metadata: metadata instanceof Map ? metadata : null };
      const { cek_hex, content_nonce_hex, ephemeral_private_hex, wrap_nonce_hex } = vector.inputs;
      const random = fixedRandom(cek_hex, content_nonce_hex, ephemeral_private_hex, wrap_nonce_hex);
      const recipient = {
        peerId: vector.recipient.peer_id,
        x25519PublicKey: decodeBase58(vector.recipient.x25519_public_b58),
      };
      const senderPeerId = vector.sender?.peer_id ?? null;
      expectEqual(
        {
          bundle: dmBundleText(draft.content, draft.metadata),
          ...sealDm(crypto, random, { ...draft, senderPeerId, recipient }),
        },
        {
          bundle: vector.bundle_json_text,
          content: vector.outbound.content,
          metadata: plain(vector.outbound.metadata_json_text),
        },
      );
    }
    const received = 'inbound' in vector ? vector.inbound : vector.outbound;
    const opened = openDm(
      crypto,
      { peerId: vector.recipient.peer_id, x25519PrivateKey: hex(vector.recipient_x25519_private_hex) },
      { content: received.content, metadata: plain(received.metadata_json_text) },
    );
    if (isDowngrade(received.metadata_json_text)) expectDowngradeRefused(opened, vector);
    else {
      expectEqual(
        { content: opened.content, metadata: opened.metadata, security: opened.metadata['security'] },
        {
          content: vector.unwrapped.content,
          metadata: plain(vector.unwrapped.metadata_json_text),
          security: plain(vector.unwrapped.security_json_text),
        },
      );
    }
  }
});

/**
 * Clear text in the place of ciphertext. These cases record what the reference does; the description of the vectors
 * and 01 section 8.2 ask for a decryption failure instead.
 */
function isDowngrade(metadataText: string): boolean {
  const envelope = asRecord(asRecord(plain(metadataText))?.['__dm_crypto']);
  const content = envelope && textMember(envelope, 'encrypted_content');
  return typeof content === 'string' && !content.startsWith(RENC_PREFIX);
}

function expectDowngradeRefused(opened: ReturnType<typeof openDm>, vector: Vector): void {
  const { state, target_peer_id } = asRecord(opened.metadata['security']) ?? {};
  expectEqual(
    { content: opened.content, state: opened.state, security: [state, target_peer_id] },
    {
      content: UNREADABLE_DM_TEXT,
      state: 'decrypt_failed',
      security: ['decrypt_failed', vector.recipient.peer_id],
    },
  );
}
