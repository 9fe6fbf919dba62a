/** Errors of the store. The message is one line a person can act on; `code` is stable. */
export type StoreErrorCode =
  /** Another process uses this data directory. */
  | 'data_dir_locked'
  /** The database file cannot be opened or is not a database. */
  | 'database_unreadable'
  /** The check before a migration found damage, so nothing was changed. */
  | 'database_damaged'
  /** The backup before a migration could not be made or did not open. */
  | 'backup_failed'
  /** What somebody brings in is no database this node could run on. */
  | 'import_refused'
  /** A newer program wrote this database. */
  | 'database_too_new'
  /** A migration failed; it was rolled back. */
  | 'migration_failed'
  /** The directory is encrypted in a way this program does not know, or was left on the way to another. */
  | 'storage_unknown'
  | 'storage_moving'
  /** The store was closed. */
  | 'store_closed';

/** The only error the store throws on its own account; errors of SQLite itself pass through. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
