import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { toHex } from '../../server/crypto/bytes.ts';
import type { RecordItem } from '../../server/store/library-records.ts';
import { LibraryRecordRows } from '../../server/store/library-records.ts';
import { NATIVE_LIBRARY_TABLES } from '../../server/store/schema/native-libraries.ts';
import { Sql } from '../../server/store/sql.ts';
import type { SqlParameters } from '../../server/store/sql.ts';
import { LIBRARY, assetBody, recordBy } from '../libraries/support.ts';
import { testPeer } from '../wire/support.ts';
import { testVault } from './support.ts';

const AUTHOR = testPeer(1);
const SECOND = 1_000;

/** Remembers what it was asked. */
class WatchedSql extends Sql {
  readonly asked: string[] = [];

  override all<Row>(text: string, parameters?: SqlParameters): Row[] {
    this.asked.push(text);
    return super.all<Row>(text, parameters);
  }
}

function scene() {
  const db = new Database(':memory:');
  db.exec(NATIVE_LIBRARY_TABLES);
  const sql = new WatchedSql(db);
  const rows = new LibraryRecordRows({ sql, vault: testVault(new Uint8Array(32).fill(3)) });
  // Several of each second.
  for (let n = 1; n <= 20; n += 1) {
    const id = new Uint8Array(32).fill((n * 7) % 20);
    rows.put({ record: recordBy(AUTHOR, Math.floor(n / 6) * SECOND + n, assetBody(n, AUTHOR)), id }, 1);
  }
  const plans = (): string[] => {
    const all = sql.asked.splice(0).flatMap((text) => {
      const names = text.match(/@\w+/g) ?? [];
      const values = Object.fromEntries(names.map((name) => [name.slice(1), 0]));
      return db.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(values);
    });
    return all.map(({ detail }) => detail);
  };
  return { rows, sql, plans };
}

test('the assets of a library are read from any place on, each once, by an index', () => {
  const { rows, plans } = scene();
  const read = (limit: number): string[] => {
    const found: string[] = [];
    for (let place: RecordItem | null = null; ;) {
      const page = rows.assetsBefore(LIBRARY, place, limit);
      found.push(...page.map(({ record, id }) => `${Math.floor(record.ts / SECOND)} ${toHex(id)}`));
      const last = page.at(-1);
      if (last === undefined) return found;
      place = { id: last.id, ts: Math.floor(last.record.ts / SECOND) };
    }
  };
  const all = read(100);
  assert.equal(new Set(all).size, 20);
  assert.deepEqual(all, [...all].sort().reverse());
  for (const limit of [1, 3, 6, 7]) assert.deepEqual(read(limit), all);
  for (const plan of plans()) assert.match(plan, /USING INDEX lib_records_time \(.* AND <expr>[=<]\?/);
});
