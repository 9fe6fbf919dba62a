/** The shape of what is being read, where reading takes longer than anybody notices (05 section 11.5, Skeleton). */
import { useEffect, useState } from 'preact/hooks';

/** What comes sooner needs no stand-in, which would only flicker. */
export const SKELETON_AFTER_MS = 300;

/** @param lines how many stand there; each as high as a line of text. */
export function Skeleton({ lines }: { lines: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), SKELETON_AFTER_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return late ? (
    <div class="skeleton" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} class="skeleton-line" />
      ))}
    </div>
  ) : null;
}
