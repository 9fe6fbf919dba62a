/**
 * Who asked in vain for what this node itself still waits for: a member that is connected to this one and not to who has
 * the content hears of a record before this node has the bytes, asks, and would not ask again for ten minutes (07 section
 * 3.2). When the bytes come it is told the record once more, and asks then.
 */
import type { SecureLink } from '../../mesh/secure/types.ts';
import type { Timer, Timers } from '../../ports/types.ts';
import type { AssetHash, LibraryId } from '../../wire/ids.ts';
import { MAX_IN_VAIN, TELL_AGAIN_MS } from './limits.ts';

export interface InVainComponents {
  timers: Timers;
  /** Tells a member these records of the library again. */
  tellAgain(link: SecureLink, libraryId: LibraryId, hashes: readonly AssetHash[]): void;
}

export class InVain {
  readonly #c: InVainComponents;
  /** By asset; the same link may stand there for several libraries. */
  readonly #asked = new Map<AssetHash, { link: SecureLink; libraryId: LibraryId }[]>();
  readonly #arrived = new Set<AssetHash>();
  #count = 0;
  #timer: Timer | null = null;

  constructor(components: InVainComponents) {
    this.#c = components;
  }

  /** A member asked for what is not here. */
  asked(link: SecureLink, libraryId: LibraryId, hash: AssetHash): void {
    const known = this.#asked.get(hash) ?? [];
    if (this.#count >= MAX_IN_VAIN || known.some((one) => one.link === link && one.libraryId === libraryId))
      return;
    this.#asked.set(hash, [...known, { link, libraryId }]);
    this.#count += 1;
  }

  /** It is here now. */
  arrived(hash: AssetHash): void {
    if (!this.#asked.has(hash)) return;
    this.#arrived.add(hash);
    this.#timer ??= this.#c.timers.after(TELL_AGAIN_MS, () => this.#tell());
  }

  /** Nothing more goes to a session that is over. */
  ended(link: SecureLink): void {
    for (const [hash, asked] of this.#asked) {
      const left = asked.filter((one) => one.link !== link);
      this.#count -= asked.length - left.length;
      if (left.length > 0) this.#asked.set(hash, left);
      else this.#asked.delete(hash);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#asked.clear();
    this.#arrived.clear();
    this.#count = 0;
  }

  #tell(): void {
    this.#timer = null;
    const told = new Map<SecureLink, Map<LibraryId, AssetHash[]>>();
    for (const hash of this.#arrived) {
      const asked = this.#asked.get(hash) ?? [];
      this.#asked.delete(hash);
      this.#count -= asked.length;
      for (const { link, libraryId } of asked) {
        const libraries = told.get(link) ?? new Map<LibraryId, AssetHash[]>();
        libraries.set(libraryId, [...(libraries.get(libraryId) ?? []), hash]);
        told.set(link, libraries);
      }
    }
    this.#arrived.clear();
    for (const [link, libraries] of told)
      for (const [libraryId, hashes] of libraries) this.#c.tellAgain(link, libraryId, hashes);
  }
}
