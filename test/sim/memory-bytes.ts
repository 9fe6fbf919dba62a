/** Bytes of files in memory: what a simulated node has in the place of a directory. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FileBytes, FilePlace } from '../../server/store/file-bytes.ts';
import type { IncomingBytes } from '../../server/store/incoming-bytes.ts';

export class MemoryFileBytes implements FileBytes {
  readonly kept = new Map<FilePlace, Buffer>();
  readonly coming = new Map<string, Buffer>();
  /** What a test says there is room for. */
  free = Number.MAX_SAFE_INTEGER;

  incoming(name: string, options = { resume: false }): Promise<IncomingBytes> {
    const { coming } = this;
    if (!options.resume) coming.delete(name);
    const bytes = (): Buffer => coming.get(name) ?? Buffer.alloc(0);
    coming.set(name, bytes());
    return Promise.resolve({
      get size() {
        return bytes().length;
      },
      write: (chunk) => Promise.resolve(void coming.set(name, Buffer.concat([bytes(), chunk]))),
      read: (offset, length) => Promise.resolve(bytes().subarray(offset, offset + length)),
      checksum: () => createHash('sha256').update(bytes()).digest('hex'),
      finish: () => Promise.resolve(),
      discard: () => Promise.resolve(this.discard(name)),
    });
  }

  incomingNames(): string[] {
    return [...this.coming.keys()];
  }

  keep(name: string, place: FilePlace): Promise<void> {
    this.kept.set(place, this.coming.get(name) ?? Buffer.alloc(0));
    this.discard(name);
    return Promise.resolve();
  }

  withdraw(place: FilePlace, name: string): Promise<void> {
    this.coming.set(name, this.kept.get(place) ?? Buffer.alloc(0));
    return this.remove(place);
  }

  discard(name: string): void {
    this.coming.delete(name);
  }

  find({ filePath }: { filePath: string }): FilePlace | null {
    return this.kept.has(filePath) ? filePath : null;
  }

  look(place: FilePlace): Promise<{ size: number; stamp: string } | null> {
    const size = this.kept.get(place)?.length;
    return Promise.resolve(size === undefined ? null : { size, stamp: String(size) });
  }

  checksum(place: FilePlace): Promise<string> {
    return Promise.resolve(
      createHash('sha256')
        .update(this.kept.get(place) ?? '')
        .digest('hex'),
    );
  }

  read(place: FilePlace, range?: { start: number; end: number }): Readable {
    const bytes = this.kept.get(place) ?? Buffer.alloc(0);
    return Readable.from([range === undefined ? bytes : bytes.subarray(range.start, range.end + 1)]);
  }

  readSmall(place: FilePlace): Uint8Array | null {
    return this.kept.get(place) ?? null;
  }

  writeSmall(place: FilePlace, bytes: Uint8Array): Promise<void> {
    this.kept.set(place, Buffer.from(bytes));
    return Promise.resolve();
  }

  remove(place: FilePlace): Promise<void> {
    this.kept.delete(place);
    return Promise.resolve();
  }

  freeBytes(): number {
    return this.free;
  }

  absolute(): null {
    return null;
  }
}
