/** Choosing the part of a picture that is shown: by dragging it, or by three sliders (05 sections 10.11 A-5, 10.15 K-4). */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cropSquare, dragged, MAX_ZOOM, MIDDLE, type Crop } from '../state/crop.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** Side of the preview in CSS pixels. */
const PREVIEW = 240;

interface CropDialogProps {
  picture: ImageBitmap;
  take: (crop: Crop) => Promise<void>;
  onClose: () => void;
}

export function CropDialog({ picture, take, onClose }: CropDialogProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [crop, setCrop] = useState<Crop>(MIDDLE);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    const { left, top, side } = cropSquare(picture, crop);
    context?.clearRect(0, 0, PREVIEW, PREVIEW);
    context?.drawImage(picture, left, top, side, side, 0, 0, PREVIEW, PREVIEW);
  }, [picture, crop]);
  const slider = (label: string, key: keyof Crop, range: { min: number; max: number }) => (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={range.min}
        max={range.max}
        step="0.02"
        value={crop[key]}
        onInput={(event) => setCrop({ ...crop, [key]: event.currentTarget.valueAsNumber })}
      />
    </label>
  );
  return (
    <Dialog title="Crop picture" onClose={onClose}>
      <canvas
        ref={canvas}
        class="crop"
        width={PREVIEW}
        height={PREVIEW}
        role="img"
        aria-label="What will be shown of the picture"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.buttons !== 1) return;
          const scale = cropSquare(picture, crop).side / event.currentTarget.clientWidth;
          setCrop(dragged(picture, crop, { x: event.movementX * scale, y: event.movementY * scale }));
        }}
      />
      {slider('Zoom', 'zoom', { min: 1, max: MAX_ZOOM })}
      {slider('Left or right', 'x', { min: 0, max: 1 })}
      {slider('Up or down', 'y', { min: 0, max: 1 })}
      <div class="row-actions">
        <Button kind="primary" onClick={() => take(crop)}>
          Use picture
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </Dialog>
  );
}
