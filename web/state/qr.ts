/**
 * QR codes of texts (05 section 10.4, C-1): byte mode, error correction M, as ISO/IEC 18004 has them. Pure; the smallest
 * version that holds the text, the mask with the least of what confuses readers.
 */

/** Rows of modules; true is dark. The quiet zone is the painter's. */
export type QrCode = readonly (readonly boolean[])[];

/** Per version from 1 to 40, at level M: codewords of error correction in a block, and blocks. */
const CHECK_LENGTHS = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29,
  31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
/** The two bits that say level M. */
const LEVEL = 0;
/** Where the count of bytes grows from 8 to 16 bits. */
const LONG_COUNT_VERSION = 10;
/** The eight masks: whether a module is turned round. */
const MASKS: readonly ((row: number, column: number) => boolean)[] = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/** @throws {RangeError} a text of more than 2,331 bytes. */
export function qrCode(text: string): QrCode {
  const bytes = new TextEncoder().encode(text);
  const version = CHECK_LENGTHS.findIndex((_, index) => bytes.length <= roomOf(index + 1)) + 1;
  if (version === 0) throw new RangeError('too long for a QR code');
  const words = interleaved(dataWords(bytes, version), version);
  const candidates = MASKS.map((_, mask) => drawn(words, version, mask));
  return candidates.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}

const at = (list: ArrayLike<number>, index: number): number => list[index] ?? 0;
const countBits = (version: number): number => (version < LONG_COUNT_VERSION ? 8 : 16);

/** Codewords a version holds, those of error correction included. */
function wordsOf(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const marks = Math.floor(version / 7) + 2;
    modules -= (25 * marks - 10) * marks - 55;
    if (version >= 7) modules -= 36;
  }
  return Math.floor(modules / 8);
}

function dataLength(version: number): number {
  return wordsOf(version) - at(CHECK_LENGTHS, version - 1) * at(BLOCKS, version - 1);
}

/** Bytes of text a version holds. */
function roomOf(version: number): number {
  return dataLength(version) - Math.ceil((4 + countBits(version)) / 8);
}

/** Mode, length, text, and filling up to what the version holds. */
function dataWords(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1);
  };
  push(4, 4);
  push(bytes.length, countBits(version));
  for (const byte of bytes) push(byte, 8);
  const length = dataLength(version);
  push(0, Math.min(4, length * 8 - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let filler = 0xec; bits.length < length * 8; filler ^= 0xec ^ 0x11) push(filler, 8);
  return Array.from({ length }, (_, index) =>
    bits.slice(index * 8, index * 8 + 8).reduce((word, bit) => (word << 1) | bit, 0),
  );
}

/** Blocks with their error correction, word by word of each in turn. */
function interleaved(data: readonly number[], version: number): number[] {
  const blocks = at(BLOCKS, version - 1);
  const short = Math.floor(data.length / blocks);
  const long = data.length % blocks;
  const divisor = generator(at(CHECK_LENGTHS, version - 1));
  let from = 0;
  const parts = Array.from({ length: blocks }, (_, index) => {
    const part = data.slice(from, (from += short + (index >= blocks - long ? 1 : 0)));
    return { part, check: remainder(part, divisor) };
  });
  const turn = (lists: readonly (readonly number[])[]): number[] =>
    Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, index) =>
      lists.flatMap((list) => list.slice(index, index + 1)),
    ).flat();
  return [...turn(parts.map(({ part }) => part)), ...turn(parts.map(({ check }) => check))];
}

/** Product in the field of 256 elements of QR codes. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> bit) & 1) * a;
  }
  return product;
}

function generator(degree: number): number[] {
  let result = [1];
  let root = 1;
  for (let i = 0; i < degree; i += 1) {
    const next = [...result, 0];
    for (let j = 0; j < result.length; j += 1) next[j + 1] = at(next, j + 1) ^ times(at(result, j), root);
    result = next;
    root = times(root, 2);
  }
  return result.slice(1);
}

function remainder(data: readonly number[], divisor: readonly number[]): number[] {
  let rest = divisor.map(() => 0);
  for (const word of data) {
    const factor = word ^ at(rest, 0);
    rest = [...rest.slice(1), 0].map((value, index) => value ^ times(at(divisor, index), factor));
  }
  return rest;
}

/** Remainder of a division in two: the check bits of format and version. */
function check(value: number, bits: number, divisor: number): number {
  let rest = value;
  for (let i = 0; i < bits; i += 1) rest = (rest << 1) ^ ((rest >>> (bits - 1)) * divisor);
  return (value << bits) | rest;
}

function alignmentPlaces(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const size = version * 4 + 17;
  const step = version === 32 ? 26 : Math.ceil((size - 13) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, index) => size - 7 - index * step).reverse()];
}

function drawn(words: readonly number[], version: number, mask: number): boolean[][] {
  const size = version * 4 + 17;
  const modules = Array.from({ length: size }, () =>
    Array.from({ length: size }, (): boolean | null => null),
  );
  const set = (y: number, x: number, dark: boolean): void => {
    const row = modules[y];
    if (row !== undefined && x >= 0 && x < size) row[x] = dark;
  };
  const marks = (y: number, x: number, reach: number, dark: (distance: number) => boolean): void => {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1)
        set(y + dy, x + dx, dark(Math.max(Math.abs(dy), Math.abs(dx))));
  };
  for (let i = 0; i < size; i += 1) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [y, x] of [
    [3, 3],
    [3, size - 4],
    [size - 4, 3],
  ] as const)
    marks(y, x, 4, (distance) => distance !== 2 && distance !== 4);
  const places = alignmentPlaces(version);
  const last = places.at(-1);
  for (const y of places)
    for (const x of places)
      if (!((y === 6 && x === 6) || (y === 6 && x === last) || (y === last && x === 6)))
        marks(y, x, 2, (distance) => distance !== 1);
  drawFormat(set, size, mask);
  if (version >= 7) drawVersion(set, size, version);
  drawWords(modules, words, MASKS[mask] ?? (() => false));
  return modules.map((row) => row.map((module) => module === true));
}

type Set = (y: number, x: number, dark: boolean) => void;

/** Level and mask, twice. */
function drawFormat(set: Set, size: number, mask: number): void {
  const bits = check((LEVEL << 3) | mask, 10, 0x537) ^ 0x5412;
  const dark = (i: number): boolean => ((bits >>> i) & 1) === 1;
  for (let i = 0; i < 15; i += 1) {
    set(i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, 8, dark(i));
    set(8, i < 8 ? size - 1 - i : i === 8 ? 7 : 14 - i, dark(i));
  }
  set(size - 8, 8, true);
}

function drawVersion(set: Set, size: number, version: number): void {
  const bits = check(version, 12, 0x1f25);
  for (let i = 0; i < 18; i += 1) {
    const dark = ((bits >>> i) & 1) === 1;
    set(Math.floor(i / 3), size - 11 + (i % 3), dark);
    set(size - 11 + (i % 3), Math.floor(i / 3), dark);
  }
}

/** In pairs of columns from the right, up and down, past what stands already. */
function drawWords(
  modules: (boolean | null)[][],
  words: readonly number[],
  masked: (y: number, x: number) => boolean,
): void {
  const size = modules.length;
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      const row = modules[y];
      for (const x of [right, right - 1]) {
        if (row === undefined || row[x] !== null) continue;
        row[x] = (((at(words, bit >>> 3) >>> (7 - (bit & 7))) & 1) === 1) !== masked(y, x);
        bit += 1;
      }
    }
  }
}

/** What makes a code hard to read: long runs, squares, looks of a corner, too much of one colour. */
function penalty(code: QrCode): number {
  const size = code.length;
  const lines = code.map((row) => row.map(Number).join(''));
  const columns = code.map((_, x) => code.map((row) => Number(row[x])).join(''));
  let sum = 0;
  for (const line of [...lines, ...columns]) {
    for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    sum += 40 * [...line.matchAll(/(?=10111010000|00001011101)/g)].length;
  }
  for (let y = 1; y < size; y += 1)
    for (let x = 1; x < size; x += 1) {
      const four = [code[y]?.[x], code[y]?.[x - 1], code[y - 1]?.[x], code[y - 1]?.[x - 1]];
      if (four.every((one) => one === four[0])) sum += 3;
    }
  const dark = lines.join('').replaceAll('0', '').length;
  return sum + 10 * Math.floor(Math.abs((dark * 20) / (size * size) - 10));
}
