/** Metadata of assets as records carry it (07 sections 1 and 2.2). */
import type { Asset, AssetMeta } from '../types.ts';

/** What a record says of an asset. */
export function metaOf(asset: Asset | AssetMeta): AssetMeta {
  const { mime_type, filename, application, tags, user, description, timestamp, origin_peer } = asset;
  return { mime_type, filename, application, tags, user, description, timestamp, origin_peer };
}

/** Whether both say the same; tags in another order are another thing. */
export function sameMeta(a: Asset | AssetMeta, b: Asset | AssetMeta): boolean {
  return JSON.stringify(metaOf(a)) === JSON.stringify(metaOf(b));
}
