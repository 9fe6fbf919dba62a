/** A form with one file, made while it is sent (07 section 1, `POST /ingest`): the file is never whole in memory. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

const BOUNDARY_BYTES = 18;

/** What is sent. */
export interface Form {
  type: string;
  /** Bytes in all. */
  length: number;
  parts(): AsyncGenerator<Uint8Array>;
}

/**
 * @param fields names and texts; a name may come again.
 * @param file its size in bytes, and how it is read, anew for every try.
 */
export function formWith(
  fields: readonly (readonly [string, string])[],
  file: { size: number; read: () => Readable },
): Form {
  const boundary = randomBytes(BOUNDARY_BYTES).toString('hex');
  const texts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${texts.join('')}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    length: head.length + file.size + tail.length,
    parts: async function* () {
      yield head;
      for await (const chunk of file.read()) yield chunk as Buffer;
      yield tail;
    },
  };
}
