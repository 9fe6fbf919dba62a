/** `messages`: every message type as the reference sends it (02 section 2). */
import * as z from 'zod';
import { utf8 } from '../../../server/crypto/bytes.ts';
import { nativeCrypto } from '../../../server/crypto/native.ts';
import { decodeBase58 } from '../../../server/wire/base58.ts';
import { frameText, parseFrame, signingBytes, verifyEnvelope } from '../../../server/wire/envelope.ts';
import type { Envelope } from '../../../server/wire/envelope.ts';
import { openPayload, pairKey } from '../../../server/wire/payload-crypto.ts';
import { readMetadata, readPayload } from '../../../server/wire/payloads/payload.ts';
import { METADATA_SCHEMAS } from '../../../server/wire/payloads/schemas.ts';
import { parsePyJson, printPyJson, toPlain } from '../../../server/wire/pyjson.ts';
import { expectEqual, isObject, toHexText } from '../check.ts';
import type { VectorClass } from '../types.ts';

const identitySchema = z.object({
  peer_id: z.string(),
  ed25519_public_key: z.string(),
  ed25519_private_key: z.string(),
  x25519_public_key: z.string(),
  x25519_private_key: z.string(),
});
const identitiesSchema = z.object({ peers: z.record(z.string(), identitySchema) });
const fileSchema = z.object({
  type: z.string(),
  examples: z.array(
    z.object({
      name: z.string(),
      sender: z.string(),
      to_neighbour: z.string(),
      frame_text: z.string(),
      signing_text: z.string(),
    }),
  ),
});
type Identity = z.infer<typeof identitySchema>;
type Example = z.infer<typeof fileSchema>['examples'][number];

export const messages: VectorClass = {
  name: 'messages',
  recognises: (json) => isObject(json) && 'type' in json && 'examples' in json,
  cases(json, context) {
    const { type, examples } = fileSchema.parse(json);
    const { peers } = identitiesSchema.parse(context.sibling('../identities.json'));
    const peerOf = (label: string): Identity => {
      const peer = peers[label];
      if (peer === undefined) throw new Error(`no peer ${label}`);
      return peer;
    };
    return examples.map((example) => ({
      id: `${type}/${example.name}`,
      run: () => check(type, example, peerOf(example.sender), peerOf(example.to_neighbour)),
    }));
  },
};

function check(type: string, example: Example, author: Identity, neighbour: Identity): void {
  const envelope = envelopeOf(example.frame_text);
  const relayed = envelopeOf(frameText({ ...envelope, ttl: envelope.ttl - 1 }));
  const signature = nativeCrypto.sign(decodeBase58(author.ed25519_private_key), utf8(example.signing_text));
  expectEqual(
    {
      type: envelope.type,
      signing: Buffer.from(signingBytes(envelope)).toString('latin1'),
      verified: verifyEnvelope(nativeCrypto, decodeBase58(author.ed25519_public_key), envelope),
      signature: envelope.signature,
      printed: printPyJson(parsePyJson(example.frame_text)),
      sent: frameText(envelope),
      relayed: frameText({ ...relayed, ttl: envelope.ttl }),
    },
    {
      type,
      signing: example.signing_text,
      verified: true,
      signature: toHexText(signature),
      printed: example.frame_text,
      sent: example.frame_text,
      relayed: example.frame_text,
    },
  );
  checkSchema(envelope, author, neighbour);
}

/** The schema accepts the payload, and keeps every field it knows as it was sent. */
function checkSchema(envelope: Envelope, author: Identity, neighbour: Identity): void {
  const schema = Object.entries(METADATA_SCHEMAS).find(([name]) => name === envelope.type)?.[1];
  if (schema === undefined) throw new Error(`no schema for ${envelope.type}`);
  const { metadata } = readPayload(toPlain(payloadOf(envelope, author, neighbour)));
  const read = readMetadata(schema, metadata);
  for (const [key, value] of Object.entries(read)) {
    if (key in metadata) expectKept(`${envelope.type}.${key}`, metadata[key], value);
  }
}

function payloadOf(envelope: Envelope, author: Identity, neighbour: Identity): Envelope['payload'] {
  if (envelope.encryptedPayload === null) return envelope.payload;
  const privateKey = decodeBase58(neighbour.x25519_private_key);
  const key = pairKey(nativeCrypto, privateKey, decodeBase58(author.x25519_public_key));
  if (key === null) throw new Error('no pair key');
  return openPayload(nativeCrypto, key, envelope.encryptedPayload);
}

function expectKept(path: string, sent: unknown, read: unknown): void {
  const kept: unknown = read instanceof Map ? Object.fromEntries(read) : read;
  if (Array.isArray(sent) && Array.isArray(kept)) {
    expectEqual({ [path]: kept.length }, { [path]: sent.length });
    sent.forEach((item, index) => expectKept(`${path}.${index}`, item, kept[index]));
  } else if (isObject(sent) && isObject(kept)) {
    for (const [key, value] of Object.entries(kept))
      if (key in sent) expectKept(`${path}.${key}`, sent[key], value);
  } else if (!(isBlank(sent) && kept === null)) {
    expectEqual({ [path]: kept }, { [path]: sent });
  }
}

/** An empty text or object says as much as none. */
function isBlank(value: unknown): boolean {
  return value === '' || (isObject(value) && Object.keys(value).length === 0);
}

function envelopeOf(text: string): Envelope {
  const frame = parseFrame(text);
  if (frame.kind === 'other') throw new Error(`a frame of the type ${frame.type}`);
  return frame.envelope;
}
