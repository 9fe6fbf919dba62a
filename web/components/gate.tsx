/** The frame of the pages before sign-in. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useArrival } from './arrival.ts';
import { Mark } from './icons.tsx';

export function Gate({ title, children }: { title: string; children: ComponentChildren }) {
  useArrival('form');
  useEffect(() => {
    document.title = `${title} – Canopy`;
  }, [title]);
  return (
    <main class="gate" id="content">
      <Mark />
      <h1>{title}</h1>
      {children}
    </main>
  );
}
