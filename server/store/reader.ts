/**
 * A connection that only reads, for tools that look at the database of a node, running or not (08 section 5): it
 * takes no lock, creates no table and changes nothing.
 */
import Database from 'better-sqlite3';
import { quickCheck } from './backup.ts';
import { StoreError } from './errors.ts';
import { schemaVersion, SCHEMA_VERSION } from './migrations.ts';
import { Sql } from './sql.ts';

export class StoreReader {
  readonly sql: Sql;
  /** Of the file; 0 for one that only the reference has written. */
  readonly schemaVersion: number;
  readonly #db: Database.Database;

  /** @throws {StoreError} `database_unreadable` when there is no database at `file`, or none that opens. */
  constructor(file: string) {
    try {
      this.#db = new Database(file, { readonly: true, fileMustExist: true });
      this.schemaVersion = schemaVersion(this.#db);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreError('database_unreadable', `Cannot open the database ${file}: ${reason}`, {
        cause: error,
      });
    }
    this.sql = new Sql(this.#db);
  }

  /** Whether every table this program reads is there. */
  get isCurrent(): boolean {
    return this.schemaVersion === SCHEMA_VERSION;
  }

  /** Whether a newer program wrote the file. */
  get isTooNew(): boolean {
    return this.schemaVersion > SCHEMA_VERSION;
  }

  /** `ok`, or the first line SQLite has to say about damage. */
  check(): string {
    return quickCheck(this.#db);
  }

  close(): void {
    this.#db.close();
  }
}
