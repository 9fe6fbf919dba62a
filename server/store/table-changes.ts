/**
 * Which tables changed since when, so that what was read from them can be remembered until then. Three ways lead to a
 * change: a statement of this connection, what the database does of itself for it (foreign keys that delete along,
 * triggers, both read from the schema), and another connection, which is noticed but not told apart: it changes
 * everything.
 */
import type Database from 'better-sqlite3';

interface ForeignKeyAction {
  parent: string;
  child: string;
  on_update: string;
  on_delete: string;
}

/** Tables that change with another one, by the other one: after any write to it, or when rows leave it. */
interface Reach {
  tables: ReadonlySet<string>;
  always: Map<string, Set<string>>;
  onRemoval: Map<string, Set<string>>;
}

const REFUSING = new Set(['NO ACTION', 'RESTRICT']);

export class TableChanges {
  readonly #db: Database.Database;
  readonly #counts = new Map<string, number>();
  #writes = 0;
  readonly #dataVersion: Database.Statement<[], number>;
  #others = 0;
  #seenVersion: number | undefined;
  #looked = false;
  #reach: Reach | null = null;
  readonly #effects = new Map<string, readonly string[]>();
  /** Tables written to in the transaction under way, maybe also in the one before. */
  readonly #unsettled = new Set<string>();

  constructor(db: Database.Database) {
    this.#db = db;
    this.#dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck();
    this.#seenVersion = this.#dataVersion.get();
  }

  /** Grows with every change that may change what is read from `tables`. */
  stamp(tables: readonly string[]): number {
    this.#lookForOthers();
    if (!this.#db.inTransaction) this.#unsettled.clear();
    let stamp = this.#others;
    for (const table of tables) stamp += this.#counts.get(table) ?? 0;
    return stamp;
  }

  /** Grows with every change to any table. */
  stampOfAll(): number {
    this.#lookForOthers();
    return this.#others + this.#writes;
  }

  /**
   * Notes a write, at the latest before anything is read after it.
   * @param removes whether rows may leave the table.
   */
  written(table: string, removes: boolean): void {
    const key = effectKey(table, removes);
    let reached = this.#effects.get(key);
    if (reached === undefined) {
      reached = effectsOf((this.#reach ??= readReach(this.#db)), table, removes);
      this.#effects.set(key, reached);
    }
    this.#writes += 1;
    const inTransaction = this.#db.inTransaction;
    if (!inTransaction) this.#unsettled.clear();
    for (const each of reached) {
      this.#counts.set(each, (this.#counts.get(each) ?? 0) + 1);
      if (inTransaction) this.#unsettled.add(each);
    }
  }

  /** Whether what is read from `tables` now is committed, after {@link stamp} of the same tables. */
  isSettled(tables: readonly string[]): boolean {
    return this.#unsettled.size === 0 || !tables.some((table) => this.#unsettled.has(table));
  }

  /**
   * The node is the only program that should write to its file, but a person with the sqlite3 program may. Looking
   * takes a third of the time of a small read, so it is done once in a synchronous stretch of work.
   */
  #lookForOthers(): void {
    if (this.#looked || this.#db.memory) return;
    this.#looked = true;
    void Promise.resolve().then(() => (this.#looked = false));
    const version = this.#dataVersion.get();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#others += 1;
    this.#reach = null;
    this.#effects.clear();
  }
}

function readReach(db: Database.Database): Reach {
  const names = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const reach: Reach = { tables: new Set(names), always: new Map(), onRemoval: new Map() };
  const actions = db
    .prepare<[], ForeignKeyAction>(
      `SELECT key."table" AS parent, child.name AS child, key.on_update, key.on_delete
         FROM sqlite_master child JOIN pragma_foreign_key_list(child.name) key WHERE child.type = 'table'`,
    )
    .all();
  for (const { parent, child, on_update, on_delete } of actions) {
    if (!REFUSING.has(on_update)) add(reach.always, parent, child);
    if (!REFUSING.has(on_delete)) add(reach.onRemoval, parent, child);
  }
  const triggers = db
    .prepare<[], { name: string; sql: string }>(
      "SELECT tbl_name AS name, sql FROM sqlite_master WHERE type = 'trigger'",
    )
    .all();
  // What a trigger writes to is among the tables it names.
  for (const { name, sql } of triggers) {
    const words = new Set(sql.match(/\w+/g));
    for (const table of names) if (words.has(table)) add(reach.always, name, table);
  }
  return reach;
}

/** A table, and those that change by themselves when it does. */
function effectsOf(reach: Reach, table: string, removes: boolean): readonly string[] {
  if (!reach.tables.has(table)) throw new Error(`a statement writes to ${table}, which is no table`);
  const reached = new Set<string>();
  const seen = new Set<string>();
  const left = [{ table, removes }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const key = effectKey(next.table, next.removes);
    if (seen.has(key)) continue;
    seen.add(key);
    reached.add(next.table);
    const further = [
      ...(reach.always.get(next.table) ?? []),
      ...(next.removes ? (reach.onRemoval.get(next.table) ?? []) : []),
    ];
    // What happens there is not known in detail: rows may be removed.
    for (const each of further) left.push({ table: each, removes: true });
  }
  return [...reached];
}

function effectKey(table: string, removes: boolean): string {
  return removes ? `${table} removes` : table;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(value));
}
