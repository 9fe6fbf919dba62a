/**
 * Which documents hold a word, in memory: numbers of documents in ascending order, for each word. Half of all words
 * stand in one document only; for those nothing but the number is kept.
 */

/** Longer words are kept by their beginning: nobody types more, and pasted data would fill the memory. */
const MAX_WORD = 64;
/** Where documents with longer words are noted; no word contains a space. */
const LONG = ' long';
const NONE = new Uint32Array(0);

interface Postings {
  numbers: Uint32Array;
  length: number;
}

export class WordPostings {
  readonly #words = new Map<string, number | Postings>();

  /** Enters a document under its words. @param number higher than all entered before. */
  add(number: number, words: Iterable<string>): void {
    for (const word of new Set(words)) {
      this.#enter(word.length <= MAX_WORD ? word : word.slice(0, MAX_WORD), number);
      if (word.length > MAX_WORD) this.#enter(LONG, number);
    }
  }

  /** Documents with this word. */
  of(word: string): Uint32Array {
    return numbersOf(this.#words.get(word.slice(0, MAX_WORD)));
  }

  /** Documents with a word that begins so. */
  startingWith(prefix: string): Uint32Array {
    const wanted = prefix.slice(0, MAX_WORD);
    return this.#where((word) => word.startsWith(wanted));
  }

  /** Documents with a word that contains this, and some more. */
  containing(part: string): Uint32Array {
    const wanted = part.slice(0, MAX_WORD);
    return this.#where((word) => word === LONG || word.includes(wanted));
  }

  /** Gives back the room that was kept for more. */
  trim(): void {
    for (const postings of this.#words.values()) {
      if (typeof postings !== 'number') postings.numbers = postings.numbers.slice(0, postings.length);
    }
  }

  #where(matches: (word: string) => boolean): Uint32Array {
    const found: Uint32Array[] = [];
    for (const [word, postings] of this.#words) if (matches(word)) found.push(numbersOf(postings));
    return union(found);
  }

  #enter(word: string, number: number): void {
    const known = this.#words.get(word);
    if (known === undefined) this.#words.set(word, number);
    else if (typeof known === 'number') {
      if (known !== number) this.#words.set(word, { numbers: Uint32Array.of(known, number), length: 2 });
    } else if (known.numbers[known.length - 1] !== number) {
      if (known.length === known.numbers.length) known.numbers = grown(known.numbers);
      known.numbers[known.length] = number;
      known.length += 1;
    }
  }
}

function numbersOf(postings: number | Postings | undefined): Uint32Array {
  if (postings === undefined) return NONE;
  return typeof postings === 'number'
    ? Uint32Array.of(postings)
    : postings.numbers.subarray(0, postings.length);
}

function grown(numbers: Uint32Array): Uint32Array {
  const larger = new Uint32Array(Math.ceil(numbers.length * 1.5) + 2);
  larger.set(numbers);
  return larger;
}

/** Numbers that are in any of the lists, ascending. */
export function union(lists: readonly Uint32Array[]): Uint32Array {
  const [only] = lists;
  if (lists.length <= 1) return only ?? NONE;
  // Marking each is several times as fast as sorting them.
  const marks = new Uint8Array(1 + lists.reduce((most, list) => Math.max(most, list.at(-1) ?? 0), 0));
  let length = 0;
  for (const list of lists) {
    for (const number of list) {
      length += 1 - (marks[number] ?? 0);
      marks[number] = 1;
    }
  }
  const all = new Uint32Array(length);
  let at = 0;
  for (let number = 0; at < length; number += 1) {
    if (marks[number] !== 1) continue;
    all[at] = number;
    at += 1;
  }
  return all;
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
