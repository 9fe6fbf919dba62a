/** A picture of a message as large as the screen lets it be; arrows go to the others (05 section 10.7, F-4). */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Attachment } from '../state/attachments.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Name } from './parts.tsx';
import { useStillPicture } from './still-picture.ts';

interface LightboxProps {
  pictures: readonly Attachment[];
  first: number;
  onClose: () => void;
}

/** Sizes besides that of the screen; the styles know them. */
const ZOOMS = [1, 2, 4];

/** The next larger or smaller size; smaller than its own is that of the screen. */
function stepped(now: number | null, step: 1 | -1): number | null {
  const at = now === null ? -1 : ZOOMS.indexOf(now);
  return ZOOMS[Math.min(at + step, ZOOMS.length - 1)] ?? null;
}

export function Lightbox({ pictures, first, onClose }: LightboxProps) {
  const [at, setAt] = useState(first);
  // Of its own size; null: as large as the screen lets it be.
  const [zoom, setZoom] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const full = zoom !== null;
  const zoomBy = (step: 1 | -1): void => setZoom((now) => stepped(now, step));
  useEffect(() => {
    const element = frame.current;
    const wheel = (event: WheelEvent): void => {
      // With Ctrl it is a pinch or a wish to zoom; otherwise a large picture is moved.
      if (full && !event.ctrlKey) return;
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1 : -1);
    };
    element?.addEventListener('wheel', wheel, { passive: false });
    return () => element?.removeEventListener('wheel', wheel);
  }, [full]);
  const picture = pictures[at];
  const address = `/files/${encodeURIComponent(picture?.id ?? '')}`;
  const { src, toggle, does } = useStillPicture(address, picture?.type ?? '');
  if (picture === undefined) return null;
  const step = (by: number): void => {
    setZoom(null);
    setAt((at + by + pictures.length) % pictures.length);
  };
  const walk = (event: KeyboardEvent): void => {
    if (event.key === '+' || event.key === '=') return zoomBy(1);
    if (event.key === '-') return zoomBy(-1);
    if (event.key === '0') return setZoom(null);
    // A picture in full size is moved with the arrows.
    if (full || pictures.length < 2 || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
    event.preventDefault();
    step(event.key === 'ArrowLeft' ? -1 : 1);
  };
  return (
    <Dialog title={picture.name} onClose={onClose} onKeyDown={walk} toRead wide>
      <div class="lightbox">
        <div ref={frame} class={full ? 'lightbox-frame full' : 'lightbox-frame'} tabIndex={full ? 0 : -1}>
          <img
            key={address}
            class={zoom === null || zoom === 1 ? undefined : `zoom-${zoom}`}
            src={src}
            alt={picture.alt === '' ? picture.name : picture.alt}
          />
        </div>
        {picture.alt === '' ? null : (
          <p class="quiet-text">
            <Name>{picture.alt}</Name>
          </p>
        )}
        <div class="row-actions">
          {pictures.length < 2 ? null : (
            <>
              <Button onClick={() => step(-1)}>Previous</Button>
              <span class="quiet-text" aria-live="polite">
                {at + 1} of {pictures.length}
              </span>
              <Button onClick={() => step(1)}>Next</Button>
            </>
          )}
          {toggle === null ? null : <Button onClick={toggle}>{does}</Button>}
          <Button onClick={() => setZoom(full ? null : 1)}>{full ? 'Fit to the screen' : 'Full size'}</Button>
          {full ? (
            <>
              <Button onClick={() => zoomBy(-1)}>Smaller</Button>
              <Button onClick={() => zoomBy(1)} {...(zoom === ZOOMS.at(-1) ? { disabled: true } : {})}>
                Larger
              </Button>
            </>
          ) : null}
          <a class="button plain" href={address} download={picture.name}>
            Download
          </a>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
