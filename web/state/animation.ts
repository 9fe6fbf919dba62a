/** Whether a picture moves, told from its bytes (05 section 10.11, A-7). Pure. */

/** Types of which some pictures move. */
const MAY_MOVE: ReadonlySet<string> = new Set(['image/gif', 'image/png', 'image/webp', 'image/avif']);

/** Whether a picture of this media type may move; its bytes say whether it does. */
export function mayMove(type: string): boolean {
  return MAY_MOVE.has(type);
}

/** What stands before each frame of a GIF: a graphic control extension. */
const GIF_FRAME = [0x21, 0xf9, 0x04] as const;
/** The chunk that makes a PNG move, before its first picture. */
const PNG_MOVES = 'acTL';
const PNG_PICTURE = 'IDAT';
/** In the header of an extended WebP: the flag of movement. */
const WEBP_FLAGS_AT = 20;
const WEBP_MOVES = 0x02;
/** The brand of a sequence of AVIF pictures. */
const AVIF_SEQUENCE = 'avis';
/** Where these names stand, they stand early. */
const HEAD_BYTES = 65_536;

/** Whether the picture of these bytes has more than one frame; a picture of another type does not move. */
export function isAnimated(bytes: Uint8Array): boolean {
  const head = latin(bytes.subarray(0, HEAD_BYTES));
  if (head.startsWith('GIF8')) return hasMoreFrames(bytes);
  if (head.startsWith('\u0089PNG')) {
    const at = head.indexOf(PNG_MOVES);
    const picture = head.indexOf(PNG_PICTURE);
    return at !== -1 && (picture === -1 || at < picture);
  }
  if (head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP')
    return head.slice(12, 16) === 'VP8X' && ((bytes[WEBP_FLAGS_AT] ?? 0) & WEBP_MOVES) !== 0;
  return head.slice(4, 8) === 'ftyp' && head.slice(8, 64).includes(AVIF_SEQUENCE);
}

/** Whether a GIF has a second frame. */
function hasMoreFrames(bytes: Uint8Array): boolean {
  let frames = 0;
  for (
    let at = bytes.indexOf(GIF_FRAME[0]);
    at !== -1 && frames < 2;
    at = bytes.indexOf(GIF_FRAME[0], at + 1)
  )
    if (GIF_FRAME.every((byte, index) => bytes[at + index] === byte)) frames += 1;
  return frames > 1;
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}
