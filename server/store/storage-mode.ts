/** Which of the two modes a directory is in, and whether it is on its way to the other (03 section 2.6). */
import { StoreError } from './errors.ts';
import type { Sql } from './sql.ts';
import type { StorageMode } from './vault.ts';

/** The row of `native_storage`. */
export interface StorageState {
  mode: StorageMode;
  /** The mode a move that was begun leads to; null: none was. */
  goal: StorageMode | null;
  /** How far that move came, in its own words. */
  step: string | null;
}

/** @throws {StoreError} `storage_unknown` when a newer program wrote a mode this one does not know. */
export function storageState(sql: Sql): StorageState {
  const row = sql.get<{ mode: string; goal: string | null; step: string | null }>(
    'SELECT mode, goal, step FROM native_storage WHERE id = 1',
  );
  return {
    mode: known(row?.mode ?? 'reference'),
    goal: row?.goal === null || row?.goal === undefined ? null : known(row.goal),
    step: row?.step ?? null,
  };
}

/**
 * The mode of a directory that is not on its way to another.
 * @throws {StoreError} `storage_moving`, or as {@link storageState}.
 */
export function storageMode(sql: Sql): StorageMode {
  const { mode, goal } = storageState(sql);
  if (goal === null) return mode;
  const word = goal === 'full' ? 'encrypt' : 'decrypt';
  throw new StoreError(
    'storage_moving',
    `This directory was being ${word}ed when that was interrupted: run "canopy storage ${word}" again, which goes on.`,
  );
}

/** Writes the row, inside a transaction. */
export function setStorageState(sql: Sql, state: StorageState): void {
  sql.run('INSERT OR REPLACE INTO native_storage (id, mode, goal, step) VALUES (1, @mode, @goal, @step)', {
    ...state,
  });
}

function known(mode: string): StorageMode {
  if (mode === 'reference' || mode === 'full') return mode;
  throw new StoreError(
    'storage_unknown',
    `This directory is encrypted in a way this program does not know (${mode}): use a newer Canopy.`,
  );
}
