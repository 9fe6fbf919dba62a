/**
 * What another asset service answers (07 sections 1 and 4), read as what a stranger wrote: what is not understood is
 * passed over, and what is said of an asset keeps the rules of section 1 only once the own store has taken it.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { assetHash, peerId } from '../../wire/assets.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { CleanMeta } from '../assets/meta.ts';

const maybeText = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

const assetSchema = z.object({
  hash: assetHash,
  size: z.int().min(0),
  mime_type: maybeText,
  filename: maybeText,
  application: maybeText,
  tags: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? []),
  user: maybeText,
  description: maybeText,
  /** Unix ms of the first ingest; others than our nodes may write it in another way, which is then not taken over. */
  timestamp: z.int().min(0).nullable().catch(null),
  origin_peer: peerId.nullable().catch(null),
});

/** An asset as the service tells of it. */
export type TheirAsset = z.output<typeof assetSchema>;

const answer = z.object({ data: z.unknown() });
const listAnswer = z.object({
  data: z.object({ assets: z.array(z.unknown()), next_cursor: z.string().min(1).nullish() }),
});

/** One asset; `null` for anything else. */
export function readAsset(value: unknown): TheirAsset | null {
  return assetSchema.safeParse(answer.safeParse(value).data?.data).data ?? null;
}

/**
 * A page of a list; `null` for anything else.
 * @returns also how many rows it had, those that are no assets included.
 */
export function readList(
  value: unknown,
): { assets: TheirAsset[]; rows: number; cursor: string | null | undefined } | null {
  const parsed = listAnswer.safeParse(value);
  if (!parsed.success) return null;
  const { assets: rows, next_cursor: cursor } = parsed.data.data;
  const assets = rows.flatMap((row) => assetSchema.safeParse(row).data ?? []);
  return { assets, rows: rows.length, cursor };
}

/** The fields that people give, of either side. */
export function fieldsOf(asset: CleanMeta): CleanMeta {
  const { mime_type, filename, application, tags, user, description } = asset;
  return { mime_type, filename, application, tags, user, description };
}

/** SHA-256 of what is said of an asset: the same for both sides when they say the same. */
export function digestOf(asset: CleanMeta): Uint8Array {
  const { mime_type, filename, application, tags, user, description } = asset;
  const said = [mime_type, filename, application, tags, user, description];
  return createHash('sha256').update(JSON.stringify(said)).digest();
}

/** The first 52 bits of a hash, for a set of a million at little cost; two that fall together only hide a deletion. */
export function shortHash(hash: AssetHash): number {
  return Number.parseInt(hash.slice(0, 13), 16);
}
