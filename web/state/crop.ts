/** Which square of a picture is taken (05 section 10.15, K-4). */

/** What was chosen: how close, and which part of what is left over, from 0 (left, top) to 1. */
export interface Crop {
  /** 1 shows as much as fits. */
  zoom: number;
  x: number;
  y: number;
}

export const MIDDLE: Crop = { zoom: 1, x: 0.5, y: 0.5 };
/** Closer than that, a picture of ordinary size shows its pixels. */
export const MAX_ZOOM = 4;

/** The square in pixels of the picture. */
export function cropSquare(
  picture: { width: number; height: number },
  { zoom, x, y }: Crop,
): { left: number; top: number; side: number } {
  const side = Math.min(picture.width, picture.height) / Math.min(Math.max(zoom, 1), MAX_ZOOM);
  const part = (value: number): number => Math.min(Math.max(value, 0), 1);
  return { left: (picture.width - side) * part(x), top: (picture.height - side) * part(y), side };
}

/** The choice after the picture was dragged by so many of its pixels. */
export function dragged(
  picture: { width: number; height: number },
  crop: Crop,
  by: { x: number; y: number },
): Crop {
  const { side } = cropSquare(picture, crop);
  const moved = (value: number, size: number, pixels: number): number =>
    size <= side ? value : Math.min(1, Math.max(0, value - pixels / (size - side)));
  return { ...crop, x: moved(crop.x, picture.width, by.x), y: moved(crop.y, picture.height, by.y) };
}
