/**
 * The records of this node's libraries (07 section 2.2): takes in what others wrote, signs what is written here, and
 * keeps nothing but what is valid and living. Which records live depends on the records alone, in whatever order they
 * came, once each was offered again after the last change of rights.
 */
import type { CryptoBackend } from '../crypto/backend.ts';
import { equalBytes } from '../crypto/bytes.ts';
import type { Clock } from '../ports/types.ts';
import type { Store } from '../store/database.ts';
import type { LibraryRows } from '../store/libraries.ts';
import type { LibraryRecordRows, RecordItem, StoredRecord } from '../store/library-records.ts';
import type { LibraryId, PeerId } from '../wire/ids.ts';
import { compareRecords, parseRecord, recordId, signRecord, verifyRecord } from '../wire/library-records.ts';
import type {
  AnyRecord,
  AssetRecord,
  LibraryRecord,
  MemberRecord,
  UnsignedRecord,
} from '../wire/library-records.ts';
import { Rights } from './rights.ts';

/** Keys of one library; beyond it nothing new is taken (07 section 2.2). */
export const MAX_LIBRARY_KEYS = 1_000_000;
/** Members of one library, removed ones included: who they are is held in memory (deviation D-149). */
export const MAX_MEMBERS = 10_000;
/** A record from further in the future than this is set aside, ms. */
export const MAX_AHEAD_MS = 600_000;
/** Records looked at together when the filter of a library changes. */
const REVIEW_PAGE = 500;

/**
 * What became of a record. `known`: it lives here already; `older`: another one lives in its place; `refused`: its
 * author has no right to it now, or the library is full; `invalid`: it never will be right; `ahead`: its time has not
 * come.
 */
export type MergeOutcome = 'stored' | 'known' | 'older' | 'refused' | 'invalid' | 'ahead';

/** What changed in a library by one merge or write. */
export interface RecordsChange {
  libraryId: LibraryId;
  /** New living records. */
  stored: StoredRecord[];
  /** What lived in their places, as sets know it. */
  replaced: RecordItem[];
  /** Library or member records are among them: what was refused may be right now, and assets may be gone. */
  rights: boolean;
  /** Whether they were written by this node's people or programs. */
  own: boolean;
}

/** Who signs. */
export interface Signer {
  peerId: PeerId;
  /** Ed25519. */
  seed: Uint8Array;
}

type OmitCommon<R> = R extends UnsignedRecord ? Omit<R, 'v' | 'library_id' | 'author' | 'ts'> : never;
/** What a record says; who, when and where is filled in. */
export type RecordBody = OmitCommon<UnsignedRecord>;

export interface RecordsComponents {
  crypto: CryptoBackend;
  clock: Clock;
  store: Pick<Store, 'commit'>;
  libraries: LibraryRows;
  rows: LibraryRecordRows;
}

export class LibraryRecords {
  readonly rows: LibraryRecordRows;
  readonly #components: RecordsComponents;
  readonly #self: Signer;
  readonly #rights = new Map<LibraryId, Rights>();
  readonly #counts = new Map<LibraryId, number>();
  readonly #forgotten = new Set<(libraryId: LibraryId) => void>();
  readonly #handlers = new Set<(change: RecordsChange) => void>();
  /** What changed in the transaction under way. */
  #open: RecordsChange[] | null = null;

  constructor(components: RecordsComponents, init: { self: Signer }) {
    this.#components = components;
    this.#self = init.self;
    this.rows = components.rows;
  }

  /** Told after the commit. The returned function ends it. */
  onChange(handler: (change: RecordsChange) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Who may do what now; `null` for a library this node does not have. */
  rights(libraryId: LibraryId): Rights | null {
    const known = this.#rights.get(libraryId);
    if (known !== undefined) return known;
    const library = this.#components.libraries.get(libraryId);
    if (library === undefined) return null;
    const rights = new Rights(library.owner, this.#governing(libraryId));
    this.#rights.set(libraryId, rights);
    return rights;
  }

  /**
   * Takes in what others wrote, as it came, in one transaction.
   * @param values each a record, or anything; library and member records are looked at first.
   * @returns what became of each, in the order given.
   */
  merge(libraryId: LibraryId, values: readonly unknown[]): MergeOutcome[] {
    const { crypto } = this.#components;
    return this.mergeParsed(
      libraryId,
      values.map((value) => parseRecord(crypto, value)),
    );
  }

  /** As {@link merge}, of what `parseRecord` made. */
  mergeParsed(libraryId: LibraryId, records: readonly (AnyRecord | null)[]): MergeOutcome[] {
    return this.#commit(libraryId, false, (change) => {
      const outcomes: MergeOutcome[] = records.map(() => 'invalid');
      records
        .map((record, at) => ({ at, record }))
        .sort((a, b) => rank(a.record) - rank(b.record))
        .forEach(({ at, record }) => {
          if (record !== null) outcomes[at] = this.#take(libraryId, record, change, 'unchecked');
        });
      return outcomes;
    });
  }

  /**
   * Signs and stores what is written here, each later than what it replaces.
   * @param signer this node, unless its key is another one (07 section 3.3).
   * @returns what became of each; a body that makes no record, for its size, is `invalid`.
   */
  write(libraryId: LibraryId, bodies: readonly RecordBody[], signer: Signer = this.#self): MergeOutcome[] {
    return this.#commit(libraryId, true, (change) =>
      bodies.map((body) => {
        const record = parseRecord(this.#components.crypto, this.#signed(libraryId, body, signer));
        return record === null ? 'invalid' : this.#take(libraryId, record, change, 'signed here');
      }),
    );
  }

  /** Removes everything of a library. Inside a transaction of the caller. */
  forget(libraryId: LibraryId): void {
    this.rows.deleteLibrary(libraryId);
    this.#rights.delete(libraryId);
    this.#counts.delete(libraryId);
    for (const handler of [...this.#forgotten]) handler(libraryId);
  }

  /** Told when everything of a library goes. The returned function ends it. */
  onForgotten(handler: (libraryId: LibraryId) => void): () => void {
    this.#forgotten.add(handler);
    return () => this.#forgotten.delete(handler);
  }

  #signed(libraryId: LibraryId, body: RecordBody, signer: Signer): unknown {
    const { crypto, clock } = this.#components;
    const replaced = this.rows.get(libraryId, body.kind, body.key)?.record.ts;
    const ts = Math.max(Math.floor(clock.now()), replaced === undefined ? 0 : replaced + 1);
    const record = { ...body, v: 1, library_id: libraryId, author: signer.peerId, ts } as UnsignedRecord;
    return signRecord(crypto, signer.seed, record);
  }

  #take(
    libraryId: LibraryId,
    record: AnyRecord,
    change: RecordsChange,
    signature: 'unchecked' | 'signed here',
  ): MergeOutcome {
    const { crypto, clock } = this.#components;
    const rights = this.rights(libraryId);
    if (rights === null || record.library_id !== libraryId) return 'invalid';
    const id = recordId(crypto, record);
    const living = this.rows.get(libraryId, record.kind, record.key);
    if (living !== undefined && equalBytes(living.id, id)) return 'known';
    // Nobody is asked whether it was signed when it could not live anyway.
    if (living !== undefined && compareRecords({ ...record, id }, { ...living.record, id: living.id }) < 0)
      return 'older';
    const objection = rights.objection(record);
    if (objection !== null) return objection;
    const key = rights.keyFor(record);
    if (key === null) return 'invalid';
    if (signature === 'unchecked' && !verifyRecord(crypto, key, record)) return 'invalid';
    if (record.ts > clock.now() + MAX_AHEAD_MS) return 'ahead';
    const isFull = record.kind === 'member' && rights.members.size >= MAX_MEMBERS;
    if (living === undefined && (isFull || !this.#mayGrow(libraryId))) return 'refused';
    this.rows.put({ record, id }, clock.now());
    if (living !== undefined)
      change.replaced.push({ id: living.id, ts: Math.floor(living.record.ts / 1000) });
    change.stored.push({ record, id });
    if (record.kind !== 'asset') this.#governed(rights, record, change);
    return 'stored';
  }

  #mayGrow(libraryId: LibraryId): boolean {
    const count = this.#counts.get(libraryId) ?? this.rows.count(libraryId);
    if (count >= MAX_LIBRARY_KEYS) return false;
    this.#counts.set(libraryId, count + 1);
    return true;
  }

  /** A library or member record lives now: asset records that have no right any more go. */
  #governed(rights: Rights, record: LibraryRecord | MemberRecord, change: RecordsChange): void {
    const { libraryId } = change;
    const filter = JSON.stringify(rights.library?.filter);
    const wrote = record.kind === 'member' && rights.mayWrite(record.key);
    rights.set(record);
    change.rights = true;
    const isGone = (one: AnyRecord): boolean => rights.objection(one) !== null;
    if (record.kind === 'library' && JSON.stringify(record.filter) !== filter)
      this.#review(libraryId, isGone);
    if (record.kind === 'member' && wrote && !rights.mayWrite(record.key)) {
      this.rows.deleteAssetsOf(libraryId, record.key);
      this.#counts.delete(libraryId);
    }
    change.stored = change.stored.filter((one) => one.record.kind !== 'asset' || !isGone(one.record));
  }

  #review(libraryId: LibraryId, isGone: (record: AnyRecord) => boolean): void {
    let after: string | null = null;
    for (;;) {
      const page = this.rows.page(libraryId, 'asset', after, REVIEW_PAGE);
      for (const { record } of page) if (isGone(record)) this.rows.delete(libraryId, 'asset', record.key);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.record.key;
    }
    this.#counts.delete(libraryId);
  }

  /**
   * One transaction for several merges and writes and what the caller writes with them; listeners are told after it.
   * @throws what `work` throws, after undoing everything.
   */
  together<T>(work: () => T): T {
    if (this.#open !== null) return work();
    const changes: RecordsChange[] = [];
    this.#open = changes;
    let result: T;
    try {
      result = this.#components.store.commit.now(work);
    } catch (error) {
      // What was remembered was undone.
      this.#rights.clear();
      this.#counts.clear();
      throw error;
    } finally {
      this.#open = null;
    }
    for (const change of changes) for (const handler of [...this.#handlers]) handler(change);
    return result;
  }

  #commit<T>(libraryId: LibraryId, own: boolean, work: (change: RecordsChange) => T): T {
    return this.together(() => {
      const change: RecordsChange = { libraryId, stored: [], replaced: [], rights: false, own };
      const result = work(change);
      if (change.stored.length > 0) this.#open?.push(change);
      return result;
    });
  }

  *#governing(libraryId: LibraryId): Generator<AnyRecord> {
    const library = this.rows.get(libraryId, 'library', 'library');
    if (library !== undefined) yield library.record;
    let after: string | null = null;
    for (;;) {
      const page = this.rows.page(libraryId, 'member', after, REVIEW_PAGE);
      for (const { record } of page) yield record;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.record.key;
    }
  }
}

/** What gives rights comes before what needs them. */
function rank(record: AnyRecord | null): number {
  return record === null ? 3 : { library: 0, member: 1, asset: 2 }[record.kind];
}

/** What a record says, without who, when and where. */
export function bodyOf(record: AnyRecord): RecordBody {
  const { v: _v, library_id: _library, author: _author, ts: _ts, signature: _signature, ...body } = record;
  return body;
}

/** An asset record that is not deleted. */
export type AssetHere = Extract<AssetRecord, { deleted: false }>;
