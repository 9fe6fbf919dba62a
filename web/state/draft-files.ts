/**
 * Files of drafts that the node has already (05 section 10.5, M-1, M-3): beside their texts again after a reload, erased with
 * them on sign-out. Only what a message would say of them is kept; their bytes are the node's.
 */
import type { Stored } from './storage.ts';
import { MAX_FILES, type DraftFiles, type FileRef } from './uploads.ts';

const KEY = 'draft-files';

/** What was kept; whatever is not a file is left out. */
export function keptFiles(store: Pick<Stored, 'read'>): DraftFiles {
  const stored = store.read(KEY);
  if (typeof stored !== 'object' || stored === null) return {};
  return Object.fromEntries(
    Object.entries(stored).flatMap(([draft, list]) => {
      const files = Array.isArray(list) ? list.filter(isFileRef).slice(0, MAX_FILES) : [];
      return files.length === 0 ? [] : [[draft, files] as const];
    }),
  );
}

/** Keeps the files of all drafts; what is there already is not written again. */
export function keepFiles(store: Pick<Stored, 'write'>): (files: DraftFiles) => void {
  let last = '';
  return (files) => {
    const text = JSON.stringify(files);
    if (text === last) return;
    last = text;
    store.write(KEY, Object.keys(files).length === 0 ? null : files);
  };
}

function isFileRef(value: unknown): value is FileRef {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, type, size } = value as Partial<Record<string, unknown>>;
  return [id, name, type].every((one) => typeof one === 'string') && typeof size === 'number';
}
