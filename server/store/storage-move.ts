/**
 * Moves a directory between the two modes of encryption at rest (03 section 2.6), while no node runs: the columns of
 * `sealed-columns.ts` in slices, each in a transaction with how far it came, then the bytes of files one by one
 * (`file-move.ts`), then what was left of the other form: free pages, the write-ahead log, backups beside the database.
 * Whatever ends it, it goes on where it was. Until it is through, no node starts on the directory.
 */
import type { Store } from './database.ts';
import type { FileMove } from './file-move.ts';
import { linksIn } from './file-links.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';
import type { SealedColumn, SealedColumnName } from './sealed-columns.ts';
import type { SealedField, Stored } from './sealed-field.ts';
import { clearSearchTables } from './search-sqlite.ts';
import type { Sql } from './sql.ts';
import { setStorageState, storageState } from './storage-mode.ts';
import type { StorageMode, Vault } from './vault.ts';

/** Rows of one slice: a few milliseconds, so that a kill costs no more. */
export const SLICE_ROWS = 500;

/** What the reference reads encrypted, and may have written in clear (03 section 2.6). */
const REFERENCE_COLUMNS = [
  { table: 'messages', column: 'content' },
  { table: 'feed_posts', column: 'content' },
] as const;

/** One column on its way. */
interface Column {
  readonly name: string;
  readonly table: string;
  readonly column: string;
  /** SQL for the name of the row, and for a text beside it that may name files. */
  readonly row: string;
  readonly beside: string;
  /** The value it is to have. */
  readonly moved: (value: Stored | null, row: string, beside: Stored | null) => Stored | null;
}

interface Slice {
  place: number;
  row: string;
  value: Stored | null;
  beside: Stored | null;
}

/** Where a move stands: `columns` at a row of one of them, `files` behind a place, `rest`. */
interface Step {
  stage: 'columns' | 'files' | 'rest';
  /** `table.column`; empty: the first. */
  column: string;
  /** The last row that was done. */
  place: number;
  /** The last file that was done. */
  file: string;
}

const FIRST: Step = { stage: 'columns', column: '', place: -1, file: '' };

export class StorageMove {
  readonly #store: Store;
  readonly #sql: Sql;
  readonly #files: FileMove;
  readonly #goal: StorageMode;
  readonly #columns: readonly Column[];
  readonly #forgetBackups: () => void;
  #unreadable = 0;

  /**
   * @param components.files moves the bytes of files the same way.
   * @param components.forgetBackups removes the copies of the database that lie beside it.
   */
  constructor(
    components: { store: Store; vault: Vault; files: FileMove; forgetBackups: () => void },
    init: { goal: StorageMode },
  ) {
    this.#store = components.store;
    this.#sql = components.store.sql;
    this.#files = components.files;
    this.#forgetBackups = components.forgetBackups;
    this.#goal = init.goal;
    // Some tables are the reference's alone, and not in every directory.
    this.#columns = this.#columnsOf(components.vault.inMode(init.goal)).filter((column) =>
      this.#exists(column),
    );
  }

  /** Values that could not be read and stayed as they were. */
  get unreadable(): number {
    return this.#unreadable;
  }

  /**
   * Does everything, or what is left of it. A directory that is in the mode already is looked through all the same:
   * the reference may have written into it.
   * @param steps how many slices and files at most; for tests.
   * @returns false when that was not enough.
   */
  async run(steps = Infinity): Promise<boolean> {
    const { mode, goal } = storageState(this.#sql);
    this.#store.leaveNothingBehind();
    let step = goal === this.#goal ? this.#known() : this.#begin(mode);
    for (let done = 0; step.stage !== 'rest'; done += 1) {
      if (done >= steps) return false;
      step = step.stage === 'columns' ? this.#slice(step) : await this.#file(step);
    }
    this.#forgetBackups();
    this.#store.rewrite();
    // Last, so that a directory that says it is in a mode holds nothing of the other.
    this.#store.commit.now(() => setStorageState(this.#sql, { mode: this.#goal, goal: null, step: null }));
    return true;
  }

  #known(): Step {
    const text = storageState(this.#sql).step;
    return text === null ? FIRST : { ...FIRST, ...(JSON.parse(text) as Partial<Step>) };
  }

  /** A move to the other mode that was begun before is turned round: rows and files are read in both forms. */
  #begin(mode: StorageMode): Step {
    this.#store.commit.now(() => {
      clearSearchTables(this.#sql);
      setStorageState(this.#sql, { mode, goal: this.#goal, step: null });
    });
    return FIRST;
  }

  #slice(step: Step): Step {
    const index = Math.max(
      0,
      this.#columns.findIndex(({ name }) => name === step.column),
    );
    const column = this.#columns[index];
    const next = this.#columns[index + 1];
    if (column === undefined) return this.#note({ ...step, stage: 'files' });
    const { table, column: name, row, beside } = column;
    return this.#store.commit.now(() => {
      const rows = this.#sql.all<Slice>(
        `SELECT rowid AS place, ${row} AS row, ${name} AS value, ${beside} AS beside FROM ${table}
          WHERE rowid > @place ORDER BY rowid LIMIT ${SLICE_ROWS}`,
        { place: step.place },
      );
      for (const { place, row: named, value, beside: text } of rows) {
        const moved = column.moved(value, named, text);
        if (moved === value) continue;
        this.#sql.run(`UPDATE ${table} SET ${name} = @moved WHERE rowid = @place`, { moved, place });
      }
      const place = rows.at(-1)?.place ?? step.place;
      if (rows.length === SLICE_ROWS) return this.#note({ ...step, column: column.name, place });
      if (next === undefined) return this.#note({ ...step, stage: 'files' });
      return this.#note({ ...step, column: next.name, place: -1 });
    });
  }

  async #file(step: Step): Promise<Step> {
    const file = await this.#files.next(step.file);
    return this.#note(file === null ? { ...step, stage: 'rest' } : { ...step, file });
  }

  #note(step: Step): Step {
    this.#store.commit.now(() => {
      setStorageState(this.#sql, { ...storageState(this.#sql), step: JSON.stringify(step) });
    });
    return step;
  }

  #exists({ table, column }: Column): boolean {
    const found = this.#sql.get('SELECT 1 FROM pragma_table_info(@table) WHERE name = @column', {
      table,
      column,
    });
    return found !== undefined;
  }

  #columnsOf(vault: Vault): Column[] {
    const sealed = Object.entries(SEALED_COLUMNS) as [SealedColumnName, SealedColumn][];
    const columns = sealed.map(([name, { row, clear: shown }]): Column => {
      const [table = '', column = ''] = name.split('.');
      const field = vault.field(name);
      const beside = shown?.linkedBy;
      const text = beside === undefined ? null : textOf(vault, `${table}.${beside}`);
      return {
        name,
        table,
        column,
        row,
        beside: beside ?? 'NULL',
        moved: (value, named, next) => {
          const links = next === null || text === null ? [] : linksIn(text(next, named));
          return this.#moved(field, value, { row: named, links: field.seals ? links : [] });
        },
      };
    });
    if (vault.mode === 'reference') return columns;
    const kept = REFERENCE_COLUMNS.map(({ table, column }): Column => ({
      name: `${table}.${column}`,
      table,
      column,
      row: 'id',
      beside: 'NULL',
      moved: (value) =>
        typeof value === 'string' && vault.decrypt(value).state === 'plain' ? vault.encrypt(value) : value,
    }));
    return [...columns, ...kept];
  }

  /** The form of the goal. What does not open stays: it may open again with the identity it was written with. */
  #moved(field: SealedField, value: Stored | null, at: { row: string; links: string[] }): Stored | null {
    const { row, links } = at;
    if (value === null) return links.length > 0 ? field.seal(field.emptyText, row, links) : null;
    const found = field.look(value, row);
    if (found === null) this.#unreadable += 1;
    return found === null || found.isSealed === field.seals ? value : field.seal(found.text, row, links);
  }
}

/** How the text of a column beside another is read, in either form. */
function textOf(vault: Vault, column: string): (value: Stored, row: string) => string {
  if (isSealedColumn(column)) {
    const field = vault.field(column);
    return (value, row) => field.open(value, row);
  }
  return (value) => (typeof value === 'string' ? vault.decrypt(value).text : '');
}

function isSealedColumn(name: string): name is SealedColumnName {
  return Object.hasOwn(SEALED_COLUMNS, name);
}
