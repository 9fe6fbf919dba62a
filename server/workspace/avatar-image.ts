/**
 * Small pictures of people as cards carry them (03 section 4.4): a JPEG without metadata, made anew from whatever came, so
 * that what is kept and shown is a picture and nothing else.
 */

/** Largest picture of a card, bytes (03 section 4.4). */
export const MAX_CARD_AVATAR = 65_536;
/** Pixels accepted before decoding: keeps a small file from unpacking into gigabytes. */
const MAX_INPUT_PIXELS = 40_000_000;
/** Longest side and JPEG quality, tried in this order. */
const STEPS = [
  [128, 75],
  [128, 50],
  [96, 50],
  [64, 45],
] as const;

/** Whether bytes begin as a JPEG, PNG or WebP does. Others, SVG above all, are never handed to a decoder. */
export function isPlainImage(bytes: Uint8Array): boolean {
  const begins = (at: number, ...wanted: number[]): boolean =>
    wanted.every((byte, i) => bytes[at + i] === byte);
  if (begins(0, 0xff, 0xd8, 0xff) || begins(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return true;
  return begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50);
}

/** The picture of a card; null when `input` is no picture, or none that fits. */
export async function cardPicture(input: Uint8Array): Promise<Uint8Array | null> {
  if (!isPlainImage(input)) return null;
  // Loaded with the first picture: it costs a start a fifth of its time and an idle node its memory.
  const { default: sharp } = await import('sharp');
  for (const [side, quality] of STEPS) {
    try {
      const jpeg = await sharp(input, { limitInputPixels: MAX_INPUT_PIXELS })
        .rotate()
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#ffffff' })
        .jpeg({ quality })
        .toBuffer();
      if (jpeg.length <= MAX_CARD_AVATAR) return jpeg;
    } catch {
      return null;
    }
  }
  return null;
}
