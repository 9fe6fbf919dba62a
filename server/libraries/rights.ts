/**
 * Who may write what in one library, by its living library and member records (07 section 2.2).
 */
import { keyOf } from '../wire/library-records.ts';
import type {
  AnyRecord,
  AssetRecord,
  LibraryRecord,
  MemberMode,
  MemberRecord,
} from '../wire/library-records.ts';
import { filterMatches } from '../wire/assets.ts';
import type { PeerId } from '../wire/ids.ts';

/** Why a record may not stand in the library, `null` when it may. `refused` may change with the rights. */
export type Objection = 'refused' | 'invalid' | null;

export class Rights {
  readonly owner: PeerId;
  #library: LibraryRecord | null = null;
  readonly #members = new Map<PeerId, MemberRecord>();

  /** @param owner as the library is known by: a record of another owner is none of this library. */
  constructor(owner: PeerId, records: Iterable<AnyRecord>) {
    this.owner = owner;
    for (const record of records) this.set(record);
  }

  /** A record lives now. */
  set(record: AnyRecord): void {
    if (record.kind === 'library') this.#library = record;
    if (record.kind === 'member') this.#members.set(record.key, record);
  }

  /** `null` while the owner has not answered. */
  get library(): LibraryRecord | null {
    return this.#library;
  }

  /** Members, those that were removed included. */
  get members(): ReadonlyMap<PeerId, MemberRecord> {
    return this.#members;
  }

  /** What a peer may do; `none` for who never was a member. */
  modeOf(peer: PeerId): MemberMode | 'owner' {
    return peer === this.owner ? 'owner' : (this.#members.get(peer)?.mode ?? 'none');
  }

  /** Whether assets of `author` may stand in the library. */
  mayWrite(author: PeerId): boolean {
    const mode = this.modeOf(author);
    return mode === 'owner' || mode === 'write';
  }

  /** The key that the signature of a record must be of; `null` when nobody here knows it. */
  keyFor(record: AnyRecord): Uint8Array | null {
    if (record.kind === 'library') return keyOf(record.owner_key);
    if (record.author === this.owner) return this.#library === null ? null : keyOf(this.#library.owner_key);
    const member = this.#members.get(record.author);
    return member === undefined ? null : keyOf(member.ed25519_public_key);
  }

  /** Whether author and content are right; the signature is looked at elsewhere. */
  objection(record: AnyRecord): Objection {
    switch (record.kind) {
      case 'library':
        return record.author === this.owner ? null : 'invalid';
      case 'member':
        if (record.author !== this.owner || record.key === this.owner) return 'invalid';
        return this.library === null ? 'refused' : null;
      default:
        return this.mayWrite(record.author) && this.#fits(record) ? null : 'refused';
    }
  }

  #fits(record: AssetRecord): boolean {
    if (this.library === null) return false;
    return record.deleted || filterMatches(this.library.filter, record.key, record.meta);
  }
}
