/**
 * What the search index in memory keeps of each document beside its words, in columns by a number of its own: some
 * 120 bytes, most of them for the id.
 */
import { grown } from './posting-lists.ts';
import { PLACES_PER_SECOND, SEARCH_KINDS, placeAt, placesOf } from './search.ts';
import type { SearchDocument, SearchHit, SearchKind, SearchQuery } from './search.ts';

/** Stretches of time that candidates are counted in, to find the newest of many. */
const BINS = 4096;
const STARTING_ENTRIES = 1024;
/** Flags: the kind in the lowest bits, and these. */
const KIND_BITS = 3;
const ATTACHMENT = 4;
const GONE = 8;

export class SearchEntries {
  #ids: string[] = [];
  #places = new Float64Array(STARTING_ENTRIES);
  #containers = new Uint32Array(STARTING_ENTRIES);
  #authors = new Uint32Array(STARTING_ENTRIES);
  #flags = new Uint8Array(STARTING_ENTRIES);
  readonly #numbers = new Map<SearchKind, Map<string, number>>(SEARCH_KINDS.map((kind) => [kind, new Map()]));
  /** Containers and authors by what stands for them in the columns. */
  readonly #names = new Map<string, number>();
  #gone = 0;

  /** Entries, with those that are gone. */
  get length(): number {
    return this.#ids.length;
  }

  /** Entries that are gone. */
  get gone(): number {
    return this.#gone;
  }

  has(kind: SearchKind, id: string): boolean {
    return this.#numbers.get(kind)?.has(id) === true;
  }

  /** Enters a document; its number, one higher than the last. In the second of `before` it gets that place. */
  add(document: SearchDocument, before: number | null): number {
    const number = this.#ids.length;
    if (number >= this.#places.length) this.#grow(number + 1);
    const second = placeAt(document.time);
    const isSame = before !== null && before >= second && before < second + PLACES_PER_SECOND;
    this.#ids.push(document.id);
    this.#places[number] = isSame ? before : second + (number % PLACES_PER_SECOND);
    this.#containers[number] = this.#nameOf(document.container);
    this.#authors[number] = this.#nameOf(document.author);
    this.#flags[number] = SEARCH_KINDS.indexOf(document.kind) | (document.hasAttachment ? ATTACHMENT : 0);
    this.#numbers.get(document.kind)?.set(document.id, number);
    return number;
  }

  /** The place of a document that is taken out; null when it is not there. Its number is not used again. */
  remove(kind: SearchKind, id: string): number | null {
    const numbers = this.#numbers.get(kind);
    const number = numbers?.get(id);
    if (number === undefined) return null;
    numbers?.delete(id);
    this.#ids[number] = '';
    this.#flags[number] = (this.#flags[number] ?? 0) | GONE;
    this.#gone += 1;
    return this.#places[number] ?? null;
  }

  /** Ids of a kind among the entries from one number to another. */
  idsBetween(kind: SearchKind, from: number, until: number): string[] {
    return this.#ids
      .slice(from, until)
      .filter(
        (id, at) =>
          ((this.#flags[from + at] ?? GONE) & (KIND_BITS | GONE)) === SEARCH_KINDS.indexOf(kind) && id !== '',
      );
  }

  /**
   * The newest of the entries that pass the filters of a query, newest first.
   * @param numbers those to choose from; null: all.
   */
  newest(
    numbers: Uint32Array | null,
    query: SearchQuery,
    options: { before: number | null; count: number },
  ): SearchHit[] {
    const passing = this.#passing(numbers, query, options.before);
    const newest = newestOf(passing, this.#places, options.count);
    newest.sort((a, b) => (this.#places[b] ?? 0) - (this.#places[a] ?? 0));
    return Array.from(newest.subarray(0, options.count), (number) => this.#hit(number));
  }

  #hit(number: number): SearchHit {
    const kind = SEARCH_KINDS[(this.#flags[number] ?? 0) & KIND_BITS] ?? SEARCH_KINDS[0];
    return { kind, id: this.#ids[number] ?? '', place: this.#places[number] ?? 0 };
  }

  #passing(numbers: Uint32Array | null, query: SearchQuery, before: number | null): Uint32Array {
    const places = placesOf(query, before);
    const containers = this.#allowed(query.containers);
    const authors = this.#allowed(query.authors);
    const isKind = Uint8Array.from(SEARCH_KINDS, (kind) => Number(query.kinds?.includes(kind) ?? true));
    const attachment = query.hasAttachment == null ? null : query.hasAttachment ? ATTACHMENT : 0;
    const count = numbers?.length ?? this.length;
    const passing = new Uint32Array(count);
    let found = 0;
    for (let at = 0; at < count; at += 1) {
      const number = numbers === null ? at : (numbers[at] ?? 0);
      const flags = this.#flags[number] ?? GONE;
      const place = this.#places[number] ?? 0;
      if ((flags & GONE) !== 0 || place < places.from || place >= places.before) continue;
      if (isKind[flags & KIND_BITS] !== 1) continue;
      if (containers !== null && containers[this.#containers[number] ?? 0] !== 1) continue;
      if (authors !== null && authors[this.#authors[number] ?? 0] !== 1) continue;
      if (attachment !== null && (flags & ATTACHMENT) !== attachment) continue;
      passing[found] = number;
      found += 1;
    }
    return passing.subarray(0, found);
  }

  /** 1 for each name that may be there; null when all may. */
  #allowed(names: readonly string[] | null | undefined): Uint8Array | null {
    if (names == null) return null;
    const allowed = new Uint8Array(this.#names.size);
    for (const name of names) {
      const known = this.#names.get(name);
      if (known !== undefined) allowed[known] = 1;
    }
    return allowed;
  }

  #nameOf(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }

  #grow(length: number): void {
    this.#places = grown(this.#places, length);
    this.#containers = grown(this.#containers, length);
    this.#authors = grown(this.#authors, length);
    this.#flags = grown(this.#flags, length);
  }
}

/** At least the `count` newest of many, without sorting them all. */
function newestOf(numbers: Uint32Array, places: Float64Array, count: number): Uint32Array {
  if (numbers.length <= count) return numbers;
  let first = Infinity;
  let last = 0;
  for (const number of numbers) {
    const place = places[number] ?? 0;
    if (place < first) first = place;
    if (place > last) last = place;
  }
  const width = (last - first) / BINS + 1;
  const bins = new Uint32Array(BINS);
  for (const number of numbers) {
    const bin = Math.floor(((places[number] ?? 0) - first) / width);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  let from = BINS;
  for (let seen = 0; seen < count; seen += bins[from] ?? 0) from -= 1;
  const oldest = first + from * width;
  // A place at the edge may fall on either side of it by rounding: the one before it is taken along.
  return numbers.filter((number) => (places[number] ?? 0) >= oldest - width);
}
