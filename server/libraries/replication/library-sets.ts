/**
 * The records of libraries as sets of the runs of 06 section 4 (07 section 3.1): `l:<id>:m`, library and member records,
 * then `l:<id>:a`, assets; shared with peers that are admitted to the library. What is refused is remembered per peer and
 * decided anew when rights change.
 */
import type { CryptoBackend } from '../../crypto/backend.ts';
import type { SecureLinks } from '../../mesh/secure/types.ts';
import type { NativeRefused } from '../../store/native-refused.ts';
import { isLibraryId } from '../../wire/ids.ts';
import type { LibraryId, PeerId } from '../../wire/ids.ts';
import { parseRecord, recordId, recordText } from '../../wire/library-records.ts';
import type { AnyRecord } from '../../wire/library-records.ts';
import type { Cut } from '../../wire/negentropy/record-set.ts';
import type { Snapshot } from '../../wire/negentropy/snapshot.ts';
import type { ForeignItem } from '../../wire/reconcile-frames.ts';
import type { MergeOutcome, RecordsChange } from '../records.ts';
import type { LibraryView } from '../types.ts';
import type { Inbox } from './inbox.ts';
import type { RecordPart, RecordSets } from './record-sets.ts';

const PREFIX = 'l:';
/** A UUID as text. */
const ID_LENGTH = 36;

/** An item to be sent, as JSON text. */
interface Outgoing {
  id: Uint8Array;
  text: string;
}

/** What became of an item that came. `ts`: whole Unix seconds. */
interface Taken {
  id: Uint8Array | null;
  ts: number;
  outcome: 'stored' | 'refused' | 'invalid';
}

export interface LibrarySetsComponents {
  view: Pick<LibraryView, 'active' | 'isAdmitted' | 'onAdmitted'>;
  links: Pick<SecureLinks, 'get' | 'all'>;
  sets: RecordSets;
  inbox: Inbox;
  refused: NativeRefused;
  crypto: Pick<CryptoBackend, 'sha256'>;
  /** Runs work on the tables in one transaction. */
  commit(work: () => void): void;
  clock: { now(): number };
}

export class LibrarySets {
  readonly #c: LibrarySetsComponents;
  readonly #wanted = new Set<(peer: PeerId) => void>();
  readonly #changed = new Set<() => void>();

  constructor(components: LibrarySetsComponents) {
    this.#c = components;
  }

  /** Whether a set is one of a library. */
  owns(setId: string): boolean {
    return setId.startsWith(PREFIX);
  }

  /** The sets of all libraries the peer is admitted to in its session; assets are judged by the records of `m`. */
  shared(peer: PeerId): { setId: string; stage: 0 | 1 }[] {
    const link = this.#c.links.get(peer);
    if (link === null) return [];
    return this.#c.view
      .active()
      .filter((libraryId) => this.#c.view.isAdmitted(link, libraryId))
      .flatMap((libraryId) => [
        { setId: setOf(libraryId, 'm'), stage: 0 as const },
        { setId: setOf(libraryId, 'a'), stage: 1 as const },
      ]);
  }

  /** A set as it is now, with what was refused of it counted as held. */
  async snapshot(peer: PeerId, setId: string, cut: Cut): Promise<Snapshot> {
    const { libraryId, part } = partsOf(setId);
    const refused = this.#c.refused.ofSet(peer, setId);
    return this.#c.sets.snapshot(
      libraryId,
      part,
      cut,
      refused.map(({ id, ts }) => ({ id, ts, expiresAt: Infinity })),
    );
  }

  /** Items as pages carry them, the oldest first; those that live no more are left out. */
  async load(_peer: PeerId, setId: string, ids: readonly Uint8Array[]): Promise<Outgoing[]> {
    const { libraryId } = partsOf(setId);
    return ids
      .flatMap((id) => this.#c.inbox.records.rows.byId(libraryId, id) ?? [])
      .sort((a, b) => a.record.ts - b.record.ts)
      .map(({ id, record }) => ({ id, text: itemText(record) }));
  }

  /** Takes in the items of a page. */
  async take(
    peer: PeerId,
    setId: string,
    items: readonly ForeignItem[],
    admits: (id: Uint8Array) => boolean,
  ): Promise<Taken[]> {
    const { libraryId, part } = partsOf(setId);
    const read = items.map(({ fields }) => {
      const record = fields['k'] === 'l' ? parseRecord(this.#c.crypto, fields['record']) : null;
      if (record === null || (record.kind === 'asset') !== (part === 'a')) return null;
      const id = recordId(this.#c.crypto, record);
      return admits(id) ? { record, id } : null;
    });
    const sound = read.flatMap((one) => one ?? []);
    const outcomes = await this.#c.inbox.take(
      libraryId,
      sound.map(({ record }) => record),
    );
    const found = new Map(sound.map((one, at) => [one, outcomes[at] ?? 'invalid']));
    const taken = read.map((one): Taken => {
      const outcome = one === null ? 'invalid' : toldAs(found.get(one) ?? 'invalid');
      return { id: one?.id ?? null, ts: Math.floor((one?.record.ts ?? 0) / 1000), outcome };
    });
    this.#remember(peer, setId, taken);
    return taken;
  }

  /** What the peer lacks or asks for is not counted as held any more. */
  unrefuse(peer: PeerId, setId: string, ids: readonly Uint8Array[]): void {
    this.#c.commit(() => {
      for (const id of ids) this.#c.refused.remove(peer, setId, id);
    });
  }

  /** A library became shared with the peer, or something of it is decided anew. The returned function ends it. */
  onWanted(handler: (peer: PeerId) => void): () => void {
    this.#wanted.add(handler);
    const end = this.#c.view.onAdmitted((_libraryId, link) => handler(link.peerId));
    return () => {
      end();
      this.#wanted.delete(handler);
    };
  }

  /** Records changed here. The returned function ends it. */
  onChange(handler: () => void): () => void {
    this.#changed.add(handler);
    return () => this.#changed.delete(handler);
  }

  /** Follows what changed in a library. Call it after every commit. */
  changed(change: RecordsChange): void {
    this.#c.sets.changed(change);
    if (change.rights) this.#decideAnew(change.libraryId);
    for (const handler of [...this.#changed]) handler();
  }

  /** A library is gone from here. */
  forget(libraryId: LibraryId): void {
    this.#c.sets.forget(libraryId);
  }

  #decideAnew(libraryId: LibraryId): void {
    const sets = [setOf(libraryId, 'm'), setOf(libraryId, 'a')];
    const refusing = this.#c.links
      .all()
      .map(({ peerId }) => peerId)
      .filter((peer) => sets.some((setId) => this.#c.refused.hasAny(peer, setId)));
    this.#c.commit(() => {
      for (const setId of sets) this.#c.refused.forgetSet(setId);
    });
    for (const peer of refusing) for (const handler of [...this.#wanted]) handler(peer);
  }

  #remember(peer: PeerId, setId: string, taken: readonly Taken[]): void {
    const refusals = taken.flatMap(({ id, ts, outcome }) =>
      outcome === 'refused' && id !== null ? [{ setId, id, ts }] : [],
    );
    if (refusals.length > 0) this.#c.commit(() => this.#c.refused.add(peer, refusals, this.#c.clock.now()));
  }
}

/** One that is set aside, or that another one replaced, is not offered the less for it. */
function toldAs(outcome: MergeOutcome): Taken['outcome'] {
  return outcome === 'refused' || outcome === 'invalid' ? outcome : 'stored';
}

function itemText(record: AnyRecord): string {
  const head = JSON.stringify({ k: 'l', id: record.key, ts: Math.floor(record.ts / 1000) });
  return `${head.slice(0, -1)},"record":${recordText(record)}}`;
}

function setOf(libraryId: LibraryId, part: RecordPart): string {
  return `${PREFIX}${libraryId}:${part}`;
}

function partsOf(setId: string): { libraryId: LibraryId; part: RecordPart } {
  const libraryId = setId.slice(PREFIX.length, PREFIX.length + ID_LENGTH);
  if (!isLibraryId(libraryId)) throw new Error('a set of no library');
  return { libraryId, part: setId.endsWith(':m') ? 'm' : 'a' };
}
