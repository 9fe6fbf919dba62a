/**
 * Small pictures of images (03 section 10.1 step 5): made when first asked for, beside the original and under the name
 * the reference gives them, so either program uses the other's.
 */
import type { Sharp } from 'sharp';
import type { FileBytes, FilePlace } from '../store/file-bytes.ts';
import type { StoredFile } from '../store/files.ts';
import { isThumbnailed } from './file-types.ts';

/** Longest side of a small picture; images that fit are shown as they are. */
const MAX_SIDE = 800;
const QUALITY = 82;
/** Pixels accepted before decoding: keeps a small file from unpacking into gigabytes. */
const MAX_INPUT_PIXELS = 40_000_000;
/** Images known to need none. */
const MAX_REMEMBERED = 2_000;

export class Thumbnails {
  readonly #bytes: FileBytes;
  /** Images that fit, or that no picture can be made of. */
  readonly #without = new Set<string>();
  /** One at a time: decoding takes a core and tens of megabytes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(components: { bytes: FileBytes }) {
    this.#bytes = components.bytes;
  }

  /** The place of the small picture of an image at `place`; null when the original serves. */
  async of(file: StoredFile, place: FilePlace): Promise<FilePlace | null> {
    if (!isThumbnailed(file.contentType) || this.#without.has(file.id)) return null;
    const target = thumbnailPlace(place);
    if ((await this.#bytes.look(target)) !== null) return target;
    const work = this.#last.then(() => this.#make(file, place, target));
    this.#last = work;
    const made = await work;
    if (made) return target;
    if (this.#without.size >= MAX_REMEMBERED) this.#without.clear();
    this.#without.add(file.id);
    return null;
  }

  /** Removes the small picture of a deleted image. */
  async remove(place: FilePlace): Promise<void> {
    await this.#bytes.remove(thumbnailPlace(place));
  }

  /** Whether there is one now; never throws. */
  async #make(file: StoredFile, place: FilePlace, target: FilePlace): Promise<boolean> {
    try {
      if ((await this.#bytes.look(target)) !== null) return true;
      const input = this.#bytes.absolute(place) ?? this.#bytes.readSmall(place);
      if (input === null) return false;
      // Loaded with the first picture: it costs a start a fifth of its time and an idle node its memory.
      const { default: sharp } = await import('sharp');
      const image = sharp(input, { limitInputPixels: MAX_INPUT_PIXELS });
      const { width, height } = await image.metadata();
      if (Math.max(width, height) <= MAX_SIDE) return false;
      const small = image.rotate().resize(MAX_SIDE, MAX_SIDE, { fit: 'inside' });
      await this.#bytes.writeSmall(target, await encoded(small, file.contentType));
      return true;
    } catch {
      return false;
    }
  }
}

function encoded(image: Sharp, type: string): Promise<Uint8Array> {
  if (type === 'image/png') return image.png({ compressionLevel: 9 }).toBuffer();
  if (type === 'image/webp') return image.webp({ quality: QUALITY }).toBuffer();
  if (type === 'image/gif') return image.gif().toBuffer();
  return image.jpeg({ quality: QUALITY }).toBuffer();
}

/** `<stem>_thumb<extension>` beside the original. */
function thumbnailPlace(place: FilePlace): FilePlace {
  const dot = place.lastIndexOf('.');
  return dot > place.lastIndexOf('/') ? `${place.slice(0, dot)}_thumb${place.slice(dot)}` : `${place}_thumb`;
}
