/** Reads the list of contents at the end of a zip file, without unpacking anything (03 section 10.4). */

/** Bytes that can be read at any place. */
export interface ReadableBytes {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** One file within. */
export interface ZipEntry {
  name: string;
  /** Bytes when unpacked, as the archive says. */
  unpackedBytes: number;
}

const END_MARK = 0x06054b50;
const END_BYTES = 22;
/** The end mark may be followed by a comment of this length. */
const MAX_COMMENT = 0xffff;
const ENTRY_MARK = 0x02014b50;
const ENTRY_BYTES = 46;
/** Longest list read at once: 65,535 entries with names of 80 characters. Longer ones count as unreadable. */
const MAX_LIST_BYTES = 8 * 1024 * 1024;
/** Stands for "in the 64-bit field". */
const WIDE = 0xffffffff;
const WIDE_FIELD = 0x0001;

/** The entries of a zip file; null when it is none, is damaged, or holds more than {@link MAX_LIST_BYTES} of names. */
export async function zipEntries(file: ReadableBytes): Promise<ZipEntry[] | null> {
  const tailLength = Math.min(file.size, END_BYTES + MAX_COMMENT);
  const tail = Buffer.from(await file.read(file.size - tailLength, tailLength));
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END_MARK) continue;
    const listBytes = tail.readUInt32LE(at + 12);
    const listAt = file.size - tailLength + at - listBytes;
    if (listAt < 0 || listBytes > MAX_LIST_BYTES) return null;
    return entriesIn(Buffer.from(await file.read(listAt, listBytes)), tail.readUInt16LE(at + 10));
  }
  return null;
}

function entriesIn(list: Buffer, count: number): ZipEntry[] | null {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (entries.length < count) {
    if (at + ENTRY_BYTES > list.length || list.readUInt32LE(at) !== ENTRY_MARK) return null;
    const nameEnd = at + ENTRY_BYTES + list.readUInt16LE(at + 28);
    const extraEnd = nameEnd + list.readUInt16LE(at + 30);
    const unpackedBytes = unpacked(list.readUInt32LE(at + 24), list.subarray(nameEnd, extraEnd));
    if (extraEnd > list.length || unpackedBytes === null) return null;
    entries.push({ name: list.toString('utf8', at + ENTRY_BYTES, nameEnd), unpackedBytes });
    at = extraEnd + list.readUInt16LE(at + 32);
  }
  return entries;
}

function unpacked(size: number, extra: Buffer): number | null {
  if (size !== WIDE) return size;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === WIDE_FIELD && at + 12 <= extra.length)
      return Number(extra.readBigUInt64LE(at + 4));
  return null;
}
