/**
 * Which documents hold a word, in memory. The words stand one after the other as UTF-8, a zero byte between them, so
 * those that begin with or contain something are found by looking through all of them at once; a table of hashes finds
 * a whole one. The documents of each are a list of `posting-lists.ts`.
 */
import { PostingLists, grown } from './posting-lists.ts';
import { wordsOf } from './search-query.ts';

/** UTF-16 units of a word that are kept: nobody types more, and pasted data would fill the memory. */
const MAX_WORD = 64;
/** Bytes of such a word as UTF-8. */
const MAX_WORD_BYTES = MAX_WORD * 3;
/** The list of documents with longer words; those of the words, which are numbered from 1, follow. */
const LONG = 0;
/** Places of the table looked at for one word: whoever makes up words with the same hash slows nothing down. */
const MAX_PROBES = 16;
const STARTING_BYTES = 65_536;
/** A power of two. */
const STARTING_SLOTS = 2048;
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;
const NONE = new Uint32Array(0);

export class WordPostings {
  readonly #lists = new PostingLists();
  /** `\0word\0word\0`, and room for one more. */
  #bytes = Buffer.alloc(STARTING_BYTES);
  #used = 1;
  #words = 0;
  /** Where each word begins there. */
  #starts = new Uint32Array(STARTING_SLOTS / 2);
  /** Words by their hashes, the next free place for the next with the same; 0: free, as half of them are. */
  #slots = new Uint32Array(STARTING_SLOTS);
  /** Words that found no place there. */
  readonly #crowded = new Map<string, number>();
  /** One higher than the highest document. */
  #documents = 0;

  /**
   * Enters a document under its words.
   * @param number higher than all entered before.
   * @param text folded.
   */
  add(number: number, text: string): void {
    this.#documents = number + 1;
    if (this.#addPlain(number, text)) return;
    for (const word of wordsOf(text)) this.#addWritten(number, this.#write(word), word.length > MAX_WORD);
  }

  /** Documents with this word, ascending. */
  of(word: string): Uint32Array {
    const length = this.#write(word);
    const found = this.#find(length, this.#hash(this.#used, length));
    return found === 0 ? NONE : this.#lists.numbers(found);
  }

  /** Documents with a word that begins so, ascending. */
  startingWith(prefix: string): Uint32Array {
    return this.#union(this.#wordsWith(`\0${prefix.slice(0, MAX_WORD)}`));
  }

  /** Documents with a word that contains this, and some more, ascending. */
  containing(part: string): Uint32Array {
    return this.#union([LONG, ...this.#wordsWith(part.slice(0, MAX_WORD))]);
  }

  /** Enters the words of an ASCII text, of which no strings are made; false, maybe half-way, for another text. */
  #addPlain(number: number, text: string): boolean {
    let length = 0;
    this.#makeRoom();
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) return false;
      if ((unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39)) {
        if (length < MAX_WORD) this.#bytes[this.#used + length] = unit;
        length += 1;
      } else if (length > 0) {
        this.#addWritten(number, Math.min(length, MAX_WORD), length > MAX_WORD);
        length = 0;
      }
    }
    if (length > 0) this.#addWritten(number, Math.min(length, MAX_WORD), length > MAX_WORD);
    return true;
  }

  /** Writes what is kept of a word behind the others; its length there. */
  #write(word: string): number {
    this.#makeRoom();
    return this.#bytes.write(word.slice(0, MAX_WORD), this.#used);
  }

  #makeRoom(): void {
    const needed = this.#used + MAX_WORD_BYTES + 1;
    if (needed <= this.#bytes.length) return;
    const longer = Buffer.alloc(Math.max(needed, Math.ceil(this.#bytes.length * 1.5)));
    longer.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = longer;
  }

  /** Enters a document under the word that was written last. */
  #addWritten(number: number, length: number, isLong: boolean): void {
    const hash = this.#hash(this.#used, length);
    const known = this.#find(length, hash);
    this.#lists.add(known === 0 ? this.#keep(length, hash) : known, number);
    if (isLong) this.#lists.add(LONG, number);
    this.#makeRoom();
  }

  /** The word that was written last, as one that is known; 0 when it is not. */
  #find(length: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const word = this.#slots[(hash + probe) & mask] ?? 0;
      if (word === 0 || this.#isWritten(word, length)) return word;
    }
    return this.#crowded.get(this.#text(this.#used, length)) ?? 0;
  }

  #isWritten(word: number, length: number): boolean {
    const bytes = this.#bytes;
    const start = this.#starts[word] ?? 0;
    for (let at = 0; at < length; at += 1) if (bytes[start + at] !== bytes[this.#used + at]) return false;
    return bytes[start + length] === 0;
  }

  #keep(length: number, hash: number): number {
    this.#words += 1;
    const word = this.#words;
    if (word >= this.#starts.length) this.#starts = grown(this.#starts, word + 1);
    this.#starts[word] = this.#used;
    this.#enter(word, length, hash);
    this.#bytes[this.#used + length] = 0;
    this.#used += length + 1;
    if (word * 2 > this.#slots.length) this.#growSlots();
    return word;
  }

  #enter(word: number, length: number, hash: number): void {
    const mask = this.#slots.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (hash + probe) & mask;
      if (this.#slots[slot] !== 0) continue;
      this.#slots[slot] = word;
      return;
    }
    this.#crowded.set(this.#text(this.#starts[word] ?? 0, length), word);
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    this.#crowded.clear();
    for (let word = 1; word <= this.#words; word += 1) {
      const start = this.#starts[word] ?? 0;
      const length = this.#endOf(word) - start;
      this.#enter(word, length, this.#hash(start, length));
    }
  }

  #endOf(word: number): number {
    return (word < this.#words ? (this.#starts[word + 1] ?? 0) : this.#used) - 1;
  }

  #hash(start: number, length: number): number {
    let hash = HASH_START;
    for (let at = start; at < start + length; at += 1)
      hash = Math.imul(hash ^ (this.#bytes[at] ?? 0), HASH_FACTOR);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #text(start: number, length: number): string {
    return this.#bytes.toString('latin1', start, start + length);
  }

  /** Words with these bytes, a zero byte before the first of a word. */
  #wordsWith(part: string): number[] {
    const all = this.#bytes.subarray(0, this.#used);
    const wanted = Buffer.from(part);
    const words: number[] = [];
    for (let at = all.indexOf(wanted); at >= 0;) {
      const word = this.#wordAt(at + (wanted[0] === 0 ? 1 : 0));
      words.push(word);
      at = all.indexOf(wanted, this.#endOf(word));
    }
    return words;
  }

  /** The word that stands at a place. */
  #wordAt(place: number): number {
    let first = 1;
    let last = this.#words;
    while (first < last) {
      const middle = (first + last + 1) >>> 1;
      if ((this.#starts[middle] ?? 0) <= place) first = middle;
      else last = middle - 1;
    }
    return first;
  }

  #union(words: readonly number[]): Uint32Array {
    const [only] = words;
    if (only === undefined) return NONE;
    if (words.length === 1) return this.#lists.numbers(only);
    const marks = new Uint8Array(this.#documents);
    for (const word of words) this.#lists.mark(word, marks);
    return marked(marks);
  }
}

/** Numbers that are in any of the ascending lists, ascending. */
export function union(lists: readonly Uint32Array[]): Uint32Array {
  const [only] = lists;
  if (lists.length <= 1) return only ?? NONE;
  // Marking each is several times as fast as sorting them.
  const marks = new Uint8Array(1 + lists.reduce((most, list) => Math.max(most, list.at(-1) ?? 0), 0));
  for (const list of lists) for (const number of list) marks[number] = 1;
  return marked(marks);
}

function marked(marks: Uint8Array): Uint32Array {
  let count = 0;
  for (const mark of marks) count += mark;
  const numbers = new Uint32Array(count);
  for (let at = 0, number = 0; at < count; number += 1) {
    numbers[at] = number;
    at += marks[number] ?? 1;
  }
  return numbers;
}

/** Numbers that are in both ascending lists. */
export function intersection(a: Uint32Array, b: Uint32Array): Uint32Array {
  const both = new Uint32Array(Math.min(a.length, b.length));
  let length = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) {
      both[length] = left;
      length += 1;
    }
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  return both.subarray(0, length);
}
