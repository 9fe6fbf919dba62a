/**
 * Pictures that move stand still at first where somebody asked for less motion (05 section 10.11, A-7): their first frame
 * is shown until they are played.
 */
import { useEffect, useState } from 'preact/hooks';
import { isAnimated, mayMove } from '../state/animation.ts';

export interface StillPicture {
  /** What to show; undefined while it is not known. */
  src: string | undefined;
  /** Plays it, or shows its first frame again; null for a picture that is not held. */
  toggle: (() => void) | null;
  /** In words, for the button. */
  does: 'Play' | 'Pause';
}

/** @param address of the picture on this node, or of a blob. @param type its media type. */
export function useStillPicture(address: string, type: string): StillPicture {
  const [held] = useState(() => window.matchMedia('(prefers-reduced-motion: reduce)').matches);
  const looks = held && mayMove(type);
  // The first frame of what moves; null for what does not.
  const [still, setStill] = useState<{ address: string; frame: string | null } | null>(null);
  const [plays, setPlays] = useState(false);
  useEffect(() => {
    setPlays(false);
    if (!looks) return undefined;
    let frame: string | null = null;
    let gone = false;
    void firstFrame(address)
      .catch(() => null)
      .then((found) => {
        frame = found;
        if (!gone) setStill({ address, frame });
        else if (found !== null) URL.revokeObjectURL(found);
      });
    return () => {
      gone = true;
      if (frame !== null) URL.revokeObjectURL(frame);
    };
  }, [address, looks]);
  if (!looks) return { src: address, toggle: null, does: 'Play' };
  if (still?.address !== address) return { src: undefined, toggle: null, does: 'Play' };
  if (still.frame === null) return { src: address, toggle: null, does: 'Play' };
  return {
    src: plays ? address : still.frame,
    toggle: () => setPlays(!plays),
    does: plays ? 'Pause' : 'Play',
  };
}

/** The address of the first frame of a picture that moves; null for one that does not. */
async function firstFrame(address: string): Promise<string | null> {
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const whole = await answer.blob();
  if (!isAnimated(new Uint8Array(await whole.arrayBuffer()))) return null;
  const bitmap = await createImageBitmap(whole);
  const canvas = document.createElement('canvas');
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const png = await new Promise<Blob | null>((done) => canvas.toBlob(done));
  return png === null ? null : URL.createObjectURL(png);
}
