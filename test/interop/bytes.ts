/** Files for the tests: pictures and large ones that look random, so that nothing on the way can make them smaller. */
import { createCipheriv, createHash } from 'node:crypto';
import { deflateSync, crc32 } from 'node:zlib';

/** Bytes of a WebM begin so; of the kinds both programs take this one may be large. */
const WEBM = [0x1a, 0x45, 0xdf, 0xa3];

/** Bytes that follow from `seed` alone. */
export function noise(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** A file of exactly so many bytes that counts as a film. */
export function film(seed: string, size: number): Buffer {
  const bytes = noise(seed, size);
  bytes.set(WEBM);
  return bytes;
}

/** A PNG in colours, about three bytes a pixel. */
export function picture(width: number, height: number, seed = 'picture'): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = width * 3;
  const pixels = noise(seed, row * height);
  const lines = Buffer.alloc((row + 1) * height);
  for (let y = 0; y < height; y += 1) pixels.copy(lines, y * (row + 1) + 1, y * row, (y + 1) * row);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
