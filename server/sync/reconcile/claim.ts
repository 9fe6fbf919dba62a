/**
 * What an item that came says it is (06 section 4.3): kind, object, version and time, from its signed envelopes or from
 * its plain form. Envelopes are evidence: signature and inner ids count, not age, target or hops.
 */
import * as z from 'zod';
import type { CryptoBackend, VerifySignature } from '../../crypto/backend.ts';
import { parseEnvelope, signedParts } from '../../wire/envelope.ts';
import type { Envelope } from '../../wire/envelope.ts';
import { WireError } from '../../wire/errors.ts';
import { isOpaqueId } from '../../wire/ids.ts';
import type { PeerId } from '../../wire/ids.ts';
import {
  CREATED,
  DELETED,
  ITEM_KINDS,
  changedAt,
  isVersion,
  itemId,
  rankOfVersion,
} from '../../wire/item-id.ts';
import type { ItemKind } from '../../wire/item-id.ts';
import { channelMessageSchema } from '../../wire/payloads/channel-message.ts';
import { deleteSignalSchema } from '../../wire/payloads/delete-signal.ts';
import { feedPostSchema } from '../../wire/payloads/feed.ts';
import { readMetadata, readPayload } from '../../wire/payloads/payload.ts';
import { toPlain } from '../../wire/pyjson.ts';
import type { ForeignItem } from '../../wire/reconcile-frames.ts';
import { asRecord } from '../../wire/records.ts';
import type { LiveMessage } from '../../workspace/channel-inbox.ts';
import type { ForeignPost } from '../../workspace/feed-inbox.ts';
import { liveMessage } from '../channel-forms.ts';
import { livePost, versionOf } from '../feed-forms.ts';

/** Words of `delete_signal` for the kinds (02 section 2.10). */
const DELETED_TYPES: Record<string, ItemKind> = { channel_message: 'm', direct_message: 'd', feed_post: 'p' };

/** An envelope that its author really signed. */
export interface Proof {
  envelope: Envelope;
  signer: PeerId;
  version: string;
  /** `null` for a deletion, and for a post. */
  live: LiveMessage | null;
  /** `null` for all but posts. */
  post: ForeignPost | null;
}

/** What an item says it is. */
export interface Claim {
  kind: ItemKind;
  objectId: string;
  version: string;
  /** Whole Unix seconds. */
  ts: number;
  id: Uint8Array;
  proofs: Proof[];
  /** Messages as envelopes show them whose author's key is not known: the word of whoever brings them, no more. */
  unproven: { author: PeerId; live: LiveMessage | null; post: ForeignPost | null }[];
  /** The message object, for items told without envelope. */
  body: Readonly<Record<string, unknown>> | null;
}

const fieldsSchema = z.object({
  k: z.enum(ITEM_KINDS).optional(),
  id: z.string().refine(isOpaqueId).optional(),
  ts: z.int().min(0).optional(),
  v: z.string().refine(isVersion).optional(),
  body: z.custom<Readonly<Record<string, unknown>>>((value) => asRecord(value) !== null).optional(),
});

export interface ClaimReader {
  crypto: Pick<CryptoBackend, 'sha256'>;
  /** The checked Ed25519 key of a peer; `null` for unknown ones. */
  keyOf(peer: PeerId): Uint8Array | null;
  /** Checks a signature, here or beside the event loop. */
  verify: VerifySignature;
}

/** Reads an item; `null` when it is unsound, contradicts itself, or carries a false signature. */
export async function readClaim(reader: ClaimReader, item: ForeignItem): Promise<Claim | null> {
  try {
    const fields = fieldsSchema.safeParse(item.fields);
    if (!fields.success) return null;
    const read = item.envelopes.map((envelope) => readEnvelope(parseEnvelope(envelope)));
    return await claimOf(reader, fields.data, read);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** An envelope and what it is about. */
interface Told {
  envelope: Envelope;
  kind: ItemKind;
  objectId: string;
  version: string;
  ts: number | null;
  live: LiveMessage | null;
  post: ForeignPost | null;
}

async function claimOf(
  reader: ClaimReader,
  fields: z.output<typeof fieldsSchema>,
  read: readonly (Told | null)[],
): Promise<Claim | null> {
  const told = read.filter((one) => one !== null);
  if (told.length < read.length) return null;
  const kind = fields.k ?? told[0]?.kind;
  const objectId = fields.id ?? told[0]?.objectId;
  const versions = told.map(({ version }) => version).sort((a, b) => rankOfVersion(a) - rankOfVersion(b));
  const version = fields.v ?? versions.at(-1);
  const ts = fields.ts ?? told.find((one) => one.ts !== null)?.ts;
  if (kind === undefined || objectId === undefined || version === undefined || ts == null) return null;
  if (told.some((one) => one.kind !== kind || one.objectId !== objectId)) return null;
  const id = itemId(reader.crypto, { kind, objectId, version });
  const proofs = await checked(reader, told);
  const unproven = told.flatMap(({ envelope: { fromPeer: author }, live, post, version: at }) =>
    at === CREATED && reader.keyOf(author) === null ? [{ author, live, post }] : [],
  );
  return proofs && { kind, objectId, version, ts, id, proofs, unproven, body: fields.body ?? null };
}

/** The envelopes whose authors' keys are known; `null` when one of them is a forgery. */
async function checked(reader: ClaimReader, told: readonly Told[]): Promise<Proof[] | null> {
  const proofs: Proof[] = [];
  for (const { envelope, live, post, version } of told) {
    const key = reader.keyOf(envelope.fromPeer);
    // Without the author's key it proves nothing; with it, a wrong signature is a forgery.
    if (key === null) continue;
    const signed = signedParts(envelope);
    if (signed === null || !(await reader.verify(key, signed.bytes, signed.signature))) return null;
    proofs.push({ envelope, signer: envelope.fromPeer, version, live, post });
  }
  return proofs;
}

/** `null` for envelopes that are about no item. */
function readEnvelope(envelope: Envelope): Told | null {
  const { content, metadata } = readPayload(toPlain(envelope.payload));
  if (envelope.type === 'channel_message') {
    const live = liveMessage(readMetadata(channelMessageSchema, metadata), content);
    if (live === null) return null;
    const rev = live.rev ?? live.editedAt;
    const version = live.updateOnly && rev !== null ? changedAt(rev) : CREATED;
    const ts = live.createdAt === null ? null : Math.max(0, Math.floor(live.createdAt / 1000));
    return { envelope, kind: 'm', objectId: live.id, version, ts, live, post: null };
  }
  if (envelope.type === 'feed_post') {
    const post = livePost(readMetadata(feedPostSchema, metadata), content, envelope.fromPeer);
    if (post === null) return null;
    const ts = post.createdAt === null ? null : Math.max(0, Math.floor(post.createdAt / 1000));
    return { envelope, kind: 'p', objectId: post.id, version: versionOf(post), ts, live: null, post };
  }
  if (envelope.type !== 'delete_signal') return null;
  const signal = readMetadata(deleteSignalSchema, metadata);
  const kind = DELETED_TYPES[signal.data_type];
  if (kind === undefined || signal.data_id === null || signal.is_ack) return null;
  return { envelope, kind, objectId: signal.data_id, version: DELETED, ts: null, live: null, post: null };
}
