/**
 * Lists of ascending numbers, in memory: the distance of each to the one before it, seven bits to a byte, so most take
 * one byte. A list stands in pieces that grow with it, in one stretch of bytes for all lists. A list of one number,
 * which every second word of a language is, takes no piece at all.
 */

/** Bytes of the first piece of a list; each further one is twice as long. */
const FIRST_PIECE = 8;
/** They grow up to this: links are 2 % of them then. */
const MAX_DOUBLINGS = 5;
/** At the end of a full piece stands where the next one begins. */
const LINK_BYTES = 4;
const STARTING_BYTES = 65_536;
const STARTING_LISTS = 1024;
/** What room for more is taken at a time, of what there is: half would be given back in part when it is complete. */
const GROWTH = 1.25;

export class PostingLists {
  #bytes = new Uint8Array(STARTING_BYTES);
  #used = 0;
  /** For each list: how many numbers, the first and the last of them. */
  #counts = new Uint32Array(STARTING_LISTS);
  #firsts = new Uint32Array(STARTING_LISTS);
  #lasts = new Uint32Array(STARTING_LISTS);
  /** Where its first piece begins, and where the last one goes on. */
  #starts = new Uint32Array(STARTING_LISTS);
  #ends = new Uint32Array(STARTING_LISTS);
  /** Bytes left in the last piece, and how often its length was doubled. */
  #left = new Uint8Array(STARTING_LISTS);
  #doublings = new Uint8Array(STARTING_LISTS);
  /** Where lists are read that nobody keeps. */
  #memory = new Uint32Array(STARTING_LISTS);

  /** Numbers in a list. */
  count(list: number): number {
    return this.#counts[list] ?? 0;
  }

  /** Adds a number to a list (0, 1, 2, …), unless it is the last one there; never a lower one. */
  add(list: number, number: number): void {
    if (list >= this.#counts.length) this.#growLists(list);
    const count = this.#counts[list] ?? 0;
    const last = this.#lasts[list] ?? 0;
    if (count === 0) this.#firsts[list] = number;
    else if (last === number) return;
    else this.#write(list, number - last);
    this.#counts[list] = count + 1;
    this.#lasts[list] = number;
  }

  /** The numbers of a list, ascending. */
  numbers(list: number): Uint32Array {
    const numbers = new Uint32Array(this.count(list));
    this.#read(list, numbers);
    return numbers;
  }

  /** Sets `marks[number]` to 1 for each number of a list. */
  mark(list: number, marks: Uint8Array): void {
    const count = this.count(list);
    if (count > this.#memory.length) this.#memory = grown(this.#memory, count);
    this.#read(list, this.#memory);
    for (let at = 0; at < count; at += 1) marks[this.#memory[at] ?? 0] = 1;
  }

  #read(list: number, numbers: Uint32Array): void {
    const count = this.count(list);
    if (count === 0) return;
    const bytes = this.#bytes;
    let number = this.#firsts[list] ?? 0;
    numbers[0] = number;
    let at = this.#starts[list] ?? 0;
    let doublings = 0;
    let pieceEnd = at + FIRST_PIECE - LINK_BYTES;
    let distance = 0;
    let shift = 0;
    for (let done = 1; done < count;) {
      if (at === pieceEnd) {
        at = readLink(bytes, at);
        doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
        pieceEnd = at + (FIRST_PIECE << doublings) - LINK_BYTES;
      }
      const byte = bytes[at] ?? 0;
      at += 1;
      distance |= (byte & 0x7f) << shift;
      shift += 7;
      if (byte >= 0x80) continue;
      number += distance;
      numbers[done] = number;
      done += 1;
      distance = 0;
      shift = 0;
    }
  }

  #write(list: number, distance: number): void {
    let rest = distance;
    for (; rest >= 0x80; rest >>>= 7) this.#push(list, (rest & 0x7f) | 0x80);
    this.#push(list, rest);
  }

  #push(list: number, byte: number): void {
    if (this.#left[list] === 0) this.#addPiece(list);
    const end = this.#ends[list] ?? 0;
    this.#bytes[end] = byte;
    this.#ends[list] = end + 1;
    this.#left[list] = (this.#left[list] ?? 0) - 1;
  }

  #addPiece(list: number): void {
    const isFirst = this.count(list) === 1 && this.#ends[list] === 0;
    const doublings = isFirst ? 0 : Math.min((this.#doublings[list] ?? 0) + 1, MAX_DOUBLINGS);
    const length = FIRST_PIECE << doublings;
    const start = this.#used;
    this.#used += length;
    if (this.#used > this.#bytes.length) this.#bytes = grown(this.#bytes, this.#used);
    if (isFirst) this.#starts[list] = start;
    else writeLink(this.#bytes, this.#ends[list] ?? 0, start);
    this.#ends[list] = start;
    this.#left[list] = length - LINK_BYTES;
    this.#doublings[list] = doublings;
  }

  #growLists(list: number): void {
    const length = list + 1;
    this.#counts = grown(this.#counts, length);
    this.#firsts = grown(this.#firsts, length);
    this.#lasts = grown(this.#lasts, length);
    this.#starts = grown(this.#starts, length);
    this.#ends = grown(this.#ends, length);
    this.#left = grown(this.#left, length);
    this.#doublings = grown(this.#doublings, length);
  }
}

function readLink(bytes: Uint8Array, at: number): number {
  let link = 0;
  for (let n = LINK_BYTES - 1; n >= 0; n -= 1) link = link * 256 + (bytes[at + n] ?? 0);
  return link;
}

function writeLink(bytes: Uint8Array, at: number, link: number): void {
  for (let n = 0; n < LINK_BYTES; n += 1) bytes[at + n] = link >>> (8 * n);
}

/** A longer copy: with room for `length` entries at least. */
export function grown<T extends Uint8Array | Uint32Array | Float64Array>(array: T, length: number): T {
  const Array = array.constructor as new (length: number) => T;
  const longer = new Array(Math.max(length, Math.ceil(array.length * GROWTH)));
  longer.set(array);
  return longer;
}
