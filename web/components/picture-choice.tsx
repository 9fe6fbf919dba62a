/**
 * Choosing a picture of a person or device (05 section 10.15, K-4): the square somebody chooses of
 * whatever picture is given, made small in the browser, so that nothing else of the file (place, camera) leaves it.
 */
import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { cropSquare, type Crop } from '../state/crop.ts';
import { CropDialog } from './crop-dialog.tsx';
import { useDroppedFiles } from './drop-files.ts';
import { Button } from './button.tsx';

/** Side of the square; cards show it at 72 px, dense screens need more. */
const SIDE = 256;
const QUALITY = 0.85;
/** Larger files are not pictures of people (05 section 10.15, K-4). */
const MAX_BYTES = 5 * 1024 * 1024;

interface PictureChoiceProps {
  /** What it looks like now. */
  children: ComponentChildren;
  /** Whose it is, for the names of the buttons. */
  what: string;
  has: boolean;
  /** @throws what is said under the buttons. */
  save: (picture: Blob) => Promise<void>;
  remove: () => Promise<void>;
}

export function PictureChoice({ children, what, has, save, remove }: PictureChoiceProps) {
  const picker = useRef<HTMLInputElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [picture, setPicture] = useState<ImageBitmap | null>(null);
  const run = async (work: () => Promise<void>): Promise<void> => {
    setError(null);
    setBusy(true);
    try {
      await work();
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : 'That did not work.');
    } finally {
      setBusy(false);
    }
  };
  const take = (files: readonly File[]): void => {
    const [file] = files;
    if (file !== undefined) void run(async () => setPicture(await pictureOf(file)));
  };
  const close = (): void => {
    picture?.close();
    setPicture(null);
  };
  const use = async (chosen: ImageBitmap, crop: Crop): Promise<void> => {
    await run(async () => save(await squareOf(chosen, crop)));
    close();
  };
  useDroppedFiles(place, true, take);
  return (
    <div ref={place} class="picture-choice">
      {children}
      <div class="stacked">
        <input
          ref={picker}
          type="file"
          accept="image/*"
          hidden
          aria-label={`Picture of ${what}`}
          onChange={(event) => {
            take([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <div class="row-actions">
          <Button busy={busy} onClick={() => picker.current?.click()}>
            {has ? 'Change picture' : 'Choose picture'}
          </Button>
          {has ? <Button onClick={() => run(remove)}>Remove picture</Button> : null}
        </div>
        {error === null ? null : (
          <p class="note error" role="alert">
            {error}
          </p>
        )}
      </div>
      {picture === null ? null : (
        <CropDialog picture={picture} take={(crop) => use(picture, crop)} onClose={close} />
      )}
    </div>
  );
}

/** @throws {Error} with a sentence for the person. */
async function pictureOf(file: File): Promise<ImageBitmap> {
  if (file.size > MAX_BYTES) throw new Error('This picture has more than 5 MB. Choose a smaller one.');
  try {
    return await createImageBitmap(file);
  } catch {
    throw new Error('This file is no picture the browser can read.');
  }
}

async function squareOf(picture: ImageBitmap, crop: Crop): Promise<Blob> {
  const { left, top, side } = cropSquare(picture, crop);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = Math.min(SIDE, Math.max(1, Math.round(side)));
  const context = canvas.getContext('2d');
  context?.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  if (blob === null) throw new Error('The picture could not be made small.');
  return blob;
}

/** The bytes of a picture as the device profile takes them. */
export async function base64Of(picture: Blob): Promise<string> {
  const bytes = new Uint8Array(await picture.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
