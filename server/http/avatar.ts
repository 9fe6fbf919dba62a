/**
 * Avatars of the device profile (03 section 1.3): whatever image was given becomes a small JPEG without metadata.
 */
import { ApiError } from './errors.ts';

/** Largest stored avatar, bytes before Base64. */
const MAX_BYTES = 48 * 1024;
/** Pixels accepted before decoding: keeps a small file from unpacking into gigabytes. */
const MAX_INPUT_PIXELS = 40_000_000;
/** Longest side and JPEG quality, tried in this order. */
const STEPS = [
  [256, 82],
  [256, 70],
  [192, 65],
  [160, 55],
  [128, 45],
] as const;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * A JPEG of at most 48 KiB from Base64 of any readable image.
 * @throws {ApiError} `avatar_not_base64`, `avatar_not_image` or `avatar_too_large`.
 */
export async function normaliseAvatar(base64: string): Promise<{ base64: string; mime: 'image/jpeg' }> {
  const text = base64.trim();
  if (!BASE64.test(text) || text.length % 4 !== 0) throw new ApiError('avatar_not_base64');
  const input = Buffer.from(text, 'base64');
  for (const [side, quality] of STEPS) {
    const jpeg = await toJpeg(input, side, quality);
    if (jpeg.length <= MAX_BYTES) return { base64: jpeg.toString('base64'), mime: 'image/jpeg' };
  }
  throw new ApiError('avatar_too_large');
}

async function toJpeg(input: Buffer, side: number, quality: number): Promise<Buffer> {
  // Loaded with the first picture: it costs a start a fifth of its time and an idle node its memory.
  const { default: sharp } = await import('sharp');
  try {
    return await sharp(input, { limitInputPixels: MAX_INPUT_PIXELS })
      .rotate()
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality })
      .toBuffer();
  } catch {
    throw new ApiError('avatar_not_image');
  }
}
