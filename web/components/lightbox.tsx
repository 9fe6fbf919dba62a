/** A picture of a message as large as the screen lets it be; arrows go to the others (05 section 10.7, F-4). */
import { useState } from 'preact/hooks';
import type { Attachment } from '../state/attachments.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Name } from './parts.tsx';

interface LightboxProps {
  pictures: readonly Attachment[];
  first: number;
  onClose: () => void;
}

export function Lightbox({ pictures, first, onClose }: LightboxProps) {
  const [at, setAt] = useState(first);
  const [full, setFull] = useState(false);
  const picture = pictures[at];
  if (picture === undefined) return null;
  const address = `/files/${encodeURIComponent(picture.id ?? '')}`;
  const step = (by: number): void => {
    setFull(false);
    setAt((at + by + pictures.length) % pictures.length);
  };
  const walk = (event: KeyboardEvent): void => {
    // A picture in full size is moved with the arrows.
    if (full || pictures.length < 2 || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
    event.preventDefault();
    step(event.key === 'ArrowLeft' ? -1 : 1);
  };
  return (
    <Dialog title={picture.name} onClose={onClose} onKeyDown={walk} toRead wide>
      <div class="lightbox">
        <div class={full ? 'lightbox-frame full' : 'lightbox-frame'} tabIndex={full ? 0 : -1}>
          <img key={address} src={address} alt={picture.alt === '' ? picture.name : picture.alt} />
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
          <Button onClick={() => setFull(!full)}>{full ? 'Fit to the screen' : 'Full size'}</Button>
          <a class="button plain" href={address} download={picture.name}>
            Download
          </a>
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
