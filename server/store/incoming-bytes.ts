/** A file on its way in, whatever form it is kept in (03 section 10.1). */

/** Bytes that are coming in. */
export interface IncomingBytes {
  /** Bytes written so far. */
  readonly size: number;
  /** Appends; resolves when written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Up to `length` bytes of what was written, from `offset`. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** SHA-256 of everything written, hex. Nothing can be written afterwards. */
  checksum(): string;
  /** Makes it durable and closes it; it stays until `FileBytes.keep` or `discard`. */
  finish(): Promise<void>;
  /** Closes and removes it. Idempotent. */
  discard(): Promise<void>;
}
