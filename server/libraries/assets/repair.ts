/**
 * The asset store after a kill (07 section 1): a file without its row was never told to anybody and goes, as does a small
 * picture without one, which shows what was deleted; a row without its file goes, too, and a library may bring the asset
 * again.
 */
import type { AssetRows } from '../../store/assets.ts';
import type { GroupCommit } from '../../store/group-commit.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AssetHash } from '../../wire/ids.ts';
import type { AssetFiles } from './asset-files.ts';
import { MAX_INGESTS } from './limits.ts';

/** Rows looked at together. */
const PAGE = 1000;
/**
 * More files without rows than a kill can leave, with transfers and deletions: then the database is another or an older
 * one, and nobody's bytes are removed because of it.
 */
const MAX_ORPHANS = 4 * MAX_INGESTS;

export async function repairAssets(components: {
  rows: AssetRows;
  commit: GroupCommit;
  files: AssetFiles;
  log: Log;
}): Promise<void> {
  const { rows, commit, files, log } = components;
  await files.sweepThumbnails((hash) => rows.place(hash) !== null);
  const orphans = await files.sweep();
  const hadFiles = orphans.size > 0;
  const bare: AssetHash[] = [];
  let page = rows.hashes(null, PAGE);
  while (page.length > 0) {
    for (const hash of page) if (!orphans.delete(hash)) bare.push(hash);
    page = rows.hashes(page.at(-1) ?? null, PAGE);
  }
  if (orphans.size > MAX_ORPHANS) {
    log.warn({ files: orphans.size }, 'files of assets have no row: the database is not theirs; they stay');
  } else if (orphans.size > 0) {
    for (const hash of orphans) await files.remove(hash);
    log.info({ files: orphans.size }, 'removed files of assets that never were whole');
  }
  if (bare.length === 0) return;
  // A disk that is not mounted looks like this; what is known of its assets is kept until it is there again.
  if (!hadFiles && bare.length > MAX_ORPHANS) {
    log.warn({ assets: bare.length }, 'no asset has its bytes: their folder is empty or not mounted');
    return;
  }
  await commit.run(() => {
    for (const hash of bare) rows.delete(hash);
  });
  log.warn({ assets: bare.length }, 'removed rows of assets whose bytes are gone');
}
